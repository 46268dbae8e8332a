"""What makes, changes and deletes users and their passwords."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.extras import extra_of, options_of
from emulators.openstack.identity.finding import require, require_free, require_same_domain
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.model import Domain, Password, User
from emulators.openstack.identity.passwords import password_of
from emulators.openstack.identity.removal import remove_user
from emulators.openstack.identity.schemas import switched
from emulators.world.decide import Decision

KNOWN: Final = frozenset({"name", "domain_id", "enabled", "default_project_id", "password", "options", "password_expires_at", "federated"})


@ask
def create(decision: Decision, *, given: dict[str, Any], domain: str, stored: str | None) -> User:
    """The user exists, with the password of that hash if there is one; raises Fault 400, 404 or 409."""
    require(decision.state, Domain, domain)
    _require_no_domain(decision, given)
    require_free(decision.state, User, given["name"], domain)
    user = decision.create(
        events.USER.created,
        User,
        uid=new_id(decision),
        name=given["name"],
        domain=domain,
        enabled=switched(given, True),
        default_project=given.get("default_project_id") or "",
        options=options_of(given),
        extra=extra_of(given, KNOWN),
    )
    return set_password(decision, user, stored) if stored else user


def _require_no_domain(decision: Decision, given: dict[str, Any]) -> None:
    project = given.get("default_project_id")
    if project and decision.state.maybe(Domain, project) is not None:
        raise Fault(400, f"User's default project ID cannot be a domain ID: {project}")


def set_password(decision: Decision, user: User, stored: str) -> User:
    """The user's password has that hash (empty: they have none), and their tokens are valid no more."""
    old = password_of(decision.state, user.uid)
    if old is None and stored:
        decision.create(events.PASSWORD.created, Password, name=user.uid, hash=stored)
    elif old is not None and stored:
        decision.update(events.PASSWORD.changed, old, hash=stored, expires=None)
    elif old is not None:
        decision.delete(events.PASSWORD.deleted, old)
    return revoke_tokens(decision, user)


def revoke_tokens(decision: Decision, user: User) -> User:
    """No token that the user has is valid any more."""
    return decision.update(events.USER.changed, user, generation=user.generation + 1)


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any], stored: str | None) -> User:
    """The user's properties are these; a new password and being disabled revoke their tokens."""
    user = require(decision.state, User, uid)
    require_same_domain(given, user.domain)
    _require_no_domain(decision, given)
    name = given.get("name", user.name)
    require_free(decision.state, User, name, user.domain, but=uid)
    enabled = switched(given, user.enabled)
    changed = decision.update(
        events.USER.changed,
        user,
        name=name,
        enabled=enabled,
        default_project=given.get("default_project_id", user.default_project) or "",
        options=options_of(given, user.options),
        extra=extra_of(given, KNOWN, user.extra),
    )
    if stored is not None:
        return set_password(decision, changed, stored)
    return revoke_tokens(decision, changed) if user.enabled and not enabled else changed


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The user is gone."""
    remove_user(decision, require(decision.state, User, uid))


@ask
def change_password(decision: Decision, *, uid: str, stored: str) -> User:
    """The user's own new password holds."""
    return set_password(decision, require(decision.state, User, uid), stored)

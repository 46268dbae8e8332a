"""What makes, uses up and ends trusts."""

from __future__ import annotations

from typing import Any

from emulators.openstack.asks import ask
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.access_model import Trust
from emulators.openstack.identity.application_credentials import expiry
from emulators.openstack.identity.finding import not_found, require
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.model import User
from emulators.openstack.identity.standing import effective_roles
from emulators.world.decide import Decision
from emulators.world.model import Project


@ask
def create(decision: Decision, *, given: dict[str, Any]) -> Trust:
    """The trust exists; raises Fault 403 or 404 for roles that the trustor has not."""
    trustor, trustee = given["trustor_user_id"], given["trustee_user_id"]
    require(decision.state, User, trustee)
    project = given.get("project_id") or ""
    if project:
        require(decision.state, Project, project)
    return decision.create(
        events.TRUST.created,
        Trust,
        uid=new_id(decision),
        name=f"{trustor} trusts {trustee}",
        trustor=trustor,
        trustee=trustee,
        project=project,
        roles=_roles(decision, trustor, project, given.get("roles") or []),
        impersonation=given["impersonation"],
        expires=expiry(given.get("expires_at"), decision.now),
        uses=given.get("remaining_uses"),
        redelegation=(given.get("redelegation_count") or 0) if given.get("allow_redelegation") else 0,
    )


def _roles(decision: Decision, trustor: str, project: str, asked: list[dict[str, str]]) -> tuple[str, ...]:
    if project and not asked:
        raise Fault(403, "At least one role should be specified")
    held = effective_roles(decision.state, trustor, project) if project else ()
    found = []
    for one in asked:
        role = next((role for role in held if one.get("id") == role.uid or ("id" not in one and one.get("name") == role.name)), None)
        if role is None:
            raise not_found("role", one.get("id") or one.get("name", ""))
        found.append(role.uid)
    return tuple(dict.fromkeys(found))


@ask
def use(decision: Decision, *, uid: str) -> None:
    """One use less is left; raises Fault 403 when none is."""
    trust = require(decision.state, Trust, uid)
    if trust.uses == 0:
        raise Fault(403, f"No remaining uses for trust: {uid}.")
    if trust.uses is not None:
        decision.update(events.TRUST.changed, trust, uses=trust.uses - 1)


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The trust has ended."""
    decision.delete(events.TRUST.deleted, require(decision.state, Trust, uid))

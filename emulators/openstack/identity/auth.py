"""POST /v3/auth/tokens: a token for somebody who says who they are, in the scope that they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.identity import trust_changes
from emulators.openstack.identity.access_model import Trust
from emulators.openstack.identity.auth_schemas import TOKEN_ISSUE
from emulators.openstack.identity.authenticator import issue
from emulators.openstack.identity.face import project_named
from emulators.openstack.identity.methods import Identity, domain_id, identify, missing, unauthenticated
from emulators.openstack.identity.model import SYSTEM, User
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.identity.standing import UNSCOPED, Scope, standing
from emulators.openstack.identity.token_view import token_body
from emulators.openstack.identity.trusts import alive

TRUST = "OS-TRUST:trust"


@IDENTITY.post("/auth/tokens", rule=None, status=201, body=TOKEN_ISSUE)
async def authenticate_for_token(call: Call) -> Reply:
    """The token is in the header, what it says in the body."""
    asked = call.body["auth"]
    who = await identify(call, asked["identity"])
    given = asked.get("scope")
    if isinstance(given, Mapping) and TRUST in given and len(given) == 1:
        credentials = await _by_trust(call, who, given[TRUST].get("id", ""))
    else:
        credentials = issue(call.cloud, who.user, _scope(call, who, given), who.methods, via=who.via, parent=who.parent, latest=who.latest)
    body = token_body(call, credentials, with_catalog="nocatalog" not in call.query)
    return Reply(body, headers={"X-Subject-Token": credentials.token, "Vary": "X-Auth-Token"})


async def _by_trust(call: Call, who: Identity, uid: str) -> Credentials:
    """A token of what the trustor lends; raises Fault 403 for somebody that it is not lent to."""
    trust = call.state.maybe(Trust, uid)
    if trust is None or not alive(call, trust) or who.via:
        raise unauthenticated()
    if trust.trustee != who.user:
        raise Fault(403, "User is not a trustee.")
    await call.ask(trust_changes.use, uid=uid)
    user = trust.trustor if trust.impersonation else trust.trustee
    scope = Scope("project", trust.project) if trust.project else UNSCOPED
    return issue(call.cloud, user, scope, who.methods, via=uid, parent=who.parent, latest=trust.expires)


def _scope(call: Call, who: Identity, given: Any) -> Scope:
    if who.scope is not None:
        if given not in (None, {}, "unscoped"):
            raise Fault(401, "Application credentials cannot request a scope.")
        return who.scope
    if given is None:
        return _default(call, who)
    if given in ("unscoped", {}) or (isinstance(given, Mapping) and "unscoped" in given):
        return UNSCOPED
    if not isinstance(given, Mapping):
        raise unauthenticated()
    return _asked(call, given)


def _default(call: Call, who: Identity) -> Scope:
    """The user's default project, if they have a standing there."""
    if who.parent is not None:
        return UNSCOPED
    user = call.state.maybe(User, who.user)
    scope = Scope("project", user.default_project) if user is not None and user.default_project else UNSCOPED
    return scope if standing(call.state, who.user, scope) is not None else UNSCOPED


def _asked(call: Call, given: Mapping[str, Any]) -> Scope:
    """The one scope that is named; raises Fault 400 for more, 401 for one that there is not."""
    if len(given) > 1:
        raise Fault(400, "Scoping to more than one of project, domain, system and trust is not possible.")
    if SYSTEM in given:
        if given[SYSTEM].get("all") is not True:
            raise missing("all", "system")
        return Scope(SYSTEM)
    if "domain" in given:
        return Scope("domain", domain_id(call.state, given["domain"]))
    if "project" in given:
        return Scope("project", _project(call, given["project"]))
    raise missing("project, domain or system", "scope")


def _project(call: Call, given: Mapping[str, Any]) -> str:
    if given.get("id"):
        return str(given["id"])
    if not given.get("name"):
        raise missing("id or name", "project")
    if not given.get("domain"):
        raise missing("domain", "project")
    found = project_named(call.state, given["name"], domain_id(call.state, given["domain"]))
    if found is None:
        raise unauthenticated()
    return found.uid

"""/v3/users/{user_id}/application_credentials."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, Final

from dcsim.security.passwords import hash_password
from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import Credentials, anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import access_rules, events
from emulators.openstack.identity.access_model import ApplicationCredential
from emulators.openstack.identity.access_rules import BODY as RULE
from emulators.openstack.identity.access_rules import rule_view
from emulators.openstack.identity.finding import conflict, not_found
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.model import Role
from emulators.openstack.identity.policy import allow, refusal
from emulators.openstack.identity.schemas import NAME, TEXT, created
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.identity.standing import effective_roles
from emulators.world.decide import Decision

_ROLE: Final = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}, "minProperties": 1}
_BODY: Final = created(
    "application_credential",
    {
        "name": NAME,
        "description": TEXT,
        "secret": {"type": ["string", "null"], "minLength": 1},
        "expires_at": TEXT,
        "roles": {"type": "array", "items": _ROLE},
        "unrestricted": {"type": ["boolean", "null"]},
        "access_rules": {"type": "array", "items": RULE},
    },
    "name",
)
_BLAME: Final = (
    "The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in "
    "error."
)
_FORMS: Final = ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S")


def credential_view(call: Call, credential: ApplicationCredential) -> dict[str, Any]:
    """An application credential as clients see it: without its secret, which only its creation tells."""
    roles = [call.state.maybe(Role, uid) for uid in credential.roles]
    view: dict[str, Any] = {
        "id": credential.uid,
        "name": credential.name,
        "description": credential.description,
        "project_id": credential.project,
        "user_id": credential.user,
        "expires_at": credential.expires.strftime(_FORMS[2]) if credential.expires else None,
        "unrestricted": credential.unrestricted,
        "system": None,
        "roles": [{"id": role.uid, "name": role.name, "domain_id": role.domain or None} for role in roles if role is not None],
        "links": {"self": call.link(f"/users/{credential.user}/application_credentials/{credential.uid}")},
    }
    if credential.restricted:
        view["access_rules"] = [rule_view(call, uid, links=False) for uid in credential.access_rules]
    return view


def expiry(text: str | None, now: datetime) -> datetime | None:
    """The time that a text names; None for none.  Raises Fault 400 for one that is none, or past."""
    if text is None:
        return None
    for form in _FORMS:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        if found <= now:
            raise Fault(400, f"The 'expires_at' must not be before now. {_BLAME}")
        return found
    raise Fault(400, f"Timestamp not in expected format. {_BLAME}")


def require_unrestricted(caller: Credentials, call: Call) -> None:
    """Raise Fault 403 for somebody whose application credential may not make or delete others."""
    if caller.application_credential:
        own = call.state.maybe(ApplicationCredential, caller.application_credential)
        if own is None or not own.unrestricted:
            raise Fault(403, "Using method 'application_credential' is not allowed for managing additional application credentials.")


@IDENTITY.get("/users/{user_id}/application_credentials", rule=anyone)
async def list_application_credentials(call: Call) -> dict[str, Any]:
    """The user's credentials."""
    uid = call.path["user_id"]
    allow(call, reads="", owner=uid)
    found = call.state.where(ApplicationCredential, "user", uid)
    return listed(call, "application_credentials", (credential_view(call, one) for one in found), ("name",))


@IDENTITY.post("/users/{user_id}/application_credentials", rule=anyone, status=201, body=_BODY)
async def create_application_credential(call: Call) -> dict[str, Any]:
    """A new credential of the caller's in the project that they work in; the one answer that holds its secret."""
    caller, given = call.credentials, call.body["application_credential"]
    if caller.user != call.path["user_id"]:
        raise refusal(call)
    require_unrestricted(caller, call)
    if not caller.project:
        raise Fault(400, "Invalid application credential: a project-scoped token is needed.")
    secret = given.get("secret") or secrets.token_urlsafe(64)
    stored = await hash_password(secret)
    made = await call.ask(create, user=caller.user, project=caller.project, given=given, stored=stored)
    return {"application_credential": credential_view(call, made) | {"secret": secret}}


@ask
def create(decision: Decision, *, user: str, project: str, given: dict[str, Any], stored: str) -> ApplicationCredential:
    """The credential exists; raises Fault 400 for roles that the user has not, 409 for a name that is taken."""
    owned = decision.state.where(ApplicationCredential, "user", user)
    if any(one.name == given["name"] for one in owned):
        raise conflict("application_credential", f"Duplicate entry found with name {given['name']}")
    rules = [access_rules.ensure(decision, user, rule) for rule in given.get("access_rules", ())]
    return decision.create(
        events.APPLICATION_CREDENTIAL.created,
        ApplicationCredential,
        uid=new_id(decision),
        name=given["name"],
        user=user,
        project=project,
        hash=stored,
        roles=_roles(decision, user, project, given.get("roles") or []),
        description=given.get("description"),
        expires=expiry(given.get("expires_at"), decision.now),
        unrestricted=bool(given.get("unrestricted")),
        access_rules=tuple(dict.fromkeys(rules)),
        restricted="access_rules" in given,
    )


def _roles(decision: Decision, user: str, project: str, asked: list[dict[str, str]]) -> tuple[str, ...]:
    """The ids of the roles that are asked for: all that the user has when none are."""
    held = effective_roles(decision.state, user, project)
    if not asked:
        return tuple(role.uid for role in held)
    found = []
    for one in asked:
        role = next((role for role in held if one.get("id") == role.uid or ("id" not in one and one.get("name") == role.name)), None)
        if role is None:
            known = decision.state.maybe(Role, one["id"]) if "id" in one else decision.state.one(Role, "name", one.get("name", ""))
            if known is None:
                raise not_found("role", one.get("id") or one.get("name", ""))
            raise Fault(
                400,
                f"Invalid application credential: Could not find role assignment with role: {known.uid}, user or group: {user}, "
                f"project, domain, or system: {project}.",
            )
        found.append(role.uid)
    return tuple(dict.fromkeys(found))


def _own(call: Call) -> ApplicationCredential:
    """The credential of the path; raises Fault 404."""
    uid = call.path["application_credential_id"]
    found = call.state.maybe(ApplicationCredential, uid)
    if found is None or found.user != call.path["user_id"]:
        raise not_found("Application Credential", uid)
    return found


@IDENTITY.get("/users/{user_id}/application_credentials/{application_credential_id}", rule=anyone)
async def get_application_credential(call: Call) -> dict[str, Any]:
    """A credential."""
    allow(call, reads="", owner=call.path["user_id"])
    return {"application_credential": credential_view(call, _own(call))}


@IDENTITY.delete("/users/{user_id}/application_credentials/{application_credential_id}", rule=anyone)
async def delete_application_credential(call: Call) -> None:
    """The credential is gone, and no token that was got with it is valid."""
    allow(call, owner=call.path["user_id"])
    require_unrestricted(call.credentials, call)
    await call.ask(delete, uid=_own(call).uid)


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The credential is gone."""
    decision.delete(events.APPLICATION_CREDENTIAL.deleted, decision.get(ApplicationCredential, uid))

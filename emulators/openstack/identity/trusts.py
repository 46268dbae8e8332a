"""/v3/OS-TRUST/trusts: roles that a user lends another in a project."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import trust_changes
from emulators.openstack.identity.access_model import Trust
from emulators.openstack.identity.finding import not_found
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.model import Role
from emulators.openstack.identity.policy import allow, refusal
from emulators.openstack.identity.roles import role_view
from emulators.openstack.identity.schemas import ID, NAME, TEXT, created
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.schemas import closed
from emulators.openstack.times import micro_zulu

_ROLE: Final = {**closed({"id": ID, "name": NAME}), "minProperties": 1, "maxProperties": 1}
_MOST: Final = 2**31 - 1
_BODY: Final = created(
    "trust",
    {
        "trustor_user_id": {"type": "string"},
        "trustee_user_id": {"type": "string"},
        "impersonation": {"type": "boolean"},
        "project_id": TEXT,
        "remaining_uses": {"type": ["integer", "null"], "minimum": 1},
        "expires_at": TEXT,
        "allow_redelegation": {"type": ["boolean", "null"]},
        "redelegation_count": {"type": ["integer", "null"], "minimum": 0},
        "roles": {"type": "array", "items": _ROLE},
    },
    "trustor_user_id",
    "trustee_user_id",
    "impersonation",
)


def trust_view(call: Call, trust: Trust, *, roles: bool = True) -> dict[str, Any]:
    """A trust as clients see it; lists are without its roles."""
    view: dict[str, Any] = {
        "id": trust.uid,
        "trustor_user_id": trust.trustor,
        "trustee_user_id": trust.trustee,
        "project_id": trust.project or None,
        "impersonation": trust.impersonation,
        "expires_at": micro_zulu(trust.expires) if trust.expires else None,
        "deleted_at": None,
        "remaining_uses": trust.uses,
        "redelegation_count": trust.redelegation,
        "redelegated_trust_id": None,
        "links": {"self": call.link(f"/OS-TRUST/trusts/{trust.uid}")},
    }
    if roles:
        link = call.link(f"/OS-TRUST/trusts/{trust.uid}/roles")
        view |= {"roles": _roles(call, trust), "roles_links": {"self": link, "next": None, "previous": None}}
    return view


def _roles(call: Call, trust: Trust) -> list[dict[str, Any]]:
    return [role_view(call, role) for uid in trust.roles if (role := call.state.maybe(Role, uid)) is not None]


def alive(call: Call, trust: Trust) -> bool:
    """Whether a trust has not ended."""
    return trust.expires is None or trust.expires > call.cloud.now()


@IDENTITY.post("/OS-TRUST/trusts", rule=anyone, status=201, body=_BODY)
async def create_trust(call: Call) -> dict[str, Any]:
    """A new trust of the caller's."""
    caller, given = call.credentials, call.body["trust"]
    if given["trustor_user_id"] != caller.user:
        raise refusal(call)
    if max(given.get("remaining_uses") or 0, given.get("redelegation_count") or 0) > _MOST:
        raise Fault(400, f"remaining_uses and redelegation_count are at most {_MOST}.")
    if caller.trust or caller.application_credential:
        raise Fault(403, "You are not authorized to perform the requested action: create a trust with a delegated token.")
    return {"trust": trust_view(call, await call.ask(trust_changes.create, given=given))}


@IDENTITY.get("/OS-TRUST/trusts", rule=anyone)
async def list_trusts(call: Call) -> dict[str, Any]:
    """All trusts to administrators; to users those that name them where they say so."""
    trustor, trustee = call.first("trustor_user_id"), call.first("trustee_user_id")
    if {trustor, trustee} != {""}:
        allow(call, reads="", owner=trustor or trustee)
    else:
        allow(call, reads="")
    found = [one for one in call.state.all(Trust) if alive(call, one)]
    views = (trust_view(call, one, roles=False) for one in found)
    return listed(call, "trusts", views, ("trustor_user_id", "trustee_user_id"))


def _own(call: Call, *, trustee: bool = True) -> Trust:
    """The trust of the path, to whom it concerns; raises Fault 403 or 404."""
    found = call.state.maybe(Trust, call.path["trust_id"])
    if found is None or not alive(call, found):
        raise not_found("trust", call.path["trust_id"])
    concerned = call.credentials.user in ((found.trustor, found.trustee) if trustee else (found.trustor,))
    allow(call, reads="" if trustee else None, owner=call.credentials.user if concerned else None)
    return found


@IDENTITY.get("/OS-TRUST/trusts/{trust_id}", rule=anyone)
async def get_trust(call: Call) -> dict[str, Any]:
    """A trust."""
    return {"trust": trust_view(call, _own(call))}


@IDENTITY.delete("/OS-TRUST/trusts/{trust_id}", rule=anyone)
async def delete_trust(call: Call) -> None:
    """The trust has ended, and with it every token that was got by it."""
    await call.ask(trust_changes.delete, uid=_own(call, trustee=False).uid)


@IDENTITY.get("/OS-TRUST/trusts/{trust_id}/roles", rule=anyone)
async def list_roles_for_trust(call: Call) -> dict[str, Any]:
    """The roles that are lent."""
    return listed(call, "roles", _roles(call, _own(call)))


@IDENTITY.get("/OS-TRUST/trusts/{trust_id}/roles/{role_id}", rule=anyone)
async def get_role_for_trust(call: Call) -> dict[str, Any]:
    """One of them."""
    found = next((view for view in _roles(call, _own(call)) if view["id"] == call.path["role_id"]), None)
    if found is None:
        raise not_found("role", call.path["role_id"])
    return {"role": found}

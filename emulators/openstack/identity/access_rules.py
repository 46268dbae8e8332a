"""/v3/users/{user_id}/access_rules: what application credentials may be used for."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.access_model import AccessRule, ApplicationCredential
from emulators.openstack.identity.finding import not_found
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision

BODY: Final = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 64},
        "path": {"type": "string", "minLength": 1, "maxLength": 225, "pattern": r"^\/.*"},
        "method": {"type": "string", "pattern": "^(POST|GET|HEAD|PATCH|PUT|DELETE)$"},
        "service": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "additionalProperties": False,
}


def rule_view(call: Call, uid: str, *, links: bool = True) -> dict[str, Any]:
    """An access rule as clients see it."""
    rule = call.state.get(AccessRule, uid)
    view: dict[str, Any] = {"id": rule.uid, "path": rule.path, "method": rule.method, "service": rule.service}
    if links:
        view["links"] = {"self": call.link(f"/users/{rule.user}/access_rules/{rule.uid}")}
    return view


def ensure(decision: Decision, user: str, given: dict[str, str]) -> str:
    """The id of the user's rule that says this, made if need be; raises Fault 400 or 404."""
    owned = decision.state.where(AccessRule, "user", user)
    if "id" in given:
        if not any(one.uid == given["id"] for one in owned):
            raise not_found("Access Rule", given["id"])
        return given["id"]
    if not {"path", "method", "service"} <= given.keys():
        raise Fault(400, "Invalid application credential: an access rule needs a path, a method and a service.")
    wanted = (given["service"], given["method"], given["path"])
    found = next((one for one in owned if (one.service, one.method, one.path) == wanted), None)
    if found is None:
        service, method, path = wanted
        found = decision.create(
            events.ACCESS_RULE.created,
            AccessRule,
            uid=new_id(decision),
            name=f"{method} {service} {path}",
            user=user,
            service=service,
            method=method,
            path=path,
        )
    return found.uid


def _own(call: Call) -> AccessRule:
    found = call.state.maybe(AccessRule, call.path["access_rule_id"])
    if found is None or found.user != call.path["user_id"]:
        raise not_found("Access Rule", call.path["access_rule_id"])
    return found


@IDENTITY.get("/users/{user_id}/access_rules", rule=anyone)
async def list_access_rules(call: Call) -> dict[str, Any]:
    """The user's rules."""
    allow(call, reads="", owner=call.path["user_id"])
    found = call.state.where(AccessRule, "user", call.path["user_id"])
    return listed(call, "access_rules", (rule_view(call, one.uid) for one in found), ("service", "path", "method"))


@IDENTITY.get("/users/{user_id}/access_rules/{access_rule_id}", rule=anyone)
async def get_access_rule(call: Call) -> dict[str, Any]:
    """A rule."""
    allow(call, reads="", owner=call.path["user_id"])
    return {"access_rule": rule_view(call, _own(call).uid)}


@IDENTITY.delete("/users/{user_id}/access_rules/{access_rule_id}", rule=anyone)
async def delete_access_rule(call: Call) -> None:
    """The rule is gone."""
    allow(call, owner=call.path["user_id"])
    await call.ask(delete, uid=_own(call).uid)


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """Raises Fault 403 while an application credential rests on it."""
    if decision.state.count(ApplicationCredential, "access_rules", uid):
        raise Fault(403, f"Access rule {uid} may not be deleted because it is in use by application credentials.")
    decision.delete(events.ACCESS_RULE.deleted, decision.get(AccessRule, uid))

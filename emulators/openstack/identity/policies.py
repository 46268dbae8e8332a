"""/v3/policies: documents that services keep here; Keystone itself does nothing with them."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.identity import events
from emulators.openstack.identity.catalog_model import Policy
from emulators.openstack.identity.extras import decoded, extra_of
from emulators.openstack.identity.finding import require, require_same_id
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed, shown
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.schemas import changed, created
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision

PROPERTIES: Final = {"blob": {"type": "string"}, "type": {"type": "string", "maxLength": 255}}


def policy_view(call: Call, policy: Policy) -> dict[str, Any]:
    """A policy as clients see it."""
    return shown(call, "policies", decoded(policy.extra) | {"id": policy.uid, "type": policy.name, "blob": policy.blob})


@IDENTITY.get("/policies", rule=anyone)
async def list_policies(call: Call) -> dict[str, Any]:
    """Every policy, or those of a type."""
    allow(call, reads="")
    return listed(call, "policies", (policy_view(call, one) for one in call.state.all(Policy)), ("type",))


@IDENTITY.post("/policies", rule=anyone, status=201, body=created("policy", PROPERTIES, "blob", "type"))
async def create_policy(call: Call) -> dict[str, Any]:
    """A new policy."""
    allow(call)
    return {"policy": policy_view(call, await call.ask(create, given=call.body["policy"]))}


@ask
def create(decision: Decision, *, given: dict[str, Any]) -> Policy:
    """The policy is kept."""
    extra = extra_of(given, PROPERTIES)
    return decision.create(events.POLICY.created, Policy, uid=new_id(decision), name=given["type"], blob=given["blob"], extra=extra)


@IDENTITY.get("/policies/{policy_id}", rule=anyone)
async def get_policy(call: Call) -> dict[str, Any]:
    """A policy."""
    allow(call, reads="")
    return {"policy": policy_view(call, require(call.state, Policy, call.path["policy_id"]))}


@IDENTITY.patch("/policies/{policy_id}", rule=anyone, body=changed("policy", PROPERTIES))
async def update_policy(call: Call) -> dict[str, Any]:
    """The policy with its changes."""
    allow(call)
    given = call.body["policy"]
    require_same_id(given, call.path["policy_id"])
    return {"policy": policy_view(call, await call.ask(update, uid=call.path["policy_id"], given=given))}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> Policy:
    """The policy's properties are these."""
    policy = require(decision.state, Policy, uid)
    extra = extra_of(given, PROPERTIES, policy.extra)
    return decision.update(
        events.POLICY.changed, policy, name=given.get("type", policy.name), blob=given.get("blob", policy.blob), extra=extra
    )


@IDENTITY.delete("/policies/{policy_id}", rule=anyone)
async def delete_policy(call: Call) -> None:
    """The policy is gone."""
    allow(call)
    await call.ask(delete, uid=call.path["policy_id"])


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The policy is gone."""
    decision.delete(events.POLICY.deleted, require(decision.state, Policy, uid))

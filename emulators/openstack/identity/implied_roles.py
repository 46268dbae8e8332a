"""/v3/roles/{prior_role_id}/implies and /v3/role_inferences: which roles come with others."""

from __future__ import annotations

from typing import Any

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.finding import require
from emulators.openstack.identity.lists import shown
from emulators.openstack.identity.model import ImpliedRole, Role
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision
from emulators.world.state import WorldState

NEVER_IMPLIED = "admin"
"""Keystone's prohibited_implied_role."""


def _short(call: Call, role: Role) -> dict[str, Any]:
    return shown(call, "roles", {"id": role.uid, "name": role.name})


def _implied(state: WorldState, prior: str) -> list[Role]:
    return [state.get(Role, one.implied) for one in state.where(ImpliedRole, "prior", prior)]


def _inference(state: WorldState, prior: str, implied: str) -> ImpliedRole:
    """Raises Fault 404 when there is no such implication."""
    found = next((one for one in state.where(ImpliedRole, "prior", prior) if one.implied == implied), None)
    if found is None:
        raise Fault(404, f"{prior} does not imply {implied}.")
    return found


@IDENTITY.get("/roles/{prior_role_id}/implies", rule=anyone)
async def list_implied_roles(call: Call) -> dict[str, Any]:
    """What the role implies."""
    allow(call, reads="")
    prior = require(call.state, Role, call.path["prior_role_id"])
    inference = {"prior_role": _short(call, prior), "implies": [_short(call, one) for one in _implied(call.state, prior.uid)]}
    return {"role_inference": inference, "links": {"self": call.link(f"/roles/{prior.uid}/implies")}}


def _one(call: Call) -> dict[str, Any]:
    prior, implied = (require(call.state, Role, call.path[name]) for name in ("prior_role_id", "implied_role_id"))
    _inference(call.state, prior.uid, implied.uid)
    inference = {"prior_role": _short(call, prior), "implies": _short(call, implied)}
    return {"role_inference": inference, "links": {"self": call.link(f"/roles/{prior.uid}/implies/{implied.uid}")}}


@IDENTITY.get("/roles/{prior_role_id}/implies/{implied_role_id}", rule=anyone)
async def get_implied_role(call: Call) -> dict[str, Any]:
    """That the one implies the other."""
    allow(call, reads="")
    return _one(call)


@IDENTITY.head("/roles/{prior_role_id}/implies/{implied_role_id}", rule=anyone, status=204)
async def check_implied_role(call: Call) -> Reply:
    """204 when the one implies the other."""
    allow(call, reads="")
    _one(call)
    return Reply(status=204)


@IDENTITY.put("/roles/{prior_role_id}/implies/{implied_role_id}", rule=anyone, status=201)
async def create_implied_role(call: Call) -> dict[str, Any]:
    """Whoever has the one has the other, too."""
    allow(call)
    await call.ask(imply, prior=call.path["prior_role_id"], implied=call.path["implied_role_id"])
    return _one(call)


@ask
def imply(decision: Decision, *, prior: str, implied: str) -> None:
    """Raises Fault 403 for what may not be implied, 404 for a role that there is not."""
    first, second = require(decision.state, Role, prior), require(decision.state, Role, implied)
    if second.name == NEVER_IMPLIED or (second.domain and not first.domain):
        raise Fault(403, f"{implied} cannot be an implied roles.")
    if not any(one.implied == implied for one in decision.state.where(ImpliedRole, "prior", prior)):
        decision.create(events.IMPLIED_ROLE.created, ImpliedRole, name=f"{first.name} implies {second.name}", prior=prior, implied=implied)


@IDENTITY.delete("/roles/{prior_role_id}/implies/{implied_role_id}", rule=anyone)
async def delete_implied_role(call: Call) -> None:
    """The one does not come with the other."""
    allow(call)
    await call.ask(separate, prior=call.path["prior_role_id"], implied=call.path["implied_role_id"])


@ask
def separate(decision: Decision, *, prior: str, implied: str) -> None:
    """Raises Fault 404 when it never did."""
    require(decision.state, Role, prior)
    require(decision.state, Role, implied)
    decision.delete(events.IMPLIED_ROLE.deleted, _inference(decision.state, prior, implied))


@IDENTITY.get("/role_inferences", rule=anyone)
async def list_role_inference_rules(call: Call) -> dict[str, Any]:
    """Every implication, by the prior role."""
    allow(call, reads="")
    inferences = [
        {"prior_role": _short(call, prior), "implies": [_short(call, one) for one in implied]}
        for prior in call.state.all(Role)
        if (implied := _implied(call.state, prior.uid))
    ]
    return {"role_inferences": inferences, "links": {"self": call.link("/role_inferences")}}

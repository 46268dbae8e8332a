"""Allocations: of a consumer, of a provider; given, changed and taken back."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.placement import allocations
from emulators.openstack.placement.allocation_requests import MANY, ONE, consumer_uuid, wanted
from emulators.openstack.placement.dated import dated
from emulators.openstack.placement.giving import give, take_back
from emulators.openstack.placement.providers import by_key, provider
from emulators.openstack.placement.service import PLACEMENT


@PLACEMENT.get("/allocations/{consumer_uuid}", rule=admin, quality="checked")
async def show_allocations(call: Call) -> dict[str, Any]:
    """What a consumer has; nothing for one that nobody knows."""
    found = allocations.of_consumer(call.state, call.path["consumer_uuid"])
    dated(call, (one.modified for one in found))
    shown: dict[str, Any] = {}
    for one in found:
        of = by_key(call.state, one.provider)
        if of is not None:
            shown[of.uuid] = {"resources": one.amounts, "generation": of.generation}
    body: dict[str, Any] = {"allocations": shown}
    if found and call.since("1.12"):
        body |= {"project_id": found[0].project, "user_id": found[0].user}
        body |= {"consumer_generation": found[0].generation} if call.since("1.28") else {}
        body |= {"consumer_type": found[0].type} if call.since("1.38") else {}
    return body


@PLACEMENT.put("/allocations/{consumer_uuid}", rule=admin, body=ONE, status=204, quality="faults")
async def update_allocations(call: Call) -> None:
    """A consumer has this and nothing else."""
    await call.ask(give, wanted={consumer_uuid(call.path["consumer_uuid"]): wanted(call, call.body)})


@PLACEMENT.post("/allocations", rule=admin, versions="1.13-", body=MANY, status=204, quality="faults")
async def update_many(call: Call) -> None:
    """The same for several consumers at once."""
    await call.ask(give, wanted={uuid: wanted(call, body) for uuid, body in call.body.items()})


@PLACEMENT.delete("/allocations/{consumer_uuid}", rule=admin, quality="faults")
async def delete_allocations(call: Call) -> None:
    """A consumer has nothing any more."""
    await call.ask(take_back, consumer=call.path["consumer_uuid"])


@PLACEMENT.get("/resource_providers/{uuid}/allocations", rule=admin, quality="checked")
async def list_provider_allocations(call: Call) -> dict[str, Any]:
    """What all consumers have of a provider."""
    known = provider(call.state, call.path["uuid"])
    found = allocations.on_provider(call.state, known)
    dated(call, (one.modified for one in found))
    counted = call.since("1.28")
    rows = {one.consumer: {"resources": one.amounts} | ({"consumer_generation": one.generation} if counted else {}) for one in found}
    return {"allocations": rows, "resource_provider_generation": known.generation}

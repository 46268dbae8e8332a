"""Usages: of a provider, and of a project or a user in it."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.credentials import admin, reader
from emulators.openstack.faults import Fault
from emulators.openstack.placement import allocations
from emulators.openstack.placement.dated import dated
from emulators.openstack.placement.providers import provider
from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.schemas import closed
from emulators.openstack.service import Versioned

_ID: Final = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 255}}
_TYPE: Final = {"type": "array", "items": {"type": "string", "pattern": "^[A-Z0-9_]+$|^all|^unknown$", "minLength": 1, "maxLength": 255}}
_QUERY: Final = Versioned(
    {
        "1.9-1.37": closed({"project_id": _ID, "user_id": _ID}, "project_id"),
        "1.38-": closed({"project_id": _ID, "user_id": _ID, "consumer_type": _TYPE}, "project_id"),
    }
)


@PLACEMENT.get("/resource_providers/{uuid}/usages", rule=admin, quality="checked")
async def list_usages(call: Call) -> dict[str, Any]:
    """How much of each of its classes is given out."""
    known = provider(call.state, call.path["uuid"])
    dated(call)
    return {"resource_provider_generation": known.generation, "usages": allocations.usages(call.state, known)}


@PLACEMENT.get("/usages", rule=reader, versions="1.9-", query=_QUERY, quality="checked")
async def total_usages(call: Call) -> dict[str, Any]:
    """What a project has in all; from 1.38 on by type of consumer."""
    project, user = call.first("project_id"), call.first("user_id")
    if project != call.project and not call.credentials.admin:
        raise Fault(403, "Policy does not allow placement:usages to be performed.")
    found = [one for one in allocations.everything(call.state) if one.project == project and user in ("", one.user)]
    dated(call)
    if not call.since("1.38"):
        return {"usages": _sum(found)}
    wanted = call.first("consumer_type")
    grouped: dict[str, list[allocations.Allocation]] = {}
    for one in found:
        if wanted in ("", "all", one.type):
            grouped.setdefault("all" if wanted == "all" else one.type, []).append(one)
    return {"usages": {name: {**_sum(some), "consumer_count": len({one.consumer for one in some})} for name, some in grouped.items()}}


def _sum(found: list[allocations.Allocation]) -> dict[str, int]:
    used: dict[str, int] = {}
    for one in found:
        for name, amount in one.amounts.items():
            used[name] = used.get(name, 0) + amount
    return used

"""Aggregates of providers: UUIDs that they have in common.  Nova's host aggregates are among those of its hosts."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.placement.dated import dated
from emulators.openstack.placement.inventories import GENERATION
from emulators.openstack.placement.provider_changes import set_aggregates
from emulators.openstack.placement.providers import Provider, provider
from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.schemas import UUID, closed
from emulators.openstack.service import Versioned

_UUIDS: Final = {"type": "array", "items": UUID, "uniqueItems": True}
_SET: Final = Versioned(
    {
        "1.1-1.18": _UUIDS,
        "1.19-": closed({"aggregates": _UUIDS, "resource_provider_generation": GENERATION}, "aggregates", "resource_provider_generation"),
    }
)
_PATH: Final = "/resource_providers/{uuid}/aggregates"


@PLACEMENT.get(_PATH, rule=admin, versions="1.1-", quality="checked")
async def list_aggregates(call: Call) -> dict[str, Any]:
    """A provider's."""
    return _view(call, provider(call.state, call.path["uuid"]))


@PLACEMENT.put(_PATH, rule=admin, versions="1.1-", body=_SET, quality="faults")
async def update_aggregates(call: Call) -> dict[str, Any]:
    """These and, of a host, Nova's."""
    body = call.body if call.since("1.19") else {"aggregates": call.body, "resource_provider_generation": None}
    asked = {"uuid": call.path["uuid"], "generation": body["resource_provider_generation"]}
    return _view(call, await call.ask(set_aggregates, **asked, aggregates=tuple(body["aggregates"])))


def _view(call: Call, known: Provider) -> dict[str, Any]:
    dated(call)
    shown: dict[str, Any] = {"aggregates": list(known.aggregates)}
    return shown | {"resource_provider_generation": known.generation} if call.since("1.19") else shown

"""Availability zones: what aggregates make of the hosts, and ``nova`` for the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.compute.services import INTERNAL, Standing, services
from emulators.openstack.credentials import admin
from emulators.openstack.times import micro

_REPORTS = 10


@COMPUTE.get("/os-availability-zone", quality="client")
async def list_zones(call: Call) -> dict[str, Any]:
    """The zones that servers can be in; one is available while a service in it is enabled."""
    found = services(call.state)
    up, down = _zones(found)
    rows = [_row(zone, available=True) for zone in up] + [_row(zone, available=False) for zone in down]
    return {"availabilityZoneInfo": [row for row in rows if row["zoneName"] != INTERNAL]}


@COMPUTE.get("/os-availability-zone/detail", rule=admin, quality="client")
async def list_zones_in_detail(call: Call) -> dict[str, Any]:
    """The zones, the internal one too, with their hosts and the services on them."""
    found = services(call.state)
    up, down = _zones(found)
    rows = [{**_row(zone, available=True), "hosts": _hosts(call, zone, found)} for zone in up]
    return {"availabilityZoneInfo": rows + [_row(zone, available=False) for zone in down]}


def _zones(found: list[Standing]) -> tuple[list[str], list[str]]:
    """Zones with an enabled service, and those without."""
    up = {one.zone for one in found if not one.disabled}
    return sorted(up), sorted({one.zone for one in found} - up)


def _row(zone: str, *, available: bool) -> dict[str, Any]:
    return {"zoneName": zone, "zoneState": {"available": available}, "hosts": None}


def _hosts(call: Call, zone: str, found: list[Standing]) -> dict[str, Any]:
    now = call.cloud.now()
    fresh = now - timedelta(seconds=now.second % _REPORTS)
    hosts: dict[str, Any] = {}
    for one in found:
        if one.zone == zone and not one.disabled:
            state = {"available": one.up, "active": True, "updated_at": micro(one.seen or fresh)}
            hosts.setdefault(one.host, {})[one.binary] = state
    return hosts

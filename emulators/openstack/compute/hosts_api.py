"""Hosts, as they were asked for before there were hypervisors and services (until 2.42)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute import resources
from emulators.openstack.compute.resources import Resources
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.compute.services import COMPUTE_BINARY, Standing, say, services
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault

_SWITCH: Final = {"type": "string", "enum": ["enable", "disable", "Enable", "Disable", "ENABLE", "DISABLE"]}
_UPDATE: Final = {
    "type": "object",
    "properties": {"status": _SWITCH, "maintenance_mode": _SWITCH},
    "anyOf": [{"required": ["status"]}, {"required": ["maintenance_mode"]}],
    "additionalProperties": False,
}
_OLD: Final = "2.1-2.42"
_ONE: Final = "/os-hosts/{host}"
_UNSUPPORTED: Final = "Virt driver does not support this feature."


@COMPUTE.get("/os-hosts", rule=admin, versions=_OLD, quality="faults")
async def list_hosts(call: Call) -> dict[str, Any]:
    """Every host and what runs on it."""
    zone = call.first("zone")
    found = [one for one in services(call.state) if not one.disabled and zone in ("", one.zone)]
    return {"hosts": [{"host_name": one.host, "service": one.binary.removeprefix("nova-"), "zone": one.zone} for one in found]}


@COMPUTE.get(_ONE, rule=admin, versions=_OLD, quality="faults")
async def show_host(call: Call) -> dict[str, Any]:
    """What a host has, uses, and gives to whom."""
    standing = _compute(call)
    host = standing.hypervisor
    if host is None:
        raise _missing(call)
    taken = resources.used(call.state, host.uid)
    rows = [("(total)", resources.total(call.state, host))]
    rows += [("(used_now)", taken._replace(ram=taken.ram + resources.RESERVED_MEMORY)), ("(used_max)", taken)]
    by_project: dict[str, Resources] = {}
    for server, share in resources.shares(call.state, host.uid).values():
        by_project[server.project] = by_project.get(server.project, Resources()).plus(share)
    return {"host": [_row(host.name, project, one) for project, one in [*rows, *by_project.items()]]}


@COMPUTE.put(_ONE, rule=admin, versions=_OLD, body=_UPDATE, quality="faults")
async def update_host(call: Call) -> dict[str, Any]:
    """Enabled or disabled; libvirt knows no maintenance mode."""
    standing = _compute(call)
    if "maintenance_mode" in call.body:
        raise Fault(501, _UNSUPPORTED)
    enabled = call.body["status"].lower() == "enable"
    if standing.hypervisor is not None:
        await call.ask(say, host=standing.hypervisor.uid, said={"disabled": not enabled, "disabled_reason": None})
    return {"host": standing.host, "status": "enabled" if enabled else "disabled"}


@COMPUTE.get(f"{_ONE}/{{verb}}", rule=admin, versions=_OLD, quality="faults")
async def power(call: Call) -> None:
    """Reboot, shutdown and startup, none of which libvirt can; raises Fault 501."""
    if call.path["verb"] not in {"reboot", "shutdown", "startup"}:
        raise Fault(404, "The resource could not be found.")
    _compute(call)
    raise Fault(501, _UNSUPPORTED)


def _compute(call: Call) -> Standing:
    name = call.path["host"]
    found = next((one for one in services(call.state) if one.host == name and one.binary == COMPUTE_BINARY), None)
    if found is None:
        raise _missing(call)
    return found


def _missing(call: Call) -> Fault:
    return Fault(404, f"Compute host {call.path['host']} could not be found.")


def _row(host: str, project: str, one: Resources) -> dict[str, Any]:
    return {"resource": {"host": host, "project": project, "cpu": one.vcpus, "memory_mb": one.ram, "disk_gb": one.disk}}

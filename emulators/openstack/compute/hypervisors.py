"""Hypervisors: listed, searched, shown, and their sum."""

from __future__ import annotations

import uuid
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.hypervisor_views import brief, detailed, figures, servers_on, uptime, uuid_of
from emulators.openstack.compute.paging import next_links, page
from emulators.openstack.compute.parameters import PAGING, number
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.compute.services import compute_service, registered
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, closed, truth
from emulators.openstack.service import Versioned
from emulators.world.model import Hypervisor

_TEXT: Final = {"type": "string"}
_FQDN: Final = {"type": "string", "pattern": "^[a-zA-Z0-9-._]*$", "minLength": 1, "maxLength": 255}
_OPEN: Final[dict[str, Any]] = {"type": "object", "additionalProperties": True}


def _single(schema: Any) -> dict[str, Any]:
    return {"type": "array", "maxItems": 1, "items": schema}


_LIST: Final = Versioned(
    {
        "2.1-2.32": _OPEN,
        "2.33-2.52": {**_OPEN, "properties": PAGING},
        "2.53-": closed(
            {
                "limit": _single(number()),
                "marker": _single(_TEXT),
                "hypervisor_hostname_pattern": _single(_FQDN),
                "with_servers": _single(BOOLEAN),
            }
        ),
    }
)
_SHOW: Final = Versioned({"2.1-2.52": _OPEN, "2.53-": closed({"with_servers": _single(BOOLEAN)})})
_SUMMED: Final = (
    *("vcpus", "vcpus_used", "memory_mb", "memory_mb_used", "local_gb", "local_gb_used"),
    *("free_ram_mb", "free_disk_gb", "current_workload", "running_vms", "disk_available_least"),
)
_ONE: Final = "/os-hypervisors/{hypervisor_id}"


@COMPUTE.get("/os-hypervisors", rule=admin, query=_LIST, quality="faults")
async def list_hypervisors(call: Call) -> dict[str, Any]:
    """All, or from 2.53 on those whose name has a pattern in it."""
    return _list(call, "/os-hypervisors", full=False)


@COMPUTE.get("/os-hypervisors/detail", rule=admin, query=_LIST, quality="faults")
async def list_hypervisors_in_detail(call: Call) -> dict[str, Any]:
    """The same with all that is known of them."""
    return _list(call, "/os-hypervisors/detail", full=True)


@COMPUTE.get("/os-hypervisors/statistics", rule=admin, versions="2.1-2.87", quality="faults")
async def statistics(call: Call) -> dict[str, Any]:
    """The figures of all whose service is enabled, added up."""
    hosts = [host for host in registered(call.state) if not compute_service(call.state, host).disabled]
    rows = [figures(call.state, host) for host in hosts]
    return {"hypervisor_statistics": {"count": len(rows), **{name: sum(row[name] for row in rows) for name in _SUMMED}}}


@COMPUTE.get(_ONE, rule=admin, query=_SHOW, quality="faults")
async def show_hypervisor(call: Call) -> dict[str, Any]:
    """One, with its servers from 2.53 on if asked."""
    host = _by_id(call)
    return {"hypervisor": detailed(call, host) | _servers(call, host)}


@COMPUTE.get(f"{_ONE}/uptime", rule=admin, versions="2.1-2.87", quality="faults")
async def show_uptime(call: Call) -> dict[str, Any]:
    """One with how long it has been up; raises Fault 400 when it is not."""
    host = _by_id(call)
    if not compute_service(call.state, host).up:
        raise Fault(400, f"Compute service of {host.name} is unavailable at this time.")
    return {"hypervisor": brief(call, host) | {"uptime": uptime(call, host)}}


@COMPUTE.get(f"{_ONE}/search", rule=admin, versions="2.1-2.52", quality="faults")
async def search(call: Call) -> dict[str, Any]:
    """Those whose name has the text in it."""
    return {"hypervisors": [brief(call, host) for host in _matching(call, call.path["hypervisor_id"])]}


@COMPUTE.get(f"{_ONE}/servers", rule=admin, versions="2.1-2.52", quality="faults")
async def list_servers(call: Call) -> dict[str, Any]:
    """Those whose name has the text in it, with their servers."""
    rows = []
    for host in _matching(call, call.path["hypervisor_id"]):
        servers = servers_on(call.state, host)
        rows.append(brief(call, host) | ({"servers": servers} if servers else {}))
    return {"hypervisors": rows}


def _list(call: Call, path: str, *, full: bool) -> dict[str, Any]:
    view = detailed if full else brief
    pattern = call.first("hypervisor_hostname_pattern") if call.since("2.53") else ""
    if pattern and ("limit" in call.query or call.first("marker")):
        raise Fault(400, "Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not supported.")
    hosts = _matching(call, pattern) if pattern else registered(call.state)
    shown = page(call, hosts, lambda host: _id(call, host)) if call.since("2.33") and not pattern else hosts
    body: dict[str, Any] = {"hypervisors": [view(call, host) | _servers(call, host) for host in shown]}
    onward = next_links(call, path, shown, lambda host: _id(call, host)) if call.since("2.33") and not pattern else []
    return body | {"hypervisors_links": onward} if onward else body


def _servers(call: Call, host: Hypervisor) -> dict[str, Any]:
    if not call.since("2.53") or not truth(call.first("with_servers", "false")):
        return {}
    servers = servers_on(call.state, host)
    return {"servers": servers} if servers or call.since("2.75") else {}


def _matching(call: Call, pattern: str) -> list[Hypervisor]:
    found = [host for host in registered(call.state) if pattern in host.name]
    if not found:
        raise Fault(404, f"No hypervisor matching '{pattern}' could be found.")
    return found


def _id(call: Call, host: Hypervisor) -> str:
    return uuid_of(call.state, host) if call.since("2.53") else str(host.number)


def _by_id(call: Call) -> Hypervisor:
    wanted = call.path["hypervisor_id"]
    if call.since("2.53"):
        try:
            uuid.UUID(wanted)
        except ValueError as error:
            raise Fault(400, f"Invalid uuid {wanted}") from error
    found = next((host for host in registered(call.state) if _id(call, host) == wanted), None)
    if found is None:
        raise Fault(404, f"Hypervisor with ID '{wanted}' could not be found.")
    return found

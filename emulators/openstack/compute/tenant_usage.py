"""How much of the cloud each project has had in a period: counted from its servers, those that are deleted, too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.paging import limit_of
from emulators.openstack.compute.parameters import PAGING, TEXTS, grown
from emulators.openstack.compute.servers.records import DeletedServer, NovaServer
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.pages import next_query
from emulators.openstack.times import micro
from emulators.world.state import WorldState

_FORMS: Final = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f")
_PERIOD: Final = {"start": TEXTS, "end": TEXTS}
_LIST: Final = grown(("2.1", {**_PERIOD, "detailed": TEXTS}), ("2.40", {**_PERIOD, "detailed": TEXTS, **PAGING}))
_SHOW: Final = grown(("2.1", _PERIOD), ("2.40", {**_PERIOD, **PAGING}))
_ALL: Final = "/os-simple-tenant-usage"


@COMPUTE.get(_ALL, rule=admin, query=_LIST, quality="faults")
async def list_usages(call: Call) -> dict[str, Any]:
    """Every project's."""
    begin, end = _period(call)
    servers = _page(call, _within(_all_servers(call.state), begin, end))
    rows = _by_project(call, servers, begin, end, detailed=call.first("detailed") == "1")
    return {"tenant_usages": rows} | _onward(call, _ALL, servers, "tenant_usages_links")


@COMPUTE.get(f"{_ALL}/{{project}}", query=_SHOW, quality="faults")
async def show_usage(call: Call) -> dict[str, Any]:
    """One project's; empty when it had nothing."""
    project = call.path["project"]
    if project != call.project and not call.credentials.admin:
        raise Fault(403, "Policy doesn't allow os_compute_api:os-simple-tenant-usage:show to be performed.")
    begin, end = _period(call)
    servers = _page(call, _within(_all_servers(call.state, project), begin, end))
    rows = _by_project(call, servers, begin, end, detailed=True)
    return {"tenant_usage": rows[0] if rows else {}} | _onward(call, f"{_ALL}/{project}", servers, "tenant_usage_links")


def _all_servers(state: WorldState, project: str = "") -> list[NovaServer]:
    if not project:
        return [*state.all(NovaServer), *(one.server for one in state.all(DeletedServer))]
    gone = [one.server for one in state.where(DeletedServer, "project", project)]
    return [*state.where(NovaServer, "project", project), *gone]


def _within(servers: Iterable[NovaServer], begin: datetime, end: datetime) -> list[NovaServer]:
    """Those that were there at some time of the period."""
    found = [one for one in servers if one.launched and one.launched < end and (one.terminated is None or one.terminated > begin)]
    return sorted(found, key=lambda one: one.number)


def _period(call: Call) -> tuple[datetime, datetime]:
    now = call.cloud.now()
    begin, end = _time(call, "start", now), _time(call, "end", now)
    if not begin < end and ("start" in call.query or "end" in call.query):
        raise Fault(400, "Invalid start time. The start time cannot occur after the end time.")
    return (begin, min(end, now)) if begin < end else (now - timedelta(seconds=1), now)


def _time(call: Call, name: str, now: datetime) -> datetime:
    text = (call.query.get(name) or [""])[0]
    if not text:
        return now
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Fault(400, f"Invalid datetime string: Datetime is in invalid format: {text[:64]}")


def _page(call: Call, servers: list[NovaServer]) -> list[NovaServer]:
    if not call.since("2.40"):
        return servers
    marker, start = call.first("marker"), 0
    if marker:
        start = next((place for place, one in enumerate(servers, 1) if one.uid == marker), -1)
        if start < 0:
            raise Fault(400, f"Marker {marker} could not be found.")
    return servers[start : start + limit_of(call)]


def _onward(call: Call, path: str, servers: list[NovaServer], name: str) -> dict[str, Any]:
    limit = limit_of(call) if call.since("2.40") else 0
    if not limit or len(servers) < limit:
        return {}
    return {name: [{"rel": "next", "href": f"{call.link(path)}?{next_query(call.query, servers[-1].uid)}"}]}


def _by_project(call: Call, servers: list[NovaServer], begin: datetime, end: datetime, *, detailed: bool) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for server in servers:
        row = rows.setdefault(server.project, _empty(server.project, begin, end, detailed=detailed))
        usage = _usage(server, begin, end, call.cloud.now())
        hours = usage["hours"]
        row["total_hours"] += hours
        row["total_vcpus_usage"] += usage["vcpus"] * hours
        row["total_memory_mb_usage"] += usage["memory_mb"] * hours
        row["total_local_gb_usage"] += usage["local_gb"] * hours
        if detailed:
            row["server_usages"].append(usage)
    return list(rows.values())


def _empty(project: str, begin: datetime, end: datetime, *, detailed: bool) -> dict[str, Any]:
    totals = dict.fromkeys(("total_hours", "total_vcpus_usage", "total_memory_mb_usage", "total_local_gb_usage"), 0.0)
    row: dict[str, Any] = {"tenant_id": project, "start": micro(begin), "stop": micro(end), **totals}
    return row | {"server_usages": []} if detailed else row


def _usage(server: NovaServer, begin: datetime, end: datetime, now: datetime) -> dict[str, Any]:
    launched = server.launched or now
    until = min(end, server.terminated) if server.terminated else end
    flavor = server.flavor
    return {
        "instance_id": server.uid,
        "name": server.name,
        "tenant_id": server.project,
        "flavor": flavor.name,
        "vcpus": flavor.vcpus,
        "memory_mb": flavor.ram,
        "local_gb": flavor.disk + flavor.ephemeral,
        "hours": (until - max(launched, begin)) / timedelta(hours=1),
        "started_at": micro(launched),
        "ended_at": micro(server.terminated) if server.terminated else None,
        "state": "terminated" if server.terminated else server.vm_state,
        "uptime": int(((server.terminated or now) - launched).total_seconds()),
    }

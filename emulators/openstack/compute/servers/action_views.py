"""os-instance-actions, and the migrations of a server."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.paging import limit_of, next_links
from emulators.openstack.compute.parameters import PAGING, grown
from emulators.openstack.compute.servers import filters, hosts
from emulators.openstack.compute.servers.lookup import server_of
from emulators.openstack.compute.servers.records import ActionEvent, DeletedServer, InstanceAction, Migration, NovaServer
from emulators.openstack.compute.servers.views import host_id
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import NULL
from emulators.openstack.times import micro

_TIMES: Final = {"type": "array", "items": {"type": "string", "format": "date-time"}}
LIST: Final = grown(
    ("2.1", {}),
    ("2.58", {**PAGING, "changes-since": _TIMES}),
    ("2.66", {**PAGING, "changes-since": _TIMES, "changes-before": _TIMES}),
    closed_from="2.58",
)
UNDER_WAY: Final = frozenset({"queued", "preparing", "running", "migrating", "post-migrating"})


def _server(call: Call) -> NovaServer:
    """The server of the path; from 2.21 also one that was deleted."""
    try:
        return server_of(call)
    except Fault:
        gone = call.state.maybe(DeletedServer, f"deleted-{call.path['server_id']}") if call.since("2.21") else None
        if gone is None or (gone.project != call.project and not call.credentials.admin):
            raise
        return gone.server


def _row(call: Call, action: InstanceAction) -> dict[str, Any]:
    row: dict[str, Any] = {
        "action": action.name,
        "instance_uuid": action.server,
        "request_id": action.request,
        "user_id": action.user,
        "project_id": action.project,
        "start_time": micro(action.created),
        "message": action.message,
    }
    return row | {"updated_at": micro(action.updated)} if call.since("2.58") else row


@COMPUTE.get("/servers/{server_id}/os-instance-actions", query=LIST)
async def actions(call: Call) -> dict[str, Any]:
    """What was asked of a server, the newest first."""
    found = sorted(call.state.where(InstanceAction, "server", _server(call).uid), key=lambda one: one.number, reverse=True)
    if not call.since("2.58"):
        return {"instanceActions": [_row(call, one) for one in found]}
    for name in ("changes-since", "changes-before"):
        if call.first(name) and (name == "changes-since" or call.since("2.66")):
            then = filters.moment(call.first(name), name)
            found = [one for one in found if (one.updated >= then if name == "changes-since" else one.updated <= then)]
    shown = _page(call, found)
    body: dict[str, Any] = {"instanceActions": [_row(call, one) for one in shown]}
    onward = next_links(call, f"/servers/{call.path['server_id']}/os-instance-actions", shown, lambda one: one.request)
    return body | {"links": onward} if onward else body


def _page(call: Call, found: list[InstanceAction]) -> list[InstanceAction]:
    marker, start = call.first("marker"), 0
    if marker:
        start = next((place for place, one in enumerate(found, 1) if one.request == marker), -1)
        if start < 0:
            raise Fault(400, f"Marker {marker} could not be found.")
    return found[start : start + limit_of(call)]


@COMPUTE.get("/servers/{server_id}/os-instance-actions/{request_id}")
async def action(call: Call) -> dict[str, Any]:
    """One of them with its steps, for administrators, and from 2.51 for everybody."""
    server, request = _server(call), call.path["request_id"]
    found = next((one for one in call.state.where(InstanceAction, "request", request) if one.server == server.uid), None)
    if found is None:
        raise Fault(404, f"Action for request_id {request} on instance {server.uid} not found")
    row = _row(call, found)
    if call.credentials.admin or call.since("2.51"):
        row["events"] = [_event(call, server, one) for one in found.events]
    return {"instanceAction": row}


def _event(call: Call, server: NovaServer, event: ActionEvent) -> dict[str, Any]:
    row: dict[str, Any] = {
        "event": event.event,
        "start_time": micro(event.start),
        "finish_time": micro(event.finish) if event.finish else None,
        "result": event.result or None,
    }
    if call.credentials.admin:
        row["traceback"] = None
    if call.since("2.62"):
        if call.credentials.admin:
            row["host"] = hosts.name_of(call.state, event.host) or None
        row["hostId"] = host_id(call.state, server)
    if call.since("2.84"):
        row["details"] = event.details
    return row


@COMPUTE.get("/servers/{server_id}/migrations", versions="2.23-", rule=admin)
async def migrations(call: Call) -> dict[str, Any]:
    """The server's live migrations that are under way (from 2.65 they may be queued)."""
    return {"migrations": [_migration(call, one) for one in _live(call)]}


@COMPUTE.get("/servers/{server_id}/migrations/{migration_id}", versions="2.23-", rule=admin)
async def migration(call: Call) -> dict[str, Any]:
    """One of them."""
    return {"migration": _migration(call, _found(call))}


@COMPUTE.action("/servers/{server_id}/migrations/{migration_id}/action", "force_complete", body=NULL, versions="2.22-", rule=admin)
async def force_complete(call: Call) -> None:
    """Refused with Fault 400: memory is not copied, so there is nothing to hurry."""
    found = _found(call)
    raise Fault(400, f"Migration {found.number} of instance {found.server} cannot be forced: its memory is not copied.")


@COMPUTE.delete("/servers/{server_id}/migrations/{migration_id}", versions="2.24-", rule=admin, status=202)
async def abort(call: Call) -> None:
    """Refused with Fault 400: the move is not long enough to be stopped."""
    found = _found(call)
    state = f"Migration {found.number} state of instance {found.server} is {found.status}."
    raise Fault(400, f"{state} Cannot abort while the migration is in this state.")


def _live(call: Call) -> list[Migration]:
    found = call.state.where(Migration, "server", server_of(call).uid)
    return [one for one in found if one.type == "live-migration" and one.status in UNDER_WAY]


def _found(call: Call) -> Migration:
    server, wanted = server_of(call), call.path["migration_id"]
    for one in call.state.where(Migration, "server", server.uid):
        if wanted in {str(one.number), one.uid}:
            if one.type == "live-migration" and one.status in UNDER_WAY:
                return one
            raise Fault(404, f"In-progress live migration {wanted} is not found for server {server.uid}.")
    raise Fault(404, f"Migration {wanted} not found for server {server.uid}")


def _migration(call: Call, one: Migration) -> dict[str, Any]:
    source, target = hosts.name_of(call.state, one.source), hosts.name_of(call.state, one.target)
    row: dict[str, Any] = {
        "id": one.number,
        "server_uuid": one.server,
        "status": one.status,
        "source_compute": source,
        "source_node": source,
        "dest_compute": target,
        "dest_node": target,
        "dest_host": target,
        "created_at": micro(one.created),
        "updated_at": micro(one.updated),
        **dict.fromkeys(("memory_total_bytes", "memory_processed_bytes", "memory_remaining_bytes"), 0),
        **dict.fromkeys(("disk_total_bytes", "disk_processed_bytes", "disk_remaining_bytes"), 0),
    }
    if call.since("2.59"):
        row["uuid"] = one.uid
    return row | {"user_id": one.user, "project_id": one.project} if call.since("2.80") else row

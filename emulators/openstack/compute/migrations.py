"""Migrations of all servers, for administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.flavors import Flavor
from emulators.openstack.compute.paging import links, next_links, page
from emulators.openstack.compute.parameters import TEXTS, grown, number
from emulators.openstack.compute.servers.records import Migration
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import Schema
from emulators.openstack.times import micro
from emulators.world.model import Hypervisor
from emulators.world.state import WorldState

_ONE_TEXT: Final = {"type": "array", "maxItems": 1, "items": {"type": "string"}}
_ONE_TIME: Final = {"type": "array", "maxItems": 1, "items": {"type": "string", "format": "date-time"}}
_ONE_COUNT: Final = {"type": "array", "maxItems": 1, "items": number()}
_OLD: Final[dict[str, Schema]] = dict.fromkeys(("hidden", "host", "instance_uuid", "source_compute", "status", "migration_type"), TEXTS)
_PAGED: Final = {**_OLD, "limit": _ONE_COUNT, "marker": _ONE_TEXT, "changes-since": _ONE_TIME}
_LATE: Final = {**_PAGED, "changes-before": _ONE_TIME}
_OWNED: Final = {**_LATE, "user_id": _ONE_TEXT, "project_id": _ONE_TEXT}
_QUERY: Final = grown(("2.1", _OLD), ("2.59", _PAGED), ("2.66", _LATE), ("2.80", _OWNED), closed_from="2.59")
_UNDER_WAY: Final = frozenset({"queued", "preparing", "running", "post-migrating"})


@COMPUTE.get("/os-migrations", rule=admin, query=_QUERY, quality="faults")
async def list_migrations(call: Call) -> dict[str, Any]:
    """Those that fit all filters; the newest first from 2.59 on."""
    found = [one for one in call.state.all(Migration) if _wanted(call, one) and _in_time(call, one)]
    if not call.since("2.59"):
        return {"migrations": [_view(call, one) for one in found]}
    shown = page(call, found[::-1], _uid, missing="Marker {} could not be found.")
    onward = next_links(call, "/os-migrations", shown, _uid)
    return {"migrations": [_view(call, one) for one in shown]} | ({"migrations_links": onward} if onward else {})


def _uid(migration: Migration) -> str:
    return migration.uid


def _wanted(call: Call, one: Migration) -> bool:
    source, target = _host(call.state, one.source), _host(call.state, one.target)
    owned = call.since("2.80")
    checks = (
        ("host", (source, target)),
        ("source_compute", (source,)),
        ("instance_uuid", (one.server,)),
        ("status", (one.status,)),
        ("migration_type", (one.type,)),
        ("user_id", (one.user,) if owned else ()),
        ("project_id", (one.project,) if owned else ()),
    )
    return all(not values or name not in call.query or call.first(name) in values for name, values in checks)


def _in_time(call: Call, one: Migration) -> bool:
    since = _time(call, "changes-since") if call.since("2.59") else None
    before = _time(call, "changes-before") if call.since("2.66") else None
    if since and before and before < since:
        raise Fault(400, "The value of changes-since must be less than or equal to changes-before.")
    return (since is None or one.updated >= since) and (before is None or one.updated <= before)


def _time(call: Call, name: str) -> datetime | None:
    text = call.first(name)
    if not text:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _host(state: WorldState, uid: str) -> str:
    host = state.maybe(Hypervisor, uid) if uid else None
    return host.name if host else ""


def _view(call: Call, one: Migration) -> dict[str, Any]:
    source, target = _host(call.state, one.source) or None, _host(call.state, one.target) or None
    reached = call.state.maybe(Hypervisor, one.target) if one.target else None
    shown: dict[str, Any] = {
        "id": one.number,
        "instance_uuid": one.server,
        "status": one.status,
        "source_compute": source,
        "source_node": source,
        "dest_compute": target,
        "dest_node": target,
        "dest_host": reached.management_ip if reached else None,
        "old_instance_type_id": _flavor(call.state, one.old_flavor),
        "new_instance_type_id": _flavor(call.state, one.new_flavor),
        "created_at": micro(one.created),
        "updated_at": micro(one.updated),
    }
    if call.since("2.23"):
        shown["migration_type"] = one.type
        if one.type == "live-migration" and one.status in _UNDER_WAY:
            shown["links"] = links(call, f"servers/{one.server}/migrations", str(one.number))
    if call.since("2.59"):
        shown["uuid"] = one.uid
    return shown | {"user_id": one.user, "project_id": one.project} if call.since("2.80") else shown


def _flavor(state: WorldState, uid: str) -> int | None:
    """The number of a flavor, which nova shows in place of its id."""
    flavor = state.maybe(Flavor, uid) if uid else None
    return flavor.number if flavor else None

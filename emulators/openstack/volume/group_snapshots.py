"""Snapshots of groups: of all their volumes at one time (since 3.14)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import Ask, ask, name_of
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import UUID, closed
from emulators.openstack.times import micro
from emulators.openstack.volume import events, parameters, snapshots
from emulators.openstack.volume.listing import Kind, answer, listed, owned
from emulators.openstack.volume.lookups import find_group, find_group_snapshot
from emulators.openstack.volume.records import CinderGroup, CinderGroupSnapshot, CinderSnapshot, CinderVolume
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision
from emulators.world.decisions.timers import later

SINCE: Final = "3.14-"
GROUP_SNAPSHOTS: Final = Kind(
    "group_snapshots",
    {
        "id": lambda one: one.uid,
        "name": lambda one: one.name,
        "status": lambda one: one.status,
        "group_id": lambda one: one.group,
        "created_at": lambda one: one.created,
    },
)
_CREATE: Final = closed(
    {"group_snapshot": closed({"group_id": UUID, "name": parameters.OPTIONAL_TEXT, "description": parameters.OPTIONAL_TEXT}, "group_id")},
    "group_snapshot",
)


def summary(one: CinderGroupSnapshot) -> dict[str, Any]:
    """A group snapshot in a list."""
    return {"id": one.uid, "name": one.name or None}


def detail(call: Call, one: CinderGroupSnapshot) -> dict[str, Any]:
    """A group snapshot in full."""
    row = summary(one) | {
        "group_id": one.group,
        "group_type_id": one.group_type,
        "status": one.status,
        "created_at": micro(one.created),
        "description": one.description or None,
    }
    return row | ({"project_id": one.project} if call.since("3.58") else {})


def _target(call: Call) -> CinderGroupSnapshot:
    return find_group_snapshot(call.state, call.credentials, call.path["group_snapshot_id"])


@VOLUME.post("/group_snapshots", body=_CREATE, versions=SINCE, status=202)
async def create_group_snapshot(call: Call) -> dict[str, Any]:
    """Take one."""
    body = call.body["group_snapshot"]
    group = find_group(call.state, call.credentials, body["group_id"])
    name, description = parameters.text(body.get("name")), parameters.text(body.get("description"))
    made = await call.ask(decide_create, group=group.uid, user=call.credentials.user, name=name, description=description)
    return {"group_snapshot": summary(made) | {"group_type_id": made.group_type}}


@ask
def decide_create(d: Decision, *, group: str, user: str, name: str, description: str) -> CinderGroupSnapshot:
    """It, with the snapshots that it is made of; raises Fault 400 (no volumes, or their state) or 413."""
    found, volumes = d.get(CinderGroup, group), d.state.where(CinderVolume, "group", group)
    if not volumes:
        raise Fault(400, f"Invalid group: Group {group} is empty. No group snapshot will be created.")
    made = d.create(
        events.GROUP_CREATED,
        CinderGroupSnapshot,
        uid=d.new_uuid(),
        name=name,
        project=found.project,
        group=group,
        group_type=found.group_type,
        description=description,
    )
    for volume in volumes:
        one = {"volume": volume.uid, "user": user, "name": name, "description": description}
        snapshots.decide_create(d, **one, metadata={}, in_use=True, group_snapshot=made.uid)
    later(d, made.uid, snapshots.SECONDS, Ask(ask=name_of(finish_create), arguments={"group_snapshot": made.uid}))
    return made


@ask
def finish_create(d: Decision, *, group_snapshot: str) -> None:
    """It is available."""
    found = d.state.maybe(CinderGroupSnapshot, group_snapshot)
    if found is not None and found.status == "creating":
        d.update(events.GROUP_CHANGED, found, status="available")


@VOLUME.get("/group_snapshots", versions=SINCE)
async def list_group_snapshots(call: Call) -> dict[str, Any]:
    """Group snapshots in short."""
    return answer(call, GROUP_SNAPSHOTS, listed(call, GROUP_SNAPSHOTS, owned(call, CinderGroupSnapshot)), summary)


@VOLUME.get("/group_snapshots/detail", versions=SINCE)
async def detail_group_snapshots(call: Call) -> dict[str, Any]:
    """Group snapshots in full."""
    page = listed(call, GROUP_SNAPSHOTS, owned(call, CinderGroupSnapshot))
    return answer(call, GROUP_SNAPSHOTS, page, lambda one: detail(call, one))


@VOLUME.get("/group_snapshots/{group_snapshot_id}", versions=SINCE)
async def show_group_snapshot(call: Call) -> dict[str, Any]:
    """One group snapshot."""
    return {"group_snapshot": detail(call, _target(call))}


@VOLUME.delete("/group_snapshots/{group_snapshot_id}", versions=SINCE, status=202)
async def delete_group_snapshot(call: Call) -> Reply:
    """Delete one, with the snapshots that it is made of."""
    await call.ask(decide_delete, group_snapshot=_target(call).uid)
    return Reply(status=202)


@ask
def decide_delete(d: Decision, *, group_snapshot: str) -> None:
    """It is gone; raises Fault 400 unless that can be."""
    found = d.get(CinderGroupSnapshot, group_snapshot)
    if found.status not in {"available", "error"}:
        raise Fault(400, f"Invalid group snapshot: GroupSnapshot status must be available or error, but is {found.status}.")
    for one in d.state.where(CinderSnapshot, "group_snapshot", group_snapshot):
        snapshots.start_deletion(d, one)
    d.delete(events.GROUP_DELETED, found)


@VOLUME.action(
    "/group_snapshots/{group_snapshot_id}/action",
    "reset_status",
    body=closed({"status": {"type": "string", "enum": ["available", "error", "creating", "deleting", "error_deleting"]}}, "status"),
    rule=admin,
    versions="3.19-",
)
async def reset_status(call: Call) -> Reply:
    """Set a group snapshot's status by hand."""
    await call.ask(set_status, group_snapshot=_target(call).uid, status=call.body["status"])
    return Reply(status=202)


@ask
def set_status(d: Decision, *, group_snapshot: str, status: str) -> None:
    """It has it."""
    d.update(events.GROUP_CHANGED, d.get(CinderGroupSnapshot, group_snapshot), status=status)

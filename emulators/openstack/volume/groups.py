"""Groups of volumes (since 3.13)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import Ask, ask, name_of
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, closed, truth
from emulators.openstack.times import micro
from emulators.openstack.volume import events, limits, parameters
from emulators.openstack.volume.creation import Wanted, create
from emulators.openstack.volume.group_types import find_group_type
from emulators.openstack.volume.listing import Kind, answer, flag, listed, owned
from emulators.openstack.volume.lookups import find_group, find_group_snapshot, find_type
from emulators.openstack.volume.records import CinderGroup, CinderGroupSnapshot, CinderSnapshot, CinderVolume
from emulators.openstack.volume.service import VOLUME
from emulators.openstack.volume.volumes import remove_volume
from emulators.world.decide import Decision
from emulators.world.decisions.timers import later

SINCE: Final = "3.13-"
SECONDS: Final = 2.0
STATES: Final = frozenset({"available", "error", "creating", "deleting", "updating", "error_deleting", "in-use"})
GROUPS: Final = Kind(
    "groups",
    {
        "id": lambda one: one.uid,
        "name": lambda one: one.name,
        "status": lambda one: one.status,
        "group_type": lambda one: one.group_type,
        "created_at": lambda one: one.created,
    },
)
_IDS: Final = parameters.PRINTABLE
_CREATE: Final = closed(
    {
        "group": closed(
            {
                "name": parameters.OPTIONAL_TEXT,
                "description": parameters.PRINTABLE,
                "group_type": parameters.NAME,
                "volume_types": {"type": "array", "minItems": 1, "uniqueItems": True, "items": parameters.TEXT},
                "availability_zone": {"type": ["string", "null"], "pattern": r"\S", "maxLength": 255},
            },
            "group_type",
            "volume_types",
        )
    },
    "group",
)
_CHANGES: Final = {"name": parameters.OPTIONAL_TEXT, "description": parameters.PRINTABLE, "add_volumes": _IDS, "remove_volumes": _IDS}
_UPDATE: Final = closed({"group": {**closed(_CHANGES), "minProperties": 1}}, "group")
_FROM: Final = closed(
    {
        "name": parameters.OPTIONAL_TEXT,
        "description": parameters.OPTIONAL_TEXT,
        "source_group_id": parameters.OPTIONAL_UUID,
        "group_snapshot_id": parameters.OPTIONAL_UUID,
    }
)


def summary(one: CinderGroup) -> dict[str, Any]:
    """A group in a list."""
    return {"id": one.uid, "name": one.name or None}


def detail(call: Call, one: CinderGroup) -> dict[str, Any]:
    """A group in full."""
    row = summary(one) | {
        "status": one.status,
        "availability_zone": one.zone,
        "created_at": micro(one.created),
        "description": one.description or None,
        "group_type": one.group_type,
        "volume_types": list(one.volume_types),
    }
    if call.since("3.14"):
        row |= {"group_snapshot_id": one.group_snapshot or None, "source_group_id": one.source_group or None}
    if call.since("3.25") and flag(call, "list_volume"):
        row["volumes"] = [volume.uid for volume in call.state.where(CinderVolume, "group", one.uid)]
    if call.since("3.38"):
        row["replication_status"] = "disabled"
    if call.since("3.58"):
        row["project_id"] = one.project
    return row


def _target(call: Call) -> CinderGroup:
    return find_group(call.state, call.credentials, call.path["group_id"])


@VOLUME.post("/groups", body=_CREATE, versions=SINCE, status=202)
async def create_group(call: Call) -> dict[str, Any]:
    """Make a group."""
    body = call.body["group"]
    made = await call.ask(
        decide_create,
        project=call.project,
        name=parameters.text(body.get("name")),
        description=parameters.text(body.get("description")),
        group_type=find_group_type(call, body["group_type"]).uid,
        volume_types=[find_type(call.state, call.credentials, one).uid for one in body["volume_types"]],
    )
    return {"group": summary(made)}


@ask
def decide_create(
    d: Decision,
    *,
    project: str,
    name: str,
    description: str,
    group_type: str,
    volume_types: list[str],
    source: str = "",
    snapshot: str = "",
) -> CinderGroup:
    """The group, on its way; raises Fault 413."""
    limits.require_group(d, project)
    made = d.create(
        events.GROUP_CREATED,
        CinderGroup,
        uid=d.new_uuid(),
        name=name,
        project=project,
        description=description,
        group_type=group_type,
        volume_types=tuple(volume_types),
        source_group=source,
        group_snapshot=snapshot,
    )
    later(d, made.uid, SECONDS, Ask(ask=name_of(finish_create), arguments={"group": made.uid}))
    return made


@ask
def finish_create(d: Decision, *, group: str) -> None:
    """It is available."""
    found = d.state.maybe(CinderGroup, group)
    if found is not None and found.status == "creating":
        d.update(events.GROUP_CHANGED, found, status="available")


@VOLUME.action("/groups/action", "create-from-src", body=_FROM, versions="3.14-")
async def create_from_source(call: Call) -> dict[str, Any]:
    """Make a group of another one, or of its snapshot: with a copy of each of its volumes."""
    body = call.body
    source, snapshot = body.get("source_group_id") or "", body.get("group_snapshot_id") or ""
    if bool(source) == bool(snapshot):
        raise Fault(400, "Either 'group_snapshot_id' or 'source_group_id' must be provided to create group from source.")
    origin = find_group_snapshot(call.state, call.credentials, snapshot).group if snapshot else source
    group = find_group(call.state, call.credentials, origin)
    made = await call.ask(
        decide_copy,
        group=group.uid,
        snapshot=snapshot,
        name=parameters.text(body.get("name")),
        description=parameters.text(body.get("description")),
        user=call.credentials.user,
    )
    return {"group": summary(made)}


@ask
def decide_copy(d: Decision, *, group: str, snapshot: str, name: str, description: str, user: str) -> CinderGroup:
    """The group with its volumes, on their way; raises Fault 400 or 413."""
    origin = d.get(CinderGroup, group)
    made = decide_create(
        d,
        project=origin.project,
        name=name,
        description=description,
        group_type=origin.group_type,
        volume_types=list(origin.volume_types),
        source="" if snapshot else group,
        snapshot=snapshot,
    )
    sources: list[dict[str, Any]] = (
        [{"snapshot": one.uid, "type": one.type} for one in d.state.where(CinderSnapshot, "group_snapshot", snapshot)]
        if snapshot
        else [{"source": one.uid, "type": one.type} for one in d.state.where(CinderVolume, "group", group)]
    )
    for one in sources:
        create(d, Wanted(project=origin.project, user=user, group=made.uid, name=name, **one))
    return made


@VOLUME.get("/groups", versions=SINCE)
async def list_groups(call: Call) -> dict[str, Any]:
    """Groups in short."""
    return answer(call, GROUPS, listed(call, GROUPS, owned(call, CinderGroup)), summary)


@VOLUME.get("/groups/detail", versions=SINCE)
async def detail_groups(call: Call) -> dict[str, Any]:
    """Groups in full."""
    return answer(call, GROUPS, listed(call, GROUPS, owned(call, CinderGroup)), lambda one: detail(call, one))


@VOLUME.get("/groups/{group_id}", versions=SINCE)
async def show_group(call: Call) -> dict[str, Any]:
    """One group."""
    return {"group": detail(call, _target(call))}


@VOLUME.put("/groups/{group_id}", body=_UPDATE, versions=SINCE, status=202)
async def update_group(call: Call) -> Reply:
    """Change name, description, or which volumes belong to a group."""
    body = call.body["group"]
    if not any(body.get(name) is not None for name in ("name", "description", "add_volumes", "remove_volumes")):
        raise Fault(400, "Name, description, add_volumes and remove_volumes can not be all empty in the request body.")
    fields = {name: parameters.text(body[name]) for name in ("name", "description") if body.get(name) is not None}
    added, removed = _ids(body.get("add_volumes")), _ids(body.get("remove_volumes"))
    await call.ask(decide_update, group=_target(call).uid, fields=fields, added=added, removed=removed)
    return Reply(status=202)


def _ids(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


@ask
def decide_update(d: Decision, *, group: str, fields: dict[str, Any], added: list[str], removed: list[str]) -> None:
    """It holds; raises Fault 400 for a volume that does not fit."""
    found = d.get(CinderGroup, group)
    for uid in added:
        volume = d.state.maybe(CinderVolume, uid)
        if volume is None or volume.project != found.project:
            raise Fault(400, f"Invalid volume: Cannot add volume {uid} to group {group} because volume cannot be found.")
        if volume.group or volume.type not in found.volume_types or volume.status not in {"available", "in-use"}:
            raise Fault(400, f"Invalid volume: Cannot add volume {uid} to group {group} because it is not of its types, or in a group.")
        d.update(events.VOLUME_CHANGED, volume, group=group)
    for uid in removed:
        volume = d.state.maybe(CinderVolume, uid)
        if volume is None or volume.group != group:
            raise Fault(400, f"Invalid volume: Cannot remove volume {uid} from group {group} because it is not in the group.")
        d.update(events.VOLUME_CHANGED, volume, group="")
    d.update(events.GROUP_CHANGED, found, **fields)


@VOLUME.action("/groups/{group_id}/action", "delete", body=closed({"delete-volumes": BOOLEAN}), versions=SINCE)
async def delete_group(call: Call) -> Reply:
    """Delete a group; with ``delete-volumes`` its volumes, too."""
    await call.ask(decide_delete, group=_target(call).uid, volumes=truth(call.body.get("delete-volumes", False)))
    return Reply(status=202)


@ask
def decide_delete(d: Decision, *, group: str, volumes: bool) -> None:
    """It is gone; raises Fault 400 while it has volumes that are to stay, or snapshots."""
    found, members = d.get(CinderGroup, group), d.state.where(CinderVolume, "group", group)
    if found.status not in {"available", "error"} or d.state.count(CinderGroupSnapshot, "group", group):
        raise Fault(400, f"Invalid group: Group {group} status must be available or error and it must have no group snapshots.")
    if members and not volumes:
        raise Fault(400, f"Invalid group: Group {group} is not empty. The flag delete-volumes needs to be set to delete it.")
    for volume in members:
        d.update(events.VOLUME_CHANGED, volume, group="")
        remove_volume(d, volume=volume.uid, cascade=True)
    d.delete(events.GROUP_DELETED, found)


@VOLUME.action(
    "/groups/{group_id}/action", "reset_status", body=closed({"status": {"type": "string"}}, "status"), rule=admin, versions="3.20-"
)
async def reset_status(call: Call) -> Reply:
    """Set a group's status by hand."""
    status = call.body["status"].lower()
    if status not in STATES:
        raise Fault(400, f"Invalid input for field/attribute status. Value: {status}. '{status}' is not one of {sorted(STATES)}")
    await call.ask(set_group_status, group=_target(call).uid, status=status)
    return Reply(status=202)


@ask
def set_group_status(d: Decision, *, group: str, status: str) -> None:
    """It has it."""
    d.update(events.GROUP_CHANGED, d.get(CinderGroup, group), status=status)

"""Metadata of volumes and snapshots, and of the images that volumes were made of."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import closed
from emulators.openstack.volume import events, parameters
from emulators.openstack.volume.lookups import find_snapshot, find_volume
from emulators.openstack.volume.parameters import META_BODY, METADATA_BODY, Schema
from emulators.openstack.volume.records import CinderSnapshot, CinderVolume
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

_IMAGE_META: Final = closed(
    {"metadata": {**parameters.METADATA, "patternProperties": {r"^[a-zA-Z0-9-_:. /]{1,255}$": {"type": "string", "maxLength": 65535}}}},
    "metadata",
)


def _target(call: Call) -> CinderVolume | CinderSnapshot:
    if "volume_id" in call.path:
        return find_volume(call.state, call.credentials, call.path["volume_id"])
    return find_snapshot(call.state, call.credentials, call.path["snapshot_id"])


def _event(one: CinderVolume | CinderSnapshot) -> Any:
    return events.VOLUME_CHANGED if isinstance(one, CinderVolume) else events.SNAPSHOT_CHANGED


@ask
def merge(d: Decision, *, uid: str, metadata: dict[str, str], whole: bool = False) -> dict[str, str]:
    """The metadata holds, beside what was there unless it replaces it (``whole``)."""
    one = _find(d, uid)
    return d.update(_event(one), one, metadata=metadata if whole else one.metadata | metadata).metadata


@ask
def drop(d: Decision, *, uid: str, key: str) -> None:
    """The key is gone; raises Fault 404."""
    one = _find(d, uid)
    if key not in one.metadata:
        what = "Volume" if isinstance(one, CinderVolume) else "Snapshot"
        raise Fault(404, f"{what} {uid} has no metadata with key {key}.")
    d.update(_event(one), one, metadata={name: value for name, value in one.metadata.items() if name != key})


def _find(d: Decision, uid: str) -> CinderVolume | CinderSnapshot:
    found = d.state.maybe(CinderVolume, uid)
    return found if found is not None else d.get(CinderSnapshot, uid)


async def _show(call: Call) -> dict[str, Any]:
    return {"metadata": _target(call).metadata}


async def _merge(call: Call) -> dict[str, Any]:
    return {"metadata": await call.ask(merge, uid=_target(call).uid, metadata=call.body["metadata"])}


async def _replace(call: Call) -> dict[str, Any]:
    return {"metadata": await call.ask(merge, uid=_target(call).uid, metadata=call.body["metadata"], whole=True)}


async def _show_one(call: Call) -> dict[str, Any]:
    one, key = _target(call), call.path["key"]
    if key not in one.metadata:
        what = "Volume" if isinstance(one, CinderVolume) else "Snapshot"
        raise Fault(404, f"{what} {one.uid} has no metadata with key {key}.")
    return {"meta": {key: one.metadata[key]}}


async def _set_one(call: Call) -> dict[str, Any]:
    if call.path["key"] not in call.body["meta"]:
        raise Fault(400, "Request body and URI mismatch")
    await call.ask(merge, uid=_target(call).uid, metadata=call.body["meta"])
    return {"meta": call.body["meta"]}


async def _drop_one(call: Call) -> Reply:
    await call.ask(drop, uid=_target(call).uid, key=call.path["key"])
    return Reply(status=200)


def _declare(collection: str, body: Schema) -> None:
    """The six operations on the metadata of one kind of thing."""
    VOLUME.get(collection, quality="client")(_show)
    VOLUME.post(collection, body=body, quality="client")(_merge)
    VOLUME.put(collection, body=body, quality="client")(_replace)
    VOLUME.get(f"{collection}/{{key}}", quality="client")(_show_one)
    VOLUME.put(f"{collection}/{{key}}", body=META_BODY, quality="client")(_set_one)
    VOLUME.delete(f"{collection}/{{key}}", status=200, quality="client")(_drop_one)


_declare("/volumes/{volume_id}/metadata", closed({"metadata": parameters.METADATA}, "metadata"))
_declare("/snapshots/{snapshot_id}/metadata", METADATA_BODY)


@VOLUME.action("/volumes/{volume_id}/action", "os-set_image_metadata", body=_IMAGE_META, status=200)
async def set_image_metadata(call: Call) -> dict[str, Any]:
    """Add to what a volume says of its image."""
    found = find_volume(call.state, call.credentials, call.path["volume_id"])
    return {"metadata": await call.ask(change_image_metadata, volume=found.uid, metadata=call.body["metadata"])}


@VOLUME.action("/volumes/{volume_id}/action", "os-show_image_metadata", status=200)
async def show_image_metadata(call: Call) -> dict[str, Any]:
    """What a volume says of its image."""
    return {"metadata": find_volume(call.state, call.credentials, call.path["volume_id"]).image_metadata}


@VOLUME.action(
    "/volumes/{volume_id}/action",
    "os-unset_image_metadata",
    body=closed({"key": {"type": "string", "minLength": 1, "maxLength": 255}}, "key"),
    status=200,
)
async def unset_image_metadata(call: Call) -> Reply:
    """Forget one thing that a volume says of its image."""
    found = find_volume(call.state, call.credentials, call.path["volume_id"])
    await call.ask(change_image_metadata, volume=found.uid, metadata={}, drop_key=call.body["key"])
    return Reply(status=200)


@ask
def change_image_metadata(d: Decision, *, volume: str, metadata: dict[str, str], drop_key: str = "") -> dict[str, str]:
    """Merged, and without the key that is named; raises Fault 404 when there is no such key."""
    found = d.get(CinderVolume, volume)
    if drop_key and drop_key not in found.image_metadata:
        raise Fault(404, f"Metadata item was not found: {drop_key}")
    kept = {name: value for name, value in (found.image_metadata | metadata).items() if name != drop_key}
    return d.update(events.VOLUME_CHANGED, found, image_metadata=kept).image_metadata

"""Block devices of a new server: what the request says, checked in nova's order and words (nova.block_device, compute.api)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from emulators.openstack.call import Call
from emulators.openstack.compute.flavors import Flavor
from emulators.openstack.faults import Fault
from emulators.openstack.image import face as image
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.schemas import truth
from emulators.openstack.volume import face as volume

INVALID: Final = "Block Device Mapping is Invalid: "
SEQUENCE: Final = f"{INVALID}Boot sequence for the instance and image/block device mapping combination is not valid."
GIB: Final = 1 << 30
_IDS: Final = {"volume": "volume_id", "snapshot": "snapshot_id", "image": "image_id"}


class WantedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A block device: ``source`` is volume, snapshot, image or blank, ``local`` says that it is none of Cinder's; ``size`` in GiB."""

    source: str
    uuid: str = ""
    local: bool = False
    size: int = 0
    boot_index: int = -1
    delete: bool = False
    name: str = ""
    tag: str | None = None
    volume_type: str = ""
    swap: bool = False


def wanted_devices(call: Call, body: Mapping[str, Any], flavor: Flavor, *, has_image: bool, servers: int) -> tuple[WantedDevice, ...]:
    """The block devices of a request; raises Fault 400."""
    legacy, second = body.get("block_device_mapping", ()), body.get("block_device_mapping_v2", ())
    if legacy and second:
        raise Fault(400, "Using different block_device_mapping syntaxes is not allowed in the same request.")
    found = [_legacy(one, has_image=has_image) for one in legacy if not one.get("no_device")]
    found += [_second(one, has_image=has_image) for one in second if not one.get("no_device")]
    if servers > 1 and any(one.source == "volume" for one in found):
        raise Fault(400, "Cannot attach one or more volumes to multiple instances")
    _check_sequence(found, has_image=has_image)
    _check_local(found, flavor)
    for one in found:
        _check(call, one)
    return tuple(found)


def _legacy(row: Mapping[str, Any], *, has_image: bool) -> WantedDevice:
    source = "volume" if row.get("volume_id") else "snapshot" if row.get("snapshot_id") else "blank"
    uuid = row.get("volume_id") or row.get("snapshot_id") or ""
    if source == "blank":
        raise Fault(400, f"{INVALID}Unrecognized legacy format.")
    name = row.get("device_name", "")
    boots = not has_image and name.rpartition("/")[2] in {"vda", "sda", "hda", "xvda", ""}
    return WantedDevice(
        source=source, uuid=uuid, size=int(row.get("volume_size") or 0), boot_index=0 if boots else -1, delete=_deletes(row), name=name
    )


def _deletes(row: Mapping[str, Any]) -> bool:
    return truth(row.get("delete_on_termination", False))


def _second(row: Mapping[str, Any], *, has_image: bool) -> WantedDevice:
    source, uuid = _source(row)
    if source != "blank" and not uuid:
        raise Fault(400, f"{INVALID}Missing device UUID.")
    target = row.get("destination_type") or ("local" if source in {"blank", "image"} else "volume")
    index = -1 if row.get("boot_index") is None else int(row["boot_index"])
    if source == "image" and target == "local" and (index != 0 or not has_image):
        raise Fault(400, f"{INVALID}Mapping image to local is not supported.")
    if source in {"volume", "snapshot"} and target == "local":
        raise Fault(400, f"{INVALID}Mapping {source} to local is not supported.")
    return WantedDevice(
        source=source,
        uuid=uuid,
        local=target == "local",
        size=int(row.get("volume_size") or 0),
        boot_index=max(index, -1),
        delete=_deletes(row) if "delete_on_termination" in row else target == "local",
        name=row.get("device_name", ""),
        tag=row.get("tag"),
        volume_type=row.get("volume_type") or "",
        swap=row.get("guest_format") == "swap",
    )


def _source(row: Mapping[str, Any]) -> tuple[str, str]:
    if "source_type" in row:
        return row["source_type"], row.get("uuid", "")
    for source, key in _IDS.items():
        if row.get(key):
            return source, row[key]
    raise Fault(400, f"{INVALID}Invalid source_type field")


def _check_sequence(found: Sequence[WantedDevice], *, has_image: bool) -> None:
    indexes = sorted(one.boot_index for one in found if one.boot_index >= 0)
    if indexes != list(range(len(indexes))) or (not has_image and not indexes):
        if found or has_image:
            raise Fault(400, SEQUENCE)
        raise Fault(400, "Missing imageRef attribute")


def _check_local(found: Sequence[WantedDevice], flavor: Flavor) -> None:
    blank = [one for one in found if one.source == "blank" and one.local]
    if sum(one.size or flavor.ephemeral for one in blank if not one.swap) > flavor.ephemeral:
        raise Fault(
            400,
            "Ephemeral disks requested are larger than the instance type allows. "
            "If no size is given in one block device mapping, flavor ephemeral size will be used.",
        )
    if sum(one.size for one in blank if one.swap) > flavor.swap or sum(one.swap for one in blank) > 1:
        raise Fault(400, "Swap drive requested is larger than instance type allows.")


def _check(call: Call, one: WantedDevice) -> None:
    """What a device is made of must be there."""
    match one:
        case WantedDevice(source="volume"):
            _check_volume(call, one)
        case WantedDevice(source="snapshot"):
            _found(lambda: volume.snapshot(call.state, call.credentials, one.uuid), "snapshot", one.uuid)
        case WantedDevice(source="image", local=False):
            made_of = _found(lambda: image.bootable(call.state, call.credentials, one.uuid), "image", one.uuid)
            _check_image_size(made_of, one)
        case WantedDevice(source="blank", local=False, size=0):
            raise Fault(400, f"{INVALID}Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size")


def _check_volume(call: Call, one: WantedDevice) -> None:
    found = _found(lambda: volume.volume(call.state, call.credentials, one.uuid), "volume", one.uuid)
    if found.status != "available" and not (found.multiattach and found.status == "in-use" and call.since("2.60")):
        raise Fault(400, f"Invalid volume: volume {one.uuid} status must be 'available'. Currently in '{found.status}' status")
    if one.boot_index == 0 and not found.bootable:
        raise Fault(400, f"Block Device {one.uuid} is not bootable.")


def _check_image_size(made_of: GlanceImage, one: WantedDevice) -> None:
    if not one.size:
        raise Fault(400, f"{INVALID}Images with destination_type 'volume' need to have a non-zero size specified")
    if one.size < made_of.min_disk:
        raise Fault(
            400,
            "Volume is smaller than the minimum size specified in image metadata. "
            f"Volume size is {one.size * GIB} bytes, minimum size is {made_of.min_disk * GIB} bytes.",
        )


def _found(look: Any, what: str, uuid: str) -> Any:
    try:
        return look()
    except Fault as error:
        raise Fault(400, f"{INVALID}failed to get {what} {uuid}.") from error

"""Properties of images as Nova called them when it spoke for Glance: metadata (until 2.38)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.image_proxy import GLANCES_OWN, found_image, properties_of
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import member
from emulators.openstack.faults import Fault
from emulators.openstack.image.access import require_owner
from emulators.openstack.image.patching import decide_update
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.schemas import METADATA, closed

_OLD: Final = "2.1-2.38"
_ALL, _ONE = "/images/{image_id}/metadata", "/images/{image_id}/metadata/{key}"
_ITEMS: Final = closed({"metadata": METADATA}, "metadata")
_ITEM: Final = closed({"meta": {**METADATA, "minProperties": 1, "maxProperties": 1}}, "meta")
Items = dict[str, str]


@COMPUTE.get(_ALL, versions=_OLD, quality="client")
async def show_metadata(call: Call) -> dict[str, Any]:
    """All."""
    return {"metadata": properties_of(await found_image(call))}


@COMPUTE.get(_ONE, versions=_OLD, quality="client")
async def show_metadata_item(call: Call) -> dict[str, Any]:
    """One."""
    found, key = properties_of(await found_image(call)), call.path["key"]
    if key not in found:
        raise Fault(404, "Metadata item was not found")
    return {"meta": {key: found[key]}}


@COMPUTE.post(_ALL, rule=member, versions=_OLD, body=_ITEMS, quality="client")
async def update_metadata(call: Call) -> dict[str, Any]:
    """Some more, or others."""
    found = properties_of(await found_image(call))
    return {"metadata": await _set(call, found, {**found, **call.body["metadata"]})}


@COMPUTE.put(_ALL, rule=member, versions=_OLD, body=_ITEMS, quality="client")
async def replace_metadata(call: Call) -> dict[str, Any]:
    """These and no others."""
    return {"metadata": await _set(call, properties_of(await found_image(call)), call.body["metadata"])}


@COMPUTE.put(_ONE, rule=member, versions=_OLD, body=_ITEM, quality="client")
async def update_metadata_item(call: Call) -> dict[str, Any]:
    """One with another value."""
    found, key, wanted = properties_of(await found_image(call)), call.path["key"], call.body["meta"]
    if key not in wanted:
        raise Fault(400, "Request body and URI mismatch")
    return {"meta": {key: (await _set(call, found, {**found, **wanted}))[key]}}


@COMPUTE.delete(_ONE, rule=member, versions=_OLD, quality="client")
async def delete_metadata_item(call: Call) -> None:
    """One goes."""
    found, key = properties_of(await found_image(call)), call.path["key"]
    if key not in found:
        raise Fault(404, "Invalid metadata key")
    await _set(call, found, {name: value for name, value in found.items() if name != key})


async def _set(call: Call, before: Items, after: Items) -> Items:
    """Change an image's properties as its owner may."""
    image = call.state.get(GlanceImage, call.path["image_id"])
    require_owner(call.credentials, image, "modify_image")
    reserved = sorted(GLANCES_OWN.intersection(after))
    if reserved:
        raise Fault(403, f"Attribute '{reserved[0]}' is reserved.")
    changes: list[tuple[str, str, Any]] = [("remove", name, None) for name in before if name not in after]
    changes += [("replace" if name in before else "add", name, value) for name, value in after.items() if before.get(name) != value]
    await call.ask(decide_update, image=image.uid, changes=changes)
    return after

"""Images as Nova showed them before they were Glance's alone (until 2.35; their metadata until 2.38)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from emulators.openstack.call import Call
from emulators.openstack.compute.paging import links, listing, page
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import member
from emulators.openstack.faults import Fault
from emulators.openstack.image.service import IMAGE
from emulators.openstack.inward import ask_service

PROXIED: Final = "2.1-2.35"
_STATUS: Final = {"active": "ACTIVE", "queued": "SAVING", "saving": "SAVING", "uploading": "SAVING", "importing": "SAVING"}
_ENDED: Final = {"deleted": "DELETED", "pending_delete": "DELETED", "killed": "ERROR"}
_PROGRESS: Final = {"queued": 25, "saving": 50, "active": 100}
_OWN: Final = frozenset(
    {
        *("id", "name", "status", "visibility", "protected", "owner", "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value"),
        *("os_hidden", "min_disk", "min_ram", "disk_format", "container_format", "created_at", "updated_at", "tags", "self", "file"),
        *("schema", "locations", "direct_url", "stores"),
    }
)
"""Glance's own fields; the others are properties, which Nova shows as metadata."""
_FILTERS: Final = {"name": "name", "minRam": "min_ram", "minDisk": "min_disk"}
_MISSING: Final = 404
Row = dict[str, Any]


@COMPUTE.get("/images", versions=PROXIED, quality="answers")
async def list_images(call: Call) -> Row:
    """Images by name."""
    return await _list(call, "/images", brief=True)


@COMPUTE.get("/images/detail", versions=PROXIED, quality="answers")
async def list_images_in_detail(call: Call) -> Row:
    """Images with all they have."""
    return await _list(call, "/images/detail", brief=False)


@COMPUTE.get("/images/{image_id}", versions=PROXIED, quality="answers")
async def show_image(call: Call) -> Row:
    """One."""
    return {"image": _detailed(call, await _found(call))}


@COMPUTE.delete("/images/{image_id}", rule=member, versions=PROXIED, quality="answers")
async def delete_image(call: Call) -> None:
    """It goes."""
    found = await _found(call)
    await ask_service(call, IMAGE, "DELETE", f"/images/{found['id']}")


@COMPUTE.get("/images/{image_id}/metadata", versions="2.1-2.38", quality="answers")
async def show_metadata(call: Call) -> Row:
    """An image's properties."""
    return {"metadata": _properties(await _found(call))}


@COMPUTE.get("/images/{image_id}/metadata/{key}", versions="2.1-2.38", quality="answers")
async def show_metadata_item(call: Call) -> Row:
    """One of them."""
    properties, key = _properties(await _found(call)), call.path["key"]
    if key not in properties:
        raise Fault(404, "Metadata item was not found")
    return {"meta": {key: properties[key]}}


async def _list(call: Call, path: str, *, brief: bool) -> Row:
    found = (await ask_service(call, IMAGE, "GET", "/images?limit=1000&sort=created_at:desc"))["images"]
    wanted = [image for image in found if _fits(call, image)]
    shown = page(call, wanted, _id)
    return listing(call, "images", path, shown, _id, lambda image: _brief(call, image) if brief else _detailed(call, image))


def _id(image: Row) -> str:
    uid: str = image["id"]
    return uid


def _fits(call: Call, image: Row) -> bool:
    if "status" in call.query and _shown_status(image) != call.first("status").upper():
        return False
    if "name" in call.query and image["name"] != call.first("name"):
        return False
    return all(image[field] >= _least(call, word) for word, field in _FILTERS.items() if word in call.query and field != "name")


def _least(call: Call, word: str) -> int:
    try:
        return int(call.first(word))
    except ValueError as error:
        raise Fault(400, f"Invalid {word} filter [{call.first(word)[:64]}]") from error


async def _found(call: Call) -> Row:
    wanted = call.path["image_id"]
    try:
        found: Row = await ask_service(call, IMAGE, "GET", f"/images/{quote(wanted, safe='')}")
    except Fault as refusal:
        if refusal.status == _MISSING:
            raise Fault(404, "Image not found.") from refusal
        raise
    return found


def _properties(image: Row) -> dict[str, str]:
    return {name: value for name, value in image.items() if name not in _OWN}


def _shown_status(image: Row) -> str:
    return _STATUS.get(image["status"]) or _ENDED.get(image["status"], "UNKNOWN")


def _links(call: Call, image: Row) -> list[Row]:
    elsewhere = {"rel": "alternate", "type": "application/vnd.openstack.image", "href": call.url(f"/images/{image['id']}", IMAGE)}
    return [*links(call, "images", image["id"]), elsewhere]


def _brief(call: Call, image: Row) -> Row:
    return {"id": image["id"], "name": image["name"], "links": _links(call, image)}


def _detailed(call: Call, image: Row) -> Row:
    properties = _properties(image)
    shown: Row = {
        **_brief(call, image),
        "minRam": image["min_ram"],
        "minDisk": image["min_disk"],
        "metadata": properties,
        "created": image["created_at"],
        "updated": image["updated_at"],
        "status": _shown_status(image),
        "progress": _PROGRESS.get(image["status"], 0),
        "OS-EXT-IMG-SIZE:size": image["size"],
    }
    server = properties.get("instance_uuid")
    return shown | {"server": {"id": server, "links": links(call, "servers", server)}} if server else shown

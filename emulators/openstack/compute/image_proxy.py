"""Images as Nova showed them before they were Glance's alone (until 2.35; their metadata until 2.38)."""

from __future__ import annotations

from datetime import UTC, datetime
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
GLANCES_OWN: Final = frozenset(
    {
        *("id", "name", "status", "visibility", "protected", "owner", "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value"),
        *("os_hidden", "min_disk", "min_ram", "disk_format", "container_format", "created_at", "updated_at", "tags", "self", "file"),
        *("schema", "locations", "direct_url", "stores"),
    }
)
"""Glance's own fields; the others are properties, which Nova shows as metadata."""
_LEAST: Final = {"minRam": "min_ram", "minDisk": "min_disk"}
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
    return {"image": _detailed(call, await found_image(call))}


@COMPUTE.delete("/images/{image_id}", rule=member, versions=PROXIED, quality="answers")
async def delete_image(call: Call) -> None:
    """It goes."""
    found = await found_image(call)
    await ask_service(call, IMAGE, "DELETE", f"/images/{found['id']}")


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
    exact = (("name", image["name"]), ("type", image.get("image_type")), ("server", image.get("instance_uuid")))
    if any(word in call.query and call.first(word).rpartition("/")[2] != value for word, value in exact):
        return False
    if call.first("changes-since") and datetime.fromisoformat(image["updated_at"]) < _time(call, "changes-since"):
        return False
    return all(image[field] >= _least(call, word) for word, field in _LEAST.items() if word in call.query)


def _time(call: Call, word: str) -> datetime:
    try:
        time = datetime.fromisoformat(call.first(word))
    except ValueError as error:
        raise Fault(400, f"Invalid {word} filter [{call.first(word)[:64]}]") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _least(call: Call, word: str) -> int:
    try:
        return int(call.first(word))
    except ValueError as error:
        raise Fault(400, f"Invalid {word} filter [{call.first(word)[:64]}]") from error


async def found_image(call: Call) -> Row:
    """The image of the path as Glance shows it; raises Fault 404."""
    wanted = call.path["image_id"]
    try:
        found: Row = await ask_service(call, IMAGE, "GET", f"/images/{quote(wanted, safe='')}")
    except Fault as refusal:
        if refusal.status == _MISSING:
            raise Fault(404, "Image not found.") from refusal
        raise
    return found


def properties_of(image: Row) -> dict[str, str]:
    """What Nova shows as an image's metadata."""
    return {name: value for name, value in image.items() if name not in GLANCES_OWN}


def _shown_status(image: Row) -> str:
    return _STATUS.get(image["status"]) or _ENDED.get(image["status"], "UNKNOWN")


def _links(call: Call, image: Row) -> list[Row]:
    elsewhere = {"rel": "alternate", "type": "application/vnd.openstack.image", "href": call.url(f"/images/{image['id']}", IMAGE)}
    return [*links(call, "images", image["id"]), elsewhere]


def _brief(call: Call, image: Row) -> Row:
    return {"id": image["id"], "name": image["name"], "links": _links(call, image)}


def _detailed(call: Call, image: Row) -> Row:
    properties = properties_of(image)
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

"""Images: create, show, delete, tags, deactivation."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.image import events, views
from emulators.openstack.image.access import find_image, require_owner
from emulators.openstack.image.content import Files
from emulators.openstack.image.face import remove
from emulators.openstack.image.records import GlanceImage, GlanceMember
from emulators.openstack.image.rootfs import DOCKER, forget_guest
from emulators.openstack.image.schemas import REQUEST
from emulators.openstack.image.service import IMAGE
from emulators.world.decide import Decision

MAX_PROPERTIES: Final = 128
MAX_TAGS: Final = 128
MAX_TAG: Final = 255
READ_ONLY: Final = frozenset(
    {"created_at", "updated_at", "status", "checksum", "size", "virtual_size", "direct_url", "self", "file", "schema", "id"}
    | {"os_hash_algo", "os_hash_value", "stores"}
)
RESERVED: Final = frozenset({"location", "deleted", "deleted_at"})
RESERVED_PREFIX: Final = "os_glance"
BASE: Final = frozenset(
    {"name", "visibility", "protected", "os_hidden", "container_format", "disk_format", "min_disk", "min_ram", "owner", "tags"}
)
FIELD_OF: Final = {"os_hidden": "hidden", "owner": "project"}


def target(call: Call) -> GlanceImage:
    """The image that the path names; raises Fault 404."""
    return find_image(call.state, call.credentials, call.path["image_id"])


@IMAGE.post("/images", body=REQUEST, status=201, quality="client")
async def create_image(call: Call) -> Reply:
    """Register an image; its bytes come later."""
    body = dict(call.body)
    for key in body:
        if key in READ_ONLY - {"id"}:
            raise Fault(403, f"Attribute '{key}' is read-only.")
        require_unreserved(key)
    if body.get("locations"):
        raise Fault(403, "It's not allowed to add locations if locations are invisible.")
    fields = fields_of(call, body)
    made = await call.ask(decide_create, uid=body.get("id", "").lower(), fields=fields)
    headers = {
        "Location": call.url(f"/v2/images/{made.uid}"),
        "OpenStack-image-import-methods": ",".join(views.METHODS),
        "OpenStack-image-store-ids": views.STORE,
    }
    return Reply(views.image(made), 201, headers)


def require_unreserved(key: str) -> None:
    """Raise Fault 403 for a property that is not for clients."""
    if key in RESERVED or key.startswith(RESERVED_PREFIX):
        raise Fault(403, f"Attribute '{key}' is reserved.")


def fields_of(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """The fields of the image that a body describes; raises Fault 403 or 413."""
    owner = body.get("owner", call.project)
    if owner != call.project and not call.credentials.admin:
        raise Fault(403, f"You are not permitted to create images owned by '{owner}'.")
    require_visibility(call, body.get("visibility", "shared"))
    properties = {key: value for key, value in body.items() if key not in BASE | {"id", "locations"} and value is not None}
    tags = unique(body.get("tags") or [])
    require_room(len(properties), MAX_PROPERTIES, "properties")
    require_room(len(tags), MAX_TAGS, "tags")
    return {
        "name": body.get("name") or "",
        "project": owner or "",
        "user": call.credentials.user,
        "visibility": body.get("visibility", "shared"),
        "protected": body.get("protected", False),
        "hidden": body.get("os_hidden", False),
        "container_format": body.get("container_format") or "",
        "disk_format": body.get("disk_format") or "",
        "min_disk": body.get("min_disk", 0),
        "min_ram": body.get("min_ram", 0),
        "tags": tags,
        "properties": properties,
    }


def require_visibility(call: Call, visibility: str) -> None:
    """Raise Fault 403 when somebody who does not administer the cloud wants an image to be public."""
    if visibility == "public" and not call.credentials.admin:
        raise Fault(403, "You are not authorized to complete publicize_image action.")


def require_room(count: int, most: int, what: str) -> None:
    """Raise Fault 413 when there would be more than may be."""
    if count > most:
        raise Fault(413, f"The limit has been exceeded on the number of allowed image {what}. Attempted: {count}, Maximum: {most}")


def unique(tags: list[str]) -> tuple[str, ...]:
    """Tags, each once."""
    return tuple(dict.fromkeys(tags))


@ask
def decide_create(d: Decision, *, uid: str, fields: dict[str, Any]) -> GlanceImage:
    """The image; raises Fault 409 when its id is taken."""
    if uid and d.state.find(uid) is not None:
        raise Fault(409, f"Image ID {uid} already exists!")
    return d.create(events.IMAGE_CREATED, GlanceImage, uid=uid or d.new_uuid(), updated=d.now, **fields)


@IMAGE.get("/images/{image_id}", quality="client")
async def show_image(call: Call) -> dict[str, Any]:
    """One image."""
    return views.image(target(call))


@IMAGE.delete("/images/{image_id}", quality="client")
async def delete_image(call: Call) -> None:
    """Delete an image, and its bytes."""
    found = target(call)
    require_owner(call.credentials, found, "delete_image")
    await call.ask(decide_delete, image=found.uid)
    await call.cloud.part(Files, call.cloud).drop(found.uid)
    if found.container_format == DOCKER and found.source == "file":
        await forget_guest(call.cloud, found.uid)


@ask
def decide_delete(d: Decision, *, image: str) -> None:
    """It is gone, and the members with it; raises Fault 403 while it is protected."""
    found = d.get(GlanceImage, image)
    if found.protected:
        raise Fault(403, f"Image {image} is protected and cannot be deleted.")
    for member in d.state.where(GlanceMember, "image", image):
        d.delete(events.MEMBER_REMOVED, member)
    remove(d, found)


# -- tags ---------------------------------------------------------------------------------------------------------------------


@IMAGE.put("/images/{image_id}/tags/{tag}", status=204, quality="client")
async def add_tag(call: Call) -> None:
    """Put a tag on an image."""
    found = _own(call, "modify_image")
    if not 0 < len(call.path["tag"]) <= MAX_TAG:
        raise Fault(400, f"Image tag must be 1 to {MAX_TAG} characters long.")
    await call.ask(change_tags, image=found.uid, add=call.path["tag"], drop="")


@IMAGE.delete("/images/{image_id}/tags/{tag}", quality="client")
async def delete_tag(call: Call) -> None:
    """Take a tag from an image."""
    await call.ask(change_tags, image=_own(call, "modify_image").uid, add="", drop=call.path["tag"])


def _own(call: Call, doing: str) -> GlanceImage:
    found = target(call)
    require_owner(call.credentials, found, doing)
    return found


@ask
def change_tags(d: Decision, *, image: str, add: str, drop: str) -> None:
    """They hold; raises Fault 404 for one that is not there, 413 for one too many."""
    found = d.get(GlanceImage, image)
    if drop and drop not in found.tags:
        raise Fault(404, "The resource could not be found.")
    tags = unique([*(tag for tag in found.tags if tag != drop), *([add] if add else [])])
    require_room(len(tags), MAX_TAGS, "tags")
    d.update(events.IMAGE_CHANGED, found, tags=tags, updated=d.now)


# -- deactivation -------------------------------------------------------------------------------------------------------------


@IMAGE.post("/images/{image_id}/actions/deactivate", status=204, quality="client")
async def deactivate(call: Call) -> None:
    """Let nobody but administrators have an image's bytes."""
    await call.ask(switch, image=_own(call, "deactivate").uid, active=False)


@IMAGE.post("/images/{image_id}/actions/reactivate", status=204, quality="client")
async def reactivate(call: Call) -> None:
    """Let all have them again."""
    await call.ask(switch, image=_own(call, "reactivate").uid, active=True)


@ask
def switch(d: Decision, *, image: str, active: bool) -> None:
    """It is active, or deactivated; raises Fault 403 for one that has no bytes."""
    found = d.get(GlanceImage, image)
    if found.status not in {"active", "deactivated"}:
        wanted = "active" if active else "deactivated"
        raise Fault(403, f"Not allowed to {'re' if active else 'de'}activate image in status '{found.status}' (to '{wanted}')")
    d.update(events.IMAGE_CHANGED, found, status="active" if active else "deactivated", updated=d.now)

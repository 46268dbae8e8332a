"""Members: the projects that a shared image is offered to."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.image import events, views
from emulators.openstack.image.access import member_of
from emulators.openstack.image.images import require_room, target
from emulators.openstack.image.records import GlanceImage, GlanceMember
from emulators.openstack.image.service import IMAGE
from emulators.world.decide import Decision

MAX_MEMBERS: Final = 128
_CREATE: Final = {"type": "object", "properties": {"member": {"type": "string", "minLength": 1, "maxLength": 255}}, "required": ["member"]}
_UPDATE: Final = {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}


def _shared(call: Call) -> GlanceImage:
    found = target(call)
    if found.visibility != "shared":
        raise Fault(403, "Only shared images have members.")
    return found


def _is_owner(call: Call, image: GlanceImage) -> bool:
    return call.credentials.admin or image.project == call.project


def _member(call: Call, image: GlanceImage) -> GlanceMember:
    found = member_of(call.state, image.uid, call.path["member_id"])
    if found is None or not (_is_owner(call, image) or found.member == call.project):
        raise Fault(404, f"{call.path['member_id']} not found in the member list of the image {image.uid}.")
    return found


@IMAGE.post("/images/{image_id}/members", body=_CREATE, status=200)
async def add_member(call: Call) -> dict[str, Any]:
    """Offer an image to a project."""
    image = _shared(call)
    if not _is_owner(call, image):
        raise Fault(403, "You are not authorized to complete add_member action.")
    return views.member(await call.ask(decide_add, image=image.uid, member=call.body["member"]))


@ask
def decide_add(d: Decision, *, image: str, member: str) -> GlanceMember:
    """The membership; raises Fault 409 when there is one, 413 for one too many."""
    if member_of(d.state, image, member) is not None:
        raise Fault(409, f"The member {member} is already associated with image {image}.")
    require_room(d.state.count(GlanceMember, "image", image) + 1, MAX_MEMBERS, "members")
    return d.create(events.MEMBER_ADDED, GlanceMember, name=member, image=image, member=member, updated=d.now)


@IMAGE.get("/images/{image_id}/members")
async def list_members(call: Call) -> dict[str, Any]:
    """An image's members; a member sees itself alone."""
    image = _shared(call)
    found = [one for one in call.state.where(GlanceMember, "image", image.uid) if _is_owner(call, image) or one.member == call.project]
    return {"members": [views.member(one) for one in found], "schema": "/v2/schemas/members"}


@IMAGE.get("/images/{image_id}/members/{member_id}")
async def show_member(call: Call) -> dict[str, Any]:
    """One member."""
    return views.member(_member(call, _shared(call)))


@IMAGE.put("/images/{image_id}/members/{member_id}", body=_UPDATE)
async def update_member(call: Call) -> dict[str, Any]:
    """Take or refuse an offer: the member's matter, not the owner's."""
    image, status = _shared(call), call.body["status"]
    found = _member(call, image)
    if found.member != call.project and not call.credentials.admin:
        raise Fault(403, "You are not authorized to complete modify_member action.")
    if status not in {"pending", "accepted", "rejected"}:
        raise Fault(400, f"Status for image member should be one of (pending, accepted, rejected), not {status}.")
    return views.member(await call.ask(decide_update, member=found.uid, status=status))


@ask
def decide_update(d: Decision, *, member: str, status: str) -> GlanceMember:
    """It is so."""
    return d.update(events.MEMBER_CHANGED, d.get(GlanceMember, member), status=status, updated=d.now)


@IMAGE.delete("/images/{image_id}/members/{member_id}")
async def delete_member(call: Call) -> None:
    """Withdraw an offer."""
    image = _shared(call)
    if not _is_owner(call, image):
        raise Fault(403, "You are not authorized to complete delete_member action.")
    await call.ask(decide_delete, member=_member(call, image).uid)


@ask
def decide_delete(d: Decision, *, member: str) -> None:
    """It is gone."""
    d.delete(events.MEMBER_REMOVED, d.get(GlanceMember, member))

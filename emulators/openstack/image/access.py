"""Who sees an image, and who may change it (Glance's default policy)."""

from __future__ import annotations

from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.image.records import GlanceImage, GlanceMember
from emulators.world.state import WorldState


def member_of(state: WorldState, image: str, project: str) -> GlanceMember | None:
    """The membership of a project in an image."""
    return next((one for one in state.where(GlanceMember, "image", image) if one.member == project), None)


def visible(state: WorldState, credentials: Credentials, image: GlanceImage) -> bool:
    """Whether somebody may look at an image: it is theirs, for all, or offered to their project."""
    if credentials.admin or image.visibility in {"public", "community"} or (image.project and image.project == credentials.project):
        return True
    return image.visibility == "shared" and member_of(state, image.uid, credentials.project) is not None


def find_image(state: WorldState, credentials: Credentials, image_id: str) -> GlanceImage:
    """The image; raises Fault 404 when there is none that the caller may see."""
    image = state.maybe(GlanceImage, image_id)
    if image is None or not visible(state, credentials, image):
        raise Fault(404, f"No image found with ID {image_id}")
    return image


def require_owner(credentials: Credentials, image: GlanceImage, doing: str) -> None:
    """Raise Fault 403 unless the caller owns the image or administers the cloud."""
    if not credentials.admin and image.project != credentials.project:
        raise Fault(403, f"You are not authorized to complete {doing} action.")

"""How an image becomes active, and what the world gets with it."""

from __future__ import annotations

from typing import Any

from emulators.machines.images.names import TINY
from emulators.openstack.image.blank import Digests, digests
from emulators.openstack.image.events import GUEST_IMAGE_ADDED, IMAGE_ACTIVATED
from emulators.openstack.image.records import GlanceImage
from emulators.world.decide import Decision
from emulators.world.model import Image

DOCKER_PROPERTY = "docker_image"
"""Property that names the engine's image to run.  Without it, a disk image boots the guest image that runs here."""
OS_HASH = "sha512"


def activate(d: Decision, image: GlanceImage, found: Digests, *, source: str, ref: str = "", virtual_size: int = -1) -> GlanceImage:
    """The image has its bytes; ``ref`` is the engine's name of the guest image that its servers run."""
    world = d.create(
        GUEST_IMAGE_ADDED,
        Image,
        name=image.name or image.uid,
        ref=ref or image.properties.get(DOCKER_PROPERTY, TINY),
        project=image.project,
        size_bytes=found.size,
    )
    digest: dict[str, Any] = {"size": found.size, "checksum": found.md5, "os_hash_algo": OS_HASH, "os_hash_value": found.sha512}
    fields = {"image": world.uid, "source": source, "virtual_size": virtual_size, "staged": -1, **digest}
    return d.update(IMAGE_ACTIVATED, image, status="active", updated=d.now, **fields)


def activate_blank(d: Decision, image: GlanceImage, virtual_size: int, ref: str = "") -> GlanceImage:
    """The image is active; what can be downloaded of it is an empty disk of that size."""
    return activate(d, image, digests(virtual_size, image.uid), source="blank", ref=ref, virtual_size=virtual_size)

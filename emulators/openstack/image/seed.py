"""The images of a fresh DevStack.  They boot the guest images that run here; what can be downloaded of them is a small empty disk."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulators.machines.images.names import DEBIAN, TINY
from emulators.openstack.asks import ask
from emulators.openstack.cloud import Cloud
from emulators.openstack.image.events import IMAGE_CREATED
from emulators.openstack.image.lifecycle import activate_blank
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.image.service import IMAGE
from emulators.world.decide import Decision


class Seeded(NamedTuple):
    """An image that is there from the start; ``virtual_size`` in bytes, ``min_disk`` in GiB."""

    name: str
    ref: str
    virtual_size: int
    min_disk: int = 0
    properties: dict[str, str] = {}  # noqa: RUF012 - never changed


CIRROS: Final = {"hw_rng_model": "virtio", "os_distro": "cirros"}
IMAGES: Final = (
    Seeded("cirros-0.6.3-x86_64-disk", TINY, 117440512, properties={**CIRROS, "os_version": "0.6.3"}),
    Seeded("cirros-0.6.2-x86_64-disk", TINY, 117440512, properties={**CIRROS, "os_version": "0.6.2"}),
    Seeded("debian-12-genericcloud-amd64", DEBIAN, 2 << 30, 2, {"os_distro": "debian", "os_version": "12"}),
)


@ask
def seed_images(d: Decision) -> None:
    """Make them in a world that has no image yet."""
    if d.state.count(GlanceImage):
        return
    for one in IMAGES:
        made = d.create(
            IMAGE_CREATED,
            GlanceImage,
            uid=d.new_uuid(),
            name=one.name,
            visibility="public",
            container_format="bare",
            disk_format="qcow2",
            min_disk=one.min_disk,
            properties=one.properties,
            updated=d.now,
        )
        activate_blank(d, made, one.virtual_size, one.ref)


def seed(cloud: Cloud) -> None:
    """Give the cloud its first images."""
    cloud.ask_now(seed_images)


IMAGE.seed = seed

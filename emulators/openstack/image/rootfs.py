"""Images in the ``docker`` container format: the upload is a tar of a root file system, which becomes a guest image of the engine."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import structlog

from dcsim.errors import MachineError
from emulators.machines.docker.client import EngineClient
from emulators.machines.images.importing import import_rootfs
from emulators.machines.images.names import KIND_LABEL
from emulators.openstack.cloud import Cloud
from emulators.openstack.faults import Fault
from emulators.openstack.image.records import GlanceImage

log = structlog.get_logger(__name__)
DOCKER: Final = "docker"
REPOSITORY: Final = "dcsim/glance"
CHUNK: Final = 1 << 18
NOT_FOUND, CONFLICT = 404, 409
RUN: Final = (
    'CMD ["/bin/sh","-c","for init in /sbin/dcsim-guest /usr/local/sbin/dcsim-guest; do [ -x $init ] && exec $init; done; '
    'while :; do sleep 3600; done"]'
)
"""What such a guest runs: the first program of our own guest images where it has one, else nothing."""


def guest_name(image: str) -> str:
    """The engine's name of an image's guest."""
    return f"{REPOSITORY}:{image}"


async def guest_image(cloud: Cloud, image: GlanceImage, path: Path) -> str:
    """The engine's name of the guest image that an uploaded root file system became; empty for other images, and without an engine.

    Raises Fault 400 when the upload is no tar, or the engine will not have it.
    """
    if image.container_format != DOCKER:
        return ""
    if not await asyncio.to_thread(tarfile.is_tarfile, path):
        raise Fault(400, "An image in the docker container format is a tar of its root file system.")
    engine = await _engine(cloud)
    if engine is None:
        return ""
    name = guest_name(image.uid)
    try:
        await import_rootfs(engine, name, _chunks(path), [RUN, f"LABEL {KIND_LABEL}=glance"])
    except MachineError as error:
        raise Fault(400, error.message) from error
    finally:
        await engine.close()
    return name


async def forget_guest(cloud: Cloud, image: str) -> None:
    """Remove the guest image that an upload became; one that a machine still uses is left."""
    engine = await _engine(cloud)
    if engine is None:
        return
    try:
        path, accept = f"images/{guest_name(image)}", {NOT_FOUND, CONFLICT}
        await engine.work("DELETE", path, doing=f"remove the image {image}", accept=accept)
    except MachineError as error:
        log.warning("openstack.guest_image_left", image=image, reason=error.message)
    finally:
        await engine.close()


async def _engine(cloud: Cloud) -> EngineClient | None:
    """The engine behind the machines, if there is one."""
    info = await cloud.conductor.hands.machines.probe()
    return EngineClient(info.endpoint, max_in_flight=1) if info.endpoint else None


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while data := await asyncio.to_thread(file.read, CHUNK):
            yield data
    finally:
        file.close()

"""An image in Glance's docker format runs: its upload is the root file system of a container."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from emulators.machines.docker.client import EngineClient
from emulators.machines.images.importing import exists
from emulators.machines.images.tiny import BUSYBOX_PLACES, is_static, rootfs
from emulators.openstack.cloud import Cloud
from emulators.openstack.faults import Fault
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.image.rootfs import forget_guest, guest_image, guest_name
from tests.contract.machines.harness import DockerRig, Site

pytestmark = pytest.mark.docker
NOW = datetime(2026, 1, 1, tzinfo=UTC)
UPLOADED = GlanceImage(
    uid="0a0a0a0a-1b1b-4c2c-8d3d-4e4e4e4e4e4e", name="i", created=NOW, updated=NOW, container_format="docker", disk_format="raw"
)


@pytest.fixture
def cloud(docker_rig: DockerRig) -> Cloud:
    """As much of a cloud as the upload of an image asks for: its machines."""
    return cast(Cloud, SimpleNamespace(conductor=SimpleNamespace(hands=SimpleNamespace(machines=docker_rig.machines))))


async def test_an_uploaded_root_file_system_runs(cloud: Cloud, docker_host: str, docker_rig: DockerRig, tmp_path: Path) -> None:
    places = [place for place in BUSYBOX_PLACES if is_static(place)]
    if not places:
        pytest.skip("there is no static busybox here to make a root file system of")
    archive = tmp_path / "rootfs.tar"
    archive.write_bytes(await rootfs(places[0]))
    assert await guest_image(cloud, UPLOADED, archive) == guest_name(UPLOADED.uid)
    machine = Site.of(docker_rig).machine(image=guest_name(UPLOADED.uid), nics=(), disks=())
    await docker_rig.machines.create(machine)
    await docker_rig.machines.start(machine.id)
    found = await docker_rig.machines.exec(machine.id, ("/bin/busybox", "echo", "here"))
    assert (found.exit_code, found.stdout) == (0, b"here\n")
    await docker_rig.machines.delete(machine.id)
    await forget_guest(cloud, UPLOADED.uid)
    engine = EngineClient(docker_host)
    assert not await exists(engine, guest_name(UPLOADED.uid))
    await engine.close()


async def test_what_is_no_root_file_system_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    file = tmp_path / "noise"
    file.write_bytes(b"noise" * 1000)
    with pytest.raises(Fault, match="a tar of its root file system"):
        await guest_image(cloud, UPLOADED, file)

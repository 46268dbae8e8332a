"""What people look for in a small cloud image, in the tiny guest: sudo, lsblk, a config drive to mount, passwords, ping."""

from __future__ import annotations

import pytest

from tests.contract.machines.harness import DockerRig, Site

pytestmark = pytest.mark.docker


@pytest.fixture
async def guest(docker_rig: DockerRig) -> str:
    """The id of a tiny guest that runs, with a disk."""
    site = Site.of(docker_rig)
    await docker_rig.machines.ensure_network(site.network())
    await docker_rig.machines.ensure_volume(site.volume())
    spec = site.machine()
    await docker_rig.machines.create(spec)
    await docker_rig.machines.start(spec.id)
    return spec.id


async def said(rig: DockerRig, guest: str, line: str, *, status: int = 0) -> str:
    """What a shell line prints."""
    done = await rig.machines.exec(guest, ("sh", "-c", line), timeout_seconds=10)
    assert done.exit_code == status, done
    return done.stdout.decode().strip()


async def test_commands_run_under_sudo(docker_rig: DockerRig, guest: str) -> None:
    assert await said(docker_rig, guest, "sudo -n id -u") == "0"
    assert await said(docker_rig, guest, "sudo -E NAME='a b' sh -c 'echo $NAME'") == "a b"


async def test_disks_are_listed_while_they_are_mounted(docker_rig: DockerRig, guest: str) -> None:
    assert (await said(docker_rig, guest, "lsblk -lb --nodeps")).split()[-7:] == ["vda", "252:0", "0", "0", "0", "disk", "/"]
    await said(docker_rig, guest, "mkdir /config; printf 'vda / 5\\nvdb /proc 7\\nvdc /gone 9\\n' >/config/disks")
    rows = [line.split() for line in (await said(docker_rig, guest, "lsblk -lb --nodeps")).splitlines()[1:]]
    assert [(row[0], row[3], row[5]) for row in rows] == [("vda", "5", "disk"), ("vdb", "7", "disk")]


async def test_a_config_drive_is_found_mounted_and_unmounted(docker_rig: DockerRig, guest: str) -> None:
    await said(docker_rig, guest, "blkid -L config-2", status=2)
    await said(docker_rig, guest, "mkdir /config; echo content >/config/file; touch /config/drive")
    assert await said(docker_rig, guest, "blkid -L config-2 -o device") == "/dev/sr0"
    assert await said(docker_rig, guest, "sudo mount /dev/sr0 /mnt && cat /mnt/file && sudo umount /mnt && ls /mnt") == "content"


async def test_passwords_are_set(docker_rig: DockerRig, guest: str) -> None:
    await said(docker_rig, guest, "printf 'root:secret:with|colon\\n' | chpasswd")
    assert "root:$6$" in await said(docker_rig, guest, "cat /etc/shadow")
    await said(docker_rig, guest, "echo nobody-here:x | chpasswd", status=1)


async def test_a_guest_can_ping(docker_rig: DockerRig, guest: str) -> None:
    assert "1 packets received" in await said(docker_rig, guest, "ping -c 1 -w 2 127.0.0.1")

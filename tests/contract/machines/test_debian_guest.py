"""The Debian guest: sshd answers to the keys given, packages install, both without privileges."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.naming import short
from emulators.machines.images.debian import can_debootstrap
from emulators.machines.images.importing import exists
from emulators.machines.images.library import ImageLibrary
from emulators.machines.images.names import DEBIAN
from emulators.machines.images.recipe import engine_name
from tests.contract.machines.harness import MIB, DockerRig, Site

pytestmark = [
    pytest.mark.docker,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not can_debootstrap(), reason="debootstrap needs to be installed and root"),
    pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh client"),
]

MAKE_PACKAGE = """set -e
mkdir -p /tmp/p/DEBIAN /tmp/p/opt/demo
printf 'Package: demo\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: x <x@example.org>\\nDescription: demo\\n' >/tmp/p/DEBIAN/control
echo hello >/tmp/p/opt/demo/file
dpkg-deb --root-owner-group --build /tmp/p /tmp/demo.deb >/dev/null
apt-get install -y /tmp/demo.deb >/dev/null 2>&1
dpkg-query -W -f '${Version} ${Status}' demo; python3 -c 'import apt; print("", apt.Cache()["demo"].installed.version)'
"""


async def shell(*argv: str) -> tuple[int, str]:
    """Run a program of this machine."""
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_a_debian_guest_can_be_patched_over_ssh(docker_rig: DockerRig, tmp_path: Path) -> None:
    engine = EngineClient(docker_rig.docker_host)
    try:
        if not await exists(engine, engine_name(DEBIAN)):
            built = await ImageLibrary(engine).build("debian", lambda _: None)
            assert built.how == "by debootstrap"
    finally:
        await engine.close()
    key = tmp_path / "key"
    await shell("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    site = Site.of(docker_rig)
    public = key.with_suffix(".pub").read_text().strip()
    spec = site.machine(image=DEBIAN, memory_bytes=512 * MIB, env={"DCSIM_AUTHORIZED_KEYS": public})
    await docker_rig.machines.ensure_network(site.network())
    await docker_rig.machines.create(spec)
    started = await docker_rig.machines.start(spec.id)
    ip = str(started.nics[0].ip)
    async with asyncio.timeout(20):
        while "login:" not in await docker_rig.machines.logs(spec.id):
            await asyncio.sleep(0.1)
    options = [
        "-o",
        "ConnectionAttempts=20",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-o",
        "LogLevel=ERROR",
        "-o",
        "BatchMode=yes",
    ]
    status, output = await shell("ssh", "-i", str(key), *options, f"root@{ip}", MAKE_PACKAGE)
    assert (status, output) == (0, "1.0 install ok installed 1.0\n"), short(spec.id)
    status, output = await shell("ssh", "-i", "/dev/null", *options, f"root@{ip}", "id")
    assert (status, "Permission denied" in output) == (255, True)
    await docker_rig.machines.stop(spec.id, grace_seconds=5)
    assert (await docker_rig.machines.inspect(spec.id)).exit_code in {0, 143}

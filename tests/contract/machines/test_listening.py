"""Sockets that listen inside a machine."""

from __future__ import annotations

import asyncio

import pytest

from dcsim.errors import MachineError
from tests.contract.machines.harness import DockerRig, Rig, Site

ADDRESS, PORT = "169.254.169.254", 80


class TestListening:
    """What every implementation promises."""

    async def test_only_in_a_machine_that_runs(self, rig: Rig, site: Site) -> None:
        spec = site.machine()
        await rig.machines.ensure_network(site.network())
        await rig.machines.create(spec)
        with pytest.raises(MachineError):
            await rig.machines.listen(spec.id, ADDRESS, PORT)
        await rig.machines.start(spec.id)
        listener = await rig.machines.listen(spec.id, ADDRESS, PORT)
        if listener is not None:
            assert listener.getsockname() == (ADDRESS, PORT)
            listener.close()


@pytest.mark.docker
async def test_what_is_inside_reaches_it(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    spec = site.machine()
    await docker_rig.machines.ensure_network(site.network())
    await docker_rig.machines.create(spec)
    await docker_rig.machines.start(spec.id)
    listener = await docker_rig.machines.listen(spec.id, ADDRESS, PORT)
    if listener is None:
        pytest.skip("only root can enter a container's network")

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello from outside\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, sock=listener):
        answer = await docker_rig.machines.exec(spec.id, ("nc", "-w", "3", ADDRESS, str(PORT)), timeout_seconds=10)
    assert answer.stdout == b"hello from outside\n"


@pytest.mark.docker
async def test_a_guest_sees_what_it_is_shown(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    spec = site.machine()
    await docker_rig.machines.ensure_network(site.network())
    await docker_rig.machines.create(spec)
    await docker_rig.machines.start(spec.id)
    if not await docker_rig.machines.show(spec.id, "/proc/cpuinfo", b"processor\t: 0\n"):
        pytest.skip("only root can enter a container's mounts")
    read = await docker_rig.machines.exec(spec.id, ("cat", "/proc/cpuinfo"), timeout_seconds=10)
    assert read.stdout == b"processor\t: 0\n"
    with pytest.raises(MachineError):
        await docker_rig.machines.show(spec.id, "/no/such/path", b"")


@pytest.mark.docker
async def test_a_guest_sees_how_long_it_has_run(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    spec = site.machine()
    await docker_rig.machines.ensure_network(site.network())
    await docker_rig.machines.create(spec)
    await docker_rig.machines.start(spec.id)
    if not await docker_rig.machines.count_uptime(spec.id):
        pytest.skip("what containers see can't be changed here")
    assert await docker_rig.machines.count_uptime(spec.id), "again changes nothing"
    seen = [await _uptime(docker_rig, spec.id)]
    await asyncio.sleep(2.1)
    seen.append(await _uptime(docker_rig, spec.id))
    assert seen[0] <= 3
    assert 2 <= seen[1] - seen[0] <= 3
    await docker_rig.machines.reset(spec.id)
    await docker_rig.machines.count_uptime(spec.id)
    assert await _uptime(docker_rig, spec.id) <= 1


async def _uptime(rig: DockerRig, machine: str) -> int:
    return int((await rig.machines.exec(machine, ("cut", "-f1", "-d.", "/proc/uptime"))).stdout)

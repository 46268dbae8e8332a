"""Data disks that come and go while a machine runs."""

from __future__ import annotations

import pytest

from dcsim.errors import MachineError
from emulators.machines.port import MachineSpec
from tests.contract.machines.harness import DockerRig, Rig, Site


async def running(rig: Rig, spec: MachineSpec) -> str:
    await rig.machines.create(spec)
    await rig.machines.start(spec.id)
    return spec.id


async def sh(rig: Rig, machine: str, script: str) -> str:
    """What a script in a guest prints; it must not fail."""
    done = await rig.machines.exec(machine, ("sh", "-c", script), timeout_seconds=20)
    assert done.exit_code == 0, done.stderr
    return done.stdout.decode().strip()


async def mounts(rig: Rig, machine: str) -> set[str]:
    """Where the guest sees data disks."""
    return set((await sh(rig, machine, "cut -d' ' -f2 /proc/mounts | grep ^/data || true")).split())


class TestHotDisks:
    """What every implementation promises."""

    async def test_only_in_a_machine_that_runs(self, rig: Rig, site: Site) -> None:
        spec = site.machine()
        await rig.machines.create(spec)
        with pytest.raises(MachineError):
            await rig.machines.set_disks(spec.id, (site.disk(),))
        await rig.machines.start(spec.id)
        await rig.machines.set_disks(spec.id, (site.disk(),))
        await rig.machines.set_disks(spec.id, ())

    async def test_a_copied_volume_has_the_files_of_its_moment(self, rig: Rig, site: Site) -> None:
        spec = site.machine(disks=(site.disk(),))
        await rig.machines.create(spec)
        await rig.machines.put_file(spec.id, "/data0/file", b"then")
        await rig.machines.copy_volume(site.volume().id, site.volume(1))
        await rig.machines.put_file(spec.id, "/data0/file", b"now")
        other = site.machine("other", nics=(site.nic(11),), disks=(site.disk(1),))
        await rig.machines.create(other)
        assert await rig.machines.get_file(other.id, "/data1/file") == b"then"
        await rig.machines.copy_volume("never-made", site.volume(2))


@pytest.mark.docker
async def test_a_disk_moves_between_guests_that_run(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    await docker_rig.machines.ensure_network(site.network())
    await docker_rig.machines.ensure_volume(site.volume())
    one = await running(docker_rig, site.machine("one"))
    two = await running(docker_rig, site.machine("two", nics=(site.nic(11),)))
    if not await docker_rig.machines.set_disks(one, (site.disk(),)):
        pytest.skip("only root can mount in a container")
    await sh(docker_rig, one, "echo from one > /data0/file && chown 1000 /data0/file")
    assert await docker_rig.machines.set_disks(one, ())
    assert await sh(docker_rig, one, "ls -d /data0 2>/dev/null || echo gone") == "gone"
    assert await docker_rig.machines.set_disks(two, (site.disk(),))
    assert await sh(docker_rig, two, "cat /data0/file && stat -c %u /data0/file") == "from one\n1000"


@pytest.mark.docker
async def test_setting_the_same_disks_again_changes_nothing(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    await docker_rig.machines.ensure_network(site.network())
    for index in range(2):
        await docker_rig.machines.ensure_volume(site.volume(index))
    vm = await running(docker_rig, site.machine(disks=(site.disk(0),)))
    both = (site.disk(0), site.disk(1))
    if not await docker_rig.machines.set_disks(vm, both):
        pytest.skip("only root can mount in a container")
    before = await sh(docker_rig, vm, "cat /proc/mounts")
    machines = await docker_rig.reopen()
    assert await machines.set_disks(vm, both), "by a process that knows nothing of the first time"
    assert await sh(docker_rig, vm, "cat /proc/mounts") == before
    assert await machines.set_disks(vm, (site.disk(1),)), "what it was made with can go, too"
    assert await mounts(docker_rig, vm) == {"/data1"}
    await machines.reset(vm)
    assert await mounts(docker_rig, vm) == {"/data0"}, "a start makes it what it was made as"


@pytest.mark.docker
async def test_another_disk_in_a_disks_place(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    await docker_rig.machines.ensure_network(site.network())
    for index in range(2):
        await docker_rig.machines.ensure_volume(site.volume(index))
    vm = await running(docker_rig, site.machine(disks=(site.disk(0),)))
    other = type(site.disk())(volume=site.volume(1).id, path="/data0", size_bytes=1)
    await sh(docker_rig, vm, "echo first > /data0/file")
    if not await docker_rig.machines.set_disks(vm, (other,)):
        pytest.skip("only root can mount in a container")
    assert await sh(docker_rig, vm, "ls /data0") == ""
    await docker_rig.machines.set_disks(vm, (site.disk(0),))
    assert await sh(docker_rig, vm, "cat /data0/file") == "first"


@pytest.mark.docker
async def test_snapshots_cover_what_was_plugged_in_while_it_ran(docker_rig: DockerRig) -> None:
    site, machines = Site.of(docker_rig), docker_rig.machines
    await machines.ensure_network(site.network())
    await machines.ensure_volume(site.volume())
    spec = site.machine()
    vm = await running(docker_rig, spec)
    if not await machines.set_disks(vm, (site.disk(),)):
        pytest.skip("only root can mount in a container")
    await sh(docker_rig, vm, "echo then > /data0/file; echo own > /root/file")
    whole, own = await machines.snapshot(vm, "whole"), await machines.snapshot(vm, "own", disks=False)
    await sh(docker_rig, vm, "echo now > /data0/file")
    plugged = site.machine(disks=(site.disk(),))
    await machines.revert(own, plugged)
    await machines.start(vm)
    assert await sh(docker_rig, vm, "cat /data0/file /root/file") == "now\nown"
    await machines.revert(whole, plugged)
    await machines.start(vm)
    assert await sh(docker_rig, vm, "cat /data0/file /root/file") == "then\nown"

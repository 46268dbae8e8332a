"""What every implementation of the machines port promises."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from dcsim.errors import ImageNotFound, MachineError, MachineNotFound
from emulators.machines.port import MAX_FILE_BYTES, MachineState
from tests.contract.machines.harness import MIB, Rig, Site, following, state, until


class TestMachinesContract:
    """Run against each implementation; see conftest.py."""

    async def test_probe_says_which_backend_answers(self, rig: Rig) -> None:
        info = await rig.machines.probe()
        assert info.kind in {"docker", "simulated"}
        assert info.version

    async def test_a_created_machine_has_what_was_asked_for(self, rig: Rig, site: Site) -> None:
        spec = site.machine(disks=(site.disk(),))
        answered = await rig.machines.create(spec)
        seen = await rig.machines.inspect(spec.id)
        for machine in (answered, seen):
            assert (machine.id, machine.name, machine.world, machine.image) == (spec.id, spec.name, spec.world, spec.image)
            assert (machine.state, machine.cpus, machine.memory_bytes) == (MachineState.CREATED, 2, 64 * MIB)
            assert [(nic.network, nic.mac, nic.ip) for nic in machine.nics] == [(nic.network, nic.mac, nic.ip) for nic in spec.nics]
            assert dict(machine.labels) == {"team": "shop"}
            assert machine.started_at is None

    async def test_creating_twice_adopts_the_first(self, rig: Rig, site: Site) -> None:
        spec = site.machine()
        await rig.machines.create(spec)
        await rig.machines.start(spec.id)
        assert (await rig.machines.create(spec)).state == MachineState.RUNNING
        assert len(await rig.machines.list(rig.world)) == 1

    async def test_concurrent_creations_of_one_machine_make_one(self, rig: Rig, site: Site) -> None:
        await asyncio.gather(*(rig.machines.create(site.machine()) for _ in range(4)))
        assert len(await rig.machines.list(rig.world)) == 1

    async def test_power_goes_through_its_states(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        await machines.create(site.machine())
        started = await machines.start(vm)
        assert started.state == MachineState.RUNNING
        assert started.started_at is not None
        await machines.pause(vm)
        assert await state(machines, vm) == MachineState.PAUSED
        await machines.resume(vm)
        assert await state(machines, vm) == MachineState.RUNNING
        await machines.stop(vm, grace_seconds=5)
        stopped = await machines.inspect(vm)
        assert (stopped.state, stopped.exit_code, stopped.oom_killed) == (MachineState.STOPPED, 0, False)
        await machines.start(vm)
        await machines.kill(vm)
        killed = await machines.inspect(vm)
        assert (killed.state, killed.exit_code) == (MachineState.STOPPED, 137)

    async def test_repeating_an_operation_changes_nothing(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        await machines.create(site.machine())
        await machines.kill(vm)
        await machines.stop(vm)
        first = await machines.start(vm)
        assert (await machines.start(vm)).started_at == first.started_at
        await machines.resume(vm)
        await machines.pause(vm)
        await machines.pause(vm)
        assert (await machines.start(vm)).state == MachineState.RUNNING
        await machines.delete(vm)
        await machines.delete(vm)

    async def test_stop_and_kill_end_a_paused_machine(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        await machines.create(site.machine())
        for end in (machines.stop, machines.kill):
            await machines.start(vm)
            await machines.pause(vm)
            await end(vm)
            assert await state(machines, vm) == MachineState.STOPPED

    async def test_the_wrong_state_is_a_sentence(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        await machines.create(site.machine())
        for refused in (machines.pause, machines.resume, machines.reset, machines.stats):
            with pytest.raises(MachineError, match=r"can't be|is not paused|does not run"):
                await refused(vm)
        assert await state(machines, vm) == MachineState.CREATED

    async def test_reset_begins_a_new_run(self, rig: Rig, site: Site) -> None:
        vm = site.machine().id
        await rig.machines.create(site.machine())
        before = await rig.machines.start(vm)
        after = await rig.machines.reset(vm)
        assert after.state == MachineState.RUNNING
        assert before.started_at is not None
        assert after.started_at is not None
        assert after.started_at > before.started_at

    async def test_an_absent_machine_is_absent_to_look_at_and_an_error_to_use(self, rig: Rig) -> None:
        assert await state(rig.machines, "vm-nowhere") == MachineState.ABSENT
        for use in (rig.machines.start, rig.machines.stop, rig.machines.kill, rig.machines.pause, rig.machines.logs, rig.machines.stats):
            with pytest.raises(MachineNotFound):
                await use("vm-nowhere")

    async def test_delete_removes_a_running_machine(self, rig: Rig, site: Site) -> None:
        vm = site.machine().id
        await rig.machines.create(site.machine())
        await rig.machines.start(vm)
        await rig.machines.delete(vm)
        assert await state(rig.machines, vm) == MachineState.ABSENT
        assert await rig.machines.list(rig.world) == []

    async def test_resize_shows_at_once(self, rig: Rig, site: Site) -> None:
        vm = site.machine().id
        await rig.machines.create(site.machine())
        await rig.machines.start(vm)
        await rig.machines.resize(vm, 1, 128 * MIB)
        seen = await rig.machines.inspect(vm)
        assert (seen.cpus, seen.memory_bytes, seen.state) == (1, 128 * MIB, MachineState.RUNNING)

    async def test_cards_can_be_plugged_in_and_out(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        await machines.ensure_network(site.network(1))
        await machines.create(site.machine())
        await machines.start(vm)
        second = site.nic(index=1)
        await machines.connect(vm, second)
        await machines.connect(vm, second)
        nics = {nic.network: (nic.mac, nic.ip) for nic in (await machines.inspect(vm)).nics}
        assert nics == {nic.network: (nic.mac, nic.ip) for nic in (site.nic(), second)}
        await machines.disconnect(vm, second.network)
        await machines.disconnect(vm, second.network)
        assert [nic.network for nic in (await machines.inspect(vm)).nics] == [site.nic().network]

    async def test_an_address_is_picked_when_none_is_given(self, rig: Rig, site: Site) -> None:
        nic = site.nic().__class__(network=site.network().id, mac="00:50:56:00:00:77")
        await rig.machines.create(site.machine(nics=(nic,)))
        started = await rig.machines.start(site.machine().id)
        assert started.nics[0].ip is not None
        assert started.nics[0].ip.startswith(f"{site.subnet()}.")

    async def test_a_machine_may_have_no_card(self, rig: Rig, site: Site) -> None:
        await rig.machines.create(site.machine(nics=()))
        assert (await rig.machines.start(site.machine().id)).nics == ()

    @pytest.mark.parametrize("running", [False, True])
    async def test_a_machine_without_cards_can_get_one(self, rig: Rig, site: Site, *, running: bool) -> None:
        await rig.machines.create(site.machine(nics=()))
        if running:
            await rig.machines.start(site.machine().id)
        await rig.machines.connect(site.machine().id, site.nic())
        if not running:
            await rig.machines.start(site.machine().id)
        assert [(nic.mac, nic.ip) for nic in (await rig.machines.inspect(site.machine().id)).nics] == [(site.nic().mac, site.nic().ip)]

    async def test_networks_and_volumes_can_be_ensured_and_removed_twice(self, rig: Rig, site: Site) -> None:
        for _ in range(2):
            await rig.machines.ensure_network(site.network())
            await rig.machines.ensure_volume(site.volume())
        for _ in range(2):
            await rig.machines.remove_network(site.network().id)
            await rig.machines.remove_volume(site.volume().id)

    async def test_a_network_in_use_stays(self, rig: Rig, site: Site) -> None:
        await rig.machines.create(site.machine())
        await rig.machines.start(site.machine().id)
        with pytest.raises(MachineError):
            await rig.machines.remove_network(site.network().id)

    async def test_a_network_keeps_its_range(self, rig: Rig, site: Site) -> None:
        other = site.network(3)
        changed = type(other)(id=site.network().id, name="segment 0", cidr=other.cidr, world=rig.world)
        machines = await rig.reopen() if rig.__class__.__name__ == "DockerRig" else rig.machines
        with pytest.raises(MachineError, match="remove it"):
            await machines.ensure_network(changed)

    async def test_files_go_in_and_out_of_running_and_stopped_machines(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        await machines.create(site.machine())
        await machines.put_file(vm, "/root/before", b"\x00\xff stopped", mode=0o600)
        await machines.start(vm)
        await machines.put_file(vm, "/root/after", b"running")
        assert await machines.get_file(vm, "/root/before") == b"\x00\xff stopped"
        assert await machines.get_file(vm, "/root/after") == b"running"
        await machines.put_file(vm, "/root/after", b"")
        assert await machines.get_file(vm, "/root/after") == b""

    @pytest.mark.parametrize("path", ["relative", "/", "/root/../etc/passwd", "/root/none"])
    async def test_a_path_that_names_no_file_is_a_sentence(self, rig: Rig, site: Site, path: str) -> None:
        await rig.machines.create(site.machine())
        with pytest.raises(MachineError):
            await rig.machines.get_file(site.machine().id, path)

    async def test_a_file_may_not_be_too_large(self, rig: Rig, site: Site) -> None:
        await rig.machines.create(site.machine())
        with pytest.raises(MachineError, match="at most"):
            await rig.machines.put_file(site.machine().id, "/root/big", bytes(MAX_FILE_BYTES + 1))

    async def test_a_volume_outlives_its_machine(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        spec = site.machine(disks=(site.disk(),))
        await machines.create(spec)
        await machines.put_file(vm, "/data0/kept", b"data")
        await machines.put_file(vm, "/root/lost", b"own disk")
        await machines.delete(vm)
        await machines.create(spec)
        assert await machines.get_file(vm, "/data0/kept") == b"data"
        with pytest.raises(MachineError):
            await machines.get_file(vm, "/root/lost")

    async def test_a_volume_in_use_stays(self, rig: Rig, site: Site) -> None:
        await rig.machines.create(site.machine(disks=(site.disk(),)))
        with pytest.raises(MachineError):
            await rig.machines.remove_volume(site.volume().id)

    async def test_revert_puts_every_disk_back(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        await machines.ensure_volume(site.volume(1))
        spec = site.machine(disks=(site.disk(0), site.disk(1, independent=True)))
        await machines.create(spec)
        await machines.start(vm)
        for path in ("/root/file", "/data0/file", "/data1/file"):
            await machines.put_file(vm, path, b"old")
        ref = await machines.snapshot(vm, "snap-1")
        assert await state(machines, vm) == MachineState.RUNNING
        for path in ("/root/file", "/data0/file", "/data1/file", "/data0/newer"):
            await machines.put_file(vm, path, b"new")
        reverted = await machines.revert(ref, spec)
        assert (reverted.id, reverted.state, reverted.image) == (vm, MachineState.CREATED, spec.image)
        assert await machines.get_file(vm, "/root/file") == b"old"
        assert await machines.get_file(vm, "/data0/file") == b"old"
        assert await machines.get_file(vm, "/data1/file") == b"new"
        with pytest.raises(MachineError):
            await machines.get_file(vm, "/data0/newer")
        assert (await machines.start(vm)).nics[0].ip == spec.nics[0].ip

    async def test_a_deleted_snapshot_is_gone_and_its_machine_goes_on(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        await machines.create(site.machine())
        await machines.put_file(vm, "/root/file", b"old")
        ref = await machines.snapshot(vm, "snap-1")
        await machines.revert(ref, site.machine())
        await machines.start(vm)
        await machines.delete_snapshot(ref)
        await machines.delete_snapshot(ref)
        assert await machines.get_file(vm, "/root/file") == b"old"
        with pytest.raises(ImageNotFound):
            await machines.revert(ref, site.machine())
        assert await state(machines, vm) == MachineState.RUNNING

    async def test_a_machine_that_is_off_keeps_its_disk_when_its_snapshot_goes(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        await machines.create(site.machine())
        await machines.put_file(vm, "/root/file", b"old")
        first = await machines.snapshot(vm, "snap-1")
        await machines.revert(first, site.machine())
        await machines.delete_snapshot(first)
        await machines.start(vm)
        again = await machines.snapshot(vm, "snap-2")
        await machines.put_file(vm, "/root/file", b"new")
        await machines.revert(again, site.machine())
        await machines.delete_snapshot(again)
        copy = site.machine("copy", nics=(site.nic(11),))
        await machines.clone(vm, copy)
        assert await machines.get_file(copy.id, "/root/file") == b"old"

    async def test_a_clone_has_the_sources_disks_and_its_own_identity(self, rig: Rig, site: Site) -> None:
        machines, source = rig.machines, site.machine(disks=(site.disk(0),))
        await machines.ensure_volume(site.volume(1))
        await machines.create(source)
        await machines.start(source.id)
        await machines.put_file(source.id, "/root/file", b"own")
        await machines.put_file(source.id, "/data0/file", b"data")
        disk = type(site.disk())(volume=site.volume(1).id, path="/data0", size_bytes=64 * MIB)
        copy = site.machine("copy", nics=(site.nic(11),), disks=(disk,))
        assert (await machines.clone(source.id, copy)).id == copy.id
        assert await state(machines, source.id) == MachineState.RUNNING
        await machines.put_file(source.id, "/data0/file", b"changed")
        started = await machines.start(copy.id)
        assert [(nic.mac, nic.ip) for nic in started.nics] == [(site.nic(11).mac, site.nic(11).ip)]
        assert await machines.get_file(copy.id, "/root/file") == b"own"
        assert await machines.get_file(copy.id, "/data0/file") == b"data"
        await machines.delete(source.id)
        assert await state(machines, copy.id) == MachineState.RUNNING

    async def test_the_console_tells_of_the_boot(self, rig: Rig, site: Site) -> None:
        vm = site.machine().id
        await rig.machines.create(site.machine())
        assert await rig.machines.logs(vm) == ""
        await rig.machines.start(vm)
        async with asyncio.timeout(5):
            while len((await rig.machines.logs(vm)).splitlines()) < 3:
                await asyncio.sleep(0.02)
        assert len((await rig.machines.logs(vm, tail=1)).splitlines()) == 1

    async def test_counters_grow(self, rig: Rig, site: Site) -> None:
        vm = site.machine().id
        await rig.machines.create(site.machine())
        await rig.machines.start(vm)
        first = await rig.machines.stats(vm)
        async with asyncio.timeout(10):
            while (last := await rig.machines.stats(vm)).time == first.time:
                await asyncio.sleep(0.05)
        assert last.cpu_ns >= first.cpu_ns >= 0
        assert 0 < last.memory_bytes <= 64 * MIB

    async def test_events_tell_what_was_asked_for(self, rig: Rig, site: Site) -> None:
        machines, vm = rig.machines, site.machine().id
        async with following(machines) as events:
            await machines.create(site.machine())
            await machines.start(vm)
            await machines.pause(vm)
            await machines.resume(vm)
            await machines.resize(vm, 1, 64 * MIB)
            await machines.stop(vm)
            await machines.delete(vm)
            for kind in ("created", "started", "paused", "resumed", "resized", "died", "deleted"):
                event = await until(events, vm, kind)
                assert not event.outside, event
                assert event.exit_code == (0 if kind == "died" else None)

    async def test_a_death_behind_our_back_is_told_within_a_second(self, rig: Rig, site: Site) -> None:
        vm = site.machine().id
        await rig.machines.create(site.machine())
        await rig.machines.start(vm)
        async with following(rig.machines) as events:
            await rig.kill_outside(vm)
            event = await until(events, vm, "died", seconds=1.0)
        assert (event.outside, event.exit_code) == (True, 137)
        assert await state(rig.machines, vm) == MachineState.STOPPED

    async def test_a_death_outside_right_after_our_own_operation_is_still_outside(self, rig: Rig, site: Site) -> None:
        vm = site.machine().id
        await rig.machines.create(site.machine())
        async with following(rig.machines) as events:
            await rig.machines.start(vm)
            await rig.machines.kill(vm)
            assert not (await until(events, vm, "died")).outside
            await rig.machines.kill(vm)
            await rig.machines.start(vm)
            await rig.kill_outside(vm)
            assert (await until(events, vm, "died")).outside

    async def test_events_since_a_moment_are_told_again(self, rig: Rig, site: Site) -> None:
        vm = site.machine().id
        before = datetime.now(UTC)
        await rig.machines.create(site.machine())
        async with asyncio.timeout(5):
            async for event in rig.machines.events(before):
                assert (event.id, event.kind) == (vm, "created")
                break

    async def test_a_new_client_finds_what_the_old_one_left(self, rig: Rig, site: Site) -> None:
        running, stopped = site.machine(), site.machine("idle", nics=(site.nic(11),))
        for spec in (running, stopped):
            await rig.machines.create(spec)
        await rig.machines.start(running.id)
        machines = await rig.reopen()
        await machines.ensure_network(site.network())
        await machines.adopt(running, MachineState.RUNNING)
        await machines.adopt(stopped, MachineState.CREATED)
        found = {machine.id: machine for machine in await machines.list(rig.world)}
        assert {uid: machine.state for uid, machine in found.items()} == {
            running.id: MachineState.RUNNING,
            stopped.id: MachineState.CREATED,
        }
        assert [(nic.mac, nic.ip) for nic in found[running.id].nics] == [(nic.mac, nic.ip) for nic in running.nics]
        await machines.stop(running.id)
        assert await state(machines, running.id) == MachineState.STOPPED

    async def test_a_list_shows_only_its_world(self, rig: Rig, site: Site) -> None:
        await rig.machines.create(site.machine())
        assert await rig.machines.list("world-elsewhere") == []

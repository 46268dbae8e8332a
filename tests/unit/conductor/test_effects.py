"""What every operation does to machines, and that a failure of theirs leaves both sides agreed."""

from __future__ import annotations

import asyncio

import pytest

from emulators.conductor import specs
from emulators.machines.port import MachineState
from emulators.world.decisions.hardware import DeviceChanges, DiskAdd, DiskRemove, PortAdd, PortSet, VmSettings
from emulators.world.decisions.operations import TASK_PROGRESSED
from emulators.world.decisions.power import PowerOff, PowerOn, RebootGuest, Reset, ShutdownGuest, Suspend
from emulators.world.decisions.snapshots import CreateSnapshot, RemoveSnapshots, RevertSnapshot
from emulators.world.decisions.vms import CloneVm, CreateVm, DestroyVm, MoveVm, ReconfigureVm
from emulators.world.model import Disk, Port, Power, Snapshot, Task, TaskState, Vm
from tests.unit.conductor.conftest import OpenStage
from tests.unit.conductor.stage import BROKEN, Stage
from tests.unit.world.lab import GIB

RUNNING, STOPPED, PAUSED, ABSENT = MachineState.RUNNING, MachineState.STOPPED, MachineState.PAUSED, MachineState.ABSENT


async def test_vms_that_are_on_get_their_machines_at_the_start(stage: Stage) -> None:
    assert (stage.machine("web"), stage.machine("db"), stage.machine("spare")) == (RUNNING, RUNNING, ABSENT)
    web = stage.lab.vm("web")
    (port,) = stage.lab.state.where(Port, "vm", web.uid)
    assert web.machine == "docker"
    assert web.guest.addresses == {port.mac: (port.ip,)}


async def test_power(stage: Stage) -> None:
    uid = stage.lab.vm("spare").uid
    steps = [
        (PowerOn, RUNNING, Power.ON),
        (Reset, RUNNING, Power.ON),
        (Suspend, PAUSED, Power.SUSPENDED),
        (PowerOn, RUNNING, Power.ON),
        (RebootGuest, RUNNING, Power.ON),
        (ShutdownGuest, STOPPED, Power.OFF),
        (PowerOn, RUNNING, Power.ON),
        (PowerOff, STOPPED, Power.OFF),
    ]
    for operation, machine, power in steps:
        await stage.done(operation(vm=uid))
        assert (stage.machine("spare"), stage.lab.vm("spare").power) == (machine, power), operation.__name__
        assert bool(stage.lab.vm("spare").guest.addresses) == (power is Power.ON)


async def test_what_is_suspended_can_be_cut_off(stage: Stage) -> None:
    uid = stage.lab.vm("web").uid
    await stage.done(Suspend(vm=uid))
    await stage.done(PowerOff(vm=uid))
    assert stage.machine("web") is STOPPED


async def test_a_machine_is_what_the_vm_is(stage: Stage) -> None:
    web = stage.lab.vm("web")
    observed = await stage.machines.inspect(web.uid)
    (port,) = stage.lab.state.where(Port, "vm", web.uid)
    data = stage.lab.state.where(Disk, "vm", web.uid)[1]
    assert (observed.cpus, observed.memory_bytes) == (2, 4 * GIB)
    assert [(nic.network, nic.mac, nic.ip) for nic in observed.nics] == [(port.network, port.mac, port.ip)]
    assert observed.labels[specs.DISKS_LABEL] == data.uid


async def test_a_clone_has_the_source_s_files(stage: Stage) -> None:
    source = stage.lab.vm("web")
    await stage.machines.put_file(source.uid, "/etc/motd", b"hello")
    await stage.done(CloneVm(source=source.uid, settings=VmSettings(name="copy"), power_on=True))
    copy = stage.lab.vm("copy")
    assert (stage.machine("copy"), copy.power, copy.machine) == (RUNNING, Power.ON, "docker")
    assert await stage.machines.get_file(copy.uid, "/etc/motd") == b"hello"
    (port,) = stage.lab.state.where(Port, "vm", copy.uid)
    assert copy.guest.addresses == {port.mac: (port.ip,)}


async def test_a_clone_of_what_never_ran_has_no_machine(stage: Stage) -> None:
    await stage.done(CloneVm(source=stage.lab.vm("spare").uid, settings=VmSettings(name="copy")))
    assert (stage.machine("copy"), stage.lab.vm("copy").machine) == (ABSENT, "")


async def test_a_destroyed_vm_leaves_nothing(stage: Stage) -> None:
    web = stage.lab.vm("web")
    await stage.done(CreateSnapshot(vm=web.uid, name="one"))
    ref = stage.lab.named(Snapshot, "one").machine_ref
    await stage.done(PowerOff(vm=web.uid))
    await stage.done(DestroyVm(vm=web.uid))
    assert stage.machines.state_of(web.uid) is ABSENT
    with pytest.raises(Exception, match=ref.rpartition(":")[2]):
        await stage.machines.revert(ref, stage.conductor.hands.spec(web))


async def test_a_card_is_plugged_into_and_out_of_a_running_vm(stage: Stage) -> None:
    web, network = stage.lab.vm("web"), stage.lab.network("net-2")
    await stage.done(ReconfigureVm(vm=web.uid, devices=DeviceChanges(add_ports=(PortAdd(network=network.uid),))))
    old, new = stage.lab.state.where(Port, "vm", web.uid)
    assert {nic.mac: nic.ip for nic in (await stage.machines.inspect(web.uid)).nics} == {old.mac: old.ip, new.mac: new.ip}
    assert stage.lab.vm("web").guest.addresses == {old.mac: (old.ip,), new.mac: (new.ip,)}, "the guest tells its new address"
    await stage.done(
        ReconfigureVm(vm=web.uid, devices=DeviceChanges(set_ports=(PortSet(port=new.uid, connected=False),), remove_ports=(old.uid,)))
    )
    assert (await stage.machines.inspect(web.uid)).nics == ()
    assert stage.lab.vm("web").guest.addresses == {}


async def test_another_address_replugs_the_card(stage: Stage) -> None:
    web = stage.lab.vm("web")
    (port,) = stage.lab.state.where(Port, "vm", web.uid)
    await stage.done(ReconfigureVm(vm=web.uid, devices=DeviceChanges(set_ports=(PortSet(port=port.uid, ip="10.0.1.222"),))))
    assert [nic.ip for nic in (await stage.machines.inspect(web.uid)).nics] == ["10.0.1.222"]
    assert stage.lab.vm("web").guest.addresses == {port.mac: ("10.0.1.222",)}


async def test_two_ports_on_one_segment_are_one_card(stage: Stage) -> None:
    spare = stage.lab.vm("spare")
    await stage.done(ReconfigureVm(vm=spare.uid, devices=DeviceChanges(add_ports=(PortAdd(network=stage.lab.network().uid),))))
    await stage.done(PowerOn(vm=spare.uid))
    assert len((await stage.machines.inspect(spare.uid)).nics) == 1


async def test_a_disk_added_to_a_running_vm_is_there_at_the_next_start(stage: Stage) -> None:
    web = stage.lab.vm("web")
    await stage.machines.put_file(web.uid, "/etc/motd", b"hello")
    before = (await stage.machines.inspect(web.uid)).labels[specs.DISKS_LABEL]
    await stage.done(ReconfigureVm(vm=web.uid, devices=DeviceChanges(add_disks=(DiskAdd(capacity_bytes=GIB),))))
    await stage.done(ReconfigureVm(vm=web.uid, settings=VmSettings(annotation="looked at once more")))
    assert (await stage.machines.inspect(web.uid)).labels[specs.DISKS_LABEL] == before
    await stage.done(PowerOff(vm=web.uid))
    await stage.done(PowerOn(vm=web.uid))
    mounted = (await stage.machines.inspect(web.uid)).labels[specs.DISKS_LABEL].split(",")
    assert mounted == [disk.uid for disk in specs.data_disks(stage.lab.state.where(Disk, "vm", web.uid))]
    assert await stage.machines.get_file(web.uid, "/etc/motd") == b"hello"
    assert stage.machine("web") is RUNNING


async def test_a_removed_disk_s_volume_goes_with_the_rebuilt_machine(stage: Stage) -> None:
    web = stage.lab.vm("web")
    data = specs.data_disks(stage.lab.state.where(Disk, "vm", web.uid))[0]
    await stage.done(PowerOff(vm=web.uid))
    await stage.done(ReconfigureVm(vm=web.uid, devices=DeviceChanges(remove_disks=(DiskRemove(disk=data.uid, destroy=True),))))
    await stage.done(PowerOn(vm=web.uid))
    assert (await stage.machines.inspect(web.uid)).labels[specs.DISKS_LABEL] == ""
    await stage.machines.remove_volume(data.uid)


async def test_limits_change_at_once(stage: Stage) -> None:
    web = stage.lab.vm("web")
    await stage.done(PowerOff(vm=web.uid))
    await stage.done(ReconfigureVm(vm=web.uid, settings=VmSettings(cpu_hot_add=True)))
    await stage.done(PowerOn(vm=web.uid))
    await stage.done(ReconfigureVm(vm=web.uid, settings=VmSettings(cpus=4)))
    assert (await stage.machines.inspect(web.uid)).cpus == 4


async def test_a_migration_does_not_touch_the_machine(stage: Stage) -> None:
    calls = list(stage.machines.calls)
    await stage.done(MoveVm(vm=stage.lab.vm("web").uid, host=stage.lab.host("esx-3").uid))
    assert stage.machines.calls == calls


# -- snapshots -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("memory", "machine"), [(True, RUNNING), (False, MachineState.CREATED)])
async def test_a_revert_brings_the_files_back(stage: Stage, memory: bool, machine: MachineState) -> None:
    web = stage.lab.vm("web")
    await stage.machines.put_file(web.uid, "/etc/motd", b"before")
    await stage.done(CreateSnapshot(vm=web.uid, name="one", memory=memory))
    await stage.machines.put_file(web.uid, "/etc/motd", b"after")
    await stage.done(ReconfigureVm(vm=web.uid, devices=DeviceChanges(add_ports=(PortAdd(network=stage.lab.network("net-2").uid),))))
    snapshot = stage.lab.named(Snapshot, "one")
    await stage.done(RevertSnapshot(vm=web.uid, snapshot=snapshot.uid))
    assert await stage.machines.get_file(web.uid, "/etc/motd") == b"before"
    assert stage.machine("web") is machine
    assert stage.lab.vm("web").power is (Power.ON if memory else Power.OFF)
    assert len((await stage.machines.inspect(web.uid)).nics) == 1
    await stage.done(RemoveSnapshots(vm=web.uid, snapshots=(snapshot.uid,)))


async def test_a_snapshot_of_what_never_ran_takes_a_later_machine_away(stage: Stage) -> None:
    spare = stage.lab.vm("spare")
    await stage.done(CreateSnapshot(vm=spare.uid, name="one"))
    assert stage.lab.named(Snapshot, "one").machine_ref == ""
    await stage.done(PowerOn(vm=spare.uid))
    await stage.done(RevertSnapshot(vm=spare.uid, snapshot=stage.lab.named(Snapshot, "one").uid))
    assert (stage.machine("spare"), stage.lab.vm("spare").power) == (ABSENT, Power.OFF)
    await stage.done(PowerOn(vm=spare.uid))
    assert stage.machine("spare") is RUNNING


# -- when machines fail ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["create", "start"])
async def test_a_machine_that_does_not_start_leaves_the_vm_off_and_no_machine(stage: Stage, broken: str) -> None:
    spare = stage.lab.vm("spare")
    stage.machines.broken[broken] = BROKEN
    task = await stage.run(PowerOn(vm=spare.uid))
    assert task.error is not None
    assert (task.state, task.error.type, task.error.message) == (TaskState.ERROR, "MachineError", BROKEN.message)
    assert (stage.lab.vm("spare").power, stage.machine("spare")) == (Power.OFF, ABSENT)
    stage.machines.broken.clear()
    await stage.done(PowerOn(vm=spare.uid))
    assert stage.machine("spare") is RUNNING


async def test_a_clone_that_fails_leaves_nothing(stage: Stage) -> None:
    """The files were copied, and then the name was taken."""
    stage.machines.hold("clone", "after")
    clone = await stage.execute(CloneVm(source=stage.lab.vm("web").uid, settings=VmSettings(name="twin")))
    await stage.machines.reached.wait()
    site, pool, store = stage.lab.vm().site, stage.lab.root.uid, stage.lab.datastore().uid
    await stage.execute(CreateVm(settings=VmSettings(name="twin"), site=site, pool=pool, datastore=store))
    stage.machines.release()
    await stage.quiet()
    assert stage.lab.state.get(Task, clone).state is TaskState.ERROR
    made = [subject for name, subject in stage.machines.calls if name == "clone"]
    assert stage.machines.state_of(made[0]) is ABSENT
    assert len(stage.lab.state.where(Vm, "name", "twin")) == 1


async def test_a_reconfiguration_that_is_refused_at_the_end_takes_its_limits_back(stage: Stage) -> None:
    spare = stage.lab.vm("spare")
    await stage.done(PowerOn(vm=spare.uid))
    await stage.done(PowerOff(vm=spare.uid))
    await stage.done(ReconfigureVm(vm=spare.uid, settings=VmSettings(cpu_hot_add=True)))
    await stage.done(PowerOn(vm=spare.uid))
    stage.machines.hold("resize", "after")
    await stage.execute(ReconfigureVm(vm=spare.uid, settings=VmSettings(name="taken", cpus=4)))
    await stage.machines.reached.wait()
    site, pool, store = spare.site, stage.lab.root.uid, stage.lab.datastore().uid
    await stage.execute(CreateVm(settings=VmSettings(name="taken"), site=site, pool=pool, datastore=store))
    stage.machines.release()
    await stage.quiet()
    assert stage.lab.vm("spare").cpus == 1
    assert (await stage.machines.inspect(spare.uid)).cpus == 1


async def test_a_bug_in_an_effect_is_a_failed_task_and_not_a_hanging_one(stage: Stage) -> None:
    stage.machines.broken["kill"] = RuntimeError("a bug")
    task = await stage.run(PowerOff(vm=stage.lab.vm("web").uid))
    assert task.error is not None
    assert task.error.message == "A general system error occurred: RuntimeError."
    assert stage.lab.vm("web").power is Power.ON


# -- time --------------------------------------------------------------------------------------------------------------------------


async def test_an_operation_takes_its_time_and_shows_progress(open_stage: OpenStage) -> None:
    stage = await open_stage(observe=False, timing="realistic")
    after = stage.lab.world.sequence
    uid = await stage.execute(PowerOn(vm=stage.lab.vm("spare").uid))
    for _ in range(20):
        await asyncio.sleep(0.01)
        stage.lab.step(0.2)
    progress = [record for record in stage.lab.events(after) if record.event.type == TASK_PROGRESSED.name]
    assert [record.event.subject for record in progress] == [uid] * 3
    await stage.quiet()
    assert stage.lab.vm("spare").power is Power.ON


async def test_a_paused_clock_holds_everything_up(open_stage: OpenStage) -> None:
    stage = await open_stage(observe=False, timing="realistic")
    await stage.execute(PowerOn(vm=stage.lab.vm("spare").uid))
    await asyncio.sleep(0.1)
    assert stage.lab.vm("spare").power is Power.OFF
    assert stage.machine("spare") is RUNNING, "the machine is ahead of its task"

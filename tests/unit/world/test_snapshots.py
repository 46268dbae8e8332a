"""The tree of a VM's snapshots, and what a revert brings back."""

from __future__ import annotations

import pytest

from dcsim.errors import Busy, InvalidArgument, NotFound
from emulators.world.commands import Effect
from emulators.world.decide import Context, Decision
from emulators.world.decisions.hardware import DeviceChanges, DiskAdd, DiskSet, PortAdd, VmSettings
from emulators.world.decisions.power import PowerOff, PowerOn
from emulators.world.decisions.snapshots import CreateSnapshot, RemoveSnapshots, RenameSnapshot, RevertSnapshot, subtree
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.model import Disk, Port, Power, Snapshot, TaskState
from tests.unit.world.lab import ACTOR, GIB, NOW, Lab

RUNNING = Effect(machine="docker", hostname="spare", addresses={"00:50:56:00:00:01": ("10.0.1.9",)}, started=NOW)


def take(lab: Lab, name: str, *, memory: bool = False, effect: Effect | None = None) -> Snapshot:
    task = lab.run(CreateSnapshot(vm=lab.vm("spare").uid, name=name, memory=memory), effect)
    return lab.state.get(Snapshot, task.result)


def revert(lab: Lab, snapshot: Snapshot, effect: Effect | None = None, *, stay_off: bool = False) -> None:
    task = lab.run(RevertSnapshot(vm=lab.vm("spare").uid, snapshot=snapshot.uid, stay_off=stay_off), effect)
    assert task.state is TaskState.SUCCESS


def parents(lab: Lab) -> dict[str, str]:
    """Name of each snapshot and of its parent."""
    names = {one.uid: one.name for one in lab.state.all(Snapshot)}
    return {one.name: names.get(one.parent, "") for one in lab.state.all(Snapshot)}


def current(lab: Lab) -> str:
    found = lab.state.maybe(Snapshot, lab.vm("spare").current_snapshot)
    return found.name if found else ""


def test_each_hangs_under_the_one_that_was_current(lab: Lab) -> None:
    one, _two = take(lab, "one", effect=Effect(ref="image:one")), take(lab, "two")
    revert(lab, one)
    take(lab, "three")
    assert parents(lab) == {"one": "", "two": "one", "three": "one"}
    assert current(lab) == "three"
    assert [snapshot.ordinal for snapshot in lab.state.all(Snapshot)] == [1, 2, 3]
    assert lab.state.get(Snapshot, one.uid).machine_ref == "image:one"


def test_a_revert_brings_hardware_disks_and_ports_back_and_keeps_the_name(lab: Lab) -> None:
    uid = lab.vm("spare").uid
    disk, port = lab.state.where(Disk, "vm", uid)[0], lab.state.where(Port, "vm", uid)[0]
    one = take(lab, "one")
    devices = DeviceChanges(
        set_disks=(DiskSet(disk=disk.uid, capacity_bytes=20 * GIB),),
        add_disks=(DiskAdd(capacity_bytes=GIB),),
        remove_ports=(port.uid,),
        add_ports=(PortAdd(network=lab.network("net-2").uid),),
    )
    lab.run(ReconfigureVm(vm=uid, settings=VmSettings(cpus=8, annotation="later"), devices=devices))
    later = lab.vm("spare")
    revert(lab, one)
    vm = lab.vm("spare")
    assert (vm.cpus, vm.annotation, vm.change) == (1, "", later.change + 1)
    assert [(found.uid, found.capacity_bytes) for found in lab.state.where(Disk, "vm", uid)] == [(disk.uid, disk.capacity_bytes)]
    assert [(found.uid, found.mac, found.ip, found.number) for found in lab.state.where(Port, "vm", uid)] == [
        (port.uid, port.mac, port.ip, port.number)
    ]


def test_an_address_that_somebody_has_by_now_is_not_taken_from_them(lab: Lab) -> None:
    uid = lab.vm("spare").uid
    port = lab.state.where(Port, "vm", uid)[0]
    one = take(lab, "one")
    lab.run(ReconfigureVm(vm=uid, devices=DeviceChanges(remove_ports=(port.uid,))))
    theirs = DeviceChanges(add_ports=(PortAdd(network=lab.network().uid, ip=port.ip),))
    lab.run(ReconfigureVm(vm=lab.vm("db").uid, devices=theirs))
    revert(lab, one)
    back = lab.state.get(Port, port.uid)
    assert back.mac == port.mac
    assert [found.ip for found in lab.state.where(Port, "network", port.network)].count(back.ip) == 1
    assert back.ip != port.ip


@pytest.mark.parametrize(("memory", "stay_off", "power"), [(True, False, Power.ON), (True, True, Power.OFF), (False, False, Power.OFF)])
def test_the_power_after_a_revert_is_the_snapshot_s(lab: Lab, memory: bool, stay_off: bool, power: Power) -> None:
    lab.run(PowerOn(vm=lab.vm("spare").uid), RUNNING)
    one = take(lab, "one", memory=memory)
    assert (one.power, one.memory) == ((Power.ON, True) if memory else (Power.OFF, False))
    lab.run(PowerOff(vm=lab.vm("spare").uid))
    revert(lab, one, RUNNING, stay_off=stay_off)
    assert lab.vm("spare").power is power
    assert bool(lab.vm("spare").guest.addresses) == (power is Power.ON)


def test_a_vm_that_is_off_has_no_memory_to_keep(lab: Lab) -> None:
    assert not take(lab, "one", memory=True).memory


def test_removing_one_leaves_its_children_to_its_parent(lab: Lab) -> None:
    made = {name: take(lab, name) for name in ("one", "two", "three")}
    lab.run(RemoveSnapshots(vm=lab.vm("spare").uid, snapshots=(made["two"].uid,)))
    assert parents(lab) == {"one": "", "three": "one"}
    lab.run(RemoveSnapshots(vm=lab.vm("spare").uid, snapshots=(made["three"].uid,)))
    assert current(lab) == "one"


def test_a_whole_branch_goes(lab: Lab) -> None:
    made = {name: take(lab, name) for name in ("one", "two", "three")}
    decision = Decision(lab.state, Context(7, NOW, 1, ACTOR))
    branch = subtree(decision, made["two"].uid)
    assert branch == (made["two"].uid, made["three"].uid)
    lab.run(RemoveSnapshots(vm=lab.vm("spare").uid, snapshots=branch))
    assert (parents(lab), current(lab)) == ({"one": ""}, "one")


def test_what_is_not_its_own_or_named_twice_is_refused(lab: Lab) -> None:
    one = take(lab, "one")
    for operation in (RevertSnapshot(vm=lab.vm("db").uid, snapshot=one.uid), RemoveSnapshots(vm=lab.vm("db").uid, snapshots=(one.uid,))):
        with pytest.raises(NotFound, match="is not one of db"):
            lab.do(operation)
    with pytest.raises(InvalidArgument, match="named twice"):
        lab.do(RemoveSnapshots(vm=lab.vm("spare").uid, snapshots=(one.uid, one.uid)))


def test_renaming(lab: Lab) -> None:
    one = take(lab, "one")
    lab.do(RenameSnapshot(snapshot=one.uid, description="before the upgrade"))
    lab.do(RenameSnapshot(snapshot=one.uid, name="first"))
    renamed = lab.state.get(Snapshot, one.uid)
    assert (renamed.name, renamed.description) == ("first", "before the upgrade")
    for bad in ("", "  "):
        with pytest.raises(InvalidArgument):
            lab.do(RenameSnapshot(snapshot=one.uid, name=bad))
        with pytest.raises(InvalidArgument):
            lab.do(CreateSnapshot(vm=lab.vm("spare").uid, name=bad))
    lab.begin(PowerOn(vm=lab.vm("spare").uid))
    with pytest.raises(Busy):
        lab.do(RenameSnapshot(snapshot=one.uid, name="second"))

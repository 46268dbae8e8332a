"""Every property of every object can be read, whatever the world is like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulators.vsphere.objects import declarations
from emulators.vsphere.properties import table
from emulators.world.decisions import hardware as hw
from emulators.world.decisions.components import InjectFault
from emulators.world.decisions.hosts import SetConnection
from emulators.world.decisions.operations import FailTask
from emulators.world.decisions.pools import CreatePool
from emulators.world.decisions.power import PowerOff, Suspend
from emulators.world.decisions.snapshots import CreateSnapshot, RevertSnapshot
from emulators.world.decisions.vms import DestroyVm, MarkTemplate, ReconfigureVm
from emulators.world.model import Allocation, Cdrom, Chassis, Controller, Datastore, Disk, Network, Port, Power, ResourcePool, TaskError, Vm
from tests.unit.vsphere.core.wire import Edit
from tests.unit.vsphere.views.scene import ACTOR, Scene


def disturb_vms(scene: Scene) -> None:
    """One VM in each state that matters: off, suspended, template, with snapshots, with odd hardware, gone."""
    off, asleep, template, snapped, odd, gone, *_ = [vm for vm in scene.vms() if vm.power is Power.ON]
    for vm in (off, template, odd, gone):
        scene.do(PowerOff(vm=vm.uid))
    scene.do(Suspend(vm=asleep.uid))
    scene.do(MarkTemplate(vm=template.uid))
    take_snapshots(scene, snapped)
    rebuild(scene, odd)
    scene.do(DestroyVm(vm=gone.uid))


def take_snapshots(scene: Scene, vm: Vm) -> None:
    """A tree of three, the second with memory; the first is current again."""
    first = scene.do(CreateSnapshot(vm=vm.uid, name="first"))
    scene.do(CreateSnapshot(vm=vm.uid, name="second", memory=True))
    scene.do(RevertSnapshot(vm=vm.uid, snapshot=first))
    scene.do(CreateSnapshot(vm=vm.uid, name="third", quiesce=True))


def rebuild(scene: Scene, vm: Vm) -> None:
    """Every kind of controller and drive, limits, a NIC of every network and adapter."""
    ports = [
        hw.PortAdd(network=one.uid, adapter=kind) for one, kind in zip(scene.state.all(Network), ("e1000", "e1000e", "sriov"), strict=False)
    ]
    settings = hw.VmSettings(
        cpus=4,
        cores_per_socket=2,
        cpu=Allocation(reservation=100, limit=2000, shares=7, level="custom"),
        memory=Allocation(reservation=64, limit=512, level="high"),
        cpu_hot_add=True,
        memory_hot_add=True,
        firmware="efi",
        hardware_version=9,
        guest_id="neverHeardOf",
        cdroms=(Cdrom(image=f"[{store(scene).name}] iso/tools.iso", connected=True), Cdrom(key=3002), Cdrom(key=16000)),
        extra_config={"disk.EnableUUID": "TRUE", "ctkEnabled": "true"},
    )
    scene.do(ReconfigureVm(vm=vm.uid, settings=settings, devices=hw.DeviceChanges(add_ports=tuple(ports))))
    kinds = ("pvscsi", "lsilogic", "lsilogic-sas", "buslogic")
    chosen = tuple(Controller(1000 + bus, kind, bus) for bus, kind in enumerate(kinds))
    scene.do(Edit(uid=vm.uid, fields={"controllers": (*chosen, Controller(15000, "ahci", 0), Controller(31000, "nvme", 0))}))
    for key in (1001, 15000, 31000, 200):
        disk = hw.DiskAdd(capacity_bytes=1 << 30, controller=key, mode="independent_persistent")
        scene.do(ReconfigureVm(vm=vm.uid, devices=hw.DeviceChanges(add_disks=(disk,))))


def ports_of(scene: Scene, vm: Vm) -> list[Port]:
    found: list[Port] = scene.state.where(Port, "vm", vm.uid)
    return found


def store(scene: Scene) -> Datastore:
    found: Datastore = scene.state.all(Datastore)[0]
    return found


def disturb_the_rest(scene: Scene) -> None:
    """Hosts that fail or are cut off, storage that is gone, pools in pools, tasks that run and that failed."""
    lost, cut, *_ = scene.hosts()
    scene.do(SetConnection(host=cut.uid, connected=False))
    scene.do(InjectFault(code="host-crash", subject=lost.uid))
    scene.do(InjectFault(code="datastore-inaccessible", subject=store(scene).uid))
    root = scene.state.all(ResourcePool)[0]
    inner = scene.do(CreatePool(parent=root.uid, name="inner", cpu=Allocation(reservation=500), memory=Allocation(reservation=512)))
    scene.do(CreatePool(parent=inner, name="innermost", cpu=Allocation(), memory=Allocation()))
    failing, running = [one for one in scene.vms() if one.power is Power.ON and one.host not in {lost.uid, cut.uid}][:2]
    task = scene.world.execute_now(PowerOff(vm=failing.uid), ACTOR).result
    scene.world.execute_now(FailTask(task=task, error=TaskError("MachineError", "No machine for you.")), ACTOR)
    scene.world.execute_now(PowerOff(vm=running.uid), ACTOR)


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_every_property_of_every_object_of_a_new_world(tmp_path: Path, seed: int) -> None:
    scene = Scene(tmp_path, seed=seed, hosts=8, vms=10)
    assert scene.troubles() == []
    scene.close()


def test_every_property_of_every_object_of_a_world_in_trouble(tmp_path: Path) -> None:
    scene = Scene(tmp_path, hosts=8, vms=24)
    disturb_vms(scene)
    assert scene.troubles() == []
    disturb_the_rest(scene)
    assert scene.troubles() == []
    scene.close()


def test_every_property_when_the_hardware_falls_apart(stage: Scene) -> None:
    chassis = stage.state.all(Chassis)[0]
    host = stage.hosts()[0]
    stage.do(InjectFault(code="blade-removed", subject=host.blade))
    stage.do(InjectFault(code="chassis-removed", subject=chassis.uid))
    stage.do(Edit(uid=host.blade, fields={"profile": "", "dimms": (), "disks": ()}))
    assert stage.troubles() == []


def test_every_property_when_things_have_lost_what_they_name(stage: Scene) -> None:
    vm, other, *_ = stage.vms()
    stage.do(Edit(uid=vm.uid, fields={"host": "", "pool": "", "datastore": "", "path": ""}))
    for port in ports_of(stage, other):
        stage.do(Edit(uid=port.uid, fields={"network": "network-that-is-gone"}))
    for disk in stage.state.where(Disk, "vm", other.uid):
        stage.do(Edit(uid=disk.uid, fields={"datastore": "datastore-that-is-gone"}))
    assert stage.troubles() == []


def test_no_mandatory_property_of_a_declared_type_is_missing(scene: Scene) -> None:
    types: set[Any] = {one.type for one in declarations()} | {one.type for one in scene.everything()}
    assert {name: gaps for one in types if (gaps := table.missing(one)) for name in [one.__name__]} == {}


def test_a_nested_path_has_what_the_whole_property_has_there(scene: Scene) -> None:
    nested = [entry for entry in table.entries() if "." in entry.path]
    assert len(nested) >= 25
    for managed in scene.everything():
        for entry in nested:
            if issubclass(managed.type, entry.managed):
                whole = scene.get(managed, entry.path.partition(".")[0])
                for name in entry.path.split(".")[1:]:
                    whole = getattr(whole, name) if whole is not None else None
                assert same(scene.get(managed, entry.path), whole), f"{managed}.{entry.path}"


def same(one: Any, other: Any) -> bool:
    """Do two values have the same content?"""
    return str(one) == str(other)


def test_what_is_shared_between_objects_stays_as_it_was(scene: Scene) -> None:
    first, second, *_ = scene.vms()
    before = str(scene.get(first, "config"))
    assert str(scene.get(second, "config")) != before
    assert str(scene.get(first, "config")) == before

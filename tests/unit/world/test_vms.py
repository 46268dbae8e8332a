"""The life of a VM: made, cloned, reconfigured, moved, a template and back, destroyed."""

from __future__ import annotations

from typing import Any

import pytest

from dcsim.errors import AlreadyExists, InsufficientResources, InvalidArgument, InvalidState, NotFound
from emulators.world.commands import Effect
from emulators.world.decisions.components import InjectFault
from emulators.world.decisions.hardware import DeviceChanges, DiskAdd, DiskRemove, DiskSet, PortAdd, PortSet, VmSettings
from emulators.world.decisions.hosts import SetMaintenance
from emulators.world.decisions.power import PowerOn
from emulators.world.decisions.snapshots import CreateSnapshot
from emulators.world.decisions.vms import CloneVm, CreateVm, DestroyVm, MarkTemplate, MarkVm, MoveVm, ReconfigureVm
from emulators.world.model import Disk, Port, Power, Snapshot, TaskState, Vm
from tests.unit.world.lab import GIB, Lab


def create(lab: Lab, **changes: Any) -> CreateVm:
    fields = {"settings": VmSettings(name="new", cpus=2), "site": lab.vm().site, "pool": lab.root.uid, "datastore": lab.datastore().uid}
    return CreateVm(**{**fields, **changes})


def disks(lab: Lab, name: str) -> list[Disk]:
    return lab.state.where(Disk, "vm", lab.vm(name).uid)


def ports(lab: Lab, name: str) -> list[Port]:
    return lab.state.where(Port, "vm", lab.vm(name).uid)


# -- made ------------------------------------------------------------------------------------------------------------------------


def test_a_vm_is_made_with_what_was_asked_for(lab: Lab) -> None:
    network = lab.network("net-2").uid
    operation = create(lab, disks=(DiskAdd(capacity_bytes=GIB),), ports=(PortAdd(network=network),), tags=("app:shop",))
    task = lab.run(operation)
    vm = lab.vm("new")
    assert (task.state, task.result) == (TaskState.SUCCESS, vm.uid)
    assert (vm.cpus, vm.power, vm.tags, vm.path) == (2, Power.OFF, ("app:shop",), "[ds-1] new/new.vmx")
    (disk,), (port,) = disks(lab, "new"), ports(lab, "new")
    assert (disk.path, disk.capacity_bytes, disk.key, disk.unit) == ("[ds-1] new/new.vmdk", GIB, 2000, 0)
    assert (port.network, port.ip, port.key, port.unit) == (network, "10.0.2.10", 4000, 7)
    assert port.mac.startswith("00:50:56")
    assert vm.uuid != vm.instance_uuid


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"settings": VmSettings(cpus=1)}, InvalidArgument, "name"),
        ({"settings": VmSettings(name="  ")}, InvalidArgument, "name"),
        ({"settings": VmSettings(name="web")}, AlreadyExists, "name"),
        ({"settings": VmSettings(name="n", cpus=0)}, InvalidArgument, "cpus"),
        ({"settings": VmSettings(name="n", cpus=4, cores_per_socket=3)}, InvalidArgument, "cores_per_socket"),
        ({"settings": VmSettings(name="n", memory_bytes=(4 << 20) + 1)}, InvalidArgument, "memory_bytes"),
        ({"pool": "resource_pool-nobody"}, NotFound, None),
        ({"datastore": "datastore-nobody"}, NotFound, None),
        ({"host": "hypervisor-nobody"}, InvalidArgument, "host"),
        ({"disks": (DiskAdd(capacity_bytes=2 << 40, thin=False),)}, InsufficientResources, None),
    ],
)
def test_what_cannot_be_made_is_refused_before_it_begins(
    lab: Lab, changes: dict[str, Any], error: type[Exception], field: str | None
) -> None:
    before = lab.image()
    with pytest.raises(error) as refused:
        lab.do(create(lab, **changes))
    assert getattr(refused.value, "field", None) == field
    assert lab.image() == before


def test_a_folder_that_is_taken_gets_a_number(lab: Lab) -> None:
    lab.run(create(lab, folder=""))
    lab.run(DestroyVm(vm=lab.vm("new").uid))
    lab.run(create(lab, path="[ds-1] new/new.vmx", settings=VmSettings(name="other")))
    lab.run(create(lab))
    assert lab.vm("new").path == "[ds-1] new_1/new.vmx"


def test_no_host_to_make_it_on(lab: Lab) -> None:
    for name in ("esx-2", "esx-3"):
        lab.do(SetMaintenance(host=lab.host(name).uid, maintenance=True))
    lab.do(InjectFault(code="host-crash", subject=lab.host("esx-1").uid))
    with pytest.raises(InsufficientResources) as refused:
        lab.do(create(lab))
    assert refused.value.resource == "host"


def test_a_datastore_without_paths_takes_no_vm(lab: Lab) -> None:
    lab.do(InjectFault(code="datastore-inaccessible", subject=lab.datastore().uid))
    with pytest.raises(InvalidState, match="not accessible"):
        lab.do(create(lab))


# -- cloned ----------------------------------------------------------------------------------------------------------------------


def test_a_clone_is_like_its_source_but_itself(lab: Lab) -> None:
    source = lab.vm("web")
    lab.run(CloneVm(source=source.uid, settings=VmSettings(name="copy", annotation="a copy")), Effect(machine="simulated"))
    copy = lab.vm("copy")
    assert (copy.cpus, copy.memory_bytes, copy.pool, copy.datastore) == (source.cpus, source.memory_bytes, source.pool, source.datastore)
    assert (copy.annotation, copy.power, copy.machine) == ("a copy", Power.OFF, "simulated")
    assert {copy.uuid, copy.instance_uuid}.isdisjoint({source.uuid, source.instance_uuid})
    assert [(one.capacity_bytes, one.key) for one in disks(lab, "copy")] == [(one.capacity_bytes, one.key) for one in disks(lab, "web")]
    assert [one.path for one in disks(lab, "copy")] == ["[ds-1] copy/copy.vmdk", "[ds-1] copy/copy_1.vmdk"]
    (old,), (new,) = ports(lab, "web"), ports(lab, "copy")
    assert old.network == new.network
    assert (old.mac, old.ip) != (new.mac, new.ip)


def test_a_clone_may_differ_in_its_devices(lab: Lab) -> None:
    first, second = disks(lab, "web")
    (port,) = ports(lab, "web")
    devices = DeviceChanges(
        set_disks=(DiskSet(disk=first.uid, capacity_bytes=12 * GIB),),
        remove_disks=(DiskRemove(disk=second.uid, destroy=True),),
        set_ports=(PortSet(port=port.uid, network=lab.network("net-2").uid),),
    )
    lab.run(CloneVm(source=lab.vm("web").uid, settings=VmSettings(name="copy"), devices=devices))
    assert [one.capacity_bytes for one in disks(lab, "copy")] == [12 * GIB]
    assert [one.network for one in ports(lab, "copy")] == [lab.network("net-2").uid]
    assert len(disks(lab, "web")) == 2


def test_a_clone_that_names_another_vm_s_disk_fails(lab: Lab) -> None:
    devices = DeviceChanges(remove_disks=(DiskRemove(disk=disks(lab, "db")[0].uid),))
    task = lab.run(CloneVm(source=lab.vm("web").uid, settings=VmSettings(name="copy"), devices=devices))
    assert task.error is not None
    assert task.error.type == "NotFound"
    assert lab.state.where(Vm, "name", "copy") == []


def test_a_template_is_cloned_to_a_vm_and_a_vm_to_a_template(lab: Lab) -> None:
    with pytest.raises(NotFound):
        lab.do(CloneVm(source=lab.vm("golden").uid, settings=VmSettings(name="a")))
    lab.run(CloneVm(source=lab.vm("golden").uid, settings=VmSettings(name="a"), pool=lab.root.uid))
    assert (lab.vm("a").template, lab.vm("a").pool) == (False, lab.root.uid)
    lab.run(CloneVm(source=lab.vm("spare").uid, settings=VmSettings(name="b"), template=True))
    assert (lab.vm("b").template, lab.vm("b").pool) == (True, "")


def test_a_source_that_is_gone_by_the_end_fails_the_clone(lab: Lab) -> None:
    task = lab.begin(CloneVm(source=lab.vm("spare").uid, settings=VmSettings(name="copy")))
    lab.run(DestroyVm(vm=lab.vm("spare").uid))
    ended = lab.finish(task)
    assert ended.error is not None
    assert ended.error.type == "NotFound"


# -- reconfigured ----------------------------------------------------------------------------------------------------------------


def test_settings_and_devices_change_together_and_count(lab: Lab) -> None:
    vm = lab.vm("spare")
    settings = VmSettings(name="renamed", cpus=4, extra_config={"a": "1", "b": "2"})
    lab.run(ReconfigureVm(vm=vm.uid, settings=settings, devices=DeviceChanges(add_ports=(PortAdd(network=lab.network("net-2").uid),))))
    changed = lab.vm("renamed")
    assert (changed.cpus, changed.extra_config, changed.change) == (4, {"a": "1", "b": "2"}, vm.change + 1)
    assert len(ports(lab, "renamed")) == 2
    lab.run(ReconfigureVm(vm=vm.uid, settings=VmSettings(extra_config={"a": ""})))
    assert lab.vm("renamed").extra_config == {"b": "2"}


def test_one_refused_change_refuses_all_at_once(lab: Lab) -> None:
    before, vm = lab.image(), lab.vm("spare")
    devices = DeviceChanges(add_ports=(PortAdd(network=lab.network().uid),), remove_disks=(DiskRemove(disk="disk-nobody"),))
    with pytest.raises(NotFound, match="spare has no such disk"):
        lab.do(ReconfigureVm(vm=vm.uid, settings=VmSettings(cpus=3), devices=devices))
    assert lab.image() == before


@pytest.mark.parametrize(
    ("hot", "settings", "field"),
    [
        (False, VmSettings(cpus=3), "cpus"),
        (True, VmSettings(cpus=1), "cpus"),
        (False, VmSettings(memory_bytes=8 * GIB), "memory_bytes"),
        (True, VmSettings(firmware="efi"), "firmware"),
    ],
)
def test_a_running_vm_changes_only_what_can_change(lab: Lab, hot: bool, settings: VmSettings, field: str) -> None:
    uid = lab.vm("spare").uid
    lab.run(ReconfigureVm(vm=uid, settings=VmSettings(cpus=2, cpu_hot_add=hot, memory_hot_add=hot)))
    lab.run(PowerOn(vm=uid))
    with pytest.raises(InvalidState) as refused:
        lab.do(ReconfigureVm(vm=uid, settings=settings))
    assert refused.value.field == field


def test_hot_add_grows_a_running_vm(lab: Lab) -> None:
    uid = lab.vm("spare").uid
    lab.run(ReconfigureVm(vm=uid, settings=VmSettings(cpu_hot_add=True, memory_hot_add=True)))
    lab.run(PowerOn(vm=uid))
    lab.run(ReconfigureVm(vm=uid, settings=VmSettings(cpus=2, memory_bytes=4 * GIB)))
    assert (lab.vm("spare").cpus, lab.vm("spare").memory_bytes) == (2, 4 * GIB)


def test_a_name_is_one_vm_s_in_its_folder(lab: Lab) -> None:
    with pytest.raises(AlreadyExists) as refused:
        lab.do(ReconfigureVm(vm=lab.vm("spare").uid, settings=VmSettings(name="web")))
    assert refused.value.subject == lab.vm("web").uid
    lab.run(ReconfigureVm(vm=lab.vm("spare").uid, settings=VmSettings(name="spare")))


# -- moved -----------------------------------------------------------------------------------------------------------------------


def test_a_migration_keeps_everything_but_the_host(lab: Lab) -> None:
    vm = lab.vm("web")
    lab.run(MoveVm(vm=vm.uid, host=lab.host("esx-3").uid))
    moved = lab.vm("web")
    assert moved.host == lab.host("esx-3").uid
    same = ("uuid", "instance_uuid", "power", "path", "datastore", "pool", "folder", "guest")
    assert [getattr(moved, name) for name in same] == [getattr(vm, name) for name in same]


def test_storage_comes_along_when_asked(lab: Lab) -> None:
    lab.run(MoveVm(vm=lab.vm("spare").uid, datastore=lab.datastore("ds-2").uid))
    assert lab.vm("spare").path == "[ds-2] spare/spare.vmx"
    assert [(one.datastore, one.path) for one in disks(lab, "spare")] == [(lab.datastore("ds-2").uid, "[ds-2] spare/spare.vmdk")]


def test_storage_never_lands_on_somebody_else_s_files(lab: Lab) -> None:
    lab.run(create(lab, settings=VmSettings(name="other"), path="[ds-2] spare/spare.vmx", datastore=lab.datastore("ds-2").uid))
    lab.run(MoveVm(vm=lab.vm("spare").uid, datastore=lab.datastore("ds-2").uid))
    assert lab.vm("spare").path == "[ds-2] spare_1/spare.vmx"
    assert disks(lab, "spare")[0].path == "[ds-2] spare_1/spare.vmdk"


def test_a_template_moves_without_a_pool(lab: Lab) -> None:
    lab.run(MoveVm(vm=lab.vm("golden").uid, host=lab.host("esx-3").uid, datastore=lab.datastore("ds-2").uid))
    assert (lab.vm("golden").host, lab.vm("golden").pool) == (lab.host("esx-3").uid, "")


def test_a_target_must_be_able_to_take_it(lab: Lab) -> None:
    lab.do(SetMaintenance(host=lab.host("esx-3").uid, maintenance=True))
    with pytest.raises(InvalidState, match="not available"):
        lab.do(MoveVm(vm=lab.vm("web").uid, host=lab.host("esx-3").uid))
    with pytest.raises(InvalidArgument, match="not one of"):
        lab.do(MoveVm(vm=lab.vm("web").uid, host="hypervisor-nobody"))


# -- templates and the end -------------------------------------------------------------------------------------------------------


def test_a_template_and_back(lab: Lab) -> None:
    uid = lab.vm("spare").uid
    lab.do(MarkTemplate(vm=uid))
    assert (lab.vm("spare").template, lab.vm("spare").pool) == (True, "")
    lab.do(MarkVm(vm=uid, pool=lab.root.uid))
    assert (lab.vm("spare").template, lab.vm("spare").pool) == (False, lab.root.uid)
    with pytest.raises(InvalidState, match="is not a template"):
        lab.do(MarkVm(vm=uid, pool=lab.root.uid))
    with pytest.raises(InvalidState):
        lab.do(MarkTemplate(vm=lab.vm("web").uid))


@pytest.mark.parametrize("keep_files", [False, True])
def test_a_destroyed_vm_takes_what_is_its_own(lab: Lab, keep_files: bool) -> None:
    vm = lab.vm("spare")
    lab.run(CreateSnapshot(vm=vm.uid, name="one"))
    disk, port = disks(lab, "spare")[0], ports(lab, "spare")[0]
    lab.run(DestroyVm(vm=vm.uid, keep_files=keep_files))
    assert lab.state.maybe(Vm, vm.uid) is None
    assert (lab.state.count(Snapshot), lab.state.maybe(Port, port.uid)) == (0, None)
    kept = lab.state.maybe(Disk, disk.uid)
    assert (kept.vm if kept else None) == ("" if keep_files else None)


def test_a_running_vm_cannot_be_destroyed(lab: Lab) -> None:
    with pytest.raises(InvalidState):
        lab.do(DestroyVm(vm=lab.vm("web").uid))

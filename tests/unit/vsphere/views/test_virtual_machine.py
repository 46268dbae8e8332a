"""What VMs show, fact by fact."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pyVmomi import vim

from emulators.world.commands import Effect
from emulators.world.decisions import hardware as hw
from emulators.world.decisions.components import InjectFault
from emulators.world.decisions.hosts import SetConnection
from emulators.world.decisions.power import PowerOff, ReportMachine, Suspend
from emulators.world.decisions.snapshots import CreateSnapshot, RevertSnapshot
from emulators.world.decisions.vms import MarkTemplate, ReconfigureVm
from emulators.world.model import Allocation, Cdrom, Disk, DistributedSwitch, Network, Port, Power, Vm
from tests.unit.vsphere.core.wire import Edit
from tests.unit.vsphere.views.scene import START, Scene

device = vim.vm.device


def running(scene: Scene) -> Vm:
    return next(vm for vm in scene.vms() if vm.power is Power.ON and scene.state.where(Port, "vm", vm.uid))


def devices(scene: Scene, vm: Vm, kind: Any) -> list[Any]:
    return [one for one in scene.get(vm, "config").hardware.device if isinstance(one, kind)]


def test_the_chipset_has_the_keys_that_vcenter_gives(scene: Scene) -> None:
    found = {one.key: (type(one), one.deviceInfo.label) for one in scene.get(running(scene), "config").hardware.device}
    assert found[100] == (device.VirtualPCIController, "PCI controller 0")
    assert found[200] == (device.VirtualIDEController, "IDE 0")
    assert found[201] == (device.VirtualIDEController, "IDE 1")
    assert found[300] == (device.VirtualPS2Controller, "PS2 controller 0")
    assert found[400] == (device.VirtualSIOController, "SIO controller 0")
    assert found[500] == (device.VirtualVideoCard, "Video card")
    assert found[600] == (device.VirtualKeyboard, "Keyboard")
    assert found[700] == (device.VirtualPointingDevice, "Pointing device")
    assert found[1000] == (device.ParaVirtualSCSIController, "SCSI controller 0")
    assert found[12000] == (device.VirtualVMCIDevice, "VMCI device")


def test_a_disk_is_a_file_on_a_datastore(scene: Scene) -> None:
    vm = running(scene)
    disk = scene.state.where(Disk, "vm", vm.uid)[0]
    shown = devices(scene, vm, device.VirtualDisk)[0]
    assert (shown.key, shown.controllerKey, shown.unitNumber, shown.deviceInfo.label) == (2000, 1000, 0, "Hard disk 1")
    assert (shown.capacityInBytes, shown.capacityInKB) == (disk.capacity_bytes, disk.capacity_bytes >> 10)
    assert shown.deviceInfo.summary == f"{disk.capacity_bytes >> 10:,} KB"
    assert re.fullmatch(r"\[[^]]+\] [^/]+/[^/]+\.vmdk", shown.backing.fileName)
    assert shown.backing.datastore._moId == scene.refs((disk.datastore,))[0]._moId
    assert shown.backing.uuid == disk.uuid.upper()
    assert shown.backing.uuid.startswith("6000C29")
    assert shown.backing.parent is None


def test_a_nic_on_a_distributed_switch_names_its_port(scene: Scene) -> None:
    groups = {one.uid: one for one in scene.state.all(Network) if one.type == "distributed"}
    vm, port = next((vm, port) for vm in scene.vms() for port in scene.state.where(Port, "vm", vm.uid) if port.network in groups)
    nic = next(one for one in devices(scene, vm, device.VirtualEthernetCard) if one.macAddress == port.mac)
    switch = scene.state.get(DistributedSwitch, groups[port.network].switch)
    assert nic.backing.port.switchUuid == switch.uuid == scene.get(switch, "uuid")
    assert nic.backing.port.portgroupKey == scene.object(groups[port.network]).id
    assert nic.deviceInfo.summary == f"DVSwitch: {switch.uuid}"
    assert (type(nic), nic.key, nic.unitNumber) == (device.VirtualVmxnet3, port.key, port.unit)


def test_a_nic_on_a_standard_network_names_the_network(stage: Scene) -> None:
    vm, network = running(stage), next(one for one in stage.state.all(Network) if one.type == "standard")
    stage.do(Edit(uid=stage.state.where(Port, "vm", vm.uid)[0].uid, fields={"network": network.uid, "adapter": "e1000e"}))
    nic = devices(stage, vm, device.VirtualE1000e)[0]
    assert (nic.backing.deviceName, nic.backing.network._moId) == (network.name, stage.object(network).id)
    assert nic.deviceInfo.summary == network.name


def test_devices_are_connected_only_while_the_vm_runs(stage: Scene) -> None:
    vm = running(stage)
    stage.do(Edit(uid=vm.uid, fields={"cdroms": (Cdrom(connected=True, image="[nowhere] a.iso"),)}))
    for expected, status in ((True, "ok"), (False, "untried")):
        parts = [*devices(stage, vm, device.VirtualEthernetCard), *devices(stage, vm, device.VirtualCdrom)]
        assert {(one.connectable.connected, one.connectable.status) for one in parts} == {(expected, status)}
        if expected:
            stage.do(PowerOff(vm=vm.uid))


def test_cd_rom_drives_are_where_their_keys_say(stage: Scene) -> None:
    vm = stage.vms()[0]
    stage.do(Edit(uid=vm.uid, fields={"cdroms": (Cdrom(key=3000), Cdrom(key=3003), Cdrom(key=16001))}))
    found = [(one.key, one.controllerKey, one.unitNumber) for one in devices(stage, vm, device.VirtualCdrom)]
    assert found == [(3000, 200, 0), (3003, 201, 1), (16001, 15000, 1)]
    assert [one.key for one in devices(stage, vm, device.VirtualAHCIController)] == [15000]


def test_shares_follow_their_level(stage: Scene) -> None:
    vm = stage.vms()[0]
    high, own = Allocation(level="high"), Allocation(level="custom", shares=77, reservation=5, limit=9)
    stage.do(Edit(uid=vm.uid, fields={"cpus": 4, "memory_bytes": 1000 << 20, "cpu": high, "memory": own}))
    config = stage.get(vm, "config")
    assert (config.cpuAllocation.shares.shares, config.cpuAllocation.shares.level) == (8000, "high")
    assert (config.memoryAllocation.shares.shares, config.memoryAllocation.reservation, config.memoryAllocation.limit) == (77, 5, 9)
    stage.do(Edit(uid=vm.uid, fields={"memory": Allocation()}))
    assert stage.get(vm, "config").memoryAllocation.shares.shares == 10_000


def test_snapshots_form_a_tree_and_disks_build_on_them(stage: Scene) -> None:
    vm = running(stage)
    base = stage.state.where(Disk, "vm", vm.uid)[0].path
    first = stage.do(CreateSnapshot(vm=vm.uid, name="first", description="one"))
    second = stage.do(CreateSnapshot(vm=vm.uid, name="second", memory=True))
    tree = stage.get(vm, "snapshot")
    assert tree.currentSnapshot._moId == stage.object(stage.state.find(second)).id
    [root] = tree.rootSnapshotList
    assert (root.name, root.description, root.id, root.state) == ("first", "one", 1, "poweredOff")
    assert [(one.name, one.id, one.state) for one in root.childSnapshotList] == [("second", 2, "poweredOn")]
    backing = devices(stage, vm, device.VirtualDisk)[0].backing
    stem = base.removesuffix(".vmdk")
    chain = [backing.fileName, backing.parent.fileName, backing.parent.parent.fileName]
    assert chain == [f"{stem}-000002.vmdk", f"{stem}-000001.vmdk", base]
    inside = stage.get(stage.state.find(second), "config").hardware.device
    assert {one.backing.fileName for one in inside if one.key == 2000} == {f"{stem}-000001.vmdk"}
    assert [one._moId for one in stage.get(stage.state.find(first), "childSnapshot")] == [tree.currentSnapshot._moId]
    assert [one._moId for one in stage.get(vm, "rootSnapshot")] == [root.snapshot._moId]


def test_a_snapshot_keeps_the_hardware_of_its_time(stage: Scene) -> None:
    vm = stage.vms()[0]
    stage.do(PowerOff(vm=vm.uid))
    uid = stage.do(CreateSnapshot(vm=vm.uid, name="before"))
    before = vm.cpus
    stage.do(ReconfigureVm(vm=vm.uid, settings=hw.VmSettings(cpus=before * 4)))
    assert stage.get(stage.state.find(uid), "config").hardware.numCPU == before
    assert stage.get(vm, "config").hardware.numCPU == before * 4
    stage.do(RevertSnapshot(vm=vm.uid, snapshot=uid))
    assert stage.get(vm, "config").hardware.numCPU == before


def test_without_snapshots_there_is_no_tree(scene: Scene) -> None:
    assert scene.get(scene.vms()[0], "snapshot") is None


def test_a_guest_that_runs_tells_its_addresses(scene: Scene) -> None:
    vm = running(scene)
    port = scene.state.where(Port, "vm", vm.uid)[0]
    network, guest = scene.state.get(Network, port.network), scene.get(vm, "guest")
    assert (guest.ipAddress, guest.hostName, guest.guestState) == (port.ip, vm.name, "running")
    assert (guest.toolsStatus, guest.toolsRunningStatus) == ("toolsOk", "guestToolsRunning")
    [nic] = [one for one in guest.net if one.macAddress == port.mac]
    assert (list(nic.ipAddress), nic.network, nic.deviceConfigId) == ([port.ip], network.name, port.key)
    assert nic.ipConfig.ipAddress[0].prefixLength == int(network.cidr.partition("/")[2])
    routes = {(one.network, one.prefixLength): one.gateway.ipAddress for one in guest.ipStack[0].ipRouteConfig.ipRoute}
    assert routes["0.0.0.0", 0] == network.gateway
    assert guest.disk[0].diskPath == "/"
    assert 0 < guest.disk[0].freeSpace < guest.disk[0].capacity


def test_an_address_of_version_four_comes_first(stage: Scene) -> None:
    vm = running(stage)
    mac = stage.state.where(Port, "vm", vm.uid)[0].mac
    stage.do(ReportMachine(vm=vm.uid, power=Power.ON, effect=Effect(hostname="h", addresses={mac: ("fd00::1", "10.0.0.9")})))
    assert stage.get(vm, "guest.ipAddress") == "10.0.0.9"
    assert next(one.prefixLength for one in stage.get(vm, "guest").net[0].ipConfig.ipAddress) == 64


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"power": Power.OFF}, "toolsNotRunning"),
        ({"power": Power.OFF, "image": "", "machine": ""}, "toolsNotInstalled"),
        ({"power": Power.SUSPENDED}, "toolsNotRunning"),
    ],
)
def test_tools_of_a_vm_that_does_not_run(stage: Scene, fields: dict[str, Any], status: str) -> None:
    vm = running(stage)
    stage.do(Edit(uid=vm.uid, fields={**fields, "guest": type(vm.guest)()}))
    assert stage.get(vm, "guest").toolsStatus == status
    assert stage.get(vm, "guest.ipAddress") is None
    assert stage.get(vm, "guestHeartbeatStatus") == "gray"


def test_load_shows_only_while_the_vm_runs(stage: Scene) -> None:
    vm = running(stage)
    stats = stage.get(vm, "summary").quickStats
    assert stats.overallCpuUsage > 0
    assert 0 < stats.guestMemoryUsage <= stats.hostMemoryUsage
    stage.do(PowerOff(vm=vm.uid))
    stats = stage.get(vm, "summary").quickStats
    assert (stats.overallCpuUsage, stats.guestMemoryUsage, stats.hostMemoryUsage, stats.uptimeSeconds) == (0, 0, 0, None)


def test_load_is_kept_for_one_sample_and_what_has_no_load_for_good(scene: Scene) -> None:
    managed = scene.object(running(scene))
    assert scene.fragment(managed, "summary").expires == START.timestamp() + 20
    assert scene.fragment(managed, "config").expires is None
    assert scene.fragment(managed, "runtime").expires is None


def test_a_vm_is_out_of_reach_with_its_host_or_its_files(stage: Scene) -> None:
    vm = running(stage)
    assert stage.get(vm, "runtime").connectionState == "connected"
    stage.do(SetConnection(host=vm.host, connected=False))
    assert stage.get(vm, "runtime.connectionState") == "disconnected"
    stage.do(SetConnection(host=vm.host, connected=True))
    stage.do(InjectFault(code="datastore-inaccessible", subject=vm.datastore))
    assert stage.get(vm, "summary.runtime.connectionState") == "inaccessible"


def test_what_can_be_done_depends_on_power(stage: Scene) -> None:
    on, off, asleep, template, *_ = [vm for vm in stage.vms() if vm.power is Power.ON]
    stage.do(PowerOff(vm=off.uid))
    stage.do(Suspend(vm=asleep.uid))
    stage.do(PowerOff(vm=template.uid))
    stage.do(MarkTemplate(vm=template.uid))
    disabled = {vm.uid: set(stage.get(vm, "disabledMethod")) for vm in (on, off, asleep, template)}
    assert {"PowerOnVM_Task", "Destroy_Task", "RevertToCurrentSnapshot_Task", "MarkAsVirtualMachine"} <= disabled[on.uid]
    assert not {"PowerOffVM_Task", "SuspendVM_Task", "CreateSnapshot_Task"} & disabled[on.uid]
    assert {"PowerOffVM_Task", "SuspendVM_Task", "ShutdownGuest"} <= disabled[off.uid]
    assert not {"PowerOnVM_Task", "Destroy_Task", "MarkAsTemplate"} & disabled[off.uid]
    assert not {"PowerOnVM_Task", "PowerOffVM_Task"} & disabled[asleep.uid]
    assert {"PowerOnVM_Task", "CreateSnapshot_Task", "MarkAsTemplate"} <= disabled[template.uid]
    assert "MarkAsVirtualMachine" not in disabled[template.uid]
    assert stage.get(template, "resourcePool") is None


def test_what_was_set_wins_over_what_every_vm_has(stage: Scene) -> None:
    vm = stage.vms()[0]
    stage.do(ReconfigureVm(vm=vm.uid, settings=hw.VmSettings(extra_config={"log.keepOld": "99", "guestinfo.role": "db"})))
    found = {one.key: one.value for one in stage.get(vm, "config").extraConfig}
    assert (found["log.keepOld"], found["guestinfo.role"], found["svga.present"]) == ("99", "db", "TRUE")

"""Virtual hardware that comes, changes and goes, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from emulators.world.model import Disk, Port

device = vim.vm.device
GIB_IN_KIB = 1 << 20


def change(operation: str, one: Any, file_operation: str | None = None) -> Any:
    """A ConfigSpec of one device change."""
    entry = device.VirtualDeviceSpec(operation=operation, fileOperation=file_operation, device=one)
    return vim.vm.ConfigSpec(deviceChange=[entry])


def disk(key: int = -1, controller: int | None = 1000, unit: int | None = None, size: int | None = GIB_IN_KIB, **backing: Any) -> Any:
    """A disk device; ``size`` in KiB."""
    return device.VirtualDisk(
        key=key,
        controllerKey=controller,
        unitNumber=unit,
        capacityInKB=size or 0,
        backing=device.VirtualDisk.FlatVer2BackingInfo(**{"fileName": "", "diskMode": "persistent", "thinProvisioned": True, **backing}),
    )


def devices(vm: Any, kind: Any) -> list[Any]:
    """The VM's devices of a class."""
    return [one for one in vm.config.hardware.device if isinstance(one, kind)]


async def test_a_disk_is_added_grown_and_destroyed(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    before = await vcenter.call(devices, vm, device.VirtualDisk)
    await vcenter.task(vm.ReconfigVM_Task, change("add", disk(), "create"))
    added = next(one for one in await vcenter.call(devices, vm, device.VirtualDisk) if one.key not in {old.key for old in before})
    assert (added.controllerKey, added.capacityInKB, added.backing.thinProvisioned) == (1000, GIB_IN_KIB, True)
    assert added.unitNumber not in {7, *(old.unitNumber for old in before)}
    path = added.backing.fileName

    added.capacityInKB = 2 * GIB_IN_KIB
    await vcenter.task(vm.ReconfigVM_Task, change("edit", added))
    grown = next(one for one in await vcenter.call(devices, vm, device.VirtualDisk) if one.key == added.key)
    assert (grown.capacityInKB, grown.capacityInBytes) == (2 * GIB_IN_KIB, 2 << 30)

    await vcenter.task(vm.ReconfigVM_Task, change("remove", grown, "destroy"))
    assert vcenter.world.state.one(Disk, "path", path) is None


async def test_a_disk_is_detached_and_attached_elsewhere(vcenter: Any) -> None:
    vm, other = await vcenter.call(lambda: [one for one in vcenter.objects(vim.VirtualMachine) if one.datastore][:2])
    await vcenter.task(vm.ReconfigVM_Task, change("add", disk(), "create"))
    own = (await vcenter.call(devices, vm, device.VirtualDisk))[-1]
    path = own.backing.fileName
    await vcenter.task(vm.ReconfigVM_Task, change("remove", own))
    assert vcenter.world.state.one(Disk, "path", path).vm == ""
    await vcenter.task(other.ReconfigVM_Task, change("add", disk(size=None, fileName=path)))
    assert path in [one.backing.fileName for one in await vcenter.call(devices, other, device.VirtualDisk)]
    with pytest.raises(vim.fault.FileLocked) as raised:
        await vcenter.task(vm.ReconfigVM_Task, change("add", disk(size=None, fileName=path)))
    assert raised.value.file == path


async def test_a_new_controller_and_a_disk_on_it_in_one_request(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    spec = vim.vm.ConfigSpec(
        deviceChange=[
            device.VirtualDeviceSpec(
                operation="add", device=device.VirtualLsiLogicController(key=-101, busNumber=1, sharedBus="noSharing")
            ),
            device.VirtualDeviceSpec(operation="add", fileOperation="create", device=disk(key=-102, controller=-101, unit=3)),
        ]
    )
    await vcenter.task(vm.ReconfigVM_Task, spec)
    controller = next(one for one in await vcenter.call(devices, vm, device.VirtualSCSIController) if one.busNumber == 1)
    assert isinstance(controller, device.VirtualLsiLogicController)
    added = (await vcenter.call(devices, vm, device.VirtualDisk))[-1]
    assert (added.controllerKey, added.unitNumber) == (controller.key, 3)
    with pytest.raises(vim.fault.InvalidDeviceOperation):
        await vcenter.task(vm.ReconfigVM_Task, change("remove", controller))
    await vcenter.task(vm.ReconfigVM_Task, change("remove", added, "destroy"))
    await vcenter.task(vm.ReconfigVM_Task, change("remove", controller))
    assert [one.busNumber for one in await vcenter.call(devices, vm, device.VirtualSCSIController)] == [0]


async def test_cards_on_standard_and_distributed_networks(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    groups = await vcenter.all(vim.dvs.DistributedVirtualPortgroup)
    group = await vcenter.call(lambda: next(one for one in groups if not one.config.uplink))
    switch = await vcenter.call(lambda: group.config.distributedVirtualSwitch.uuid)
    port = vim.dvs.PortConnection(switchUuid=switch, portgroupKey=await vcenter.call(lambda: group.key))
    backing = device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(port=port)
    before = await vcenter.call(devices, vm, device.VirtualEthernetCard)
    card = device.VirtualE1000e(key=-1, backing=backing, addressType="manual", macAddress="00:50:56:AA:BB:CC")
    await vcenter.task(vm.ReconfigVM_Task, change("add", card))
    after = await vcenter.call(devices, vm, device.VirtualEthernetCard)
    added = next(one for one in after if one.key not in {old.key for old in before})
    assert (type(added), added.macAddress) == (device.VirtualE1000e, "00:50:56:aa:bb:cc")
    assert added.backing.port.portgroupKey == group._moId

    standard = await vcenter.call(lambda: next(one for one in vcenter.objects(vim.Network) if type(one) is vim.Network))
    name = await vcenter.call(lambda: standard.name)
    added.backing = device.VirtualEthernetCard.NetworkBackingInfo(deviceName=name)
    added.connectable.startConnected = False
    await vcenter.task(vm.ReconfigVM_Task, change("edit", added))
    moved = next(one for one in await vcenter.call(devices, vm, device.VirtualEthernetCard) if one.key == added.key)
    assert (moved.backing.deviceName, moved.connectable.startConnected, moved.macAddress) == (name, False, "00:50:56:aa:bb:cc")

    await vcenter.task(vm.ReconfigVM_Task, change("remove", moved))
    assert vcenter.world.state.where(Port, "mac", "00:50:56:aa:bb:cc") == []


async def test_a_cdrom_takes_and_loses_its_image(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    for drive in await vcenter.call(devices, vm, device.VirtualCdrom):
        await vcenter.task(vm.ReconfigVM_Task, change("remove", drive))
    store = await vcenter.call(lambda: vm.datastore[0].name)
    iso = device.VirtualCdrom.IsoBackingInfo(fileName=f"[{store}] iso/debian.iso")
    link = device.VirtualDevice.ConnectInfo(startConnected=True, connected=False, allowGuestControl=True)
    await vcenter.task(vm.ReconfigVM_Task, change("add", device.VirtualCdrom(key=-1, controllerKey=200, backing=iso, connectable=link)))
    drive = (await vcenter.call(devices, vm, device.VirtualCdrom))[0]
    assert (drive.backing.fileName, drive.connectable.startConnected) == (f"[{store}] iso/debian.iso", True)
    drive.backing = device.VirtualCdrom.RemotePassthroughBackingInfo(deviceName="", useAutoDetect=False)
    await vcenter.task(vm.ReconfigVM_Task, change("edit", drive))
    assert vcenter.entity(vm).cdroms[0].image == ""


WRONG: list[tuple[str, Any, Any, str]] = [
    ("unknown key", change("edit", disk(key=2999)), vim.fault.InvalidDeviceSpec, "device.key"),
    ("unknown key", change("remove", disk(key=2999)), vim.fault.InvalidDeviceSpec, "device.key"),
    ("no size", change("add", disk(size=None), "create"), vim.fault.InvalidDeviceSpec, "device.capacityInKB"),
    ("taken unit", change("add", disk(unit=0), "create"), vim.fault.InvalidDeviceSpec, "device.unitNumber"),
    ("reserved unit", change("add", disk(unit=7), "create"), vim.fault.InvalidDeviceSpec, "device.unitNumber"),
    ("bad mode", change("add", disk(diskMode="sideways"), "create"), vim.fault.InvalidDeviceSpec, "device.backing.diskMode"),
    ("no controller", change("add", disk(controller=1003), "create"), vim.fault.InvalidController, "device.controllerKey"),
    ("bad file op", change("add", disk(), "replace"), vim.fault.InvalidDeviceOperation, "operation"),
    ("no backing", change("add", device.VirtualDisk(key=-1, capacityInKB=1), "create"), vim.fault.InvalidDeviceBacking, "device.backing"),
    (
        "no such network",
        change("add", device.VirtualVmxnet3(key=-1, backing=device.VirtualEthernetCard.NetworkBackingInfo(deviceName="nowhere"))),
        vim.fault.InvalidDeviceBacking,
        "device.backing",
    ),
    (
        "no such bus",
        change("add", device.ParaVirtualSCSIController(key=-1, busNumber=9, sharedBus="noSharing")),
        vim.fault.InvalidDeviceSpec,
        "device.busNumber",
    ),
    ("not modelled", change("add", device.VirtualTPM(key=-1)), vim.fault.DeviceUnsupportedForVmVersion, "device"),
]


@pytest.mark.parametrize(("what", "spec", "fault", "path"), WRONG, ids=[f"{row[0]}-{row[3]}" for row in WRONG])
async def test_a_wrong_device_is_named_by_its_index(vcenter: Any, what: str, spec: Any, fault: Any, path: str) -> None:
    vm = await vcenter.vm(on=False)
    before = vcenter.entity(vm)
    good = device.VirtualDeviceSpec(operation="add", fileOperation="create", device=disk())
    spec = vim.vm.ConfigSpec(deviceChange=[good, *spec.deviceChange])
    with pytest.raises(fault) as raised:
        await vcenter.task(vm.ReconfigVM_Task, spec)
    assert (raised.value.deviceIndex, raised.value.property) == (1, f"virtualDeviceSpec.{path}")
    assert vcenter.entity(vm) == before, what


async def test_a_disk_cannot_shrink_nor_grow_under_a_snapshot(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    own = (await vcenter.call(devices, vm, device.VirtualDisk))[0]
    own.capacityInBytes, own.capacityInKB = 1 << 20, 1 << 10
    with pytest.raises(vim.fault.InvalidDeviceOperation):
        await vcenter.task(vm.ReconfigVM_Task, change("edit", own))
    await vcenter.task(vm.CreateSnapshot_Task, "before", "", False, False)
    own = (await vcenter.call(devices, vm, device.VirtualDisk))[0]
    own.capacityInKB *= 2
    with pytest.raises(vim.fault.InvalidDeviceOperation):
        await vcenter.task(vm.ReconfigVM_Task, change("edit", own))


async def test_files_must_be_there_and_fit(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    store = await vcenter.call(lambda: vm.datastore[0].name)
    with pytest.raises(vim.fault.FileNotFound) as missing:
        await vcenter.task(vm.ReconfigVM_Task, change("add", disk(size=None, fileName=f"[{store}] nothing/here.vmdk")))
    assert missing.value.file == f"[{store}] nothing/here.vmdk"
    with pytest.raises(vim.fault.InvalidDatastore):
        await vcenter.task(vm.ReconfigVM_Task, change("add", disk(size=None, fileName="[nowhere] a/b.vmdk")))
    with pytest.raises(vim.fault.InvalidDatastorePath):
        await vcenter.task(vm.ReconfigVM_Task, change("add", disk(size=None, fileName="no brackets")))
    with pytest.raises(vim.fault.NoDiskSpace) as full:
        await vcenter.task(vm.ReconfigVM_Task, change("add", disk(size=1 << 50, thinProvisioned=False), "create"))
    assert full.value.datastore == store
    taken = (await vcenter.call(devices, vm, device.VirtualDisk))[0].backing.fileName
    with pytest.raises(vim.fault.FileAlreadyExists):
        await vcenter.task(vm.ReconfigVM_Task, change("add", disk(fileName=taken), "create"))

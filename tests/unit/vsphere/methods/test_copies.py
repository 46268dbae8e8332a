"""Clones, new VMs and templates, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.model import Disk, Port, Power, Vm

device = vim.vm.device


def clone_spec(**fields: Any) -> Any:
    """A CloneSpec with an empty location unless one is given."""
    return vim.vm.CloneSpec(**{"location": vim.vm.RelocateSpec(), "powerOn": False, "template": False, **fields})


async def test_a_clone_has_hardware_and_identity_of_its_own(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    folder = await vcenter.call(lambda: vm.parent)
    clone = await vcenter.task(vm.CloneVM_Task, folder, "twin", clone_spec(powerOn=True))
    source, twin = vcenter.entity(vm), vcenter.entity(clone)
    assert isinstance(source, Vm)
    assert isinstance(twin, Vm)
    await vcenter.settled()
    assert vcenter.entity(clone).power is Power.ON
    assert (twin.cpus, twin.memory_bytes, twin.guest_id) == (source.cpus, source.memory_bytes, source.guest_id)
    assert twin.uuid != source.uuid
    state = vcenter.world.state
    assert not {port.mac for port in state.where(Port, "vm", twin.uid)} & {port.mac for port in state.where(Port, "vm", source.uid)}
    assert not {one.path for one in state.where(Disk, "vm", twin.uid)} & {one.path for one in state.where(Disk, "vm", source.uid)}


async def test_a_clone_may_differ_in_settings_and_devices(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    folder = await vcenter.call(lambda: vm.parent)
    hardware = await vcenter.call(lambda: vm.config.hardware.device)
    own: Any = next(one for one in hardware if isinstance(one, device.VirtualDisk))
    own.capacityInBytes *= 2
    config = vim.vm.ConfigSpec(
        numCPUs=2,
        memoryMB=512,
        annotation="not like the other",
        deviceChange=[device.VirtualDeviceSpec(operation="edit", device=own)],
    )
    clone = await vcenter.task(vm.CloneVM_Task, folder, "bigger", clone_spec(config=config))
    twin = vcenter.entity(clone)
    assert (twin.cpus, twin.memory_bytes, twin.annotation) == (2, 512 << 20, "not like the other")
    disks = vcenter.world.state.where(Disk, "vm", twin.uid)
    assert own.capacityInBytes in {one.capacity_bytes for one in disks}


async def test_customization_gives_fixed_addresses(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    folder = await vcenter.call(lambda: vm.parent)
    port = vcenter.world.state.where(Port, "vm", vcenter.entity(vm).uid)[0]
    address = f"{port.ip.rpartition('.')[0]}.251"
    fixed = vim.vm.customization.IPSettings(ip=vim.vm.customization.FixedIp(ipAddress=address), subnetMask="255.255.255.0")
    identity = vim.vm.customization.LinuxPrep(hostName=vim.vm.customization.VirtualMachineNameGenerator(), domain="example.org")

    def spec(*adapters: Any) -> Any:
        return clone_spec(
            customization=vim.vm.customization.Specification(
                identity=identity,
                globalIPSettings=vim.vm.customization.GlobalIPSettings(),
                nicSettingMap=[vim.vm.customization.AdapterMapping(adapter=adapter) for adapter in adapters],
            )
        )

    cards = len(vcenter.world.state.where(Port, "vm", vcenter.entity(vm).uid))
    dhcp = vim.vm.customization.IPSettings(ip=vim.vm.customization.DhcpIpGenerator())
    clone = await vcenter.task(vm.CloneVM_Task, folder, "fixed", spec(fixed, *[dhcp] * (cards - 1)))
    assert vcenter.world.state.where(Port, "vm", vcenter.entity(clone).uid)[0].ip == address
    with pytest.raises(vim.fault.NicSettingMismatch) as raised:
        await vcenter.task(vm.CloneVM_Task, folder, "more", spec(*[dhcp] * (cards + 1)))
    assert (raised.value.numberOfNicsInSpec, raised.value.numberOfNicsInVM) == (cards + 1, cards)


async def test_clones_that_cannot_be(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    folder, name = await vcenter.call(lambda: (vm.parent, vm.name))
    with pytest.raises(vim.fault.DuplicateName) as duplicate:
        await vcenter.task(vm.CloneVM_Task, folder, name, clone_spec())
    assert duplicate.value.object == vm
    with pytest.raises(vim.fault.InvalidName):
        await vcenter.task(vm.CloneVM_Task, folder, "", clone_spec())
    linked = vim.vm.RelocateSpec(diskMoveType="createNewChildDiskBacking")
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.task(vm.CloneVM_Task, folder, "linked", clone_spec(location=linked))
    windows = vim.vm.customization.Specification(
        identity=vim.vm.customization.SysprepText(value="[x]"), globalIPSettings=vim.vm.customization.GlobalIPSettings()
    )
    with pytest.raises(vim.fault.UncustomizableGuest):
        await vcenter.task(vm.CloneVM_Task, folder, "windows", clone_spec(customization=windows))
    hosts = await vcenter.call(lambda: vm.runtime.host.parent.parent)
    with pytest.raises(vmodl.fault.InvalidArgument) as wrong:
        await vcenter.task(vm.CloneVM_Task, hosts, "misplaced", clone_spec())
    assert wrong.value.invalidProperty == "folder"
    gone = vim.vm.RelocateSpec(datastore=vim.Datastore("datastore-99999"))
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await vcenter.task(vm.CloneVM_Task, folder, "nowhere", clone_spec(location=gone))


async def test_templates_come_and_go(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    pool, folder = await vcenter.call(lambda: (vm.resourcePool, vm.parent))
    await vcenter.call(vm.MarkAsTemplate)
    assert await vcenter.call(lambda: (vm.config.template, vm.resourcePool)) == (True, None)
    with pytest.raises(vmodl.fault.InvalidArgument) as raised:
        await vcenter.task(vm.CloneVM_Task, folder, "homeless", clone_spec())
    assert raised.value.invalidProperty == "spec.location.pool"
    clone = await vcenter.task(vm.CloneVM_Task, folder, "deployed", clone_spec(location=vim.vm.RelocateSpec(pool=pool)))
    assert await vcenter.call(lambda: clone.config.template) is False
    copy = await vcenter.task(vm.CloneVM_Task, folder, "copy", clone_spec(template=True))
    assert await vcenter.call(lambda: (copy.config.template, copy.resourcePool)) == (True, None)
    await vcenter.call(vm.MarkAsVirtualMachine, pool)
    assert await vcenter.call(lambda: (vm.config.template, vm.resourcePool)) == (False, pool)
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.call(vm.MarkAsVirtualMachine, pool)


async def test_a_running_vm_is_no_template(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    with pytest.raises(vim.fault.InvalidPowerState):
        await vcenter.call(vm.MarkAsTemplate)


async def test_a_vm_is_made(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    folder, pool, store = await vcenter.call(lambda: (vm.parent, vm.resourcePool, vm.datastore[0].name))
    network = await vcenter.call(lambda: next(one.name for one in vcenter.objects(vim.Network) if type(one) is vim.Network))
    spec = vim.vm.ConfigSpec(
        name="made",
        guestId="debian12_64Guest",
        numCPUs=2,
        memoryMB=256,
        files=vim.vm.FileInfo(vmPathName=f"[{store}]"),
        deviceChange=[
            device.VirtualDeviceSpec(
                operation="add", device=device.VirtualLsiLogicSASController(key=-1, busNumber=0, sharedBus="noSharing")
            ),
            device.VirtualDeviceSpec(
                operation="add",
                fileOperation="create",
                device=device.VirtualDisk(
                    key=-2,
                    controllerKey=-1,
                    unitNumber=0,
                    capacityInKB=1 << 20,
                    backing=device.VirtualDisk.FlatVer2BackingInfo(fileName="", diskMode="persistent", thinProvisioned=True),
                ),
            ),
            device.VirtualDeviceSpec(
                operation="add",
                device=device.VirtualVmxnet3(key=-3, backing=device.VirtualEthernetCard.NetworkBackingInfo(deviceName=network)),
            ),
        ],
    )
    made = await vcenter.task(folder.CreateVM_Task, spec, pool)
    config = await vcenter.call(lambda: made.config)
    kinds = {type(one) for one in config.hardware.device}
    assert {device.VirtualLsiLogicSASController, device.VirtualDisk, device.VirtualVmxnet3} <= kinds
    assert device.ParaVirtualSCSIController not in kinds
    assert config.files.vmPathName == f"[{store}] made/made.vmx"
    await vcenter.task(made.PowerOnVM_Task)


async def test_vms_that_cannot_be_made(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    folder, pool, store, name = await vcenter.call(lambda: (vm.parent, vm.resourcePool, vm.datastore[0].name, vm.name))
    files = vim.vm.FileInfo(vmPathName=f"[{store}]")
    cases: list[tuple[Any, Any]] = [
        (vim.vm.ConfigSpec(name=name, files=files), vim.fault.DuplicateName),
        (vim.vm.ConfigSpec(files=files), vim.fault.InvalidName),
        (vim.vm.ConfigSpec(name="x"), vim.fault.InvalidVmConfig),
        (vim.vm.ConfigSpec(name="x", files=vim.vm.FileInfo(vmPathName="[nowhere]")), vim.fault.InvalidDatastore),
        (vim.vm.ConfigSpec(name="x", files=files, numCPUs=-1), vmodl.fault.InvalidArgument),
    ]
    count = len(vcenter.world.state.all(Vm))
    for spec, fault in cases:
        with pytest.raises(fault):
            await vcenter.task(folder.CreateVM_Task, spec, pool)
    assert len(vcenter.world.state.all(Vm)) == count
    hosts = await vcenter.call(lambda: vm.runtime.host.parent.parent)
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.task(hosts.CreateVM_Task, vim.vm.ConfigSpec(name="x", files=files), pool)

"""Settings and devices of a VM."""

from __future__ import annotations

from typing import Final

import msgspec
from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.folders import require_free_name
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs import config
from emulators.vsphere.specs.devices import plan_devices
from emulators.vsphere.specs.names import entity_name
from emulators.vsphere.tree import folder_of
from emulators.vsphere.views.constructors import timestamp
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.power import require_power
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.model import Power, Vm

_LATEST: Final = f"vmx-{config.NEWEST_HARDWARE}"


@method(vim.VirtualMachine, "ReconfigVM_Task", quality="client")
async def reconfigure(call: Call) -> vim.Task:
    """Change settings and devices, all or nothing.

    Faults: ConcurrentAccess (changeVersion), InvalidArgument, InvalidName, DuplicateName, InvalidDeviceSpec and its kin, InvalidPowerState,
    CpuHotPlugNotSupported, MemoryHotPlugNotSupported, NoDiskSpace, InvalidDatastore, FileNotFound, FileAlreadyExists, TaskInProgress.
    """
    vm, spec = call.entity(Vm), call.args.spec
    config.check_change_version(spec, timestamp(vm.modified or vm.created))
    settings = config.settings(spec, vm, call.target.ref)
    plan = plan_devices(call, vm, spec.deviceChange)
    settings = msgspec.structs.replace(settings, **plan.settings())
    operation = ReconfigureVm(vm=vm.uid, settings=settings, devices=plan.changes())
    return await call.task(operation, lambda: _check_name(call, vm, settings))


@method(vim.VirtualMachine, "Rename_Task", quality="client")
async def rename(call: Call) -> vim.Task:
    """Give the VM another name.  Faults: InvalidName, DuplicateName, TaskInProgress."""
    vm = call.entity(Vm)
    settings = VmSettings(name=entity_name(call.args.newName, call.target.ref))
    return await call.task(ReconfigureVm(vm=vm.uid, settings=settings), lambda: _check_name(call, vm, settings))


def _check_name(call: Call, vm: Vm, settings: VmSettings) -> None:
    folder = folder_of(call.world.state, vm)
    name = settings.given().get("name", vm.name)
    if folder is not None and name != vm.name:
        require_free_name(call.world.state, folder, name)


@method(vim.VirtualMachine, "UpgradeVM_Task", quality="client")
async def upgrade(call: Call) -> vim.Task:
    """Give the VM newer virtual hardware.  Faults: AlreadyUpgraded, InvalidPowerState, InvalidArgument, TaskInProgress."""
    vm = call.entity(Vm)
    wanted = config.hardware_version(call.args.version or _LATEST)
    if wanted <= vm.hardware_version:
        raise VimFault(vim.fault.AlreadyUpgraded(), f"The virtual machine version is already vmx-{vm.hardware_version}.")
    operation = ReconfigureVm(vm=vm.uid, settings=VmSettings(hardware_version=wanted))
    return await call.task(operation, lambda: require_power(vm, Power.OFF, doing="upgrade"))


@method(vim.VirtualMachine, "RefreshStorageInfo")
async def refresh_storage_info(call: Call) -> None:
    """Look at the VM's files again; what is shown of them is never older than the world."""
    call.entity(Vm)

"""Clones and templates."""

from __future__ import annotations

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.folders import require_free_name
from emulators.vsphere.soap.faults import not_supported
from emulators.vsphere.specs import clone as clones
from emulators.vsphere.specs.names import entity_name
from emulators.vsphere.specs.relocate import vm_folder
from emulators.world.decisions.vms import MarkTemplate, MarkVm
from emulators.world.model import Hypervisor, ResourcePool, Vm


@method(vim.VirtualMachine, "CloneVM_Task", quality="client")
async def clone(call: Call) -> vim.Task:
    """Make a VM like this one.

    Faults: InvalidName, DuplicateName, InvalidArgument (folder, pool, host, snapshot), InvalidDatastore, InvalidDeviceSpec and its kin,
    NoDiskSpace, InsufficientResourcesFault, UncustomizableGuest, NicSettingMismatch, NotSupported (linked and instant clones).
    """
    vm, folder = call.entity(Vm), vm_folder(call, call.args.folder, "folder")
    name = entity_name(call.args.name, call.target.ref)
    operation = clones.clone(call, vm, folder, name, call.args.spec)
    return await call.task(operation, lambda: require_free_name(call.world.state, folder, name))


@method(vim.VirtualMachine, "MarkAsTemplate", quality="client")
async def mark_as_template(call: Call) -> None:
    """Turn the VM into a template.  Faults: InvalidPowerState, TaskInProgress, NotSupported (it is one)."""
    vm = call.entity(Vm)
    if vm.template:
        raise not_supported()
    await call.execute(MarkTemplate(vm=vm.uid))


@method(vim.VirtualMachine, "MarkAsVirtualMachine", quality="client")
async def mark_as_virtual_machine(call: Call) -> None:
    """Turn the template into a VM of a pool.  Faults: NotSupported (it is none), InvalidArgument (host), InsufficientResourcesFault."""
    vm, pool, host = call.entity(Vm), call.find(call.args.pool, ResourcePool), call.maybe(call.args.host, Hypervisor)
    if not vm.template:
        raise not_supported()
    await call.execute(MarkVm(vm=vm.uid, pool=pool.uid, host=host.uid if host is not None else ""))

"""What a VM belongs to, and what belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.constructors import vm_cpu_allocation, vm_memory_allocation
from emulators.vsphere.views.status import vm_status
from emulators.world.model import Disk, Port, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View


@prop(vim.VirtualMachine, "resourcePool")
def resource_pool(view: View, vm: Vm) -> Any:
    """The pool that it draws on; unset for a template."""
    return view.maybe_ref(vm.pool) if vm.pool else None


@prop(vim.VirtualMachine, "datastore")
def datastore(view: View, vm: Vm) -> list[Any]:
    """The datastores that its files are on, its home first."""
    stores = [vm.datastore, *(disk.datastore for disk in view.state.where(Disk, "vm", vm.uid))]
    return view.refs(uid for uid in dict.fromkeys(stores) if uid)


@prop(vim.VirtualMachine, "network")
def network(view: View, vm: Vm) -> list[Any]:
    """The networks that its NICs are on."""
    return view.refs(dict.fromkeys(port.network for port in view.state.where(Port, "vm", vm.uid)))


@prop(vim.VirtualMachine, "environmentBrowser")
def environment_browser(view: View, vm: Vm) -> Any:
    """What hardware it could have."""
    return view.ref(vm, vim.EnvironmentBrowser)


@prop(vim.VirtualMachine, "resourceConfig")
def resource_config(view: View, vm: Vm) -> vim.ResourceConfigSpec:
    """Its allocations."""
    return vim.ResourceConfigSpec(
        entity=view.ref(vm),
        changeVersion=str(vm.change),
        lastModified=vm.modified or vm.created,
        cpuAllocation=vm_cpu_allocation(vm.cpu, vm.cpus),
        memoryAllocation=vm_memory_allocation(vm.memory, vm.memory_bytes),
    )


@prop(vim.VirtualMachine, "overallStatus")
def overall_status(view: View, vm: Vm) -> str:
    """Its health."""
    return vm_status(view.state, vm)

"""Methods of Datacenter."""

from __future__ import annotations

from pyVmomi import vim

from emulators.vsphere import folders
from emulators.vsphere.call import Call, method
from emulators.vsphere.clusters import PowerOnMany
from emulators.vsphere.records import Datacenter
from emulators.world.model import Vm


@method(vim.Datacenter, "Destroy_Task", quality="client")
async def destroy(call: Call) -> vim.Task:
    """Remove the datacenter.  Faults: ResourceInUse (something is left in its folders)."""
    return await call.task(folders.DestroyDatacenter(datacenter=call.entity(Datacenter).uid))


@method(vim.Datacenter, "PowerOnMultiVM_Task", quality="client")
async def power_on_many(call: Call) -> vim.Task:
    """Power VMs on, each by a task of its own.  Faults: ManagedObjectNotFound; what a VM refuses is in the task's result."""
    vms = tuple(call.find(reference, Vm).uid for reference in call.args.vm)
    return await call.task(PowerOnMany(datacenter=call.entity(Datacenter).uid, vms=vms))

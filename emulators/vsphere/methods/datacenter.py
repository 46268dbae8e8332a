"""Methods of Datacenter."""

from __future__ import annotations

from pyVmomi import vim

from emulators.vsphere import folders
from emulators.vsphere.call import Call, method
from emulators.vsphere.records import Datacenter


@method(vim.Datacenter, "Destroy_Task", quality="faults")
async def destroy(call: Call) -> vim.Task:
    """Remove the datacenter.  Faults: ResourceInUse (something is left in its folders)."""
    return await call.task(folders.DestroyDatacenter(datacenter=call.entity(Datacenter).uid))

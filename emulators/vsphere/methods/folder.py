"""Methods of Folder."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from emulators.vsphere import folders
from emulators.vsphere.call import Call, method
from emulators.vsphere.records import CreateDatacenter, Folder, Holds
from emulators.vsphere.soap import faults
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs import create
from emulators.vsphere.specs.names import entity_name, invalid_name
from emulators.world.model import Entity, Hypervisor, ResourcePool


@method(vim.Folder, "CreateFolder", quality="client")
async def create_folder(call: Call) -> vim.Folder:
    """Make a folder of the same sort.  Faults: InvalidName, DuplicateName."""
    name = entity_name(call.args.name, call.target.ref)
    outcome = await call.execute(folders.CreateFolder(parent=call.entity(Folder).uid, name=name))
    made: vim.Folder = call.view.ref(outcome.result)
    return made


@method(vim.Folder, "CreateDatacenter", quality="client")
async def create_datacenter(call: Call) -> vim.Datacenter:
    """Make a datacenter with its four folders.  Faults: InvalidName, DuplicateName, NotSupported (not a folder of datacenters)."""
    folder = call.entity(Folder)
    if folder.holds is not Holds.DATACENTER:
        raise faults.not_supported()
    name = entity_name(call.args.name, call.target.ref)
    folders.require_free_name(call.world.state, folder, name)
    outcome = await call.execute(CreateDatacenter(name=name, folder=folder.uid))
    made: vim.Datacenter = call.view.ref(outcome.result)
    return made


@method(vim.Folder, "CreateVM_Task", quality="client")
async def create_vm(call: Call) -> vim.Task:
    """Make a VM.

    Faults: InvalidName, DuplicateName, InvalidVmConfig, InvalidDatastore, InvalidArgument, InvalidDeviceSpec and its kin, NoDiskSpace,
    InsufficientResourcesFault, NotSupported (not a folder of VMs).
    """
    folder, spec = call.entity(Folder), call.args.config
    if folder.holds is not Holds.VM:
        raise faults.not_supported()
    name, pool, host = entity_name(spec.name), call.find(call.args.pool, ResourcePool), call.maybe(call.args.host, Hypervisor)
    operation = create.create(call, folder, name, spec, pool, host)
    return await call.task(operation, lambda: folders.require_free_name(call.world.state, folder, name))


@method(vim.Folder, "MoveIntoFolder_Task", quality="client")
async def move_into(call: Call) -> vim.Task:
    """Put managed entities into the folder.  Faults: DuplicateName, InvalidFolder, InvalidArgument."""
    folder = call.entity(Folder)
    members = tuple(call.find(reference, Entity).uid for reference in call.args.list)
    _check_loops(call, folder, members)
    return await call.task(folders.MoveIntoFolder(folder=folder.uid, members=members))


def _check_loops(call: Call, folder: Folder, members: tuple[str, ...]) -> None:
    above: Any = folder
    while isinstance(above, Folder):
        if above.uid in members:
            target = call.view.ref(above)
            raise VimFault(vim.fault.InvalidFolder(target=target), f"The folder '{above.name}' cannot be moved into itself.")
        above = call.world.state.find(above.parent)


@method(vim.Folder, "Destroy_Task", quality="client")
async def destroy(call: Call) -> vim.Task:
    """Dissolve the folder with what is in it.  Faults: InvalidPowerState, TaskInProgress, ResourceInUse, NotSupported."""
    return await call.task(folders.DestroyFolder(folder=call.entity(Folder).uid))


@method(vim.Folder, "UnregisterAndDestroy_Task", quality="client")
async def unregister_and_destroy(call: Call) -> vim.Task:
    """Take the VMs out of the inventory and dissolve the folder.  Faults: InvalidPowerState, TaskInProgress, NotSupported."""
    folder = call.entity(Folder)
    if folder.holds is not Holds.VM:
        raise faults.not_supported()
    return await call.task(folders.DestroyFolder(folder=folder.uid, keep_files=True))


@method(vim.ManagedEntity, "Rename_Task", quality="client")
async def rename(call: Call) -> vim.Task:
    """Give a managed entity another name; VMs have a function of their own.  Faults: InvalidName, DuplicateName, NotSupported (hosts)."""
    return await call.task(folders.Rename(subject=call.entity(Entity).uid, name=entity_name(call.args.newName, call.target.ref)))


@method(vim.Datastore, "RenameDatastore", quality="client")
async def rename_datastore(call: Call) -> None:
    """Give the datastore another name.  Faults: InvalidName, DuplicateName."""
    name = call.args.newName
    if "/" in name or "\\" in name or "[" in name or "]" in name:
        raise invalid_name(name, call.target.ref)
    await call.execute(folders.Rename(subject=call.entity(Entity).uid, name=entity_name(name, call.target.ref)))

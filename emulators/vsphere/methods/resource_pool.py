"""Methods of ResourcePool."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET
from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.soap import faults
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs.allocation import allocation
from emulators.vsphere.specs.names import entity_name
from emulators.world.decisions import pools
from emulators.world.model import Allocation, Entity, ResourcePool


@method(vim.ResourcePool, "CreateResourcePool", quality="client")
async def create(call: Call) -> vim.ResourcePool:
    """Make a pool inside this one.  Faults: InvalidName, DuplicateName, InvalidArgument, InsufficientResourcesFault."""
    name, spec = entity_name(call.args.name, call.target.ref), call.args.spec
    command = pools.CreatePool(
        parent=call.entity(ResourcePool).uid,
        name=name,
        cpu=allocation(spec.cpuAllocation, Allocation(expandable=True), "spec.cpuAllocation"),
        memory=allocation(spec.memoryAllocation, Allocation(expandable=True), "spec.memoryAllocation"),
    )
    made: vim.ResourcePool = call.view.ref((await call.execute(command)).result)
    return made


@method(vim.ResourcePool, "UpdateConfig", quality="client")
async def update_config(call: Call) -> None:
    """Rename the pool or change its share.

    Faults: InvalidName, DuplicateName, InvalidArgument, InsufficientResourcesFault, ConcurrentAccess, NotSupported (a root pool's name).
    """
    pool, name, config = call.entity(ResourcePool), call.args.name, call.args.config
    await _configure(call, pool, config, UNSET if name is None else entity_name(name, call.target.ref))


@method(vim.ResourcePool, "UpdateChildResourceConfiguration", quality="client")
async def update_children(call: Call) -> None:
    """Change the shares of pools right below.  Faults: InvalidArgument, InsufficientResourcesFault, NotSupported (VMs)."""
    pool = call.entity(ResourcePool)
    for place, spec in enumerate(call.args.spec):
        if spec.entity is None:
            raise faults.invalid_argument(f"spec[{place}].entity")
        child = call.find(spec.entity, Entity)
        if not isinstance(child, ResourcePool):
            raise faults.not_supported()
        if child.parent != pool.uid:
            raise faults.invalid_argument(f"spec[{place}].entity")
        await _configure(call, child, spec, UNSET)


async def _configure(call: Call, pool: ResourcePool, config: Any, name: Any) -> None:
    given: dict[str, Any] = {}
    if config is not None:
        if config.changeVersion and config.changeVersion != str(pool.version):
            raise VimFault(vim.fault.ConcurrentAccess(), "The resource pool was changed by another client.")
        given["cpu"] = allocation(config.cpuAllocation, pool.cpu, "spec.cpuAllocation")
        given["memory"] = allocation(config.memoryAllocation, pool.memory, "spec.memoryAllocation")
    await call.execute(pools.ConfigurePool(pool=pool.uid, name=name, **given))


@method(vim.ResourcePool, "MoveIntoResourcePool", quality="client")
async def move_into(call: Call) -> None:
    """Put VMs and pools of the same cluster or host into this pool.  Faults: DuplicateName, InvalidArgument, InsufficientResourcesFault."""
    members = tuple(call.find(reference, Entity).uid for reference in call.args.list)
    await call.execute(pools.MoveIntoPool(pool=call.entity(ResourcePool).uid, members=members))


@method(vim.ResourcePool, "DestroyChildren", quality="client")
async def destroy_children(call: Call) -> None:
    """Dissolve all pools below; their VMs come into this one."""
    await call.execute(pools.DestroyPoolChildren(pool=call.entity(ResourcePool).uid))


@method(vim.ResourcePool, "Destroy_Task", quality="client")
async def destroy(call: Call) -> vim.Task:
    """Dissolve the pool; its VMs and pools come into its parent.  Faults: NotSupported (a root pool), DuplicateName."""
    return await call.task(pools.DestroyPool(pool=call.entity(ResourcePool).uid))


@method(vim.ResourcePool, "RefreshRuntime")
async def refresh_runtime(call: Call) -> None:
    """Look at what the pool uses again; what is shown of it is never older than the world."""
    call.entity(ResourcePool)

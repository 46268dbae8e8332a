"""Migration of VMs between hosts, pools and datastores."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.faults import POWER_STATES
from emulators.vsphere.soap import faults
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs.compute import root_pool_of_host
from emulators.vsphere.specs.devices import plan_devices
from emulators.vsphere.specs.relocate import destination
from emulators.world.decisions.hosting import hosts_of_pool
from emulators.world.decisions.vms import MoveVm
from emulators.world.model import Hypervisor, ResourcePool, Vm


@method(vim.VirtualMachine, "MigrateVM_Task", quality="client")
async def migrate(call: Call) -> vim.Task:
    """Move the VM to another host or pool, running or not.

    Faults: InvalidArgument (neither is given, or the host is not the pool's), InvalidPowerState (not in ``state``), InvalidHostState,
    InsufficientResourcesFault, TaskInProgress.
    """
    vm, pool, host = call.entity(Vm), call.maybe(call.args.pool, ResourcePool), call.maybe(call.args.host, Hypervisor)
    if pool is None and host is None:
        raise faults.invalid_argument("host")
    _check_state(vm, call.args.state)
    return await call.task(
        MoveVm(
            vm=vm.uid,
            host=host.uid if host is not None else "",
            pool=pool.uid if pool is not None else _pool_on(call, vm, host.uid if host is not None else ""),
        )
    )


@method(vim.VirtualMachine, "RelocateVM_Task", quality="client")
async def relocate(call: Call) -> vim.Task:
    """Move the VM's machine, its files, or both; into another folder too when asked.

    Faults: InvalidArgument, NotSupported (another vCenter, disks on different datastores, device changes), NoDiskSpace, InvalidHostState,
    InaccessibleDatastore, InsufficientResourcesFault, TaskInProgress.
    """
    vm, spec = call.entity(Vm), call.args.spec
    to = destination(call, spec, vm)
    if plan_devices(call, vm, spec.deviceChange).changes().add_disks:
        raise faults.not_supported()
    pool = to.pool or (_pool_on(call, vm, to.host) if to.host else "")
    return await call.task(MoveVm(vm=vm.uid, host=to.host, pool=pool, datastore=to.datastore, folder=to.folder))


def _check_state(vm: Vm, expected: Any) -> None:
    existing = POWER_STATES[vm.power]
    if expected is not None and expected != existing:
        fault = vim.fault.InvalidPowerState(existingState=existing, requestedState=expected)
        raise VimFault(fault, "The attempted operation cannot be performed in the current state.")


def _pool_on(call: Call, vm: Vm, host: str) -> str:
    """The pool for a VM that goes to a host: its own if the host is the pool's, else the root pool there."""
    pool = call.world.state.maybe(ResourcePool, vm.pool)
    if pool is not None and any(one.uid == host for one in hosts_of_pool(call.world.state, pool)):
        return pool.uid
    root = root_pool_of_host(call.world.state, host)
    return root.uid if root is not None else ""

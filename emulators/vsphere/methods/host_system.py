"""Methods of HostSystem."""

from __future__ import annotations

from pyVmomi import vim

from emulators.vsphere import hosts
from emulators.vsphere.call import Call, method
from emulators.world.capacity import memory_overhead
from emulators.world.model import Hypervisor, Vm


@method(vim.HostSystem, "EnterMaintenanceMode_Task", quality="client")
async def enter_maintenance(call: Call) -> vim.Task:
    """Move what runs away, and take no VMs any more.  Faults: InvalidState (nothing moves the VMs away), InvalidHostState."""
    host = call.entity(Hypervisor)
    return await call.task(hosts.EnterMaintenance(host=host.uid, powered_off=bool(call.args.evacuatePoweredOffVms)))


@method(vim.HostSystem, "ExitMaintenanceMode_Task", quality="client")
async def exit_maintenance(call: Call) -> vim.Task:
    """Take VMs again.  Faults: InvalidState (it is not in maintenance mode)."""
    return await call.task(hosts.ExitMaintenance(host=call.entity(Hypervisor).uid))


@method(vim.HostSystem, "DisconnectHost_Task", quality="client")
async def disconnect(call: Call) -> vim.Task:
    """Stop managing the host.  Faults: InvalidHostConnectionState (it is disconnected)."""
    return await call.task(hosts.DisconnectHost(host=call.entity(Hypervisor).uid))


@method(vim.HostSystem, "ReconnectHost_Task", quality="client")
async def reconnect(call: Call) -> vim.Task:
    """Manage the host again.  Faults: InvalidHostState (it is connected), InvalidState (it does not answer)."""
    return await call.task(hosts.ReconnectHost(host=call.entity(Hypervisor).uid))


@method(vim.HostSystem, "RebootHost_Task", quality="client")
async def reboot(call: Call) -> vim.Task:
    """Start the host again.  Faults: InvalidHostState (not in maintenance mode, and not forced), InvalidHostConnectionState."""
    return await call.task(hosts.RebootHost(host=call.entity(Hypervisor).uid, force=call.args.force))


@method(vim.HostSystem, "ShutdownHost_Task", quality="client")
async def shutdown(call: Call) -> vim.Task:
    """Switch the host off.  Faults: InvalidHostState (not in maintenance mode, and not forced), InvalidHostConnectionState."""
    return await call.task(hosts.ShutdownHost(host=call.entity(Hypervisor).uid, force=call.args.force))


@method(vim.HostSystem, "QueryMemoryOverhead", quality="client")
async def memory_overhead_of(call: Call) -> int:
    """Bytes that the host needs besides a VM's own memory."""
    call.entity(Hypervisor)
    likeness = Vm(
        uid="",
        name="",
        created=call.world.clock.now(),
        uuid="",
        instance_uuid="",
        cpus=call.args.numVcpus,
        memory_bytes=call.args.memorySize,
    )
    return memory_overhead(likeness)

"""``summary``: the most asked-for facts of a VM in one object."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.constructors import MIB, host_seconds, like, words
from emulators.vsphere.views.guest_os import guest_os
from emulators.vsphere.views.status import vm_status
from emulators.vsphere.views.virtual_machine.guest import primary_address, runs, tools_state
from emulators.vsphere.views.virtual_machine.machine import Machine, machine
from emulators.vsphere.views.virtual_machine.runtime import POWER_STATES, connection_state, core_mhz, heartbeat, runtime
from emulators.vsphere.views.virtual_machine.storage import space_by_datastore
from emulators.world.load import vm_load
from emulators.world.model import Power, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View


@prop(vim.VirtualMachine, "summary")
def summary(view: View, vm: Vm) -> vim.vm.Summary:
    """Runtime, guest, configuration, storage and current load."""
    whole = machine(view.state, vm)
    return vim.vm.Summary(
        vm=view.ref(vm),
        runtime=runtime(view, vm),
        guest=guest_summary(vm, whole),
        config=config_summary(whole),
        storage=storage_summary(whole),
        quickStats=quick_stats(view, vm),
        overallStatus=vm_status(view.state, vm),
    )


def guest_summary(vm: Vm, whole: Machine) -> vim.vm.Summary.GuestSummary:
    """What of the guest is worth a line."""
    status, version, running = tools_state(vm)
    info = vim.vm.Summary.GuestSummary(
        toolsStatus=status,
        toolsVersionStatus=version,
        toolsVersionStatus2=version,
        toolsRunningStatus=running,
        hwVersion=f"vmx-{vm.hardware_version:02d}",
    )
    if runs(vm):
        system = guest_os(vm.guest_id)
        info.guestId, info.guestFullName = system.id, system.name
        info.hostName, info.ipAddress = vm.guest.hostname, primary_address(vm, whole.ports)
    return info


def config_summary(whole: Machine) -> vim.vm.Summary.ConfigSummary:
    """What of the configuration is worth a line."""
    vm = whole.vm
    return like(
        _no_extras(),
        name=vm.name,
        template=vm.template,
        vmPathName=vm.path,
        memorySizeMB=vm.memory_bytes // MIB,
        cpuReservation=vm.cpu.reservation,
        memoryReservation=vm.memory.reservation,
        numCpu=vm.cpus,
        numEthernetCards=len(whole.ports),
        numVirtualDisks=len(whole.disks),
        uuid=vm.uuid,
        instanceUuid=vm.instance_uuid,
        guestId=vm.guest_id,
        guestFullName=guest_os(vm.guest_id).name,
        annotation=vm.annotation,
        hwVersion=f"vmx-{vm.hardware_version:02d}",
    )


@cache
def _no_extras() -> vim.vm.Summary.ConfigSummary:
    return vim.vm.Summary.ConfigSummary(installBootRequired=False, tpmPresent=False, numVmiopBackings=0)


def storage_summary(whole: Machine) -> vim.vm.Summary.StorageSummary:
    """Space on all datastores together."""
    spaces = space_by_datastore(whole).values()
    committed = sum(space.committed for space in spaces)
    return vim.vm.Summary.StorageSummary(
        committed=committed,
        uncommitted=sum(space.uncommitted for space in spaces),
        unshared=committed,
        timestamp=whole.vm.modified or whole.vm.created,
    )


@prop(vim.VirtualMachine, "summary.quickStats")
def quick_stats(view: View, vm: Vm) -> vim.vm.Summary.QuickStats:
    """The load of the last sample; all zero unless it runs."""
    stats = like(_at_rest(), guestHeartbeatStatus=heartbeat(vm))
    if vm.power is Power.ON:
        _set_load(view, stats, vm)
    return stats


@cache
def _at_rest() -> vim.vm.Summary.QuickStats:
    idle = words("""
    overallCpuUsage overallCpuDemand overallCpuReadiness guestMemoryUsage hostMemoryUsage distributedCpuEntitlement
    distributedMemoryEntitlement staticCpuEntitlement staticMemoryEntitlement grantedMemory privateMemory sharedMemory swappedMemory
    balloonedMemory consumedOverheadMemory compressedMemory ssdSwappedMemory activeMemory
    """)
    return vim.vm.Summary.QuickStats(**dict.fromkeys(idle, 0), ftLogBandwidth=-1, ftSecondaryLatency=-1, ftLatencyStatus="gray")


def _set_load(view: View, stats: Any, vm: Vm) -> None:
    now, mhz = view.now, core_mhz(view.state, vm)
    load = vm_load(vm, mhz, now)
    consumed = load.consumed_bytes // MIB
    stats.overallCpuUsage, stats.overallCpuDemand = load.cpu_mhz, load.cpu_demand_mhz
    stats.guestMemoryUsage = stats.activeMemory = load.active_bytes // MIB
    stats.hostMemoryUsage = (load.consumed_bytes + load.overhead_bytes) // MIB
    stats.distributedCpuEntitlement, stats.distributedMemoryEntitlement = load.cpu_demand_mhz, load.active_bytes // MIB
    stats.staticCpuEntitlement, stats.staticMemoryEntitlement = vm.cpus * mhz, vm.memory_bytes // MIB
    stats.grantedMemory = stats.privateMemory = consumed
    stats.consumedOverheadMemory = load.overhead_bytes // MIB
    stats.uptimeSeconds = host_seconds(vm.guest.started or vm.modified, now)


# -- hot paths ----------------------------------------------------------------------------------------------------------------


@prop(vim.VirtualMachine, "summary.runtime.powerState")
def summary_power_state(_view: View, vm: Vm) -> str:
    """On, off or suspended."""
    return POWER_STATES[vm.power]


@prop(vim.VirtualMachine, "summary.runtime.host")
def summary_host(view: View, vm: Vm) -> Any:
    """The host that it runs on, or is registered with."""
    return view.maybe_ref(vm.host) if vm.host else None


@prop(vim.VirtualMachine, "summary.runtime.connectionState")
def summary_connection_state(view: View, vm: Vm) -> str:
    """Whether vCenter can manage it."""
    return connection_state(view, vm)


@prop(vim.VirtualMachine, "summary.config")
def summary_config(view: View, vm: Vm) -> vim.vm.Summary.ConfigSummary:
    """What of the configuration is worth a line."""
    return config_summary(machine(view.state, vm))


@prop(vim.VirtualMachine, "summary.guest")
def summary_guest(view: View, vm: Vm) -> vim.vm.Summary.GuestSummary:
    """What of the guest is worth a line."""
    return guest_summary(vm, machine(view.state, vm))


@prop(vim.VirtualMachine, "summary.storage")
def summary_storage(view: View, vm: Vm) -> vim.vm.Summary.StorageSummary:
    """Space on all datastores together."""
    return storage_summary(machine(view.state, vm))


@prop(vim.VirtualMachine, "summary.overallStatus")
def summary_overall_status(view: View, vm: Vm) -> str:
    """The VM's health."""
    return vm_status(view.state, vm)

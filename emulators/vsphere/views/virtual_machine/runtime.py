"""``runtime``: where a VM runs, and in what state."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.constructors import MIB, like, words
from emulators.world.capacity import memory_overhead
from emulators.world.model import Cluster, Connection, Datastore, Hypervisor, Power, Server, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View
    from emulators.world.state import WorldState

POWER_STATES: Final = {Power.ON: "poweredOn", Power.OFF: "poweredOff", Power.SUSPENDED: "suspended"}
_REQUIREMENTS: Final = tuple(f"cpuid.{name}" for name in words("cmpxchg16b ds lahf64 lm mwait nx ss sse3 ssse3"))
_MASKS: Final = {"Intel": "1", "FAMILY": "6", "MODEL": "0xf", "STEPPING": "1", "NUMLEVELS": "0xa", "LM": "1"}


@prop(vim.VirtualMachine, "runtime")
def runtime(view: View, vm: Vm) -> vim.vm.RuntimeInfo:
    """Execution state and history."""
    info = like(
        _same_for_all(),
        host=view.maybe_ref(vm.host) if vm.host else None,
        connectionState=connection_state(view, vm),
        powerState=POWER_STATES[vm.power],
        dasVmProtection=_das_protection(view.state, vm),
    )
    if vm.power is Power.ON:
        _set_running(view, info, vm)
    elif vm.power is Power.SUSPENDED:
        info.suspendTime = vm.modified or vm.created
    else:
        info.cleanPowerOff = True
    return info


@cache
def _same_for_all() -> vim.vm.RuntimeInfo:
    """What no VM has otherwise."""
    return vim.vm.RuntimeInfo(
        vmFailoverInProgress=False,
        faultToleranceState="notConfigured",
        toolsInstallerMounted=False,
        suspendInterval=0,
        numMksConnections=0,
        recordReplayState="inactive",
        onlineStandby=False,
        consolidationNeeded=False,
        paused=False,
        snapshotInBackground=False,
        instantCloneFrozen=False,
        suspendedToMemory=False,
    )


def _set_running(view: View, info: Any, vm: Vm) -> None:
    """What only a VM that runs has."""
    info.bootTime = vm.guest.started or vm.modified or vm.created
    info.maxCpuUsage = cpu_limit_mhz(view.state, vm)
    info.maxMemoryUsage = memory_limit_mib(vm)
    info.memoryOverhead = memory_overhead(vm)
    info.iommuActive = False
    host = view.state.maybe(Hypervisor, vm.host)
    if host is not None and view.state.get(Server, host.blade).cpu.vendor == "intel":
        info.minRequiredEVCModeKey = "intel-merom"
        info.featureMask = list(_masks())
    info.featureRequirement = info.offlineFeatureRequirement = list(_requirements())


@cache
def _masks() -> tuple[Any, ...]:
    """What every VM sees of an Intel processor; shared, so nobody may change them."""
    return tuple(
        vim.host.FeatureMask(key=f"cpuid.{key}", featureName=f"cpuid.{key}", value=f"Val:{value}") for key, value in _MASKS.items()
    )


@cache
def _requirements() -> tuple[Any, ...]:
    """What every VM asks of processors; shared, so nobody may change them."""
    return tuple(vim.vm.FeatureRequirement(key=key, featureName=key, value="Bool:Min:1") for key in _REQUIREMENTS)


def _das_protection(state: WorldState, vm: Vm) -> Any:
    """Whether HA restarts it; unset outside of an HA cluster."""
    host = state.maybe(Hypervisor, vm.host)
    cluster = state.maybe(Cluster, host.cluster) if host is not None and host.cluster else None
    if cluster is None or not cluster.ha.enabled or vm.power is not Power.ON:
        return None
    return _protection(vm.restart_priority != "disabled")


@cache
def _protection(protected: bool) -> vim.vm.RuntimeInfo.DasProtectionState:
    return vim.vm.RuntimeInfo.DasProtectionState(dasProtected=protected)


def core_mhz(state: WorldState, vm: Vm) -> int:
    """The clock of the cores that the VM runs on; 0 when it is on no host."""
    host = state.maybe(Hypervisor, vm.host)
    return state.get(Server, host.blade).cpu.mhz if host is not None else 0


def cpu_limit_mhz(state: WorldState, vm: Vm) -> int:
    """The most that the VM can use."""
    most = vm.cpus * core_mhz(state, vm)
    return most if vm.cpu.limit < 0 else min(most, vm.cpu.limit)


def memory_limit_mib(vm: Vm) -> int:
    """The most that the VM can have."""
    most = vm.memory_bytes // MIB
    return most if vm.memory.limit < 0 else min(most, vm.memory.limit)


def connection_state(view: View, vm: Vm) -> str:
    """Whether vCenter can manage the VM: its host must answer, and its files must be there."""
    host = view.state.maybe(Hypervisor, vm.host)
    if host is not None and host.connection is not Connection.CONNECTED:
        return "disconnected"
    datastore = view.state.maybe(Datastore, vm.datastore)
    return "inaccessible" if datastore is not None and not datastore.accessible else "connected"


@prop(vim.VirtualMachine, "runtime.powerState")
def power_state(_view: View, vm: Vm) -> str:
    """On, off or suspended."""
    return POWER_STATES[vm.power]


@prop(vim.VirtualMachine, "runtime.host")
def runtime_host(view: View, vm: Vm) -> Any:
    """The host that it runs on, or is registered with."""
    return view.maybe_ref(vm.host) if vm.host else None


@prop(vim.VirtualMachine, "runtime.connectionState")
def runtime_connection_state(view: View, vm: Vm) -> str:
    """Whether vCenter can manage it."""
    return connection_state(view, vm)


@prop(vim.VirtualMachine, "runtime.bootTime")
def boot_time(_view: View, vm: Vm) -> Any:
    """When it was last started; unset unless it runs."""
    return (vm.guest.started or vm.modified or vm.created) if vm.power is Power.ON else None


@prop(vim.VirtualMachine, "guestHeartbeatStatus")
def guest_heartbeat_status(_view: View, vm: Vm) -> str:
    """Green while VMware Tools answers, gray when it is not there or the VM doesn't run."""
    return heartbeat(vm)


def heartbeat(vm: Vm) -> str:
    """The guest's heartbeat as a status."""
    return "green" if vm.power is Power.ON and vm.guest.tools_running else "gray"

"""``summary``: the most asked-for facts of a host in one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyVmomi import vim

from dcsim.ids import digest
from emulators.vsphere.properties.table import prop
from emulators.vsphere.views import about
from emulators.vsphere.views.constructors import MIB, host_seconds
from emulators.vsphere.views.host_system.facts import Facts, facts
from emulators.vsphere.views.host_system.hardware import identifiers
from emulators.vsphere.views.host_system.runtime import runtime
from emulators.vsphere.views.host_system.storage import adapters
from emulators.vsphere.views.status import host_status
from emulators.world.capacity import blade_memory_bytes
from emulators.world.load import host_load
from emulators.world.model import Connection, Hypervisor, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

HTTPS: Final = 443
FAIR: Final = 1000
_EVC: Final = {"intel": "intel-cascadelake", "amd": "amd-zen3"}


@prop(vim.HostSystem, "summary")
def summary(view: View, host: Hypervisor) -> vim.host.Summary:
    """Hardware, runtime, configuration and current load."""
    found = facts(view.state, host)
    return vim.host.Summary(
        host=view.ref(host),
        hardware=hardware_summary(found),
        runtime=runtime(view, host),
        config=config_summary(found),
        quickStats=quick_stats(view, host),
        overallStatus=host_status(view.state, host),
        rebootRequired=False,
        maxEVCModeKey=_EVC[found.blade.cpu.vendor],
    )


def hardware_summary(found: Facts) -> vim.host.Summary.HardwareSummary:
    """What of the hardware is worth a line."""
    cpu = found.blade.cpu
    return vim.host.Summary.HardwareSummary(
        vendor=found.blade.vendor,
        model=found.blade.model,
        uuid=found.identity.uuid,
        otherIdentifyingInfo=identifiers(found),
        memorySize=blade_memory_bytes(found.blade),
        cpuModel=cpu.model,
        cpuMhz=cpu.mhz,
        numCpuPkgs=cpu.sockets,
        numCpuCores=cpu.cores,
        numCpuThreads=cpu.threads,
        numNics=len(found.identity.nics),
        numHBAs=1 + len(adapters(found)),
    )


def config_summary(found: Facts) -> vim.host.Summary.ConfigSummary:
    """What of the configuration is worth a line."""
    return vim.host.Summary.ConfigSummary(
        name=found.host.name,
        port=HTTPS,
        sslThumbprint=digest("certificate", found.host.uid)[:20].hex(":").upper(),
        product=about.of_host(found.host),
        vmotionEnabled=True,
        faultToleranceEnabled=False,
    )


@prop(vim.HostSystem, "summary.quickStats")
def quick_stats(view: View, host: Hypervisor) -> vim.host.Summary.QuickStats:
    """The load of the last sample; zero while the host doesn't answer."""
    found = facts(view.state, host)
    stats = vim.host.Summary.QuickStats(
        overallCpuUsage=0, overallMemoryUsage=0, distributedCpuFairness=FAIR, distributedMemoryFairness=FAIR, availablePMemCapacity=0
    )
    if found.powered and host.connection is Connection.CONNECTED:
        cpu, now = found.blade.cpu, view.now
        load = host_load(view.state.where(Vm, "host", host.uid), cpu.mhz, cpu.cores, blade_memory_bytes(found.blade), now)
        stats.overallCpuUsage, stats.overallMemoryUsage = load.cpu_mhz, load.memory_bytes // MIB
        stats.uptime = host_seconds(host.booted, now)
    return stats


@prop(vim.HostSystem, "summary.hardware")
def summary_hardware(view: View, host: Hypervisor) -> vim.host.Summary.HardwareSummary:
    """What of the hardware is worth a line."""
    return hardware_summary(facts(view.state, host))


@prop(vim.HostSystem, "summary.config")
def summary_config(view: View, host: Hypervisor) -> vim.host.Summary.ConfigSummary:
    """What of the configuration is worth a line."""
    return config_summary(facts(view.state, host))


@prop(vim.HostSystem, "overallStatus")
def overall_status(view: View, host: Hypervisor) -> str:
    """The host's health."""
    return host_status(view.state, host)


@prop(vim.HostSystem, "summary.overallStatus")
def summary_overall_status(view: View, host: Hypervisor) -> str:
    """The host's health."""
    return host_status(view.state, host)

"""``runtime``: connection, power, maintenance and health of a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.host_system.facts import Facts, facts
from emulators.vsphere.views.host_system.health import health
from emulators.world.model import Cluster, Connection, Hypervisor

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

CONNECTION_STATES: Final = {
    Connection.CONNECTED: "connected",
    Connection.DISCONNECTED: "disconnected",
    Connection.NOT_RESPONDING: "notResponding",
}
MAX_DISK_BYTES: Final = 68_169_720_922_112
MAX_CONNECTIONS: Final = 11000


@prop(vim.HostSystem, "runtime")
def runtime(view: View, host: Hypervisor) -> vim.host.RuntimeInfo:
    """The state of the host as vCenter last saw it."""
    found = facts(view.state, host)
    return vim.host.RuntimeInfo(
        connectionState=CONNECTION_STATES[host.connection],
        powerState=power(found),
        standbyMode="none",
        inMaintenanceMode=host.maintenance,
        inQuarantineMode=False,
        bootTime=host.booted if found.powered else None,
        healthSystemRuntime=health(view.state, found, host.booted or host.created),
        dasHostState=_das_state(view, host),
        networkRuntimeInfo=_network_runtime(),
        hostMaxVirtualDiskCapacity=MAX_DISK_BYTES,
        cryptoState="incapable",
        stateEncryption=vim.host.RuntimeInfo.StateEncryptionInfo(protectionMode="none"),
    )


def power(found: Facts) -> str:
    """On; unknown while the host doesn't answer: vCenter can't tell why."""
    if found.host.connection is not Connection.CONNECTED:
        return "unknown"
    return "poweredOn" if found.powered else "poweredOff"


def _das_state(view: View, host: Hypervisor) -> Any:
    """The host's role in vSphere HA: the first that answers is the primary; unset outside of an HA cluster."""
    cluster = view.state.maybe(Cluster, host.cluster) if host.cluster else None
    if cluster is None or not cluster.ha.enabled:
        return None
    up = [
        one.uid
        for one in view.state.where(Hypervisor, "cluster", cluster.uid)
        if one.running and one.connection is Connection.CONNECTED and not one.maintenance
    ]
    if host.uid not in up:
        state = "uninitialized" if host.maintenance else "hostDown"
    else:
        state = "master" if up[0] == host.uid else "connectedToMaster"
    return vim.cluster.DasFdmHostState(state=state, stateReporter=view.maybe_ref(up[0]) if up else None)


def _network_runtime() -> Any:
    stack = vim.host.RuntimeInfo.NetStackInstanceRuntimeInfo(
        netStackInstanceKey="defaultTcpipStack",
        state="active",
        vmknicKeys=["vmk0"],
        maxNumberOfConnections=MAX_CONNECTIONS,
        currentIpV6Enabled=True,
    )
    return vim.host.RuntimeInfo.NetworkRuntimeInfo(netStackInstanceRuntimeInfo=[stack])


@prop(vim.HostSystem, "runtime.connectionState")
def connection_state(_view: View, host: Hypervisor) -> str:
    """Whether vCenter reaches the host."""
    return CONNECTION_STATES[host.connection]


@prop(vim.HostSystem, "runtime.powerState")
def power_state(view: View, host: Hypervisor) -> str:
    """On, off or unknown."""
    return power(facts(view.state, host))


@prop(vim.HostSystem, "runtime.inMaintenanceMode")
def in_maintenance_mode(_view: View, host: Hypervisor) -> bool:
    """Is it in maintenance?"""
    return host.maintenance

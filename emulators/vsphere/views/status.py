"""``overallStatus``: how well each kind of thing is, from its state and the faults upon it."""

from __future__ import annotations

from typing import Final

from emulators.vsphere.views.constructors import worst
from emulators.world.capacity import DatastoreSpace, datastore_space
from emulators.world.model import Cluster, Connection, Datastore, Fault, Hypervisor, Network, Vm
from emulators.world.state import WorldState

_BY_SEVERITY: Final = {"critical": "red", "major": "red", "minor": "yellow", "warning": "yellow", "info": "green", "cleared": "green"}
NEARLY_FULL: Final = 0.75
FULL: Final = 0.85
"""Where vCenter's default alarm "Datastore usage on disk" turns yellow and red."""


def faults_status(state: WorldState, uid: str) -> str:
    """Green, or the colour of the worst fault upon a thing."""
    return worst(["green", *(_BY_SEVERITY.get(fault.severity, "red") for fault in state.where(Fault, "subject", uid))])


def vm_status(state: WorldState, vm: Vm) -> str:
    """A VM's health."""
    return faults_status(state, vm.uid)


def host_status(state: WorldState, host: Hypervisor) -> str:
    """A host's health, its blade's included; gray while it is disconnected, red when it doesn't answer."""
    if host.connection is Connection.DISCONNECTED:
        return "gray"
    if host.connection is Connection.NOT_RESPONDING:
        return "red"
    return worst([faults_status(state, host.uid), faults_status(state, host.blade)])


def cluster_status(state: WorldState, cluster: Cluster) -> str:
    """A cluster's health: red without a host that answers, yellow when one doesn't."""
    hosts = state.where(Hypervisor, "cluster", cluster.uid)
    lost = [host for host in hosts if host.connection is Connection.NOT_RESPONDING]
    own = faults_status(state, cluster.uid)
    if not lost:
        return own
    return worst([own, "red" if len(lost) == len(hosts) else "yellow"])


def datastore_status(state: WorldState, datastore: Datastore) -> str:
    """A datastore's health: red when it cannot be reached or is nearly full."""
    if not datastore.accessible:
        return "red"
    return worst([faults_status(state, datastore.uid), _fullness(datastore_space(state, datastore))])


def _fullness(space: DatastoreSpace) -> str:
    share = space.used / space.capacity if space.capacity else 1.0
    return "red" if share >= FULL else "yellow" if share >= NEARLY_FULL else "green"


def network_status(state: WorldState, network: Network) -> str:
    """A network's health: red while it is partitioned."""
    return "red" if network.partitioned else faults_status(state, network.uid)

"""Which virtual NICs their segments reach (law 3): a VLAN must be trunked on a vNIC of the host, over a fabric that works.

What a host that is down carries is nobody's question: its VMs are down with it.
"""

from __future__ import annotations

from emulators.world import reach
from emulators.world.commands import follows
from emulators.world.decide import Decision
from emulators.world.decisions import components, hardware, hosts, plant, power, profiles, snapshots, vms
from emulators.world.events import Event, declare
from emulators.world.model import Hypervisor, Network, Port, Vm

PORT_ISOLATED = declare("dcsim.network.port.isolated", "A virtual NIC lost its segment: its host's vNICs do not carry the VLAN")
PORT_REACHED = declare("dcsim.network.port.reached", "A virtual NIC has its segment again")


@follows(
    components.COMPONENT_FAILED,
    components.COMPONENT_RECOVERED,
    components.PORT_SWITCHED,
    plant.PORT_CABLED,
    profiles.PROFILE_CHANGED,
    profiles.BLADE_ASSOCIATED,
    hosts.HOST_BOOTED,
)
def review_hosts(decision: Decision, event: Event) -> None:
    """What the change means for the VMs of every host behind the component."""
    entity = decision.state.find(event.subject)
    for host in reach.hosts_behind(decision.state, entity) if entity is not None else ():
        _review_host(decision, host)


def _review_host(decision: Decision, host: Hypervisor) -> None:
    if not host.running:
        return
    if reach.trunks_all(decision.state, host):
        ports = decision.state.where(Port, "isolated", host.uid)
    else:
        ports = [port for vm in decision.state.where(Vm, "host", host.uid) for port in decision.state.where(Port, "vm", vm.uid)]
    for port in ports:
        _review(decision, port, host)


@follows(
    vms.VM_CREATED,
    vms.VM_CLONED,
    vms.VM_MOVED,
    vms.VM_MARKED,
    hosts.VM_PLACED,
    power.VM_POWERED_ON,
    snapshots.VM_REVERTED,
)
def review_vm(decision: Decision, event: Event) -> None:
    """A VM that came to a host has what that host carries."""
    vm = decision.state.maybe(Vm, event.subject)
    for port in decision.state.where(Port, "vm", vm.uid) if vm is not None else ():
        _review_on(decision, port, vm)


@follows(hardware.PORT_CREATED, hardware.PORT_CHANGED)
def review_port(decision: Decision, event: Event) -> None:
    """A card that was put in, or went to another segment."""
    port = decision.state.maybe(Port, event.subject)
    if port is not None and port.vm:
        _review_on(decision, port, decision.state.maybe(Vm, port.vm))


def _review_on(decision: Decision, port: Port, vm: Vm | None) -> None:
    host = decision.state.maybe(Hypervisor, vm.host) if vm is not None else None
    if host is not None and host.running:
        _review(decision, port, host)


def _review(decision: Decision, port: Port, host: Hypervisor) -> None:
    network = decision.state.maybe(Network, port.network)
    isolated = "" if network is None or reach.carries(decision.state, host, network.vlan) else host.uid
    if isolated != port.isolated:
        detail = {"host": host.name, "vlan": str(network.vlan)} if network is not None else {}
        decision.update(PORT_ISOLATED if isolated else PORT_REACHED, port, isolated=isolated, detail=detail)

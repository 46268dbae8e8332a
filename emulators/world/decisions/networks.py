"""Segments that a control plane makes and unmakes (tenants' networks), and the cards that it plugs into VMs.

Who gives out the addresses is the control plane: here they are taken as they come.  Segments of the datacenter's own, which a control
plane may offer too, are not its to change.
"""

from __future__ import annotations

from typing import Any

from emulators.world.decide import Decision
from emulators.world.decisions.hardware import FIRST_PORT_KEY, FIRST_PORT_UNIT, PORT_CHANGED, PORT_CREATED, PORT_DELETED
from emulators.world.events import declare
from emulators.world.model import Network, Owner, Port, Vm

NETWORK_CREATED = declare("dcsim.network.network.created", "A segment was made")
NETWORK_CHANGED = declare("dcsim.network.network.changed", "A segment's name, range or size of packets changed")
NETWORK_DELETED = declare("dcsim.network.network.deleted", "A segment was deleted")
VM_RECABLED = declare("dcsim.compute.vm.recabled", "A VM's cards were plugged, pulled or changed by its network")
TENANT, EXTERNAL = "tenant", "external"
TENANTS = frozenset({TENANT, EXTERNAL})
"""Types of segments whose addresses their control plane gives out; external ones are reached from outside."""


def create_segment(decision: Decision, *, name: str, project: str, mtu: int) -> Network:
    """A tenant's segment, without addresses so far."""
    return decision.create(NETWORK_CREATED, Network, name=name, owner=Owner.OPENSTACK, type=TENANT, project=project, mtu=mtu)


def change_segment(decision: Decision, uid: str, **fields: Any) -> None:
    """Change a segment, if it is there; VMs on one that is cut off, or joined again, lose or get back their cards."""
    segment = decision.state.maybe(Network, uid)
    if segment is None or segment.owner is not Owner.OPENSTACK:
        return
    changed = decision.update(NETWORK_CHANGED, segment, **fields)
    if changed.partitioned != segment.partitioned:
        for vm in dict.fromkeys(port.vm for port in decision.state.where(Port, "network", uid)):
            _hardware_changed(decision, vm)


def delete_segment(decision: Decision, uid: str) -> None:
    """Delete a segment; what stood behind it (a Docker network) goes too."""
    segment = decision.state.maybe(Network, uid)
    if segment is not None and segment.owner is Owner.OPENSTACK:
        decision.delete(NETWORK_DELETED, segment)


def plug_card(decision: Decision, vm: Vm, segment: str, *, mac: str, ip: str, connected: bool = True) -> Port:
    """A card with this MAC and address on a VM; its machine follows."""
    ports = decision.state.where(Port, "vm", vm.uid)
    units = {port.unit for port in ports}
    unit = next(number for number in range(FIRST_PORT_UNIT, FIRST_PORT_UNIT + len(units) + 1) if number not in units)
    port = decision.create(
        PORT_CREATED,
        Port,
        name=f"{vm.name}-eth{len(ports)}",
        site=vm.site,
        vm=vm.uid,
        network=segment,
        project=vm.project,
        mac=mac,
        ip=ip,
        key=FIRST_PORT_KEY + unit - FIRST_PORT_UNIT,
        unit=unit,
        adapter="virtio",
        connected=connected,
    )
    _hardware_changed(decision, vm.uid)
    return port


def change_card(decision: Decision, uid: str, **fields: Any) -> None:
    """Change a card, if it is there."""
    port = decision.state.maybe(Port, uid)
    if port is not None and decision.update(PORT_CHANGED, port, **fields) is not port:
        _hardware_changed(decision, port.vm)


def unplug_card(decision: Decision, uid: str) -> None:
    """Pull a card, if it is there."""
    port = decision.state.maybe(Port, uid)
    if port is not None:
        decision.delete(PORT_DELETED, port)
        _hardware_changed(decision, port.vm)


def _hardware_changed(decision: Decision, uid: str) -> None:
    vm = decision.state.maybe(Vm, uid)
    if vm is not None:
        decision.update(VM_RECABLED, vm, modified=decision.now, change=vm.change + 1)

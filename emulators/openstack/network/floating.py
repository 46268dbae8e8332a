"""What becomes of floating IPs when what they lead to changes.

A floating IP reaches its server by a card of its own in the VM, on the external network's segment: so it answers at that address.
"""

from __future__ import annotations

from emulators.openstack.network import changes
from emulators.openstack.network.records import NeutronFloatingIp, NeutronNetwork, NeutronPort
from emulators.world.decide import Decision
from emulators.world.decisions.networks import plug_card, unplug_card
from emulators.world.model import Port, Vm


def detach(decision: Decision, port: str) -> None:
    """The floating IPs of a port lead nowhere."""
    for floating in decision.state.where(NeutronFloatingIp, "port", port):
        follow(decision, changes.change(decision, floating, port="", fixed_ip="", router=""))


def follow_port(decision: Decision, port: str) -> None:
    """A port was plugged into a server, or pulled out: its floating IPs are there too, or not."""
    for floating in decision.state.where(NeutronFloatingIp, "port", port):
        follow(decision, floating)


def follow(decision: Decision, floating: NeutronFloatingIp) -> None:
    """Have the card that the floating IP needs, and no other."""
    vm, card = _vm(decision, floating.port), decision.state.maybe(Port, floating.plug)
    if card is not None and vm is not None and card.vm == vm.uid:
        return
    if card is not None:
        unplug_card(decision, card.uid)
    network, own = decision.state.maybe(NeutronNetwork, floating.network), decision.state.maybe(NeutronPort, floating.own_port)
    plugged = ""
    if vm is not None and network is not None and own is not None:
        plugged = plug_card(decision, vm, network.segment, mac=own.mac, ip=floating.address).uid
    changes.adjust(decision, floating, plug=plugged)


def _vm(decision: Decision, uid: str) -> Vm | None:
    """The VM of the server that a port is plugged into."""
    port = decision.state.maybe(NeutronPort, uid) if uid else None
    card = decision.state.maybe(Port, port.plug) if port is not None and port.plug else None
    return decision.state.maybe(Vm, card.vm) if card is not None else None

"""Cards that the inventory put into servers, as ports: on networks of the provider's, which are the datacenter's own segments."""

from __future__ import annotations

from ipaddress import ip_address

from emulators.openstack.identity.face import project_named
from emulators.openstack.network import addressing, changes, sharing
from emulators.openstack.network.records import FixedIp, NeutronNetwork, NeutronPort, NeutronSegment, NeutronSubnet, Pool
from emulators.openstack.network.values import parse_prefix
from emulators.world import ipam
from emulators.world.decide import Decision
from emulators.world.model import Hypervisor, Network, Owner, Port, Site, Vm
from emulators.world.state import WorldState


def strangers(state: WorldState, vm: str) -> list[Port]:
    """The cards of a server's VM that are on segments of the datacenter's own, and no ports yet."""
    cards = state.where(Port, "vm", vm)
    return [one for one in cards if state.get(Network, one.network).owner is not Owner.OPENSTACK and not _port(state, one)]


def _port(state: WorldState, card: Port) -> bool:
    return any(port.plug == card.uid for port in state.where(NeutronPort, "mac", card.mac))


def adopt(decision: Decision, vm: Vm, *, server: str, zone: str) -> None:
    """Have a port for every such card, with its MAC and address, bound to the server; Nova deletes it with the server."""
    host = decision.state.maybe(Hypervisor, vm.host)
    for card in strangers(decision.state, vm.uid):
        network = _network(decision, decision.get(Network, card.network))
        _let_use(decision, network, vm.project)
        fixed = tuple(FixedIp(one.uid, card.ip) for one in decision.state.where(NeutronSubnet, "network", network.uid) if card.ip)
        changes.create(
            decision,
            NeutronPort,
            name="",
            project=vm.project,
            network=network.uid,
            mac=card.mac,
            fixed_ips=fixed,
            **addressing.keys(fixed),
            device=server,
            device_owner=f"compute:{zone}",
            host=host.name if host else "",
            plug=card.uid,
            port_security_enabled=False,
            made_by_nova=True,
        )


def _let_use(decision: Decision, network: NeutronNetwork, project: str) -> None:
    policies = sharing.policies(decision.state, network.uid, sharing.SHARED)
    if project != network.project and project not in {one.target for one in policies}:
        sharing.allow(decision, "network", network, sharing.SHARED, project)


def _network(decision: Decision, segment: Network) -> NeutronNetwork:
    """The provider's network on a segment, made if there is none: without port security, for nothing filters the segment's other guests."""
    known = decision.state.one(NeutronNetwork, "segment", segment.uid)
    if known is not None:
        return known
    admin, site = project_named(decision.state, "admin"), decision.state.maybe(Site, segment.site)
    project = admin.uid if admin else ""
    provider = {
        "network_type": "vlan" if segment.vlan else "flat",
        "physical_network": site.name if site else "physnet1",
        "segmentation_id": segment.vlan,
    }
    made = changes.create(
        decision,
        NeutronNetwork,
        name=segment.name,
        project=project,
        segment=segment.uid,
        mtu=segment.mtu,
        port_security_enabled=False,
        **provider,
    )
    changes.create(decision, NeutronSegment, name="", network=made.uid, **provider)
    if segment.cidr:
        changes.create(
            decision,
            NeutronSubnet,
            name=f"{segment.name}-subnet",
            project=project,
            network=made.uid,
            ip_version=4,
            cidr=segment.cidr,
            gateway=segment.gateway,
            pools=_pools(segment.cidr, ipam.taken_on(decision.state, segment)),
        )
    return made


def _pools(cidr: str, taken: list[str]) -> tuple[Pool, ...]:
    """The free part of a range's upper half: from below, the datacenter gives out addresses itself."""
    prefix = parse_prefix(cidr)
    low, last = addressing.ends(prefix)
    first = low + (last - low + 1) // 2
    cuts = sorted({number for ip in taken if first <= (number := int(ip_address(ip))) <= last})
    starts, stops = [first, *(one + 1 for one in cuts)], [*(one - 1 for one in cuts), last]
    kind = type(prefix.network_address)
    return tuple(Pool(str(kind(start)), str(kind(stop))) for start, stop in zip(starts, stops, strict=True) if start <= stop)

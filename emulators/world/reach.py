"""What keeps a host up: the chain from power feed and fabric to server to hypervisor (law 1); and a datastore (law 4).  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from emulators.world.model import (
    BladePower,
    Chassis,
    Datastore,
    Entity,
    FabricInterconnect,
    Fault,
    FiPort,
    Hypervisor,
    IoModule,
    Lun,
    PowerFeed,
    PowerSupply,
    RackServer,
    Server,
    ServiceProfile,
    StorageArray,
    UpstreamSwitch,
    Vnic,
)
from emulators.world.servers import Enclosure, enclosure, enclosure_of, enclosures, servers_in
from emulators.world.state import WorldState

LEGS = ("A", "B")
UPLINK = "network"
"""What UCS Manager calls the role of a port towards the upstream network."""
PATHS_DOWN = "datastore-inaccessible"
"""The code of the fault that takes all of a datastore's paths."""


def why_down(state: WorldState, host: Hypervisor) -> str:
    """Why the host cannot run, as a sentence for people; empty when nothing stands in its way."""
    if host.crashed:
        return host.crashed
    server = state.get(Server, host.blade)
    name = f"{server.KIND.replace('_', ' ')} {server.name}"
    if not server.present:
        return f"{name} is not in its {'rack' if isinstance(server, RackServer) else 'slot'}"
    if server.power is BladePower.OFF:
        return f"{name} is powered off"
    if not server.operable:
        return f"{name} is inoperable"
    if not server.profile:
        return f"{name} has no service profile"
    return _why_enclosure_down(state, enclosure_of(state, server))


def _why_enclosure_down(state: WorldState, enclosure: Enclosure) -> str:
    name = f"{enclosure.KIND.replace('_', ' ')} {enclosure.name}"
    if not enclosure.present:
        return f"{name} has been removed"
    if not powered(state, enclosure):
        return f"{name} has no power"
    if not fabric_legs(state, enclosure):
        return f"{name} has no working fabric path"
    return ""


def powered(state: WorldState, enclosure: Enclosure) -> bool:
    """Whether one power supply works on a live feed."""
    return state.derive(_powered, enclosure)


def _powered(state: WorldState, enclosure: Enclosure) -> bool:
    return any(supply.operable and _fed(state, supply) for supply in state.where(PowerSupply, "chassis", enclosure.uid))


def _fed(state: WorldState, supply: PowerSupply) -> bool:
    feed = state.maybe(PowerFeed, supply.feed)
    return feed is None or feed.energised


def fabric_legs(state: WorldState, enclosure: Enclosure) -> tuple[str, ...]:
    """The fabrics (A, B) over which the chassis or rack server reaches the outside."""
    return state.derive(_fabric_legs, enclosure)


def _fabric_legs(state: WorldState, enclosure: Enclosure) -> tuple[str, ...]:
    return tuple(leg for leg in LEGS if _leg_works(state, enclosure, leg))


def _leg_works(state: WorldState, enclosure: Enclosure, leg: str) -> bool:
    interconnects = [fi for fi in state.where(FabricInterconnect, "domain", enclosure.domain) if fi.leg == leg]
    if not any(fi.operable for fi in interconnects):
        return False
    if isinstance(enclosure, RackServer):
        own = {fi.uid for fi in interconnects}
        ports = [port for port in state.where(FiPort, "peer", enclosure.uid) if port.fabric_interconnect in own]
    else:
        module = next((module for module in state.where(IoModule, "chassis", enclosure.uid) if module.leg == leg), None)
        if module is None or not module.operable:
            return False
        ports = state.where(FiPort, "peer", module.uid)
    return (not ports or any(port.works for port in ports)) and _uplinks_work(state, interconnects)


def _uplinks_work(state: WorldState, interconnects: list[FabricInterconnect]) -> bool:
    uplinks = [port for fi in interconnects for port in state.where(FiPort, "fabric_interconnect", fi.uid) if port.role == UPLINK]
    return not uplinks or any(port.works and _switch_works(state, port.peer) for port in uplinks)


def _switch_works(state: WorldState, uid: str) -> bool:
    switch = state.maybe(UpstreamSwitch, uid)
    return switch is None or switch.operable


def trunks_all(state: WorldState, host: Hypervisor) -> bool:
    """Whether some vNIC on a fabric that works carries every VLAN of the domain."""
    return any(not vnic.vlans for vnic in _working_vnics(state, host))


def carries(state: WorldState, host: Hypervisor, vlan: int) -> bool:
    """Law 3: whether a VLAN is trunked on a vNIC of the host, on a fabric that works; 0 is no VLAN, which every vNIC carries."""
    return any(not vnic.vlans or vlan == 0 or vlan in vnic.vlans for vnic in _working_vnics(state, host))


def _working_vnics(state: WorldState, host: Hypervisor) -> list[Vnic]:
    server = state.get(Server, host.blade)
    profile = state.maybe(ServiceProfile, server.profile)
    legs = state.derive(fabric_legs, enclosure_of(state, server))
    return [vnic for vnic in profile.vnics if vnic.leg in legs or (vnic.failover and legs)] if profile is not None else []


def datastore_reachable(state: WorldState, datastore: Datastore) -> bool:
    """Whether the LUNs that a datastore lies on and their arrays work, and its own paths are not down."""
    if any(fault.code == PATHS_DOWN for fault in state.where(Fault, "subject", datastore.uid)):
        return False
    luns = [lun for uid in datastore.luns if (lun := state.maybe(Lun, uid)) is not None]
    arrays = [array for lun in luns if (array := state.maybe(StorageArray, lun.array)) is not None]
    return all(lun.operable for lun in luns) and all(array.operable for array in arrays)


def hosts_behind(state: WorldState, entity: Entity) -> list[Hypervisor]:
    """The hypervisors that a component's state can bring down or up."""
    match entity:
        case Hypervisor():
            return [entity]
        case Server():
            return state.where(Hypervisor, "blade", entity.uid)
        case ServiceProfile():
            return state.where(Hypervisor, "blade", entity.blade) if entity.blade else []
        case _:
            servers = [server for enclosure in _enclosures_behind(state, entity) for server in servers_in(state, enclosure)]
            return [host for server in servers for host in state.where(Hypervisor, "blade", server.uid)]


def _enclosures_behind(state: WorldState, entity: Entity) -> Iterable[Enclosure]:  # noqa: PLR0911 - one answer a kind
    match entity:
        case Chassis():
            return [entity]
        case IoModule() | PowerSupply():
            return [enclosure(state, entity.chassis)]
        case PowerFeed():
            supplies = state.where(PowerSupply, "feed", entity.uid)
            return {supply.chassis: enclosure(state, supply.chassis) for supply in supplies}.values()
        case FabricInterconnect():
            return enclosures(state, entity.domain)
        case FiPort():
            return _enclosures_behind(state, state.get(FabricInterconnect, entity.fabric_interconnect))
        case UpstreamSwitch():
            ports = state.where(FiPort, "peer", entity.uid)
            return [found for port in ports for found in _enclosures_behind(state, port)]
        case _:
            return []

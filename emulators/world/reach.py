"""What keeps a host up: the chain from power feed and fabric to blade to hypervisor (law 1); and a datastore (law 4).  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from emulators.world.model import (
    Blade,
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
    ServiceProfile,
    StorageArray,
    UpstreamSwitch,
)
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
    blade = state.get(Blade, host.blade)
    if not blade.present:
        return f"blade {blade.name} is not in its slot"
    if blade.power is BladePower.OFF:
        return f"blade {blade.name} is powered off"
    if not blade.operable:
        return f"blade {blade.name} is inoperable"
    if not blade.profile:
        return f"blade {blade.name} has no service profile"
    return _why_chassis_down(state, state.get(Chassis, blade.chassis))


def _why_chassis_down(state: WorldState, chassis: Chassis) -> str:
    if not chassis.present:
        return f"chassis {chassis.name} has been removed"
    if not powered(state, chassis):
        return f"chassis {chassis.name} has no power"
    if not fabric_legs(state, chassis):
        return f"chassis {chassis.name} has no working fabric path"
    return ""


def powered(state: WorldState, chassis: Chassis) -> bool:
    """Whether one power supply works on a live feed."""
    return any(supply.operable and _fed(state, supply) for supply in state.where(PowerSupply, "chassis", chassis.uid))


def _fed(state: WorldState, supply: PowerSupply) -> bool:
    feed = state.maybe(PowerFeed, supply.feed)
    return feed is None or feed.energised


def fabric_legs(state: WorldState, chassis: Chassis) -> tuple[str, ...]:
    """The fabrics (A, B) over which the chassis reaches the outside."""
    return tuple(leg for leg in LEGS if _leg_works(state, chassis, leg))


def _leg_works(state: WorldState, chassis: Chassis, leg: str) -> bool:
    module = next((module for module in state.where(IoModule, "chassis", chassis.uid) if module.leg == leg), None)
    interconnects = [fi for fi in state.where(FabricInterconnect, "domain", chassis.domain) if fi.leg == leg]
    if module is None or not module.operable or not any(fi.operable for fi in interconnects):
        return False
    ports = state.where(FiPort, "peer", module.uid)
    return (not ports or any(port.works for port in ports)) and _uplinks_work(state, interconnects)


def _uplinks_work(state: WorldState, interconnects: list[FabricInterconnect]) -> bool:
    uplinks = [port for fi in interconnects for port in state.where(FiPort, "fabric_interconnect", fi.uid) if port.role == UPLINK]
    return not uplinks or any(port.works and _switch_works(state, port.peer) for port in uplinks)


def _switch_works(state: WorldState, uid: str) -> bool:
    switch = state.maybe(UpstreamSwitch, uid)
    return switch is None or switch.operable


def datastore_reachable(state: WorldState, datastore: Datastore) -> bool:
    """Whether the arrays that a datastore lies on work and its own paths are not down."""
    if any(fault.code == PATHS_DOWN for fault in state.where(Fault, "subject", datastore.uid)):
        return False
    luns = [lun for uid in datastore.luns if (lun := state.maybe(Lun, uid)) is not None]
    arrays = [array for lun in luns if (array := state.maybe(StorageArray, lun.array)) is not None]
    return all(array.operable for array in arrays)


def hosts_behind(state: WorldState, entity: Entity) -> list[Hypervisor]:
    """The hypervisors that a component's state can bring down or up."""
    match entity:
        case Hypervisor():
            return [entity]
        case Blade():
            return state.where(Hypervisor, "blade", entity.uid)
        case ServiceProfile():
            return state.where(Hypervisor, "blade", entity.blade) if entity.blade else []
        case _:
            blades = [blade for chassis in _chassis_behind(state, entity) for blade in state.where(Blade, "chassis", chassis.uid)]
            return [host for blade in blades for host in state.where(Hypervisor, "blade", blade.uid)]


def _chassis_behind(state: WorldState, entity: Entity) -> Iterable[Chassis]:  # noqa: PLR0911 - one answer a kind
    match entity:
        case Chassis():
            return [entity]
        case IoModule() | PowerSupply():
            return [state.get(Chassis, entity.chassis)]
        case PowerFeed():
            supplies = state.where(PowerSupply, "feed", entity.uid)
            return {supply.chassis: state.get(Chassis, supply.chassis) for supply in supplies}.values()
        case FabricInterconnect():
            return state.where(Chassis, "domain", entity.domain)
        case FiPort():
            return _chassis_behind(state, state.get(FabricInterconnect, entity.fabric_interconnect))
        case UpstreamSwitch():
            ports = state.where(FiPort, "peer", entity.uid)
            return [chassis for port in ports for chassis in _chassis_behind(state, port)]
        case _:
            return []

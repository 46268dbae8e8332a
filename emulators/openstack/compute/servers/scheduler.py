"""Which host a server gets: nova's filters (room, zone, groups, hints, aggregates) and its weighing by free memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from emulators.openstack.compute import face, services
from emulators.openstack.compute.aggregates import Aggregate
from emulators.openstack.compute.servers import hosts
from emulators.openstack.compute.servers.groups import GroupPolicy, policy_of
from emulators.openstack.compute.servers.records import FlavorOf, NovaServer
from emulators.openstack.faults import Fault
from emulators.world.model import Hypervisor
from emulators.world.state import WorldState

NO_HOST: Final = "No valid host was found. "
NOT_ENOUGH: Final = f"{NO_HOST}There are not enough hosts available."


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a server asks of its host.  ``host`` is a name that is forced; ``but`` are uids of hosts that are out of the question."""

    flavor: FlavorOf
    server: str = ""
    zone: str = ""
    host: str = ""
    group: str = ""
    hints: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    but: frozenset[str] = frozenset()


Filter = Callable[[WorldState, Hypervisor, Wanted], bool]


def choose(state: WorldState, wanted: Wanted) -> Hypervisor:
    """The host with the most free memory of those that can have the server; raises Fault 500, NoValidHost."""
    found = [host for host in hosts.compute_hosts(state) if suits(state, host, wanted)]
    if not found:
        raise Fault(500, NOT_ENOUGH, type="NoValidHost")
    group = policy_of(state, wanted.group) if wanted.group else None
    return min(found, key=lambda host: (_together(state, host, wanted, group), -_free(state, host), host.number))


def suits(state: WorldState, host: Hypervisor, wanted: Wanted) -> bool:
    """Whether a host passes every filter; a forced one has only to be there and up, and to have room."""
    if wanted.host and host.name != wanted.host:
        return False
    if host.uid in wanted.but:
        return False
    return all(one(state, host, wanted) for one in (FORCED if wanted.host else FILTERS))


def _up(state: WorldState, host: Hypervisor, wanted: Wanted) -> bool:
    return services.schedulable(state, host)


def _roomy(state: WorldState, host: Hypervisor, wanted: Wanted) -> bool:
    room = hosts.room(state, host)
    own = state.maybe(NovaServer, wanted.server)
    if own is not None and own.host == host.uid:  # its own share is counted already
        room = room._replace(vcpus_used=room.vcpus_used - own.flavor.vcpus, ram_used=room.ram_used - own.flavor.ram)
    return room.fits(wanted.flavor.vcpus, wanted.flavor.ram)


def _in_zone(state: WorldState, host: Hypervisor, wanted: Wanted) -> bool:
    return not wanted.zone or face.zone_of(state, host.uid) == wanted.zone


def _hosts_of(state: WorldState, servers: tuple[str, ...]) -> set[str]:
    return {server.host for uid in servers if (server := state.maybe(NovaServer, uid)) is not None}


def _different(state: WorldState, host: Hypervisor, wanted: Wanted) -> bool:
    return host.uid not in _hosts_of(state, wanted.hints.get("different_host", ()))


def _same(state: WorldState, host: Hypervisor, wanted: Wanted) -> bool:
    named = wanted.hints.get("same_host", ())
    return not named or host.uid in _hosts_of(state, named)


def _grouped(state: WorldState, host: Hypervisor, wanted: Wanted) -> bool:
    group = policy_of(state, wanted.group) if wanted.group else None
    if group is None or group.soft:
        return True
    members = [one for one in state.where(NovaServer, "group", wanted.group) if one.uid != wanted.server and one.host]
    here = sum(one.host == host.uid for one in members)
    if group.apart:
        return here < group.most
    return not members or here > 0


def _together(state: WorldState, host: Hypervisor, wanted: Wanted, group: GroupPolicy | None) -> int:
    """Soft policies as a weight: less is better."""
    if group is None or not group.soft:
        return 0
    here = sum(one.host == host.uid and one.uid != wanted.server for one in state.where(NovaServer, "group", wanted.group))
    return here if group.apart else -here


def _aggregated(state: WorldState, host: Hypervisor, wanted: Wanted) -> bool:
    """Extra specs of the scope ``aggregate_instance_extra_specs`` must be among the values of the host's aggregates."""
    scope = "aggregate_instance_extra_specs:"
    asked = {key.removeprefix(scope): value for key, value in wanted.flavor.extra_specs.items() if key.startswith(scope)}
    if not asked:
        return True
    of_host = [one.metadata for one in state.where(Aggregate, "hosts", host.uid)]
    return all(any(value == metadata.get(key) for metadata in of_host) for key, value in asked.items())


def _free(state: WorldState, host: Hypervisor) -> float:
    room = hosts.room(state, host)
    return room.ram * hosts.RAM_RATIO - room.ram_used


FILTERS: Final[tuple[Filter, ...]] = (_up, _roomy, _in_zone, _different, _same, _grouped, _aggregated)
FORCED: Final[tuple[Filter, ...]] = (_up, _roomy)

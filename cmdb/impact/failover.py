"""Which VMs of dead hosts find room on the survivors of their cluster.  Pure.

As vSphere HA does it: by restart priority, each where its resource pool can promise it its reservations, on the least loaded surviving
host that has its datastores and networks and can promise the same; the room that admission control has kept free may be used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from cmdb.model import Ci
from cmdb.model.rules import Capacity

if TYPE_CHECKING:
    from cmdb.impact.pools import Pools

PRIORITIES: Final = {"highest": 0, "high": 1, "medium": 2, "low": 3, "lowest": 4}
DISABLED: Final = "disabled"
CROWDED: Final = 4
"""How many virtual processors to a core are as full as all memory given away."""
Amounts = Sequence[float]


class Room(NamedTuple):
    """What a cluster has after a failure: hosts, and of each supply (e.g. ``memory_bytes``) what is left unpromised once
    everything that ran on the lost hosts is promised again; negative when it is short.  A supply that some survivor does not state is
    absent."""

    hosts: int
    survivors: int
    left: Mapping[str, int]

    @property
    def short(self) -> tuple[str, ...]:
        """The supplies that do not suffice."""
        return tuple(name for name, left in self.left.items() if left < 0)


class Surroundings(NamedTuple):
    """What decides beside capacity: the storage and networks that each VM needs and each host has, and the VMs' resource pools."""

    needed: Mapping[str, Collection[str]] = {}
    offered: Mapping[str, Collection[str]] = {}
    pool_of: Mapping[str, str] = {}
    pools: Pools | None = None


def usable(host: Ci) -> bool:
    """Whether VMs can be started on a host that is not down."""
    known = host.attributes
    return not known.get("maintenance", False) and known.get("connection", "connected") == "connected"


def room(rule: Capacity, survivors: Sequence[Ci], lost: Sequence[Ci]) -> Room:
    """What is left of a cluster."""
    left: dict[str, int] = {}
    for supply, demand in zip(rule.supply, rule.demand, strict=True):
        supplies = [number(host, supply) for host in survivors]
        if survivors and None not in supplies:
            demands = sum(number(host, demand) or 0 for host in (*survivors, *lost))
            left[supply] = sum(one or 0 for one in supplies) - demands
    return Room(len(survivors) + len(lost), len(survivors), left)


class Place:
    """A surviving host that fills up.  What it does not state, it has enough of."""

    def __init__(self, rule: Capacity, host: Ci) -> None:
        self.host = host
        pairs = zip(rule.supply, rule.demand, strict=True)
        self.free = [
            float("inf") if number(host, has) is None else (number(host, has) or 0) - (number(host, out) or 0) for has, out in pairs
        ]
        self._memory = number(host, "memory_installed_bytes") or number(host, "memory_bytes")
        self._given = number(host, "memory_given_bytes") or number(host, "memory_reserved_bytes") or 0
        self._cpus = number(host, "cpus_given") or 0

    def fits(self, vm: Ci, wanted: Amounts) -> bool:
        """Whether the VM is not larger than the host, and its promises can be kept."""
        threads, cpus = number(self.host, "threads"), number(vm, "cpus") or 1
        if self._memory is not None and (number(vm, "memory_bytes") or 0) > self._memory:
            return False
        return (threads is None or cpus <= threads) and all(want <= have for want, have in zip(wanted, self.free, strict=True))

    def load(self, vm: Ci) -> tuple[float, int, str]:
        """How full it would be with the VM, the worse of memory and processors; equals in the order of their making."""
        memory = (self._given + (number(vm, "memory_bytes") or 0)) / self._memory if self._memory else 0.0
        cores = number(self.host, "cores")
        crowd = (self._cpus + (number(vm, "cpus") or 1)) / (cores * CROWDED) if cores else 0.0
        return max(memory, crowd), number(self.host, "number") or 0, self.host.uid

    def take(self, vm: Ci, wanted: Amounts, sign: int = 1) -> None:
        """The VM runs here, or (-1) not any more."""
        self.free = [have - sign * want for have, want in zip(self.free, wanted, strict=True)]
        self._given += sign * (number(vm, "memory_bytes") or 0)
        self._cpus += sign * (number(vm, "cpus") or 1)


def in_order(vms: Iterable[Ci], default: str) -> list[Ci]:
    """By restart priority, a VM's own or its cluster's, then in the order of their making."""

    def rank(vm: Ci) -> tuple[int, int, str, str]:
        own = str(vm.attributes.get("restart_priority", "")) or default
        return PRIORITIES.get(own, PRIORITIES["medium"]), number(vm, "number") or 0, vm.name, vm.uid

    return sorted(vms, key=rank)


def demands_of(rule: Capacity, vm: Ci) -> list[int]:
    """What a VM is promised while it is on."""
    return [number(vm, demand) or 0 for demand in rule.demand]


def place(rule: Capacity, vms: Iterable[Ci], places: Sequence[Place], around: Surroundings) -> dict[str, str]:
    """VM → the name of a host that it restarts on, for those that find one; they are restarted in the order in which they come."""
    placed: dict[str, str] = {}
    for vm in vms:
        wanted, needed = demands_of(rule, vm), around.needed.get(vm.uid, ())
        pool = around.pool_of.get(vm.uid, "")
        if around.pools is not None and not around.pools.admits(pool, wanted):
            continue
        able = [one for one in places if one.fits(vm, wanted) and all(each in around.offered.get(one.host.uid, ()) for each in needed)]
        if able:
            best = min(able, key=lambda one: one.load(vm))
            best.take(vm, wanted)
            if around.pools is not None:
                around.pools.promise(pool, wanted)
            placed[vm.uid] = best.host.name
    return placed


def number(ci: Ci, name: str) -> int | None:
    """An attribute that is a number; None when it is unknown."""
    found = ci.attributes.get(name)
    return found if isinstance(found, int) else None

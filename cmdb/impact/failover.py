"""Which VMs of dead hosts find room on the survivors of their cluster.  Pure.

As vSphere HA does it: by restart priority, each on a surviving host that can promise it its reservations; the room that admission
control has kept free is there for this and may be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from cmdb.model import Ci
from cmdb.model.rules import Capacity

PRIORITIES: Final = {"highest": 0, "high": 1, "medium": 2, "low": 3, "lowest": 4}
DISABLED: Final = "disabled"


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


def usable(host: Ci) -> bool:
    """Whether VMs can be started on a host that is not down."""
    known = host.attributes
    return not known.get("maintenance", False) and known.get("connection", "connected") == "connected"


def room(rule: Capacity, survivors: Sequence[Ci], lost: Sequence[Ci]) -> Room:
    """What is left of a cluster."""
    left: dict[str, int] = {}
    for supply, demand in zip(rule.supply, rule.demand, strict=True):
        supplies = [_number(host, supply) for host in survivors]
        if survivors and None not in supplies:
            demands = sum(_number(host, demand) or 0 for host in (*survivors, *lost))
            left[supply] = sum(one or 0 for one in supplies) - demands
    return Room(len(survivors) + len(lost), len(survivors), left)


def place(rule: Capacity, vms: Iterable[Ci], survivors: Sequence[Ci]) -> dict[str, str]:
    """VM → the name of a host that it restarts on, for those that find one.  A host that does not state a supply has enough of it."""
    free = {host.uid: [_free(host, *pair) for pair in zip(rule.supply, rule.demand, strict=True)] for host in survivors}
    placed: dict[str, str] = {}
    for vm in sorted(vms, key=lambda one: (PRIORITIES.get(str(one.attributes.get("restart_priority", "")), 2), one.name, one.uid)):
        wanted = [_number(vm, demand) or 0 for demand in rule.demand]
        sizes = [(_number(host, "memory_bytes"), host) for host in survivors]
        whole = _number(vm, "memory_bytes") or 0
        fitting = [
            host
            for memory, host in sizes
            if (memory is None or memory >= whole) and all(have >= want for have, want in zip(free[host.uid], wanted, strict=True))
        ]
        if fitting:
            best = max(fitting, key=lambda host: (free[host.uid][-1], host.uid))
            free[best.uid] = [have - want for have, want in zip(free[best.uid], wanted, strict=True)]
            placed[vm.uid] = best.name
    return placed


def _free(host: Ci, supply: str, demand: str) -> float:
    has = _number(host, supply)
    return float("inf") if has is None else has - (_number(host, demand) or 0)


def _number(ci: Ci, name: str) -> int | None:
    found = ci.attributes.get(name)
    return found if isinstance(found, int) else None

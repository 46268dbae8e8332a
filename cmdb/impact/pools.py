"""What resource pools can still promise after a failure.  Pure.

As vSphere divides a cluster: a root pool has all that its hosts supply, any other its reservation; of that go the promises to its own VMs
and what its child pools keep; an expandable pool takes what it lacks from its parent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cmdb.impact.failover import Amounts, number
from cmdb.model import Ci

MIB: Final = 1 << 20
_RESERVATION: Final = (("cpu_reservation_mhz", 1), ("memory_reservation_mib", MIB))
_EXPANDABLE: Final = ("cpu_expandable", "memory_expandable")
_RESERVED: Final = ("cpu_reserved_mhz", "memory_reserved_bytes")


class Pools:
    """The pools of one cluster; ``parents`` maps a pool to the one above, *supply* is what is left for the root: MHz and bytes."""

    def __init__(self, pools: Mapping[str, Ci], parents: Mapping[str, str], supply: Amounts) -> None:
        self._pools = pools
        self._parents = parents
        self._supply = supply
        self._promised = {uid: [number(pool, name) or 0 for name in _RESERVED] for uid, pool in pools.items()}

    def promise(self, pool: str, amounts: Sequence[float], sign: int = 1) -> None:
        """A VM of the pool is promised so much more, or (-1) less."""
        if pool in self._promised:
            self._promised[pool] = [int(have + sign * more) for have, more in zip(self._promised[pool], amounts, strict=True)]

    def admits(self, pool: str, wanted: Sequence[float]) -> bool:
        """Whether the pool can promise so much to a VM; one that is not known can."""
        return pool not in self._pools or all(want <= room for want, room in zip(wanted, self._room(pool), strict=True))

    def _room(self, pool: str) -> list[float]:
        room = self._own(pool)
        parent = self._parents.get(pool)
        if parent is None:
            return room
        more = self._room(parent)
        known = self._pools[pool].attributes
        return [have + (borrowed if known.get(name) else 0) for have, borrowed, name in zip(room, more, _EXPANDABLE, strict=True)]

    def _own(self, pool: str) -> list[float]:
        kept = self._reservation(pool) if pool in self._parents else list(self._supply)
        return [max(has - taken, 0) for has, taken in zip(kept, self._taken(pool), strict=True)]

    def _reservation(self, pool: str) -> list[float]:
        return [(number(self._pools[pool], name) or 0) * unit for name, unit in _RESERVATION]

    def _taken(self, pool: str) -> list[float]:
        taken: list[float] = list(self._promised[pool])
        for child, parent in self._parents.items():
            if parent == pool:
                inner = zip(self._reservation(child), self._taken(child), strict=True)
                taken = [have + max(pair) for have, pair in zip(taken, inner, strict=True)]
        return taken

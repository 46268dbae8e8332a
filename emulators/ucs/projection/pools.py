"""Addresses of pools that nobody has had yet; those that are or were assigned have records of their own."""

from __future__ import annotations

from typing import Final

from emulators.ucs import records
from emulators.ucs.config.pools.kinds import IP, IP6, KINDS, PoolKind
from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View
from emulators.ucs.records import ConfigMo

_SHARED: Final[tuple[str, ...]] = ("defGw", "prefix", "primDns", "secDns", "subnet")
"""What addresses take from their block."""


def _untouched(kind: PoolKind, view: View, pool: ConfigMo) -> Made:
    under = records.children(view.state, pool.domain, pool.dn)
    known = {one.name for one in under if one.class_id == kind.pooled}
    for block in under:
        if block.class_id != kind.block:
            continue
        shared = {name: block.props[name] for name in _SHARED if name in block.props} if kind in {IP, IP6} else {}
        for number in range(kind.parse(block.props["from"]), kind.parse(block.props["to"]) + 1):
            address = kind.write(pool, block, number)
            if address not in known:
                yield f"{pool.dn}/{address}", {**shared, kind.id_prop: address, "assigned": "no"}


def _declare(kind: PoolKind) -> None:
    def addresses(view: View, pool: ConfigMo) -> Made:
        """The pool's addresses without a record.  Volatile: nobody is told of a thousand of them at once."""
        return _untouched(kind, view, pool)

    live(kind.pooled, ConfigMo, of=kind.pool, volatile=True)(addresses)


for _kind in KINDS:
    _declare(_kind)

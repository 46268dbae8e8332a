"""Running sums over entities: what the VMs of a host or a pool add up to, kept by every change instead of counted again after it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Generic, TypeVar

from emulators.world.model.base import Entity

E = TypeVar("E", bound=Entity)
Sum = tuple[int, ...]


class Tally(Generic[E]):
    """What the entities of a kind with one value of an indexed field (no tuple) add up to: integers, so that sums are exact.

    ``amounts`` says what one adds, and depends on nothing but the fields of it in ``reads`` and the indexed one.
    """

    __slots__ = ("amounts", "cls", "field", "reads")

    def __init__(self, cls: type[E], field: str, amounts: Callable[[E], Sum], reads: Collection[str]) -> None:
        self.cls = cls
        self.field = field
        self.amounts = amounts
        self.reads = frozenset((*reads, field))


class Tallies:
    """The sums that somebody has asked for."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[Tally[Any], dict[str, Sum]]] = {}

    def find(self, tally: Tally[Any], value: str) -> Sum | None:
        """The sum for a value of the tally's field; None when nobody has asked for it yet."""
        return self._sums.get(tally.cls.KIND, {}).get(tally, {}).get(value)

    def begin(self, tally: Tally[E], value: str, members: Iterable[E]) -> Sum:
        """Sum up the entities of a value, and follow them from now on."""
        amounts = [tally.amounts(one) for one in members]
        found = tuple(map(sum, zip(*amounts, strict=True))) if amounts else ()
        self._sums.setdefault(tally.cls.KIND, {}).setdefault(tally, {})[value] = found
        return found

    def follow(self, old: Entity | None, new: Entity | None, fields: Collection[str] = ()) -> None:
        """An entity became another in ``fields``, or there was, or is, none."""
        entity = new or old
        for tally, sums in self._sums.get(entity.KIND, {}).items() if entity is not None else ():
            if fields and tally.reads.isdisjoint(fields):
                continue
            if old is not None:
                _add(tally, sums, old, -1)
            if new is not None:
                _add(tally, sums, new, 1)


def _add(tally: Tally[Any], sums: dict[str, Sum], entity: Entity, sign: int) -> None:
    value = getattr(entity, tally.field)
    known = sums.get(value)
    if known is not None:
        more = tally.amounts(entity)
        sums[value] = tuple(have + sign * one for have, one in zip(known or (0,) * len(more), more, strict=True))

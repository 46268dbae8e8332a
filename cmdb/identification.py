"""Which CI is it that a source sees?  By serial number or UUID first, then MAC, then name: as its class declares.

One answer, or none: several candidates are never merged, and never one of them taken; that becomes a task for people.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from cmdb.model import Ci, Value, class_of
from cmdb.reconciliation import new_uid

Find = Callable[[str, str, Value], Awaitable[Sequence[Ci]]]
"""CIs of a class (or below) by an indexed attribute, or ``name``: `GraphStore.find`, or the same with what is not written yet."""


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """What a source sees: a thing of a class (or below) with a name and attributes."""

    source: str
    key: str
    cls: str
    name: str
    attributes: Mapping[str, Value]


class Identified(msgspec.Struct, frozen=True):
    """``by`` is the identifier that decided, and ``value`` its value.  One candidate: it is that one.  Several: nobody can say."""

    candidates: tuple[Ci, ...] = ()
    by: tuple[str, ...] = ()
    value: str = ""

    @property
    def ci(self) -> Ci | None:
        """The one candidate."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def ambiguous(self) -> bool:
        """Whether there are several."""
        return len(self.candidates) > 1


async def identify(sighting: Sighting, find: Find, eligible: Callable[[Ci], bool] = lambda _: True) -> Identified:
    """Who it is, among the *eligible*: the strongest identifier that anybody matches decides.

    A candidate that contradicts a stronger identifier (another serial number under the same name) is not the same thing.
    """
    stronger: list[tuple[str, ...]] = []
    for identifier in class_of(sighting.cls).identifiers:
        values = [_value(sighting, name) for name in identifier]
        if all(value is not None for value in values):
            found = [ci for ci in await _matching(sighting, identifier, find) if eligible(ci) and not _contradicts(ci, sighting, stronger)]
            if found:
                shown = ", ".join("/".join(value) if isinstance(value, tuple) else str(value) for value in values)
                return Identified(tuple(sorted(found, key=lambda ci: ci.uid)), identifier, shown)
        stronger.append(identifier)
    return Identified()


def identifying(cls: str) -> frozenset[str]:
    """The attributes (and ``name``) of a class by which it can be identified."""
    return frozenset(name for identifier in class_of(cls).identifiers for name in identifier)


def tokens(cls: str, name: str, attributes: Mapping[str, Value]) -> frozenset[tuple[str, str]]:
    """What somebody could identify this by: (attribute, value), one for each element of a list."""
    found: set[tuple[str, str]] = set()
    for one in identifying(cls):
        value = name if one == "name" else attributes.get(one)
        for element in value if isinstance(value, tuple) else (value,):
            if element not in (None, ""):
                found.add((one, str(element)))
    return frozenset(found)


def task_uid(source: str, key: str) -> str:
    """The uid of the de-duplication task about something that a source sees."""
    return new_uid("DeDuplicationTask", source, key)


async def _matching(sighting: Sighting, identifier: tuple[str, ...], find: Find) -> list[Ci]:
    first = _value(sighting, identifier[0])
    found: dict[str, Ci] = {}
    for value in first if isinstance(first, tuple) else (first,):
        if value is not None:
            found |= {ci.uid: ci for ci in await find(sighting.cls, identifier[0], value)}
    return [ci for ci in found.values() if all(_agree(_of(ci, name), _value(sighting, name)) for name in identifier)]


def _contradicts(ci: Ci, sighting: Sighting, identifiers: Sequence[tuple[str, ...]]) -> bool:
    pairs = [(_of(ci, name), _value(sighting, name)) for identifier in identifiers if len(identifier) == 1 for name in identifier]
    return any(theirs is not None and ours is not None and not _agree(theirs, ours) for theirs, ours in pairs)


def _agree(theirs: Value | None, ours: Value | None) -> bool:
    """Equal; of lists, with an element in common."""
    if isinstance(theirs, tuple) and isinstance(ours, tuple):
        return bool(set(theirs) & set(ours))
    return theirs is not None and theirs == ours


def _value(sighting: Sighting, name: str) -> Value | None:
    value = sighting.name if name == "name" else sighting.attributes.get(name)
    return None if value in ("", ()) else value


def _of(ci: Ci, name: str) -> Value | None:
    return ci.name if name == "name" else ci.attributes.get(name)

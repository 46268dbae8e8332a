"""Where the entities of a domain stand: anchors by DN, by the DN above them, and members by group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from emulators.ucs.mit.declare import ANCHORS, MORE_PLACES, OVERRIDES, group_of
from emulators.ucs.schema import naming
from emulators.world.model import Entity
from emulators.world.state import WorldState


class Place(NamedTuple):
    """Where an entity stands, and what it is computed as."""

    dn: str
    group: str
    more: tuple[str, ...] = ()
    """Other DNs at which it has objects."""


class Places:
    """The anchored entities of one domain, in order of creation within each group."""

    def __init__(self, state: WorldState, domain: str) -> None:
        self._state = state
        self._domain = domain
        self._places: dict[str, Place] = {}
        self._at: dict[str, dict[str, None]] = {}
        self._under: dict[str, dict[str, None]] = {}
        self._members: dict[str, dict[str, None]] = {}
        for entity in state:
            if entity.KIND in ANCHORS:
                self._add(entity)

    def find(self, uid: str) -> Place | None:
        """Where an entity stands; None when it is not in this domain."""
        return self._places.get(uid)

    def at(self, dn: str) -> list[str]:
        """The entities that stand at a DN."""
        return list(self._at.get(dn, ()))

    def under(self, dn: str) -> list[str]:
        """The entities that stand directly under a DN."""
        return list(self._under.get(dn, ()))

    def members(self, group: str) -> list[str]:
        """The entities of a group."""
        return list(self._members.get(group, ()))

    def groups(self) -> list[str]:
        """Every group that has members."""
        return [group for group in self._members if group != OVERRIDES]

    def owners(self, dn: str) -> list[str]:
        """The entities whose objects may stand at a DN: those anchored at it, else at the nearest DN above."""
        for above in _upwards(dn):
            found = self._at.get(above)
            if found:
                return list(found)
        return []

    def update(self, uid: str) -> tuple[Place | None, Place | None]:
        """Look again where an entity stands; answers where it stood and where it does."""
        before = self._places.get(uid)
        entity = self._state.find(uid)
        after = None if entity is None else self._place(entity)
        if before == after:
            return before, after
        self._remove(uid)
        if entity is not None:
            self._add(entity)
        return before, after

    def _place(self, entity: Entity) -> Place | None:
        found = ANCHORS[entity.KIND](self._state, entity)
        if found is None or found[0] != self._domain:
            return None
        more = tuple(dn for function in MORE_PLACES.get(entity.KIND, ()) if (dn := function(self._state, entity)))
        return Place(found[1], group_of(entity), more)

    def _add(self, entity: Entity) -> None:
        place = self._place(entity)
        if place is None:
            return
        self._places[entity.uid] = place
        self._members.setdefault(place.group, {})[entity.uid] = None
        for dn in filter(None, (place.dn, *place.more)) if place.group != OVERRIDES else ():
            self._at.setdefault(dn, {})[entity.uid] = None
            self._under.setdefault(naming.parent_of(dn), {})[entity.uid] = None

    def _remove(self, uid: str) -> None:
        place = self._places.pop(uid, None)
        if place is not None:
            _discard(self._members, place.group, uid)
            for dn in filter(None, (place.dn, *place.more)):
                _discard(self._at, dn, uid)
                _discard(self._under, naming.parent_of(dn), uid)


def _upwards(dn: str) -> Iterator[str]:
    while dn:
        yield dn
        dn = naming.parent_of(dn)
    yield ""


def _discard(table: dict[str, dict[str, None]], key: str, uid: str) -> None:
    members = table.get(key)
    if members is not None:
        members.pop(uid, None)
        if not members:
            del table[key]

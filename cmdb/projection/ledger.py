"""What every entity states now, and who must be asked again when something changes.  In memory; no I/O.

Keys are what sources call things; bindings say which CI that is.  A claim or relation that several entities state stays while one of
them does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cmdb.model import Value
from cmdb.projection.others import Others
from cmdb.stores.port import RelationKey


class Held(NamedTuple):
    """A claim that an entity holds: ``source`` knows the CI ``ci`` under ``key``."""

    source: str
    key: str
    ci: str


class Stated(NamedTuple):
    """A relation as one source states it."""

    key: RelationKey
    by: str
    properties: dict[str, Value]


class Index:
    """Things that entities depend on, both ways round."""

    def __init__(self) -> None:
        self._of: dict[str, frozenset[str]] = {}
        self._who: dict[str, set[str]] = {}

    def put(self, entity: str, things: Iterable[str]) -> None:
        """The entity depends on exactly these from now on."""
        new, old = frozenset(things), self._of.pop(entity, frozenset())
        for thing in old - new:
            self._who[thing].discard(entity)
            if not self._who[thing]:
                del self._who[thing]
        for thing in new - old:
            self._who.setdefault(thing, set()).add(entity)
        if new:
            self._of[entity] = new

    def who(self, things: Iterable[str]) -> set[str]:
        """The entities that depend on any of these."""
        return {entity for thing in things for entity in self._who.get(thing, ())}


class Ledger:
    """The statements of all entities."""

    def __init__(self) -> None:
        self.readers = Index()
        """Who has read which entities and index entries."""
        self.linkers = Index()
        """Whose links name which keys."""
        self.seekers = Index()
        """Who identifies a CI by which values (`seek`)."""
        self.classes: dict[str, str] = {}
        """The classes of the CIs that entities found."""
        self.others = Others()
        self.claims: dict[str, tuple[Held, ...]] = {}
        self._links: dict[str, tuple[Stated, ...]] = {}
        self._bindings: dict[str, dict[str, str]] = {}
        self._bound_by: dict[str, dict[str, str]] = {}
        self._holders: dict[tuple[str, str], set[tuple[str, str]]] = {}
        self._stated: dict[RelationKey, dict[tuple[str, str], dict[str, Value]]] = {}

    # -- which CI is meant ------------------------------------------------------------------------------------------------------

    def binding(self, key: str) -> str | None:
        """The CI that a key names: the word of the entity of that uid first, then the first other one's."""
        by = self._bindings.get(key)
        return by.get(key) or by[min(by)] if by else None

    def bind(self, entity: str, bindings: dict[str, str]) -> set[str]:
        """An entity says from now on that these keys name these CIs; answers the keys that name another one, or none, now."""
        old = self._bound_by.pop(entity, {})
        before = {key: self.binding(key) for key in {*old, *bindings}}
        for key in old:
            del self._bindings[key][entity]
            if not self._bindings[key]:
                del self._bindings[key]
        for key, ci in bindings.items():
            self._bindings.setdefault(key, {})[entity] = ci
        if bindings:
            self._bound_by[entity] = bindings
        return {key for key, ci in before.items() if self.binding(key) != ci}

    # -- claims -----------------------------------------------------------------------------------------------------------------

    def hold(self, entity: str, claims: tuple[Held, ...]) -> None:
        """The entity holds exactly these claims from now on."""
        for source, key, ci in self.claims.pop(entity, ()):
            holders = self._holders[ci, source]
            holders.discard((key, entity))
            if not holders:
                del self._holders[ci, source]
        for source, key, ci in claims:
            self._holders.setdefault((ci, source), set()).add((key, entity))
        if claims:
            self.claims[entity] = claims

    def speaker(self, ci: str, source: str) -> tuple[str, str] | None:
        """Whose claim counts when several entities of a source claim the same CI: (key, entity) of the first by key."""
        return min(self._holders.get((ci, source), ()), default=None)

    # -- relations --------------------------------------------------------------------------------------------------------------

    def stated_by(self, entity: str) -> set[RelationKey]:
        """The relations that an entity states."""
        return {link.key for link in self._links.get(entity, ())}

    def state(self, entity: str, links: tuple[Stated, ...]) -> None:
        """The entity states exactly these relations from now on."""
        for key, by, _ in self._links.pop(entity, ()):
            stated = self._stated[key]
            stated.pop((by, entity), None)
            if not stated:
                del self._stated[key]
        for key, by, properties in links:
            self._stated.setdefault(key, {})[by, entity] = properties
        if links:
            self._links[entity] = links

    def relation(self, key: RelationKey) -> tuple[tuple[str, ...], dict[str, Value]] | None:
        """The sources that state a relation, and its properties; None when nobody does."""
        stated = self._stated.get(key)
        if not stated:
            return None
        return tuple(sorted({by for by, _ in stated})), stated[min(stated)]


def seek(attribute: str, value: str) -> str:
    """The name of a value that identifies, in the index of seekers."""
    return f"{attribute}={value}"

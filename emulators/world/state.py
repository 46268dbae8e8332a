"""The state of the world in memory: entities, indexes over them, and a record of who read what.

Reads can be tracked (``tracking``): an adapter that computes a property learns the keys it depends on, and each commit says
which keys it touched, so that caches are dropped exactly when they must be.  A key is a uid, ``(kind,)`` for the set of a kind,
``(kind, field, value)`` for the set that a look-up answers, or one of these sets with ``ANY`` at its end for what its members look like:
whoever reads a thousand VMs depends on two keys and not on a thousand.  ``derive`` remembers costly answers in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from dcsim.errors import NotFound
from emulators.world.events import Change, Created, Deleted, Updated
from emulators.world.model.base import Entity
from emulators.world.tallies import Sum, Tallies, Tally

E = TypeVar("E", bound=Entity)
T = TypeVar("T")
Key = str | tuple[str, ...]
ANY = "*"
_EVERYTHING: Key = ()


class WorldState:
    """All entities by uid, by kind and by their indexed fields, in order of creation."""

    def __init__(self) -> None:
        self._entities: dict[str, Entity] = {}
        self._index: dict[Key, dict[str, None]] = {}
        self._reads: set[Key] | None = None
        self._disordered: set[Key] = set()
        self._derived: dict[tuple[Any, str], tuple[Any, set[Key]]] = {}
        self._dependants: dict[Key, set[tuple[Any, str]]] = {}
        self._tallies = Tallies()
        self.next_number = 1

    def __len__(self) -> int:
        return len(self._entities)

    def __iter__(self) -> Iterator[Entity]:
        """Every entity, in order of creation."""
        if _EVERYTHING in self._disordered:
            self._entities = {entity.uid: entity for entity in sorted(self._entities.values(), key=_by_number)}
            self._disordered.discard(_EVERYTHING)
        return iter(self._entities.values())

    def find(self, uid: str) -> Entity | None:
        """The entity of that uid, or None."""
        if self._reads is not None:
            self._reads.add(uid)
        return self._entities.get(uid)

    def get(self, cls: type[E], uid: str) -> E:
        """The entity of that class and uid; raises NotFound."""
        entity = self.find(uid)
        if not isinstance(entity, cls):
            raise NotFound(f"There is no {cls.KIND.replace('_', ' ') or 'object'} {uid!r}.", subject=uid)
        return entity

    def maybe(self, cls: type[E], uid: str) -> E | None:
        """The entity of that class and uid, or None."""
        entity = self.find(uid)
        return entity if isinstance(entity, cls) else None

    def all(self, cls: type[E]) -> list[E]:
        """Every entity of a kind, in order of creation."""
        return self._members(self._in_order((cls.KIND,)), cls)

    def iterate(self, cls: type[E]) -> Iterator[E]:
        """Every entity of a kind, lazily, in order of creation; not for use across changes."""
        for uid in self._index.get(self._in_order((cls.KIND,)), ()):
            entity = self._entities[uid]
            if isinstance(entity, cls):
                yield entity

    def where(self, cls: type[E], field: str, value: str) -> list[E]:
        """The entities of a kind whose indexed ``field`` is (or, if it is a tuple, has) ``value``, in order of creation."""
        if field not in cls.INDEXED:
            raise TypeError(f"{cls.__name__}.{field} is not indexed")
        return sorted(self._members((cls.KIND, field, value), cls), key=_by_number)

    def one(self, cls: type[E], field: str, value: str) -> E | None:
        """The first of ``where``, or None."""
        found = self.where(cls, field, value)
        return found[0] if found else None

    def count(self, cls: type[E], field: str = "", value: str = "") -> int:
        """How many ``all`` or ``where`` would answer."""
        key: Key = (cls.KIND, field, value) if field else (cls.KIND,)
        if self._reads is not None:
            self._reads.add(key)
        return len(self._index.get(key, ()))

    @contextmanager
    def tracking(self) -> Iterator[set[Key]]:
        """Collect the keys of everything read inside the block; blocks nest, and the outer one collects the inner's too."""
        outer, self._reads = self._reads, set()
        reads = self._reads
        try:
            yield reads
        finally:
            self._reads = outer
            if outer is not None:
                outer |= reads

    def _in_order(self, key: Key) -> Key:
        if key in self._disordered:
            self._index[key] = dict.fromkeys(sorted(self._index.get(key, ()), key=lambda uid: self._entities[uid].number))
            self._disordered.discard(key)
        return key

    def derive(self, function: Callable[[WorldState, E], T], entity: E) -> T:
        """What a pure function of the state and an entity answers, remembered until something that it read changes."""
        key = (function, entity.uid)
        kept = self._derived.get(key)
        if kept is None or self._entities.get(entity.uid) is not entity:
            with self.tracking() as reads:
                reads.add(entity.uid)
                value = function(self, entity)
            if self._entities.get(entity.uid) is entity:
                self._remember(key, value, reads)
            return value
        if self._reads is not None:
            self._reads |= kept[1]
        answer: T = kept[0]
        return answer

    def tally(self, tally: Tally[E], value: str) -> Sum:
        """What the entities whose field has that value add up to; empty when there has been none."""
        key = (tally.cls.KIND, tally.field, value)
        if self._reads is not None:
            self._reads |= {key, (*key, ANY)}
        found = self._tallies.find(tally, value)
        return self._tallies.begin(tally, value, self._members(key, tally.cls)) if found is None else found

    def _remember(self, key: tuple[Any, str], value: object, reads: set[Key]) -> None:
        self._derived[key] = value, reads
        for read in reads:
            self._dependants.setdefault(read, set()).add(key)

    def _drop_derived(self, change: Change) -> None:
        if not self._derived:
            return
        for touched in touched_keys(change):
            for key in self._dependants.pop(touched, ()):
                self._derived.pop(key, None)

    def _members(self, key: Key, cls: type[E]) -> list[E]:
        if self._reads is not None:
            self._reads.add(key)
            self._reads.add((*key, ANY))
        entities = self._entities
        return [entities[uid] for uid in self._index.get(key, ())]  # type: ignore[misc]  # the index holds only entities of the key's kind

    # -- changes: only evolve and transactions call these ------------------------------------------------------------------

    def apply(self, change: Change) -> None:
        """Make one change."""
        self._drop_derived(change)
        match change:
            case Created(entity):
                self._add(entity)
            case Updated(old, new, fields):
                self._replace(old, new, fields)
            case Deleted(entity):
                self._remove(entity)

    def load(self, entity: Entity) -> None:
        """Put an entity back that the journal has."""
        self._drop_derived(Created(entity))
        self._add(entity)

    def undo(self, change: Change) -> None:
        """Take one change back; changes are undone in the reverse of their order."""
        self._drop_derived(change)
        match change:
            case Created(entity):
                self._remove(entity)
            case Updated(old, new, fields):
                self._replace(new, old, fields)
            case Deleted(entity):
                self._add(entity)

    def _add(self, entity: Entity) -> None:
        self._note_order(entity)
        self._tallies.follow(None, entity)
        self._entities[entity.uid] = entity
        for key in keys_of(entity):
            self._index.setdefault(key, {})[entity.uid] = None
        if entity.number >= self.next_number:
            self.next_number = entity.number + 1

    def _note_order(self, entity: Entity) -> None:
        """What comes back with an old number (taken back, reverted, restored) stands at the end of its kind, where it does not belong."""
        key: Key = (entity.KIND,)
        for members, of in ((self._index.get(key), key), (self._entities, _EVERYTHING)):
            if members and self._entities[next(reversed(members))].number > entity.number:
                self._disordered.add(of)

    def _remove(self, entity: Entity) -> None:
        self._tallies.follow(entity, None)
        del self._entities[entity.uid]
        for key in keys_of(entity):
            self._unindex(key, entity.uid)

    def _replace(self, old: Entity, new: Entity, fields: tuple[str, ...] = ()) -> None:
        self._tallies.follow(old, new, fields)
        self._entities[new.uid] = new
        if old.number != new.number:
            self._disordered |= {(new.KIND,), _EVERYTHING}
        for field in new.INDEXED:
            if getattr(old, field) != getattr(new, field):
                before, after = set(field_keys(old, field)), set(field_keys(new, field))
                for key in before - after:
                    self._unindex(key, old.uid)
                for key in sorted(after - before):
                    self._index.setdefault(key, {})[new.uid] = None

    def _unindex(self, key: Key, uid: str) -> None:
        members = self._index[key]
        del members[uid]
        if not members:
            del self._index[key]


def _by_number(entity: Entity) -> int:
    return entity.number


def keys_of(entity: Entity) -> Iterator[Key]:
    """The index keys that an entity stands under."""
    yield (entity.KIND,)
    for field in entity.INDEXED:
        yield from field_keys(entity, field)


def field_keys(entity: Entity, field: str) -> list[tuple[str, ...]]:
    """The index keys of one indexed field."""
    value = getattr(entity, field)
    if isinstance(value, tuple):
        return [(entity.KIND, field, item) for item in value]
    return [(entity.KIND, field, value)] if value else []


def touched_keys(change: Change) -> Iterator[Key]:
    """The keys whose readers must look again after this change."""
    match change:
        case Created(entity) | Deleted(entity):
            yield entity.uid
            yield from keys_of(entity)
        case Updated(old, new, fields):
            yield new.uid
            for key in keys_of(new):
                yield (*key, ANY)
            for field in new.INDEXED:
                if field in fields:
                    yield from field_keys(old, field)
                    yield from field_keys(new, field)

"""What the engine's journal says of each entity, however its events come: twice, late, or in another order.

Each field of an entity has the sequence number of the event that set it, so that only newer news count; an entity that was deleted
has the sequence number of its end.  So the mirror depends on which events were heard, not on how.  No I/O; the projector loads it and
writes what changed in the transaction of the graph.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from cmdb.projection.declare import PROJECTIONS, S, Shape


class EntityChange(msgspec.Struct, frozen=True):
    """One change in an event of the engine's: ``op`` is created, updated or deleted; ``after`` holds the fields concerned."""

    op: str
    kind: str
    uid: str
    version: int
    after: dict[str, Any] | None = None


class EntityChanges(msgspec.Struct, frozen=True):
    """The payload of an event of the engine's, as far as it is read here."""

    changes: tuple[EntityChange, ...] = ()


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of one entity.

    ``born`` is the sequence number as of which ``fields`` were whole (0: they are not, its beginning has not been heard), ``version``
    the entity's version then; ``later`` has the sequence numbers of fields that were set since.
    """

    kind: str
    born: int = 0
    version: int = 0
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    later: dict[str, int] = msgspec.field(default_factory=dict)


class Outdated(Exception):
    """The change is older than what is known: nothing to do."""


UNKNOWN: Final = Known("")


def created(known: Known, change: EntityChange, sequence: int) -> Known:
    """What is known after a creation, which may come after changes that followed it.  Raises Outdated, and ValidationError for nonsense."""
    if known.born >= sequence:
        raise Outdated
    later = {name: at for name, at in known.later.items() if at > sequence}
    fields = _kept(change) | {name: known.fields[name] for name in later}
    return _checked(Known(change.kind, sequence, change.version, fields, later))


def updated(known: Known, change: EntityChange, sequence: int) -> Known:
    """What is known after an update, which may come before the creation.  Raises Outdated, and ValidationError for nonsense."""
    if sequence <= known.born or (known.born and change.version <= known.version):
        raise Outdated
    newer = {name: value for name, value in _kept(change).items() if known.later.get(name, 0) < sequence}
    if not newer:
        raise Outdated
    later = {**known.later, **dict.fromkeys(newer, sequence)}
    return _checked(Known(change.kind, known.born, known.version, known.fields | newer, later))


def ended(known: Known, sequence: int) -> Known | None:
    """What is known after an end: only what has been heard of a life that begins after it."""
    later = {name: at for name, at in known.later.items() if at > sequence}
    return Known(known.kind, 0, 0, {name: known.fields[name] for name in later}, later) if later else None


def _kept(change: EntityChange) -> dict[str, Any]:
    wanted = PROJECTIONS[change.kind].fields
    return {name: value for name, value in (change.after or {}).items() if name in wanted}


def _checked(known: Known) -> Known:
    """The same, if it can be read as its kind's shape."""
    if known.born:
        msgspec.convert(known.fields, PROJECTIONS[known.kind].shape)
    return known


class Mirror:
    """Every known entity, with an index of the fields by which declarations look others up."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._index: dict[tuple[str, str, str], set[str]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, uid: str) -> bool:
        return uid in self._known

    def known(self, uid: str) -> Known | None:
        """What is known of an entity; None for nothing."""
        return self._known.get(uid)

    def uids(self, kinds: Iterable[str] | None = None) -> list[str]:
        """The uids of all entities, or of those of some kinds."""
        wanted = None if kinds is None else set(kinds)
        return [uid for uid, known in self._known.items() if wanted is None or known.kind in wanted]

    def put(self, uid: str, known: Known | None) -> set[str]:
        """Know this of an entity from now on (None: nothing); answers the index entries that it left or entered (see `token`)."""
        before = self._entries(self._known.get(uid))
        after = self._entries(known)
        for entry in before - after:
            self._index[entry].discard(uid)
            if not self._index[entry]:
                del self._index[entry]
        for entry in after - before:
            self._index.setdefault(entry, set()).add(uid)
        if known is None:
            self._known.pop(uid, None)
        else:
            self._known[uid] = known
        return {token(*entry) for entry in before | after}

    def _entries(self, known: Known | None) -> set[tuple[str, str, str]]:
        if known is None or not known.born:
            return set()
        indexed = PROJECTIONS[known.kind].indexed
        return {(known.kind, name, value) for name in indexed if (value := known.fields.get(name))}

    def found(self, kind: str, field: str, value: str) -> list[str]:
        """The uids of entities by an indexed field, sorted."""
        return sorted(self._index.get((kind, field, value), ()))


def token(kind: str, field: str, value: str) -> str:
    """The name of an index entry among the things that a declaration has read."""
    return f"{kind}.{field}={value}"


class Reading:
    """A `View` on a mirror that remembers what was asked for in ``reads``: uids and index entries."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self.reads: set[str] = set()

    def look(self, shape: type[S], uid: str) -> S | None:
        """See `View`."""
        self.reads.add(uid)
        return shape_of(self._mirror.known(uid), shape)

    def where(self, kind: str, shape: type[S], field: str, value: str) -> list[S]:
        """See `View`."""
        self.reads.add(token(kind, field, value))
        found = (shape_of(self._mirror.known(uid), shape) for uid in self._mirror.found(kind, field, value))
        return [one for one in found if one is not None]


def shape_of(known: Known | None, shape: type[S]) -> S | None:
    """An entity as a declaration reads it; None unless its beginning is known, or when it is a thing of another kind."""
    if known is None or not known.born:
        return None
    try:
        return msgspec.convert(known.fields, shape)
    except msgspec.ValidationError:
        if issubclass(PROJECTIONS[known.kind].shape, shape):
            raise
        return None


def own_shape(known: Known) -> Shape | None:
    """An entity as its own declaration reads it."""
    return shape_of(known, PROJECTIONS[known.kind].shape)

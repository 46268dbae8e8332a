"""Who changed what, as ``aaaModLR``: the journal's records of configuration objects that clients of the XML API changed.

The newest ``MOST`` are kept; after a restart, those among the journal's last ``LOOK_BACK`` entries.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple

from dcsim.events import Actor
from emulators.ucs.mit.node import Node
from emulators.ucs.mit.view import stamp
from emulators.ucs.providers.base import FlatProvider
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema.metadata import Schema
from emulators.world.engine import Committed, World
from emulators.world.events import Change, Created, Deleted, Record, Updated
from emulators.world.journal import StoredRecord

MOST: Final = 1000
LOOK_BACK: Final = 5000
_INDICATOR: Final = {"created": "creation", "updated": "modification", "deleted": "deletion"}
_MOST_TEXT: Final = 256


class Entry(NamedTuple):
    """One line of the log."""

    sequence: int
    created: str
    user: str
    session: str
    operation: str
    dn: str
    class_id: str
    changed: Mapping[str, str]


class Audit(FlatProvider):
    """The log of one domain."""

    CLASS_ID: ClassVar[str] = "aaaModLR"
    HOME: ClassVar[str] = "aaa-log/"

    def __init__(self, world: World, domain: str, schema: Schema) -> None:
        self._world = world
        self._domain = domain
        self._meta = schema.get(self.CLASS_ID)
        self._entries: deque[Entry] = deque(maxlen=MOST)
        self._unwatch = world.watch(self._committed)

    def close(self) -> None:
        """Stop following the world."""
        self._unwatch()

    def nodes(self) -> Iterator[Node]:
        """Every line, oldest first."""
        return map(self._node, tuple(self._entries))

    def _node(self, entry: Entry) -> Node:
        done = {"creation": "created", "modification": "modified", "deletion": "deleted"}[entry.operation]
        changes = ", ".join(f"{name}:{value}" for name, value in sorted(entry.changed.items()))
        props = {
            "affected": entry.dn,
            "cause": "transition",
            "changeSet": changes[:_MOST_TEXT],
            "created": entry.created,
            "descr": f"{entry.class_id} {entry.dn} {done}"[:_MOST_TEXT],
            "id": str(entry.sequence),
            "ind": entry.operation,
            "sessionId": entry.session,
            "severity": "info",
            "trig": "admin",
            "txId": str(entry.sequence),
            "user": entry.user,
        }
        return Node(self._meta, f"{self.HOME}{entry.sequence}", props)

    def _committed(self, committed: Committed) -> None:
        for record in committed.records:
            if _is_ours(record.actor):
                self._entries.extend(entry for change in record.event.changes if (entry := self._entry(record, change)) is not None)

    def _entry(self, record: Record, change: Change) -> Entry | None:
        operation, entity, changed = _told(change)
        if not isinstance(entity, ConfigMo) or entity.domain != self._domain:
            return None
        actor = record.actor
        return Entry(
            record.sequence, stamp(record.simulated), actor.principal, actor.request_id, operation, entity.dn, entity.class_id, changed
        )

    def load(self) -> None:
        """Read what the journal still tells; may run in a thread of its own, before anything is committed."""
        stored = self._world.journal.records(after=max(self._world.sequence - LOOK_BACK, 0), limit=LOOK_BACK)
        known = _identities(stored)
        for record in stored:
            if _is_ours(record.actor):
                self._entries.extend(self._recalled(record, known))

    def _recalled(self, record: StoredRecord, known: Mapping[str, dict[str, Any]]) -> Iterator[Entry]:
        for change in record.event.payload().changes:
            whole = known.get(change.uid) or _as_data(self._world, change.uid)
            if change.kind == ConfigMo.KIND and whole is not None and whole["domain"] == self._domain:
                before, after = (change.before or {}).get("props", {}), (change.after or {}).get("props", {})
                changed = {name: value for name, value in after.items() if before.get(name) != value}
                dn, class_id, actor = str(whole["dn"]), str(whole["class_id"]), record.actor
                operation = _INDICATOR[change.op]
                yield Entry(record.sequence, stamp(record.simulated), actor.principal, actor.request_id, operation, dn, class_id, changed)


def _is_ours(actor: Actor) -> bool:
    return actor.api == "ucs" and actor.operation != "bootstrap"


def _told(change: Change) -> tuple[str, Any, dict[str, str]]:
    match change:
        case Created(entity):
            return "creation", entity, dict(getattr(entity, "props", {}))
        case Deleted(entity):
            return "deletion", entity, {}
        case Updated(old, new):
            before, after = getattr(old, "props", {}), getattr(new, "props", {})
            return "modification", new, {name: value for name, value in after.items() if before.get(name) != value}


def _identities(stored: Iterable[StoredRecord]) -> dict[str, dict[str, Any]]:
    """What the records themselves say of the objects that they create or delete whole."""
    found: dict[str, dict[str, Any]] = {}
    for record in stored:
        for change in record.event.payload().changes if _is_ours(record.actor) else ():
            whole = change.after if change.op == "created" else change.before if change.op == "deleted" else None
            if whole is not None and change.kind == ConfigMo.KIND:
                found[change.uid] = whole
    return found


def _as_data(world: World, uid: str) -> dict[str, Any] | None:
    record = world.state.maybe(ConfigMo, uid)
    return None if record is None else {"domain": record.domain, "dn": record.dn, "class_id": record.class_id}

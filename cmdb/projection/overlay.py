"""The graph as it will be when the batch at hand is written: what was read from the store, and what has become of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from cmdb.history import Cause, change_of_relation, changes_of_ci
from cmdb.model import Ci, Cursor, HistoryRow, Processed, Relation, Tombstone, Value, is_a
from cmdb.model.graph import content_of_ci
from cmdb.projection.ledger import Ledger
from cmdb.projection.others import Properties, joined
from cmdb.stores.port import Batch, GraphStore, Record, RelationKey

TASKS = "cmdb"
"""The source of the CMDB's own statements: de-duplication tasks."""


class Overlay:
    """One batch in the making."""

    def __init__(self, store: GraphStore, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._original: dict[str, Ci | None] = {}
        self._now: dict[str, Ci | None] = {}
        self._before: dict[str, Ci | None] = {}
        self._changed: set[str] = set()
        self._found: dict[tuple[str, str, Value], Sequence[Ci]] = {}
        self._relations: dict[RelationKey, Relation | None] = {}
        self._history: list[HistoryRow] = []
        self.records: dict[tuple[str, str], Record] = {}
        self.tombstones: dict[str, Tombstone] = {}
        self.revived: set[tuple[str, str]] = set()
        self.processed: list[Processed] = []
        self.cursors: dict[str, Cursor] = {}

    # -- CIs --------------------------------------------------------------------------------------------------------------------

    async def load(self, uids: Iterable[str]) -> None:
        """Read those that have not been read."""
        missing = [uid for uid in dict.fromkeys(uids) if uid not in self._original]
        if missing:
            found = await self._store.nodes(missing)
            for uid in missing:
                self._original[uid] = self._now[uid] = found.get(uid)

    def ci(self, uid: str) -> Ci | None:
        """A CI that has been loaded, as it is by now."""
        return self._now[uid]

    def put(self, uid: str, ci: Ci | None) -> None:
        """It is this from now on (None: gone)."""
        self._before.setdefault(uid, self._now[uid])
        self._changed.add(uid)
        self._now[uid] = ci

    async def find(self, cls: str, attribute: str, value: Value) -> Sequence[Ci]:
        """`GraphStore.find`, as it will be; what the batch changes is looked through as well.

        The store is asked once: nobody else writes meanwhile, and who does all the same is noticed by the versions.
        """
        asked = (cls, attribute, value)
        if asked not in self._found:
            self._found[asked] = await self._store.find(cls, attribute, value)
        found = {ci.uid: ci for ci in self._found[asked] if ci.uid not in self._changed}
        for ci in map(self._now.get, self._changed):
            if ci is not None and is_a(ci.cls, cls) and _has(ci, attribute, value):
                found[ci.uid] = ci
        return [found[uid] for uid in sorted(found)]

    # -- relations --------------------------------------------------------------------------------------------------------------

    def before_relations(self, keys: Iterable[RelationKey]) -> dict[RelationKey, Relation | None]:
        """What is stated of some relations now, to be compared by `relations_changed` when that has changed."""
        return {key: self._stated(key, self._is_there) for key in keys}

    def relations_changed(self, before: dict[RelationKey, Relation | None], cause: Cause) -> None:
        """Take in what has become of them."""
        for key, old in sorted(before.items()):
            self._relation_changed(key, old, self._stated(key, self._is_there), cause)

    def relate(self, key: RelationKey, by: str, properties: Properties | None, cause: Cause) -> None:
        """Somebody else than the engine states a relation between loaded CIs, or (None) does not any more."""
        before = self.before_relations([key])
        record = self._ledger.others.put(key, by, properties)
        self.records[record.space, record.key] = record
        self.relations_changed(before, cause)

    async def reconnect(self, cause: Cause) -> None:
        """What others state goes with an end of it, and comes back with it."""
        if not self._ledger.others:
            return
        turned = [uid for uid, before in self._before.items() if (before is None) is not (self._now[uid] is None)]
        keys = sorted(self._ledger.others.at(turned))
        await self.load(end for key in keys for end in (key[0], key[2]))
        for key in keys:
            old = self._relations[key] if key in self._relations else self._stated(key, self._was_there)
            self._relation_changed(key, old, self._stated(key, self._is_there), cause)

    def _relation_changed(self, key: RelationKey, old: Relation | None, new: Relation | None, cause: Cause) -> None:
        if old != new:
            self._relations[key] = new
            source = self._now.get(key[0]) or self._before.get(key[0])
            row = change_of_relation(source.cls if source else self._ledger.classes.get(key[0], "CI"), old, new, cause)
            self._history += [row] if row else []

    def _stated(self, key: RelationKey, is_there: Callable[[str], bool]) -> Relation | None:
        ours, said = self._ledger.relation(key), self._ledger.others.said(key)
        if said and not (is_there(key[0]) and is_there(key[2])):
            said = {}
        if not said:
            return Relation(*key, ours[1], ours[0]) if ours else None
        return Relation(*key, joined(said, ours[1] if ours else {}), tuple(sorted({*said, *(ours[0] if ours else ())})))

    def _is_there(self, uid: str) -> bool:
        """Whether a CI is there by now; one that nobody has looked at is not being changed."""
        return uid not in self._now or self._now[uid] is not None

    def _was_there(self, uid: str) -> bool:
        return self._before[uid] is not None if uid in self._before else self._is_there(uid)

    # -- the batch --------------------------------------------------------------------------------------------------------------

    def close_event(self, cause: Cause) -> None:
        """Write history for what has become of CIs since the last call."""
        for uid, before in sorted(self._before.items()):
            self._history += changes_of_ci(before, self._now[uid], cause)
        self._before.clear()

    @property
    def size(self) -> int:
        """How much the batch has to write, about."""
        return len(self._now) + len(self._relations) + len(self.records)

    def batch(self) -> Batch:
        """All of it."""
        upserts = [ci for uid in self._now if (ci := self._written(uid)) is not None]
        removals = [uid for uid, ci in self._now.items() if ci is None and self._original[uid] is not None]
        kept = self._relations
        gone = {uid for uid, ci in self._now.items() if ci is None}
        return Batch(
            expect={uid: original.version if (original := self._original[uid]) else 0 for uid in [*removals, *(ci.uid for ci in upserts)]},
            removals=removals,
            upserts=upserts,
            unrelated=[key for key, relation in kept.items() if relation is None],
            related=[relation for relation in kept.values() if relation is not None and not {relation.source, relation.target} & gone],
            history=self._history,
            tombstones=list(self.tombstones.values()),
            revived=sorted(self.revived),
            processed=self.processed,
            cursors=self.cursors,
            records=list(self.records.values()),
        )

    def written(self, uid: str) -> Ci | None:
        """A loaded CI as the batch leaves it, with its version; None when it is gone."""
        return self._written(uid) or (self._now[uid] and self._original[uid])

    @property
    def touched(self) -> list[tuple[Ci | None, Ci | None]]:
        """What has become of CIs since the last `close_event`: before and after."""
        return [(before, self._now[uid]) for uid, before in self._before.items()]

    def _written(self, uid: str) -> Ci | None:
        ci, original = self._now[uid], self._original[uid]
        if ci is None or ci is original:
            return None
        if original is None:
            return ci
        return msgspec.structs.replace(ci, version=original.version + 1) if content_of_ci(ci) != content_of_ci(original) else None


def _has(ci: Ci, attribute: str, value: Value) -> bool:
    own = ci.name if attribute == "name" else ci.attributes.get(attribute)
    return value in own if isinstance(own, tuple) else own == value

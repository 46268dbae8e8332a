"""Relations that people and imports state, beside what the engine's entities do.

They are kept as records, each with its own properties, so that what one of them takes back is what it said itself; and so that a relation
whose end is gone for a while (another world, a host that is built anew) is there again with it.  In memory as well; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from cmdb.model import Value
from cmdb.stores.port import Record, RelationKey

STATED: Final = "stated-relation"
"""The space of the records: source, type and target in the key, what each says in the value."""
PERSON: Final = "person"

Properties = dict[str, Value]


class Others:
    """Who else states which relations, with which properties."""

    def __init__(self) -> None:
        self._said: dict[RelationKey, dict[str, Properties]] = {}
        self._at: dict[str, set[RelationKey]] = {}

    def __bool__(self) -> bool:
        return bool(self._said)

    def load(self, records: Mapping[str, Any]) -> None:
        """Take in what the store has."""
        for name, said in records.items():
            source, verb, target = name.split(" ")
            for by, properties in said.items():
                self.put((source, verb, target), by, properties)

    def said(self, key: RelationKey) -> Mapping[str, Properties]:
        """Source → properties."""
        return self._said.get(key, {})

    def at(self, uids: Iterable[str]) -> set[RelationKey]:
        """The relations that have one of these at either end."""
        return {key for uid in uids for key in self._at.get(uid, ())}

    def put(self, key: RelationKey, by: str, properties: Properties | None) -> Record:
        """It is stated like this from now on (None: not any more); answers the record that keeps it."""
        said = dict(self._said.get(key, {}))
        said.pop(by, None)
        if properties is not None:
            said[by] = properties
        if said:
            self._said[key] = said
            for end in (key[0], key[2]):
                self._at.setdefault(end, set()).add(key)
        elif self._said.pop(key, None) is not None:
            self._let_go(key)
        return Record(STATED, " ".join(key), said or None)

    def _let_go(self, key: RelationKey) -> None:
        for end in {key[0], key[2]}:
            self._at[end].discard(key)
            if not self._at[end]:
                del self._at[end]


def joined(said: Mapping[str, Properties], ours: Properties) -> Properties:
    """The properties that follow: people's word counts first, then ours, then what imports say."""
    imported = [said[by] for by in sorted(said, reverse=True) if by != PERSON]
    found: Properties = {}
    for properties in (*imported, ours, said.get(PERSON, {})):
        found |= properties
    return found

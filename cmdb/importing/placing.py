"""Rows to CIs: which one a row is about, what it becomes, and to what it is related.  What is wrong is noted by row and field."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cmdb.editing.bodies import Name, Tag
from cmdb.editing.claims import stated
from cmdb.editing.linking import check_circle, checked_link
from cmdb.identification import Sighting, identify
from cmdb.importing.rows import Row, RowRelation
from cmdb.model import RELATIONS, Ci, Claim, Value, class_of, is_a
from cmdb.projection.overlay import Overlay
from cmdb.reconciliation import NAME, TAGS, claimed, new_uid
from cmdb.stores.port import GraphStore
from dcsim.errors import InvalidArgument, RowError


class Placed(msgspec.Struct, kw_only=True):
    """A row that has found its CI."""

    number: int
    row: Row
    uid: str
    before: Ci | None
    after: Ci
    links: dict[tuple[str, str], dict[str, Value]] = msgspec.field(default_factory=dict)


class Placing:
    """Rows one after another, over one overlay: a row sees the CIs of those before it."""

    def __init__(self, overlay: Overlay, store: GraphStore, source: str, at: datetime) -> None:
        self._overlay = overlay
        self._store = store
        self._source = source
        self._at = at
        self._by_uid: dict[str, Placed] = {}
        self._foreign: dict[str, str] = {}
        self.errors: list[RowError] = []

    @property
    def placed(self) -> list[Placed]:
        """The good rows."""
        return list(self._by_uid.values())

    async def place(self, number: int, row: Row) -> None:
        """Find the row's CI, and make what it becomes."""
        try:
            placed = await self._placed(number, row)
        except InvalidArgument as error:
            self.errors.append(RowError(number, error.field or "", error.message))
            return
        self._by_uid[placed.uid] = placed
        if row.foreign:
            self._foreign[row.uid] = placed.uid
        if placed.after is not placed.before:
            self._overlay.put(placed.uid, placed.after)

    async def link(self, placed: Placed) -> None:
        """Find what the row's relations lead to; a row with a bad one is a bad row."""
        try:
            for relation in placed.row.relations:
                target = await self._target(placed.after, relation)
                await check_circle(self._store, placed.after, relation.type, target)
                placed.links[relation.type, target.uid] = checked_link(placed.after, relation.type, target, relation.properties)
        except InvalidArgument as error:
            self.errors.append(RowError(placed.number, placed_field(error, placed.row), error.message))
            del self._by_uid[placed.uid]
            self._overlay.put(placed.uid, placed.before)

    async def _placed(self, number: int, row: Row) -> Placed:
        before = await self._existing(row)
        cls = before.cls if before else row.cls
        said = _said(cls, row, required=before is None)
        key = before.uid if before else _key(cls, row, said)
        uid = before.uid if before else new_uid(cls, self._source, key)
        await self._overlay.load([uid])
        before = before or self._overlay.ci(uid)
        if uid in self._by_uid:
            raise InvalidArgument(f"It is the same CI as in row {self._by_uid[uid].number}.", field="uid" if row.uid else "name")
        old = before.sources.get(self._source) if before else None
        after = claimed(before, uid, cls, self._source, Claim(old.key if old else key, 0, said), self._at)
        assert after is not None  # noqa: S101 - it has a claim
        return Placed(number=number, row=row, uid=uid, before=before, after=after)

    async def _existing(self, row: Row) -> Ci | None:
        if row.uid:
            here = new_uid(row.cls, self._source, row.uid) if row.foreign else row.uid
            await self._overlay.load([row.uid, here])
            found = self._overlay.ci(row.uid) or self._overlay.ci(here)
            if found is None and not row.foreign:
                raise InvalidArgument(f"There is no CI {row.uid!r}.", field="uid")
            if found is not None and row.cls and not is_a(found.cls, row.cls):
                raise InvalidArgument(f"{row.uid} is a {found.cls}, not a {row.cls}.", field="class")
            if found is not None:
                return found
        if class_of(row.cls or "CI").abstract:
            raise InvalidArgument(f"{row.cls or 'A row without uid'}: a class of CIs is needed.", field="class")
        return await self._identified(row)

    async def _identified(self, row: Row) -> Ci | None:
        attributes = stated(row.cls, row.attributes)
        sighting = Sighting(source=self._source, key="", cls=row.cls, name=row.name, attributes=attributes)
        found = await identify(sighting, self._overlay.find)
        if row.foreign and found.ci and found.ci.uid in self._by_uid:
            return None  # the other CMDB tells them apart
        if found.ambiguous:
            uids = ", ".join(ci.uid for ci in found.candidates[:5])
            raise InvalidArgument(f"{found.value!r} may be any of {uids}; say which by uid.", field=found.by[0])
        if found.ci or any(name in attributes for name in _strong(row.cls)):
            return found.ci
        named = await self._overlay.find(row.cls, NAME, row.name) if row.name else []
        if len(named) > 1:
            raise InvalidArgument(f"{len(named)} CIs are called {row.name!r}; say which by uid.", field="name")
        return named[0] if named else None

    async def _target(self, source: Ci, relation: RowRelation) -> Ci:
        uid = self._foreign.get(relation.target, relation.target)
        await self._overlay.load([uid])
        found = self._overlay.ci(uid)
        if found is not None:
            return found
        classes = {one.target for one in RELATIONS if one.name == relation.type and is_a(source.cls, one.source)}
        if not classes:
            raise InvalidArgument(f"There is no relation {source.cls} -{relation.type}->.", field=relation.type)
        named = {ci.uid: ci for cls in sorted(classes) for ci in await self._overlay.find(cls, NAME, relation.target)}
        if len(named) != 1:
            raise InvalidArgument(f"{len(named)} CIs that {relation.type} may lead to are called {relation.target!r}.", field=relation.type)
        return next(iter(named.values()))


def placed_field(error: InvalidArgument, row: Row) -> str:
    """The field of a relation at fault: its verb, for a table has a column of that name."""
    verbs = {relation.type for relation in row.relations}
    return error.field if error.field in verbs else "relations"


def _said(cls: str, row: Row, *, required: bool) -> dict[str, Value]:
    said = stated(cls, row.attributes)
    if row.name:
        said[NAME] = _checked(row.name, Name, "name", "A name has 1 to 255 characters, and no control characters.")
    elif required:
        raise InvalidArgument("A new CI needs a name.", field="name")
    if row.tags:
        why = "A tag has 1 to 64 characters, none of them a comma, semicolon, slash or control."
        said[TAGS] = tuple(sorted({_checked(tag, Tag, "tags", why) for tag in row.tags}))
    return said


def _checked(text: str, kind: object, field: str, why: str) -> str:
    try:
        return str(msgspec.convert(text, kind))
    except msgspec.ValidationError as error:
        raise InvalidArgument(why, field=field) from error


def _strong(cls: str) -> set[str]:
    """Attributes each of which identifies alone: who has another one under the same name is another thing."""
    return {identifier[0] for identifier in class_of(cls).identifiers if len(identifier) == 1} - {NAME}


def _key(cls: str, row: Row, said: dict[str, Value]) -> str:
    """What the list calls a thing that nobody knew: another CMDB's uid, its first identifier that is stated whole, else its name."""
    if row.foreign:
        return row.uid
    for identifier in class_of(cls).identifiers:
        if all(name in said for name in identifier):
            return "\x1f".join(str(said[name]) for name in identifier)
    return row.name

"""The history of the graph: rows for what changes, a CI as it was at an instant, and what differs between two.

Rows are only ever added.  What a CI was at an instant follows from what it is by undoing the rows since, so the past needs no copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from cmdb.model import Ci, HistoryRow, Relation
from dcsim.events import Actor

CREATED, UPDATED, DELETED, RELATED, UNRELATED = "created", "updated", "deleted", "related", "unrelated"


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why something changes: when, who asked for it, and which event of which source said so."""

    at: datetime
    actor: Actor = Actor()
    source: str = ""
    event_id: str = ""
    sequence: int = 0


def changes_of_ci(before: Ci | None, after: Ci | None, cause: Cause) -> list[HistoryRow]:
    """The row for a CI that became another (None: that is not there); none when nothing that people see differs."""
    if after is None:
        return [] if before is None else [_row(before, DELETED, cause, before=_whole(before))]
    if before is None:
        return [_row(after, CREATED, cause, after=_whole(after))]
    old, new = _difference(before, after)
    return [_row(after, UPDATED, cause, old, new)] if old or new else []


def change_of_relation(cls: str, before: Relation | None, after: Relation | None, cause: Cause) -> HistoryRow | None:
    """The row, at its source (of class *cls*), for a relation that came, went, or got other properties."""
    old, new = (_end(relation) if relation else {} for relation in (before, after))
    if old == new:
        return None
    subject = after or before
    assert subject is not None  # noqa: S101 - they differ
    op = RELATED if after else UNRELATED
    return HistoryRow(
        at=cause.at, uid=subject.source, cls=cls, op=op, before=old, after=new, actor=cause.actor, source=cause.source,
        event_id=cause.event_id, sequence=cause.sequence,
    )  # fmt: skip


def _row(ci: Ci, op: str, cause: Cause, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> HistoryRow:
    return HistoryRow(
        at=cause.at, uid=ci.uid, cls=ci.cls, op=op, before=before or {}, after=after or {}, actor=cause.actor, source=cause.source,
        event_id=cause.event_id, sequence=cause.sequence,
    )  # fmt: skip


def _whole(ci: Ci) -> dict[str, Any]:
    return {"name": ci.name, "tags": list(ci.tags), "attributes": dict(ci.attributes)}


def _difference(before: Ci, after: Ci) -> tuple[dict[str, Any], dict[str, Any]]:
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    if before.name != after.name:
        old["name"], new["name"] = before.name, after.name
    if before.tags != after.tags:
        old["tags"], new["tags"] = list(before.tags), list(after.tags)
    changed = {name for name in {*before.attributes, *after.attributes} if before.attributes.get(name) != after.attributes.get(name)}
    if changed:
        old["attributes"] = {name: before.attributes[name] for name in sorted(changed) if name in before.attributes}
        new["attributes"] = {name: after.attributes[name] for name in sorted(changed) if name in after.attributes}
    return old, new


def _end(relation: Relation) -> dict[str, Any]:
    return {"type": relation.type, "target": relation.target, "properties": dict(relation.properties)}


# -- the past -------------------------------------------------------------------------------------------------------------------


class PastCi(msgspec.Struct, frozen=True, kw_only=True):
    """What people saw of a CI at an instant; ``relations`` are those out of it: (type, target) → properties."""

    uid: str
    cls: str
    name: str
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    tags: tuple[str, ...] = ()
    relations: dict[tuple[str, str], dict[str, Any]] = msgspec.field(default_factory=dict)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two instants: field → (then, later); None where there was no CI, attribute or relation."""

    uid: str
    cls: str
    op: str
    fields: dict[str, tuple[Any, Any]]


def present(ci: Ci, relations: Iterable[Relation]) -> PastCi:
    """A CI of now with its outgoing relations, to go back from."""
    return PastCi(
        uid=ci.uid, cls=ci.cls, name=ci.name, attributes=dict(ci.attributes), tags=ci.tags,
        relations={(one.type, one.target): dict(one.properties) for one in relations if one.source == ci.uid},
    )  # fmt: skip


def as_of(now: Mapping[str, PastCi], rows: Iterable[HistoryRow]) -> dict[str, PastCi]:
    """The CIs as they were before *rows*: all rows about them since that instant, the newest first."""
    past = dict(now)
    for row in rows:
        undone = _undone(past.get(row.uid), row)
        if undone is None:
            past.pop(row.uid, None)
        else:
            past[row.uid] = undone
    return past


def _undone(ci: PastCi | None, row: HistoryRow) -> PastCi | None:
    if row.op == CREATED:
        return None
    if row.op == DELETED or ci is None:
        relations = ci.relations if ci else {}
        ci = PastCi(uid=row.uid, cls=row.cls, name="", relations=relations)
    if row.op in {RELATED, UNRELATED}:
        return _relations_undone(ci, row)
    return _fields_undone(ci, row)


def _relations_undone(ci: PastCi, row: HistoryRow) -> PastCi:
    relations = dict(ci.relations)
    if row.after:
        relations.pop((row.after["type"], row.after["target"]), None)
    if row.before:
        relations[row.before["type"], row.before["target"]] = row.before.get("properties", {})
    return msgspec.structs.replace(ci, relations=relations)


def _fields_undone(ci: PastCi, row: HistoryRow) -> PastCi:
    attributes = {name: value for name, value in ci.attributes.items() if name not in row.after.get("attributes", {})}
    attributes |= row.before.get("attributes", {})
    tags = tuple(row.before["tags"]) if "tags" in row.before else ci.tags
    return msgspec.structs.replace(ci, name=row.before.get("name", ci.name), attributes=attributes, tags=tags)


def difference(then: Mapping[str, PastCi], later: Mapping[str, PastCi]) -> list[Difference]:
    """What differs between two pasts (or a past and now), by uid."""
    found: list[Difference] = []
    for uid in sorted({*then, *later}):
        old, new = then.get(uid), later.get(uid)
        fields = _changed_fields(_flat(old), _flat(new))
        if fields:
            either = new or old
            assert either is not None  # noqa: S101 - it is in one of the two
            op = UPDATED if old and new else CREATED if new else DELETED
            found.append(Difference(uid=uid, cls=either.cls, op=op, fields=fields))
    return found


def _changed_fields(old: dict[str, Any], new: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (old.get(name), new.get(name)) for name in sorted({*old, *new}) if old.get(name) != new.get(name)}


def _flat(ci: PastCi | None) -> dict[str, Any]:
    if ci is None:
        return {}
    relations = {f"{verb} {target}": properties for (verb, target), properties in ci.relations.items()}
    return {"name": ci.name, "tags": list(ci.tags), **ci.attributes, **relations}

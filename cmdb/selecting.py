"""CIs as rows: by conditions, in order, in groups, with just the columns that are asked for.  What lies behind ``POST /cmdb/query``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from cmdb.model import Ci
from cmdb.projection.declare import PROJECTED
from cmdb.queries.shapes import Condition
from cmdb.stores.paging import encode_position, field_type
from cmdb.stores.port import FIELDS, MAX_PAGE, Filter, GraphStore, Query
from dcsim.errors import InvalidArgument

MOST: Final = 1000
Uids = Annotated[list[str], Meta(min_length=1, max_length=MOST)]
Read = Callable[[Ci], Any]
NAMES: Final = {"class": "cls"}
"""Columns that the graph's fields go by another name."""


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One condition on a field (``name``, ``class``, ``changed``...) or an attribute; ``in`` takes a list."""

    field: Annotated[str, Meta(min_length=1, max_length=100)]
    op: Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "like", "has", "exists"] = "eq"
    value: str | int | float | bool | list[str | int | float | bool] = ""

    def filter(self) -> Filter:
        """As the store takes it; raises InvalidArgument."""
        return msgspec.convert({"name": NAMES.get(self.field, self.field), "op": self.op, "value": self.value}, Condition).filter()


class CiGroups(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group for each value: the CI of that ``uid``, or those that a system of the datacenter knows under that ``key``."""

    field: Literal["uid", "key"]
    values: Uids


class CiSelection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"cls": "class"}):
    """Which CIs: every condition holds, all tags, every word of ``text``; ``fields`` are the columns (none: all that a CI has).

    ``sort`` by a field or attribute, ``-`` descends.  With ``by``, the CIs of each value instead of a page; nothing else selects then."""

    cls: str = "CI"
    where: Annotated[list[Where], Meta(max_length=50)] = msgspec.field(default_factory=list)
    tags: list[str] = msgspec.field(default_factory=list)
    source: str = ""
    text: Annotated[str, Meta(max_length=200)] = ""
    fields: Annotated[list[str], Meta(max_length=100)] = msgspec.field(default_factory=list)
    sort: str = "name"
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 100
    cursor: str = ""
    by: CiGroups | None = None

    def query(self) -> Query:
        """As the store takes it."""
        sort = "-" + _stored(self.sort[1:]) if self.sort.startswith("-") else _stored(self.sort)
        return Query(
            cls=self.cls, filters=tuple(one.filter() for one in self.where), tags=tuple(self.tags), source=self.source, text=self.text,
            sort=sort, limit=self.limit, cursor=self.cursor,
        )  # fmt: skip


class CiRows(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page, or with ``by`` the ``groups``; ``total`` counts all pages."""

    items: list[dict[str, Any]] = []
    next: str = ""
    total: int = 0
    groups: dict[str, list[dict[str, Any]]] = {}


async def select(store: GraphStore, asked: CiSelection) -> CiRows:
    """The rows.  Raises InvalidArgument for columns, conditions and orders that no CI has."""
    if asked.by is not None:
        return CiRows(groups=await _groups(store, asked.by, asked.fields))
    query = asked.query()
    page = await store.page(query)
    show = row(asked.fields, query)
    return CiRows([show(ci) for ci in page.items], page.next, await store.count(query))


async def _groups(store: GraphStore, by: CiGroups, fields: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    uids = {value: {value} for value in by.values}
    if by.field == "key":
        uids = {value: set[str]() for value in by.values}
        for source in PROJECTED:
            for key, uid in (await store.bound(source, by.values)).items():
                uids[key].add(uid)
    found = await store.nodes({uid for those in uids.values() for uid in those})
    show = row(fields, Query())
    return {value: [show(found[uid]) for uid in sorted(those) if uid in found] for value, those in uids.items()}


def row(fields: Iterable[str], query: Query) -> Callable[[Ci], dict[str, Any]]:
    """What makes a CI a row with these columns, and always its uid; raises InvalidArgument."""
    wanted = dict.fromkeys(("uid", *(fields or _PLAIN)))
    readers = [(name, _reader(name, query)) for name in wanted]
    return lambda ci: {name: read(ci) for name, read in readers}


def entity_of(ci: Ci) -> str:
    """The uid of the engine's entity that a CI is of; empty when it is of none."""
    return next((claim.key for name, claim in sorted(ci.sources.items()) if name in PROJECTED and "/" not in claim.key), "")


def _reader(name: str, query: Query) -> Read:
    if name in _READERS:
        return _READERS[name]
    if name == "cursor":
        return partial(_cursor, query)
    if field_type(name) is None:
        raise InvalidArgument(f"fields: there is no field or attribute {name!r}.", field="fields")
    return lambda ci: ci.attributes.get(name)


def _cursor(query: Query, ci: Ci) -> str:
    name = query.sort.removeprefix("-")
    return encode_position(query, getattr(ci, name) if name in FIELDS else ci.attributes.get(name), ci.uid)


def _sources(ci: Ci) -> list[dict[str, Any]]:
    return [{"uid": name, "name": name, "key": claim.key, "attributes": claim.attributes} for name, claim in sorted(ci.sources.items())]


def _stored(name: str) -> str:
    return NAMES.get(name, name)


_READERS: Final[dict[str, Read]] = {
    "uid": lambda ci: ci.uid,
    "class": lambda ci: ci.cls,
    "name": lambda ci: ci.name,
    "version": lambda ci: ci.version,
    "created": lambda ci: ci.created,
    "changed": lambda ci: ci.changed,
    "tags": lambda ci: ci.tags,
    "attributes": lambda ci: ci.attributes,
    "sources": _sources,
    "entity": entity_of,
    "entity_kind": lambda ci: entity_of(ci).rpartition("-")[0],
}
_PLAIN: Final = tuple(_READERS)

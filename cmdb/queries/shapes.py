"""What can be kept: a list of CIs with conditions on them and on what they are related to, or the impact or needs of one CI."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from cmdb.model import class_of, concrete_classes, relation_types
from cmdb.stores.paging import check_filter, order_of
from cmdb.stores.port import FIELDS, MAX_PAGE, Filter, Query
from dcsim.comparison import Op
from dcsim.errors import InvalidArgument

NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Name: TypeAlias = Annotated[str, Meta(pattern=NAME)]
Scalar: TypeAlias = str | int | float | bool


class Condition(msgspec.Struct, frozen=True):
    """One condition on a field or an attribute; ``in`` takes a list, ``exists`` true or false, times are ISO 8601 with their zone."""

    name: str
    op: Op
    value: Scalar | list[Scalar]

    def filter(self) -> Filter:
        """As the store takes it; raises InvalidArgument as a list does."""
        value = tuple(self.value) if isinstance(self.value, list) else self.value
        made = Filter(self.name, self.op, _time(value) if self.name in {"created", "changed"} and isinstance(value, str) else value)
        check_filter(made)
        return made


def _time(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # check_filter says what is wrong with it
        return text


class Related(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """That a CI has (``exists``), or has not, a relation of a type to a CI of a class that passes all filters: ``out`` to what it needs,
    ``in`` from what needs it."""

    type: str
    direction: Literal["out", "in"] = "out"
    cls: str = "CI"
    filters: list[Condition] = msgspec.field(default_factory=list)
    exists: bool = True

    def query(self, uids: tuple[str, ...] = ()) -> Query:
        """Those of some CIs at the other end that fit; raises InvalidArgument."""
        class_of(self.cls)
        if self.type not in relation_types():
            raise InvalidArgument(f"There is no relation {self.type!r}; GET /cmdb/relation-types lists them all.", field="type")
        return Query(cls=self.cls, filters=tuple(one.filter() for one in self.filters), uids=uids, limit=MAX_PAGE)


class ListQuestion(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="list", rename={"cls": "class"}):
    """Which CIs, in which order; with ``columns``, only those fields and attributes of them."""

    cls: str = "CI"
    filters: list[Condition] = msgspec.field(default_factory=list)
    related: Annotated[list[Related], Meta(max_length=5)] = msgspec.field(default_factory=list)
    tags: list[str] = msgspec.field(default_factory=list)
    source: str = ""
    text: str = ""
    sort: str = "name"
    columns: list[str] = msgspec.field(default_factory=list)

    def query(self, limit: int, cursor: str) -> Query:
        """As the store takes it, without ``related``."""
        return Query(
            cls=self.cls, filters=tuple(one.filter() for one in self.filters), tags=tuple(self.tags), source=self.source, text=self.text,
            sort=self.sort, limit=limit, cursor=cursor,
        )  # fmt: skip

    def check(self) -> None:
        """Raise InvalidArgument, as the list itself would, for what this cannot ask."""
        class_of(self.cls)
        order_of(self.query(1, ""))
        for one in self.related:
            one.query()
        known = FIELDS.union(*(class_of(name).attributes for name in (self.cls, *concrete_classes(self.cls))), {"tags"})
        unknown = [name for name in self.columns if name not in known]
        if unknown:
            raise InvalidArgument(f"columns: {self.cls} has no field or attribute {unknown[0]!r}.", field="columns")


class ImpactQuestion(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="impact"):
    """What gets worse when these CIs fail together."""

    cis: Annotated[list[str], Meta(min_length=1, max_length=1000)]


class NeedsQuestion(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="needs"):
    """What a CI stands on, and its single points of failure."""

    ci: str


Question: TypeAlias = ListQuestion | ImpactQuestion | NeedsQuestion


class SavedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A kept question: ``owner`` may change it, everybody may see and ask it when it is ``shared``; ``version`` is its ETag."""

    name: str
    owner: str
    question: Question
    description: str = ""
    shared: bool = False
    version: int = 1

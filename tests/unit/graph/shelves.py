"""A small schema over rows in memory, to try the execution on: shelves with books, written by people."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from dcsim.errors import NotFound
from dcsim.security.tokens import Claims
from graph.backends.caller import ServiceDown, Services
from graph.backends.directory import Directory
from graph.execution.context import GraphContext
from graph.execution.fields import Arguments, Columns, argument, column, graph_enum, graph_input, graph_type, joined, requires
from graph.execution.relay import Connection, Node
from graph.execution.rows import CURSOR, Row, Slice
from graph.execution.scalars import SCALARS, BigInt, DateTime, Json

Rows = dict[str, list[dict[str, Any]]]


@graph_enum
class Binding(enum.Enum):
    """How a book is bound."""

    HARD = "hard"
    SOFT = "soft"


@graph_input
class BookFilter:
    """Which books."""

    binding: Binding | None = strawberry.UNSET
    titled: list[str] | None = strawberry.UNSET


class Stock:
    """Where the rows are; what joins were asked is kept in ``asked``."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.asked: list[tuple[str, int]] = []
        self.pause = 0.0
        """Seconds that every load takes."""


def stock_of(context: GraphContext) -> Stock:
    """The stock that a request reads."""
    found: Stock = context.parts["stock"]
    return found


class Held:
    """The one row that a column names.  ``broken``: every load raises it."""

    def __init__(self, kind: str, key: str, broken: Exception | None = None) -> None:
        self.kind = kind
        self.needs: tuple[str, ...] = (key,)
        self.broken = broken

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """Rows; NotFound at parents that name one which is not there."""
        stock = stock_of(context)
        stock.asked.append((self.kind, len(parents)))
        await asyncio.sleep(stock.pause)
        if self.broken is not None:
            raise self.broken
        found = {row["uid"]: row for row in stock.rows[self.kind]}
        wanted = [parent.get(self.needs[0]) for parent in parents]
        return [
            None if uid is None else only(found[uid], columns) if uid in found else NotFound(f"No {self.kind} {uid}.", subject=uid)
            for uid in wanted
        ]


class Listed:
    """The rows whose column has the parent's uid; a slice of them when ``paged``."""

    def __init__(self, kind: str, by: str = "", *, paged: bool = True) -> None:
        self.kind = kind
        self.by = by
        self.paged = paged
        self.needs: tuple[str, ...] = ("uid",) if by else ()

    async def load(self, context: GraphContext, parents: Sequence[Row], arguments: Arguments, columns: Columns | None) -> Sequence[Any]:
        """A page or a list for each parent."""
        stock = stock_of(context)
        stock.asked.append((self.kind, len(parents)))
        await asyncio.sleep(stock.pause)
        return [self._of(stock, parent, arguments, columns) for parent in parents]

    def _of(self, stock: Stock, parent: Row, arguments: Arguments, columns: Columns | None) -> Any:
        mine = [row for row in stock.rows[self.kind] if not self.by or row.get(self.by) == parent["uid"]]
        mine = [row for row in mine if fits(row, arguments.get("filter"))]
        if not self.paged:
            return [only(row, columns) for row in mine]
        start = int(arguments.get("after") or 0)
        end = start + arguments.get("first", 50)
        rows = [only(row, columns) | {CURSOR: str(number + 1)} for number, row in list(enumerate(mine))[start:end]]
        return Slice(rows, str(end) if end < len(mine) else "", len(mine), continued=start > 0)


def fits(row: Row, given: Any) -> bool:
    """Whether a row is what a filter wants."""
    if not given:
        return True
    binding, titled = given.binding, given.titled
    return (not binding or row.get("binding") == binding.value) and (not titled or row.get("title") in titled)


def only(row: Row, columns: Columns | None) -> dict[str, Any]:
    """What was asked for of a row: a source may leave out the rest, and this one does."""
    return {name: value for name, value in row.items() if columns is None or name in columns or name == "uid"}


PAGES = [argument("first", int, 50), argument("after", str | None, None), argument("filter", BookFilter | None, None)]


@graph_type
class Person(Node):
    """Somebody who
    writes."""

    name: str = column()
    born: int | None = column()
    secret: str | None = requires("shelf:secret")(column())
    favourite: Annotated[Book, strawberry.lazy("tests.unit.graph.shelves")] | None = joined(Held("book", "favourite"))


@graph_type
class Book(Node):
    """A book."""

    title: str = column()
    subtitle: str | None = column()
    pages: int = column()
    bytes: BigInt | None = column("size.bytes")
    binding: Binding | None = column()
    printed: DateTime | None = column()
    weight: float | None = column()
    lent: bool = column()
    words: list[str] = column()
    anything: Json | None = column()
    author: Person | None = joined(Held("person", "author"))
    editor: Person = joined(Held("person", "editor"))
    lost: Person | None = joined(Held("person", "author", ServiceDown("people", "on holiday")))
    broken: Person | None = joined(Held("person", "author", ValueError("a secret detail")))
    price: int = requires("shelf:prices")(column())

    @strawberry.field
    def shout(self) -> str:
        """The title, loud."""
        row: Any = self
        return str(row["title"]).upper()


@graph_type
class Shelf(Node):
    """A shelf."""

    name: str = column()
    books: Connection[Book] | None = joined(Listed("book", "shelf"), arguments=PAGES)
    all_books: list[Book] = joined(Listed("book", "shelf", paged=False), arguments=PAGES[2:])
    hidden: Connection[Book] | None = requires("shelf:secret")(joined(Listed("book", "shelf"), arguments=PAGES))


@graph_type
class Query:
    """What there is to read."""

    shelves: Connection[Shelf] | None = joined(Listed("shelf"), arguments=PAGES[:2])
    books: Connection[Book] | None = joined(Listed("book"), arguments=PAGES)

    @requires("shelf:secret")
    @strawberry.field
    async def vault(self) -> str | None:
        """What is in the vault."""
        return "gold"


@graph_type
class Mutation:
    """What can be done."""

    @requires("shelf:write")
    @strawberry.mutation
    async def burn(self, title: str) -> bool | None:
        """Burn a book."""
        return bool(title)


def schema() -> strawberry.Schema:
    """The schema of this module."""
    return strawberry.Schema(query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS))


def context_of(rows: Rows, *scopes: str) -> GraphContext:
    """A request's context over rows, of somebody with these scopes."""
    claims = Claims(subject="ann", scopes=frozenset(scopes), expires=datetime(2040, 1, 1, tzinfo=UTC))
    made = GraphContext(claims, Services(Directory({}, {})).on_behalf("token"), "request-1")
    made.parts["stock"] = Stock(rows)
    return made


def book(uid: str, **columns: Any) -> dict[str, Any]:
    """A book's row."""
    plain = {"title": f"Title {uid}", "pages": 100, "lent": False, "words": ["a", "b"], "price": 12, "editor": "p1", "author": "p1"}
    return {"uid": uid, **plain, **columns}


def rows() -> Rows:
    """A little of everything."""
    return {
        "shelf": [{"uid": "s1", "name": "Upper"}, {"uid": "s2", "name": "Lower"}],
        "book": [book("b1", shelf="s1", binding="hard"), book("b2", shelf="s1", author=None), book("b3", shelf="s2", author="gone")],
        "person": [{"uid": "p1", "name": "Ann", "born": 1970, "secret": "x", "favourite": "b2"}],
    }


def asked(context: GraphContext) -> Mapping[str, int]:
    """How many times each kind was loaded."""
    kinds = [kind for kind, _ in stock_of(context).asked]
    return {kind: kinds.count(kind) for kind in kinds}

"""Random queries over the shelves: valid ones, with everything that the plan has to do as graphql-core does it."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from hypothesis import strategies as st

SCALARS = {
    "Book": ["id", "title", "subtitle", "pages", "bytes", "binding", "printed", "weight", "lent", "words", "anything", "price"] * 2
    + ["shout"],
    "Person": ["id", "name", "born", "secret"],
    "Shelf": ["id", "name"],
}
JOINS = {
    "Book": [("author", "Person"), ("editor", "Person"), ("lost", "Person"), ("broken", "Person")],
    "Person": [("favourite", "Book")],
    "Shelf": [("books", "BookConnection"), ("hidden", "BookConnection"), ("allBooks", "[Book]")],
    "Query": [("books", "BookConnection"), ("shelves", "ShelfConnection")],
}
ALIASES = ["", "", "", "a: ", "b: "]
PAGE = "{endCursor startCursor p: hasNextPage hasPreviousPage __typename}"
VARIABLES = {"on": "Boolean!", "off": "Boolean = false", "first": "Int = 2", "binding": "Binding", "filter": "BookFilter"}


class Writer:
    """Writes one query; every choice is hypothesis's.  A key is written with the same selection wherever it may meet itself."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self.fragments: list[str] = []

    def chosen(self, *of: Any) -> Any:
        """One of them."""
        return self._draw(st.sampled_from(of))

    def document(self) -> str:
        """A whole query."""
        body = self.selections("Query", 0)
        declared = ", ".join(f"${name}: {kind}" for name, kind in VARIABLES.items())
        used = " ".join(["query", f"({declared})", body, *self.fragments])
        # variables that nothing uses are an error: use all of them once, where it changes nothing
        mentions = (
            "all: books(first: $first, filter: $filter) {totalCount} some: books(filter: {binding: $binding}) {totalCount} "
            "off: __typename @include(if: $off) on: __typename @skip(if: $on)"
        )
        return used.replace("{", "{" + mentions + " ", 1) if body.startswith("{") else used

    def selections(self, of: str, depth: int) -> str:
        """What is selected of a type, in braces."""
        return "{" + " ".join(self.selection(of, depth, number) for number in range(self.chosen(1, 2, 3))) + "}"

    def selection(self, of: str, depth: int, number: int) -> str:
        """One field or fragment."""
        kind = self.chosen("field", "field", "field", "join", "join", "typename", "inline", "spread")
        directive = self.chosen("", "", "", " @include(if: $on)", " @skip(if: $off)", " @skip(if: true)", " @include(if: true)")
        condition = self.chosen(of, of, "Node") if of in SCALARS else of
        if kind == "typename" or (depth > 1 and kind in {"join", "inline", "spread"}):
            return "__typename" + directive
        if kind == "inline":
            inside = "{id __typename}" if condition == "Node" else self.selections(of, depth + 1)
            return f"... {self.chosen('', f'on {condition}') if condition == of else f'on {condition}'}{directive} {inside}"
        if kind == "spread":
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            inside = "{id}" if condition == "Node" else self.selections(of, depth + 1)
            self.fragments[int(name[1:])] = f"fragment {name} on {condition} {inside}"
            return f"...{name}{directive}"
        if kind == "join" or of not in SCALARS:
            return self.join(of, depth, directive)
        name = self.chosen(*SCALARS[of])
        return f"{self.alias(name)}{name}{directive}"

    def alias(self, name: str) -> str:
        """An alias that only this field has."""
        return self.chosen("", "", f"{name}_: ")

    def join(self, of: str, depth: int, directive: str) -> str:
        """A joined field; its alias is its own when it has arguments, so that fields under one key ask the same."""
        name, kind = self.chosen(*JOINS[of])
        if kind.endswith("Connection"):
            arguments = self.arguments(filtered=kind == "BookConnection")
            key = f"{name}_{crc32(arguments.encode())}: " if arguments else self.alias(name)
            return f"{key}{name}{arguments}{directive} {self.connection(kind.removesuffix('Connection'), depth)}"
        inside = self.selections(kind.strip("[]"), depth + 1)
        return f"{self.alias(name)}{name}{directive} {inside}"

    def arguments(self, *, filtered: bool) -> str:
        """Arguments of a page, literal and variable."""
        given = [self.chosen("", "first: 1", "first: $first", "first: 200"), self.chosen("", "", 'after: "1"', "after: null")]
        if filtered:
            given.append(self.chosen("", "", "filter: $filter", "filter: {binding: HARD}", "filter: {binding: $binding}"))
        told = ", ".join(one for one in given if one)
        return f"({told})" if told else ""

    def connection(self, of: str, depth: int) -> str:
        """What is selected of a page."""
        parts = ["totalCount", "n: totalCount", "__typename", f"pageInfo {PAGE}"]
        chosen = [self.chosen(*parts) for _ in range(self.chosen(0, 1, 2))]
        chosen.append(f"nodes {self.selections(of, depth + 1)}")
        if self.chosen(True, False):
            chosen.append(f"edges {{cursor __typename c: cursor node {self.selections(of, depth + 1)}}}")
        return "{" + " ".join(chosen) + "}"


@st.composite
def documents(draw: Any) -> str:
    """Query documents."""
    return Writer(draw).document()


def column(*values: Any) -> st.SearchStrategy[Any]:
    """Values of a column, mostly the first."""
    return st.sampled_from([values[0]] * 20 + list(values))


BOOK = st.fixed_dictionaries(
    {
        "title": column("A title", "", "Ünïcode", None),
        "pages": column(100, 0, -1, 2**31, 2.0, True, "7", None),
        "price": column(1, None),
        "lent": column(False, True, None),
        "words": column(["a"], [], ["a", None], None, "text"),
        "editor": column("p1", "p2", "gone", None),
        "author": column("p1", "p2", "gone", None),
        "shelf": column("s1", "s2", None),
    },
    optional={
        "subtitle": column("Sub", None, 5),
        "size.bytes": column(2**40, None, 1.5),
        "binding": column("hard", "soft", None, "paper"),
        "printed": column("2020-01-01T00:00:00Z", None),
        "weight": column(0.5, None, 3, float(2), "heavy"),
        "anything": column({"a": [1, None]}, None, 1, "x"),
    },
)
PERSON = st.fixed_dictionaries({"name": column("Ann", None), "secret": column("x", None), "born": column(1970, None, 2**40)})


@st.composite
def stocks(draw: Any) -> dict[str, list[dict[str, Any]]]:
    """Rows, some with values that their types cannot hold."""
    books = draw(st.lists(BOOK, max_size=4))
    people = [{**draw(PERSON), "uid": uid, "favourite": draw(column("b0", "b1", None))} for uid in ("p1", "p2")]
    shelves = [{"uid": uid, "name": draw(column("Upper", None))} for uid in ("s1", "s2")]
    return {"book": [{**one, "uid": f"b{number}"} for number, one in enumerate(books)], "person": people, "shelf": shelves}


variables = st.fixed_dictionaries(
    {"on": st.booleans()},
    optional={
        "off": st.booleans(),
        "first": st.sampled_from([1, 2, 200]),
        "binding": st.sampled_from(["HARD", "SOFT", None]),
        "filter": st.sampled_from([None, {}, {"binding": "SOFT"}, {"titled": ["A title"]}, {"binding": None}]),
    },
)

"""What one document may be, looked at before it is checked against the schema: a look costs its length, not what it unfolds to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    SelectionSetNode,
    parse,
)

TOO_COMPLEX: Final = "QUERY_TOO_COMPLEX"


class Limits(msgspec.Struct, frozen=True):
    """The most that one request may be."""

    body_bytes: int = 256 * 1024
    """Of the body, unpacked."""
    characters: int = 50_000
    """Of the document: reading a long text or comment costs its length."""
    tokens: int = 2000
    comments: int = 200
    depth: int = 20
    """Levels of fields, fragments unfolded."""
    aliases: int = 100
    repeats: int = 50
    """How often one key is selected in one place: comparing them is quadratic."""
    fields: int = 2000
    """Fields, fragments unfolded: what a fragment bomb expands to."""
    definitions: int = 50
    """Operations and fragments."""
    directives: int = 100
    points: int = 25_000
    """Cost (`graph.execution.cost`)."""
    seconds: float = 30.0
    """Of an execution."""


class TooComplex(GraphQLError):
    """A document passes a limit; its extensions say which, and how much there may be."""

    def __init__(self, limit: str, most: float, found: float | None = None) -> None:
        over = "" if found is None else f", this has {found}"
        super().__init__(
            f"The query passes the limit of {limit}: {most} at most{over}.", extensions={"code": TOO_COMPLEX, "limit": limit, "most": most}
        )


def read(text: str, limits: Limits) -> DocumentNode:
    """The document, parsed and measured.  Raises GraphQLSyntaxError, TooComplex."""
    if len(text) > limits.characters:
        raise TooComplex("characters", limits.characters, len(text))
    try:
        document = parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.comments)
    except GraphQLSyntaxError as error:
        for name, most in (("tokens", limits.tokens), ("comments", limits.comments)):
            if f"more than {most}" in error.message and name in error.message:
                raise TooComplex(name, most) from error
        raise
    if len(document.definitions) > limits.definitions:
        raise TooComplex("definitions", limits.definitions, len(document.definitions))
    Measure(document, limits).check()
    return document


class Size(msgspec.Struct, frozen=True):
    """What a selection unfolds to."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    directives: int = 0


class Measure:
    """The size of a document's parts, each fragment measured once."""

    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self._definitions = document.definitions
        self._fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        self._limits = limits
        self._known: dict[str, Size] = {}
        self._open: list[str] = []

    def check(self) -> None:
        """Raises TooComplex."""
        for definition in self._definitions:
            selections = getattr(definition, "selection_set", None)
            if isinstance(definition, FragmentDefinitionNode):
                self._fragment(definition.name.value)
            elif selections is not None:
                self._selected(selections)

    def _selected(self, of: SelectionSetNode) -> Size:
        depth = aliases = fields = directives = 0
        keys: Counter[str] = Counter()
        for node in of.selections:
            inner = self._inner(node)
            depth = max(depth, inner.depth)
            aliases += inner.aliases
            fields += inner.fields
            directives += inner.directives + len(node.directives or ())
            if isinstance(node, FieldNode):
                keys[node.alias.value if node.alias else node.name.value] += 1
        size = Size(depth, aliases, fields, directives)
        self._within(size, keys)
        return size

    def _inner(self, node: Any) -> Size:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        below = self._selected(node.selection_set) if node.selection_set is not None else Size()
        if isinstance(node, FieldNode):
            return Size(below.depth + 1, below.aliases + (node.alias is not None), below.fields + 1, below.directives)
        return below

    def _fragment(self, name: str) -> Size:
        if name in self._open:
            raise GraphQLError(
                f"The fragment {name} contains itself: {' → '.join([*self._open, name])}.",
                extensions={"code": TOO_COMPLEX, "limit": "fragments"},
            )
        if name not in self._known:
            self._open.append(name)
            fragment = self._fragments.get(name)  # the rules say which fragments are not there
            self._known[name] = self._selected(fragment.selection_set) if fragment is not None else Size()
            self._open.pop()
        return self._known[name]

    def _within(self, size: Size, keys: Counter[str]) -> None:
        most = self._limits
        repeated = max(keys.values(), default=0)
        found: Sequence[tuple[str, int, int]] = (
            ("depth", most.depth, size.depth),
            ("aliases", most.aliases, size.aliases),
            ("fields", most.fields, size.fields),
            ("directives", most.directives, size.directives),
            ("repeats", most.repeats, repeated),
        )
        for name, limit, there in found:
            if there > limit:
                raise TooComplex(name, limit, there)

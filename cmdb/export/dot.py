"""DOT, for Graphviz: ``dot -Tsvg graph.dot``.  The dependants are on the left, what they need on the right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cmdb.export.writing import Writer
from cmdb.model import CLASSES, Ci, Relation

COLOURS: Final = {
    "facility": "#bfbfbf", "hardware": "#f4c27a", "compute": "#8fc1e3", "storage": "#c9b1e0", "network": "#9fd8a4", "tenancy": "#f2e394",
    "services": "#f29b9b", "software": "#d9c8b4",
}  # fmt: skip
"""One for each family of classes."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")


class DotWriter(Writer):
    """A node a CI, named and coloured by its family; an edge a relation, named by its type."""

    def head(self) -> str:
        """How it is to be drawn."""
        return 'digraph cmdb {\n  rankdir=LR;\n  node [shape=box, style="rounded,filled", fontname="sans-serif"];\n'

    def cis(self, portion: Sequence[Ci]) -> str:
        """Nodes."""
        return "".join(
            f'  {quoted(ci.uid)} [label="{escaped(ci.name)}\\n{escaped(ci.cls)}", fillcolor="{_colour(ci.cls)}"];\n' for ci in portion
        )

    def relations(self, portion: Sequence[Relation]) -> str:
        """Edges."""
        return "".join(f'  {quoted(one.source)} -> {quoted(one.target)} [label="{one.type}"];\n' for one in portion)

    def tail(self) -> str:
        """The end."""
        return "}\n"


def quoted(text: str) -> str:
    """An id: in it only a quote is escaped, and a backslash at the end may not stand before the closing one."""
    plain = _CONTROL.sub(" ", text).replace('"', '\\"')
    return f'"{plain} "' if plain.endswith("\\") else f'"{plain}"'


def escaped(text: str) -> str:
    """The inside of a label, in which backslashes are escapes."""
    return _CONTROL.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"')


def _colour(cls: str) -> str:
    return COLOURS.get(CLASSES[cls].family, "#ffffff")

"""GraphML (http://graphml.graphdrawing.org), with typed keys, as Gephi, yEd, Cytoscape and networkx read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from cmdb.export.attributes import TYPED, attributes_below, properties_of
from cmdb.export.writing import Writer
from cmdb.model import CLASSES, Ci, Relation, Value

_TYPES: Final = {"text": "string", "texts": "string", "integer": "long", "number": "double", "boolean": "boolean"}
_FIELDS: Final = {
    "class": "string", "labels": "string", "name": "string", "tags": "string", "version": "long", "created": "string", "changed": "string",
}  # fmt: skip
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say."""
_ENTITIES: Final = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;", '"': "&quot;"}
_HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""


class GraphmlWriter(Writer):
    """A node a CI, a directed edge a relation; lists are said as JSON, control characters that XML lacks as U+FFFD."""

    def __init__(self, cls: str) -> None:
        self._attributes = {one.name: one.type for one in attributes_below(cls)}

    def head(self) -> str:
        """The keys, and the beginning of the graph."""
        nodes = {**_FIELDS, **{name: _TYPES[kind] for name, kind in self._attributes.items()}}
        edges = {"type": "string", **{name: _TYPES[kind] for name, kind in TYPED.items()}, "properties": "string", "by": "string"}
        keys = [_key("n", "node", name, kind) for name, kind in nodes.items()] + [
            _key("e", "edge", name, kind) for name, kind in edges.items()
        ]
        return f'{_HEAD}{"".join(keys)}<graph id="cmdb" edgedefault="directed">\n'

    def cis(self, portion: Sequence[Ci]) -> str:
        """Nodes."""
        return "".join(map(self._node, portion))

    def relations(self, portion: Sequence[Relation]) -> str:
        """Edges."""
        return "".join(map(_edge, portion))

    def tail(self) -> str:
        """The end."""
        return "</graph>\n</graphml>\n"

    def _node(self, ci: Ci) -> str:
        fields: dict[str, Value] = {
            "class": ci.cls, "labels": ":" + ":".join(CLASSES[ci.cls].labels), "name": ci.name, "tags": ci.tags, "version": ci.version,
            "created": ci.created.isoformat(), "changed": ci.changed.isoformat(),
        }  # fmt: skip
        known = {name: value for name, value in ci.attributes.items() if name in self._attributes}
        return f'<node id="{_text(ci.uid)}">{_data("n", [*fields.items(), *known.items()])}</node>\n'


def _edge(relation: Relation) -> str:
    typed, others = properties_of(relation)
    values: dict[str, Value] = {"type": relation.type, **typed, "by": relation.by}
    if others:
        values["properties"] = msgspec.json.encode(others).decode()
    name = _text("/".join(relation.key))
    data = _data("e", values.items())
    return f'<edge id="{name}" source="{_text(relation.source)}" target="{_text(relation.target)}">{data}</edge>\n'


def _key(prefix: str, what: str, name: str, kind: str) -> str:
    return f'<key id="{prefix}.{name}" for="{what}" attr.name="{name}" attr.type="{kind}"/>\n'


def _data(prefix: str, values: Iterable[tuple[str, Value]]) -> str:
    return "".join(f'<data key="{prefix}.{name}">{_text(_said(value))}</data>' for name, value in values)


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return msgspec.json.encode(value).decode() if isinstance(value, tuple) else str(value)


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("\ufffd", text), _ENTITIES)

"""A Cypher script that makes the graph anew in any Neo4j 5, one statement a line: ``cypher-shell -f FILE``.  It may be run again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import msgspec

from cmdb.export.writing import Writer
from cmdb.model import CLASSES, Ci, Relation

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL: Final = re.compile(r"[\\'\x00-\x1f\x7f\u0085\u2028\u2029]")
_BACKSLASH: Final = re.compile(r"(?<=\\)")
_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(value: Any) -> str:
    """A value as a Cypher literal on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, datetime):
        return f"datetime({_quoted(value.isoformat())})"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(literal, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{name}:{literal(one)}' for name, one in value.items())}}}"
    return repr(value).replace("e+", "e")


def _quoted(text: str) -> str:
    """A string literal.  Cypher reads ``\\uXXXX`` before it looks for strings, so after a backslash of the text a new one begins."""
    parts = _BACKSLASH.split(text)
    return "+".join(f"'{_SPECIAL.sub(lambda found: _ESCAPES.get(found[0]) or _coded(found[0]), part)}'" for part in parts)


def _coded(letter: str) -> str:
    return f"\\u{ord(letter):04x}"


class CypherWriter(Writer):
    """Nodes with the labels of their class, relationships of their type, their values as properties."""

    def __init__(self, revision: int) -> None:
        self._revision = revision

    def head(self) -> str:
        """What finds a node by its uid."""
        title = f"// dc-sim CMDB, revision {self._revision}: cypher-shell -f this-file"
        return f"{title}\nCREATE CONSTRAINT dcsim_ci_uid IF NOT EXISTS FOR (n:CI) REQUIRE n.uid IS UNIQUE;\n"

    def cis(self, portion: Sequence[Ci]) -> str:
        """A statement for each class among them."""
        return "".join(self._nodes(cls, list(some)) for cls, some in groupby(sorted(portion, key=lambda ci: ci.cls), lambda ci: ci.cls))

    def relations(self, portion: Sequence[Relation]) -> str:
        """A statement for each type among them."""
        return "".join(_edges(verb, list(some)) for verb, some in groupby(sorted(portion, key=lambda one: one.type), lambda one: one.type))

    def _nodes(self, cls: str, cis: Sequence[Ci]) -> str:
        rows = ",".join(literal({"uid": ci.uid, "p": _properties_of_ci(ci)}) for ci in cis)
        return f"UNWIND [{rows}] AS row MERGE (n:CI {{uid: row.uid}}) SET n = row.p, n:{':'.join(CLASSES[cls].labels)};\n"


def _properties_of_ci(ci: Ci) -> dict[str, Any]:
    fields = {"uid": ci.uid, "cls": ci.cls, "name": ci.name, "tags": ci.tags, "version": ci.version}
    return {**ci.attributes, **fields, "created": ci.created, "changed": ci.changed}


def _edges(verb: str, relations: Sequence[Relation]) -> str:
    rows = ",".join(literal({"a": one.source, "b": one.target, "p": _properties_of(one)}) for one in relations)
    ends = "MATCH (a:CI {uid: row.a}) MATCH (b:CI {uid: row.b})"
    return f"UNWIND [{rows}] AS row {ends} MERGE (a)-[r:{verb}]->(b) SET r = row.p;\n"


def _properties_of(relation: Relation) -> dict[str, Any]:
    """Its properties; those whose names Cypher would not take as they are, together as JSON."""
    plain = {name: value for name, value in relation.properties.items() if _NAME.fullmatch(name)}
    others = {name: value for name, value in relation.properties.items() if name not in plain}
    return {**plain, **({"_others": msgspec.json.encode(others).decode()} if others else {}), "by": relation.by}

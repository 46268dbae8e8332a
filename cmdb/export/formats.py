"""The formats that there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from cmdb.export.cypher import CypherWriter
from cmdb.export.document import DocumentWriter
from cmdb.export.dot import DotWriter
from cmdb.export.graphml import GraphmlWriter
from cmdb.export.lines import LinesWriter
from cmdb.export.selection import Selection
from cmdb.export.table import CiTable, RelationTable
from cmdb.export.writing import Writer


class Format(NamedTuple):
    """A format: its Content-Type, the ending of its files, and what makes a writer for a selection of a class at a revision."""

    content_type: str
    ending: str
    writer: Callable[[Selection, str, int], Writer]


FORMATS: Final = {
    "csv": Format("text/csv; charset=utf-8; header=present", "csv", lambda _selection, cls, _revision: CiTable(cls)),
    "json": Format("application/json", "json", lambda _selection, _cls, revision: DocumentWriter(revision)),
    "jsonl": Format("application/x-ndjson", "jsonl", lambda _selection, _cls, revision: LinesWriter(revision)),
    "graphml": Format("application/graphml+xml", "graphml", lambda _selection, cls, _revision: GraphmlWriter(cls)),
    "cypher": Format("application/x-cypher-query; charset=utf-8", "cypher", lambda _selection, _cls, revision: CypherWriter(revision)),
    "dot": Format("text/vnd.graphviz; charset=utf-8", "dot", lambda _selection, _cls, _revision: DotWriter()),
}
"""By the name that the API takes."""
RELATIONS: Final = Format(FORMATS["csv"].content_type, "csv", lambda selection, _cls, _revision: RelationTable(selection))
"""What CSV says of relations: a table has no room for two kinds of rows."""

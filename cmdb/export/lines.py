"""JSON Lines: an object a line, CIs before the relations between them, for tools that read one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cmdb.export.document import FORMAT, ci_said, relation_said
from cmdb.export.writing import Writer
from cmdb.model import Ci, Relation

_encode = msgspec.json.Encoder().encode_lines


class LinesWriter(Writer):
    """Each line says by ``kind`` what it is: ``graph`` (the first), ``ci`` or ``relation``."""

    def __init__(self, revision: int) -> None:
        self._revision = revision

    def head(self) -> str:
        """What this is."""
        return _encode([{"kind": "graph", "format": FORMAT, "revision": self._revision}]).decode()

    def cis(self, portion: Sequence[Ci]) -> str:
        """Lines."""
        return _encode([{"kind": "ci", **ci_said(ci)} for ci in portion]).decode()

    def relations(self, portion: Sequence[Relation]) -> str:
        """Lines."""
        return _encode([{"kind": "relation", **relation_said(one)} for one in portion]).decode()

"""JSON: one document, which the import takes back, here or in another CMDB (`cmdb.importing.rows`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from cmdb.export.writing import Writer
from cmdb.model import Ci, Relation

FORMAT: Final = "dcsim-cmdb/1"
"""What says of a document that it is one of these."""
_encode = msgspec.json.Encoder().encode


def ci_said(ci: Ci) -> dict[str, Any]:
    """A CI as the API says it, its class as ``class``."""
    return {
        "uid": ci.uid,
        "class": ci.cls,
        "name": ci.name,
        "attributes": ci.attributes,
        "tags": ci.tags,
        "sources": sorted(ci.sources),
        "created": ci.created,
        "changed": ci.changed,
        "version": ci.version,
    }


def relation_said(relation: Relation) -> dict[str, Any]:
    """A relation as the API says it."""
    ends = {"source": relation.source, "type": relation.type, "target": relation.target}
    return {**ends, "properties": relation.properties, "by": relation.by}


class DocumentWriter(Writer):
    """``{"format", "revision", "cis": [...], "relations": [...]}``, one CI or relation a line."""

    def __init__(self, revision: int) -> None:
        self._revision = revision
        self._comma = ""

    def head(self) -> str:
        """Up to the CIs."""
        return f'{{"format":"{FORMAT}","revision":{self._revision},"cis":['

    def cis(self, portion: Sequence[Ci]) -> str:
        """Elements."""
        return "".join(self._element(ci_said(ci)) for ci in portion)

    def middle(self) -> str:
        """From the CIs to the relations."""
        self._comma = ""
        return '\n],"relations":['

    def relations(self, portion: Sequence[Relation]) -> str:
        """Elements."""
        return "".join(self._element(relation_said(one)) for one in portion)

    def tail(self) -> str:
        """The end."""
        return "\n]}\n"

    def _element(self, said: dict[str, Any]) -> str:
        comma, self._comma = self._comma, ","
        return f"{comma}\n{_encode(said).decode()}"

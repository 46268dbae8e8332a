"""How the graph's structs lie in Neo4j: attributes as properties for people, the whole struct as JSON for exact and fast reading."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from cmdb.model.declare import CLASSES
from cmdb.model.graph import Ci, HistoryRow, Relation
from cmdb.stores.words import words_of_ci

_encoder = msgspec.json.Encoder()
decode_ci = msgspec.json.Decoder(Ci).decode
decode_row = msgspec.json.Decoder(HistoryRow).decode
SEPARATOR = "\n"
"""Between the parts of ids that are made of two."""
AFTER_SEPARATOR: Final = chr(ord(SEPARATOR) + 1)
"""After the first part of an id, this is beyond all ids with that first part."""


def text_of(value: object) -> str:
    """Anything as JSON."""
    return _encoder.encode(value).decode()


def joined(first: str, second: str) -> str:
    """An id made of two."""
    return f"{first}{SEPARATOR}{second}"


def plain(value: object) -> object:
    """A value as the driver takes it."""
    return list(value) if isinstance(value, tuple) else value


def labels_of(cls: str) -> str:
    """The labels of a class, for SET and REMOVE, without the root."""
    return ":".join(CLASSES[cls].labels[1:])


def properties_of_ci(ci: Ci) -> dict[str, Any]:
    """The node's properties."""
    return {
        **{name: plain(value) for name, value in ci.attributes.items()},
        "uid": ci.uid,
        "cls": ci.cls,
        "name": ci.name,
        "tags": list(ci.tags),
        "created": ci.created,
        "changed": ci.changed,
        "version": ci.version,
        "_claims": claims_of(ci),
        "_elements": elements_of(ci),
        "_folded": ci.name.lower(),
        "_words": words_of_ci(ci),
        "_body": text_of(ci),
        "_facts": text_of(msgspec.structs.replace(ci, sources={}, tags=())) if ci.sources or ci.tags else None,
    }


def claims_of(ci: Ci) -> list[str]:
    """The ids of what sources claim, sorted."""
    return sorted(joined(source, claim.key) for source, claim in ci.sources.items())


def elements_of(ci: Ci) -> list[str]:
    """The ids under which the elements of indexed texts are found, sorted."""
    declared = CLASSES[ci.cls].attributes
    found = {
        joined(name, element)
        for name, value in ci.attributes.items()
        if isinstance(value, tuple) and name in declared and declared[name].indexed
        for element in value
    }
    return sorted(found)


def properties_of_relation(relation: Relation) -> dict[str, Any]:
    """The relationship's properties."""
    return {**{name: plain(value) for name, value in relation.properties.items()}, "by": list(relation.by)}


def relation_of(source: str, verb: str, target: str, properties: dict[str, Any]) -> Relation:
    """A relationship read back."""
    others = {name: tuple(value) if isinstance(value, list) else value for name, value in properties.items() if name != "by"}
    return Relation(source, verb, target, others, tuple(properties.get("by", ())))

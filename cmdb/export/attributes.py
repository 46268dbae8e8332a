"""Which attributes the CIs of a class, or below it, can have: columns and typed keys are fixed before the first CI is seen."""

from __future__ import annotations

from typing import Final

from cmdb.model import Attribute, Relation, Value, class_of, concrete_classes

TYPED: Final = {"tier": "text", "needed": "integer"}
"""Properties of relations that impact rules read, and their types; others are told as JSON."""


def attributes_below(cls: str) -> list[Attribute]:
    """The attributes, each once: the class' own first, then what its descendants add.  Raises InvalidArgument."""
    found: dict[str, Attribute] = {}
    for declared in (class_of(cls), *map(class_of, concrete_classes(cls))):
        found |= {name: one for name, one in declared.attributes.items() if name not in found}
    return list(found.values())


def properties_of(relation: Relation) -> tuple[dict[str, Value], dict[str, Value]]:
    """The typed properties that fit their types, and the others."""
    kinds = {"text": str, "integer": int}
    typed = {name: relation.properties[name] for name, kind in TYPED.items() if type(relation.properties.get(name)) is kinds[kind]}
    return typed, {name: value for name, value in relation.properties.items() if name not in typed}

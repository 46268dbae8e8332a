"""The CMDB's vocabulary: classes of configuration items, relations with their impact rules, and the graph they make."""

from cmdb.model import relations  # importing registers every class and relation
from cmdb.model.declare import (
    CLASSES,
    RELATIONS,
    Attribute,
    CiClass,
    RelationType,
    attributes_of,
    checked_attributes,
    class_of,
    concrete_classes,
    is_a,
    relation_between,
    relation_types,
)
from cmdb.model.graph import Ci, Claim, Cursor, HistoryRow, Processed, Relation, Tombstone, Value

__all__ = [
    "CLASSES",
    "RELATIONS",
    "Attribute",
    "Ci",
    "CiClass",
    "Claim",
    "Cursor",
    "HistoryRow",
    "Processed",
    "Relation",
    "RelationType",
    "Tombstone",
    "Value",
    "attributes_of",
    "checked_attributes",
    "class_of",
    "concrete_classes",
    "is_a",
    "relation_between",
    "relation_types",
    "relations",
]

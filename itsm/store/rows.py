"""Rows as records, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from itsm.model import TABLES, Record


def record_of(row: Mapping[Any, Any]) -> Record:
    """The record in a row, of the class that the row names."""
    table = TABLES.get(str(row["sys_class_name"]))
    if table is None:
        raise KeyError(f"a row is of the table {row['sys_class_name']}, which nobody declares")
    return table.record(**{name: row[name] for name in table.fields})


def row_of(record: Record) -> dict[str, Any]:
    """The row of a record."""
    return msgspec.structs.asdict(record)

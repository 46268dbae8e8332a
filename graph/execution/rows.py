"""What sources give: rows, and slices of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

Row: TypeAlias = Mapping[str, Any]
"""One object as its service tells it: values by column, as JSON has them.  ``uid`` is always there."""
CURSOR = "cursor"
"""The column that holds a row's place in its list, where it was asked for."""


class Slice(msgspec.Struct, frozen=True):
    """Some rows of a list: ``next`` is the cursor of those after them (empty at the end), ``total`` the length of the whole list."""

    rows: Sequence[Row]
    next: str = ""
    total: int = 0
    continued: bool = False
    """Whether there are rows before these."""

"""Rules that run before a record is written, in the order of their numbers: they complete the draft, or raise and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from itsm.draft import Draft
from itsm.model import TABLES, Table

Judge = Callable[[Draft], None]


class Rule(NamedTuple):
    """One rule, for the records of a table and of those that extend it."""

    order: int
    table: str
    judge: Judge


RULES: Final[list[Rule]] = []


def rule(table: str, *, order: int = 100) -> Callable[[Judge], Judge]:
    """Declare a rule."""

    def register(judge: Judge) -> Judge:
        RULES.append(Rule(order, table, judge))
        return judge

    return register


def judge(draft: Draft) -> None:
    """Apply every rule of the draft's table.  Raises InvalidArgument, InvalidState, PermissionDenied."""
    for one in rules_of(draft.table):
        one.judge(draft)


def rules_of(table: Table) -> list[Rule]:
    """The rules of a table, those that it inherits among them, in order."""
    line: set[str] = set()
    current: Table | None = table
    while current is not None:
        line.add(current.name)
        current = TABLES.get(current.parent) if current.parent else None
    return sorted((one for one in RULES if one.table in line), key=lambda one: one.order)

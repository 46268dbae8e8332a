"""An import: its rows become claims of the source ``import:NAME``, all of them or, when asked, the good ones, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from cmdb.history import Cause
from cmdb.importing.placing import Placing
from cmdb.importing.rows import Numbered
from cmdb.projection.feed import Feed
from cmdb.projection.overlay import Overlay
from cmdb.projection.projector import IMPORTED
from cmdb.reconciliation import IMPORT
from cmdb.stores.port import Record
from dcsim.errors import InvalidRows, RowError
from dcsim.events import Actor

RUNS: Final = "import-run"
"""Records, by source, of the last import: when, and which CIs were in it."""
SHOWN: Final = 1_000
"""Errors that an answer shows at most."""
YIELD_EVERY: Final = 32


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to import: ``mode`` all or nothing, or the good rows; ``dry_run`` only says what would be; ``name`` is the list's own."""

    mode: Literal["all", "good"] = "all"
    dry_run: bool = False
    name: Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_.-]*$")] = ""

    @property
    def source(self) -> str:
        """Whose claims the rows become."""
        return f"{IMPORT}:{self.name}" if self.name else IMPORT


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or would do: CIs by what became of them, relations that are stated now, rows that were left out and why."""

    source: str
    applied: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    relations: int
    errors: tuple[RowError, ...] = ()


class Importer:
    """Imports on behalf of an actor."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def bring(self, actor: Actor, rows: Sequence[Numbered], errors: Sequence[RowError], options: Options) -> Outcome:
        """Import what was read, and what could not be (*errors*).

        Raises InvalidRows, which has every bad row, when all were to be good; StoreUnavailable.
        """
        cause = Cause(at=datetime.now(UTC), actor=actor, source=options.source)
        plan = _Plan(self._feed, rows, errors, options, cause)
        try:
            return await self._feed.edit(cause, plan.make)
        except _NothingToDo as nothing:
            return nothing.outcome


class _NothingToDo(Exception):
    """The outcome is known and nothing is to be written."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("nothing to write")
        self.outcome = outcome


class _Plan:
    """One import in the making."""

    def __init__(self, feed: Feed, rows: Sequence[Numbered], errors: Sequence[RowError], options: Options, cause: Cause) -> None:
        self._feed = feed
        self._rows = rows
        self._unreadable = errors
        self._options = options
        self._cause = cause

    async def make(self, overlay: Overlay) -> Outcome:
        """Place every row, then put what is to be put."""
        placing = Placing(overlay, self._feed.store, self._options.source, self._cause.at)
        for place, (number, row) in enumerate(self._rows):
            await placing.place(number, row)
            if place % YIELD_EVERY == YIELD_EVERY - 1:
                await asyncio.sleep(0)
        for one in placing.placed:
            await placing.link(one)
        errors = sorted([*self._unreadable, *placing.errors], key=lambda error: (error.row, error.field))
        if errors and self._options.mode == "all":
            shown = errors[:SHOWN]
            bad = len({error.row for error in errors})
            raise InvalidRows(f"{bad} of {len(self._rows) + len(self._unreadable)} rows cannot be imported; nothing was.", shown)
        outcome = self._outcome(placing, errors)
        if self._options.dry_run or not placing.placed:
            raise _NothingToDo(outcome)
        self._put(overlay, placing)
        return outcome

    def _outcome(self, placing: Placing, errors: Sequence[RowError]) -> Outcome:
        created = sum(one.before is None for one in placing.placed)
        updated = sum(one.before is not None and one.after is not one.before for one in placing.placed)
        return Outcome(
            source=self._options.source, applied=not self._options.dry_run and bool(placing.placed),
            rows=len(self._rows) + len(self._unreadable), created=created, updated=updated,
            unchanged=len(placing.placed) - created - updated, relations=sum(len(one.links) for one in placing.placed),
            errors=tuple(errors[:SHOWN]),
        )  # fmt: skip

    def _put(self, overlay: Overlay, placing: Placing) -> None:
        for one in placing.placed:
            if one.before is None:
                overlay.records[IMPORTED, one.uid] = Record(IMPORTED, one.uid, one.after.cls)
                self._feed.projector.imported = True
        for one in placing.placed:
            for (verb, target), properties in one.links.items():
                overlay.relate((one.uid, verb, target), self._options.source, properties, self._cause)
        run = {"at": self._cause.at.isoformat(), "uids": sorted(one.uid for one in placing.placed)}
        overlay.records[RUNS, self._options.source] = Record(RUNS, self._options.source, run)

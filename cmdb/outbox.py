"""The history as the bus wants it.  Rows are numbered in one order and never change: their numbers are the sequence."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

from cmdb.events import TOPIC, CiChange
from cmdb.model import HistoryRow
from cmdb.stores.opening import until_usable
from cmdb.stores.port import Batch, GraphStore, HistoryQuery, Record
from dcsim.bus import Bus, OutboxRelay
from dcsim.errors import JournalUnavailable, StoreUnavailable
from dcsim.events import Envelope, raw_payload

EPOCH: Final = "outbox-epoch"
"""The record that names this graph's history: another graph's events have other numbers."""
KEEP: Final = 20_000
"""Events that stay on the bus after every group is done with them; older ones are at ``/cmdb/history``."""


class Announcer:
    """A worker that publishes every change of the graph, at least once and in order."""

    name = "announcer"

    def __init__(self, store: GraphStore, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._epoch = ""
        self._relay: OutboxRelay | None = None

    def notify(self) -> None:
        """There is something new."""
        if self._relay is not None:
            self._relay.notify()

    async def run(self) -> None:
        """Publish until cancelled."""
        self._epoch = await self._named()
        self._relay = OutboxRelay(self._bus, self, epoch=self._epoch, topic=TOPIC, keep=KEEP)
        await self._relay.run()

    async def read(self, after: int, limit: int, /) -> Sequence[Envelope]:
        """At most *limit* changes after a number, in order.  Raises JournalUnavailable while the store is away."""
        try:
            rows = await self._store.history(HistoryQuery(after=after, limit=limit))
        except StoreUnavailable as error:
            raise JournalUnavailable(error.message) from error
        return [self._envelope(row) for row in rows]

    async def _named(self) -> str:
        while True:
            await until_usable(self._store)
            try:
                found = (await self._store.records(EPOCH)).get(EPOCH)
                if found is None:
                    found = secrets.token_hex(8)
                    await self._store.apply(Batch(records=[Record(EPOCH, EPOCH, found)]))
            except StoreUnavailable:
                continue
            return str(found)

    def _envelope(self, row: HistoryRow) -> Envelope:
        change = CiChange(row.cls, row.before, row.after, row.source)
        return Envelope(
            id=f"cmdb-{self._epoch}-{row.number}",
            source=f"/dcsim/cmdb/{self._epoch}",
            type=f"dcsim.cmdb.ci.{row.op}",
            subject=row.uid,
            time=row.at,
            simulated_time=row.at,
            sequence=row.number,
            actor=row.actor,
            causation_id=row.event_id,
            traceparent=row.actor.traceparent,
            data=raw_payload(msgspec.to_builtins(change)),
        )

"""Which store the settings ask for, and waiting for one that is away."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import GraphStore
from dcsim.errors import StoreUnavailable
from dcsim.settings import Settings

log = structlog.get_logger(__name__)

FILE: Final = "cmdb.db"
FIRST_PAUSE_SECONDS: Final = 0.02
PAUSE_SECONDS: Final = 0.2
MAX_PAUSE_SECONDS: Final = 5.0


def make_store(settings: Settings) -> GraphStore:
    """The store, not opened yet: Neo4j when a URL is given, else a file in the data directory."""
    if settings.cmdb.neo4j_url:
        from cmdb.stores.neo4j import Neo4jStore, Server  # noqa: PLC0415 - its driver takes a fifth of a second to import

        given = settings.cmdb
        return Neo4jStore(Server(given.neo4j_url or "", given.neo4j_user, given.neo4j_password, given.neo4j_database))
    return EmbeddedStore(settings.data_dir / FILE)


class StoreOpener:
    """A worker that opens the store, trying again while it is away, and then has nothing more to do.

    `opened` is for everybody who needs the store open.  StoreCorrupt ends the worker, and so the process, with its sentence.
    """

    name = "store"

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.opened = asyncio.Event()
        self.reason = "starting"
        """Why the store is not open."""

    async def run(self) -> None:
        """Open it, then wait to be cancelled."""
        pause = PAUSE_SECONDS
        while not self.opened.is_set():
            try:
                await self._store.open()
            except StoreUnavailable as error:
                self.reason = error.message
                log.warning("store.waits", reason=error.message)
                await asyncio.sleep(pause)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
            else:
                self.opened.set()
        await asyncio.Event().wait()


async def until_usable(store: GraphStore) -> None:
    """Return when the store can be used: for workers, whose work waits for it.  The first moments, in which it is opened, are not news."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await store.check()
        except StoreUnavailable as error:
            if pause > PAUSE_SECONDS:
                log.warning("store.waits", reason=error.message)
            await asyncio.sleep(pause)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)
        else:
            return

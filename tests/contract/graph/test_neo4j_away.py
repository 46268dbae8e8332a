"""Neo4j behind a line that is cut: a typed error soon, nothing half done, and work goes on when it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from cmdb.model import Ci, Processed
from cmdb.stores.neo4j import Neo4jStore, Server
from cmdb.stores.neo4j.connection import Connection
from cmdb.stores.opening import StoreOpener, until_usable
from cmdb.stores.port import Batch
from dcsim.errors import StoreUnavailable
from dcsim.problems import problem_of, problem_response
from tests.graph_database import GraphDatabase, free_port

pytestmark = pytest.mark.slow
T0 = datetime(2026, 1, 1, tzinfo=UTC)


class Line:
    """A TCP line to the server that can be cut and mended."""

    def __init__(self, server: GraphDatabase) -> None:
        self.port = free_port()
        self.url = f"bolt://127.0.0.1:{self.port}"
        self._target = urlsplit(server.url).port
        self._listening: asyncio.Server | None = None
        self._links: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        """Let connections through."""
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Drop every connection and refuse new ones."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for link in list(self._links):
            link.close()
        await asyncio.sleep(0.05)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ends = {writer, far_writer}
        self._links |= ends
        with suppress(OSError):
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        self._links -= ends

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()


@pytest.fixture
async def line(neo4j: GraphDatabase) -> AsyncIterator[Line]:
    """Yield a line that is whole."""
    made = Line(neo4j)
    await made.mend()
    yield made
    await made.cut()


def ci(uid: str) -> Ci:
    """Return a CI with nothing but its uid."""
    return Ci(uid=uid, cls="Network", name=uid, created=T0, changed=T0)


async def test_away_is_a_typed_error_and_back_is_work_again(line: Line) -> None:
    store = Neo4jStore(Server(line.url))
    await store.open()
    await store.clear()
    await store.apply(Batch(upserts=[ci("before")], processed=[Processed("e1")]))
    await line.cut()
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable, match="events wait, and nothing is lost") as away:
        await store.apply(Batch(upserts=[ci("during")]))
    for question in (store.node("before"), store.check(), store.counts()):
        with pytest.raises(StoreUnavailable):
            await question
    assert time.monotonic() - begun < 30
    answer = problem_response(problem_of(away.value))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")

    waiting = asyncio.create_task(until_usable(store))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await line.mend()
    await asyncio.wait_for(waiting, 20)
    await store.apply(Batch(upserts=[ci("after")]))
    assert sorted(await store.nodes(["before", "during", "after"])) == ["after", "before"]
    await store.close()


async def test_the_opener_waits_for_a_server_that_comes_later(line: Line) -> None:
    await line.cut()
    store = Neo4jStore(Server(line.url))
    opener = StoreOpener(store)
    opening = asyncio.create_task(opener.run())
    await asyncio.sleep(1)
    assert not opener.opened.is_set()
    assert "is away" in opener.reason
    with pytest.raises(StoreUnavailable):
        await store.check()
    await line.mend()
    await asyncio.wait_for(opener.opened.wait(), 30)
    await store.check()
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await store.close()


async def test_a_url_that_is_none_says_what_one_looks_like() -> None:
    with pytest.raises(StoreUnavailable, match="neo4j://HOST:7687"):
        await Neo4jStore(Server("http://127.0.0.1:7474")).open()


async def test_a_database_that_is_being_prepared_is_not_there_yet(neo4j: GraphDatabase) -> None:
    store = Neo4jStore(Server(neo4j.url))
    await store.open()
    connection = Connection(Server(neo4j.url))
    await connection.open()
    await connection.command("MATCH (m:CmdbMeta) DELETE m")  # as it is between connecting and `schema.prepare`
    with pytest.raises(StoreUnavailable, match="being prepared"):
        await store.check()
    await store.open()
    await store.check()
    await connection.close()
    await store.close()

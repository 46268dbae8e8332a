"""An export as a client of HTTP gets it: piece by piece, while everything else goes on."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from benchmarks.cmdb.plant import batches
from cmdb.api import Context, routes
from cmdb.projection.sync import Synchroniser
from cmdb.stores.embedded import EmbeddedStore
from dcsim.http.context import RequestContext, middleware_of
from dcsim.http.streaming import Stream, send
from dcsim.service import Listener, ListenerKind
from dcsim.telemetry import Metrics

PIECE = 250
"""CIs or relations that are made into text at once; the benchmark says how long the loop is held for."""


@pytest.fixture
async def client(store: EmbeddedStore) -> AsyncIterator[TestClient[Any, Any]]:
    """Yield a client of the API over the small graph."""
    app = web.Application()
    listener = Listener("cmdb", app, 0, "ports.cmdb", kind=ListenerKind.REST)
    app.middlewares.append(middleware_of(RequestContext(listener, Metrics())))
    routes.add_to(app, Context(store, cast("Synchroniser", SimpleNamespace(feed=None))))  # nothing is compared with an engine here
    async with TestClient(TestServer(app)) as made:
        yield made


async def test_headers_say_what_comes(client: TestClient[Any, Any], store: EmbeddedStore) -> None:
    answer = await client.get("/cmdb/export?format=csv&what=relations")
    assert answer.status == 200
    revision = await store.revision()
    assert answer.headers["ETag"] == f'"{revision}"'
    assert answer.headers["Dcsim-Revision"] == str(revision)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="dcsim-cmdb-relations-{revision}.csv"'
    assert answer.content_type == "text/csv"
    assert len(list(csv.reader(io.StringIO(await answer.text(), newline="")))) == 5


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [("format=png", 400, "format"), ("class=Nothing", 400, "class"), ("around=nothing", 404, None), ("around=app&depth=99", 400, "depth")],
)
async def test_refusals_are_problems(client: TestClient[Any, Any], query: str, status: int, field: str | None) -> None:
    answer = await client.get(f"/cmdb/export?{query}")
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert (await answer.json()).get("field") == field


async def test_a_large_graph_leaves_the_loop_free(client: TestClient[Any, Any], store: EmbeddedStore) -> None:
    for batch in batches(8_000):
        await store.apply(batch)
    turns = 0

    async def watch() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    watching = asyncio.create_task(watch())
    answer = await client.get("/cmdb/export?format=jsonl")
    kinds = [json.loads(line)["kind"] async for line in answer.content]
    watching.cancel()
    assert kinds.count("ci") == sum((await store.counts()).values())
    assert kinds.count("relation") == sum((await store.relation_counts()).values())
    assert turns > len(kinds) // PIECE, "others have their turn between any two pieces"


async def test_what_breaks_off_is_not_taken_for_whole() -> None:
    ended = asyncio.Event()

    async def pieces() -> AsyncGenerator[bytes, None]:
        try:
            for _ in range(4):
                yield b"x" * 100_000
            raise RuntimeError("the store is gone")
        finally:
            ended.set()

    async def handler(request: web.Request) -> web.StreamResponse:
        return await send(request, Stream(pieces(), "text/plain"))

    app = web.Application()
    app.router.add_get("/", handler)
    async with TestClient(TestServer(app)) as client:
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
            await (await client.get("/")).read()
    assert ended.is_set()


async def test_a_client_that_goes_away_frees_the_instant(client: TestClient[Any, Any], store: EmbeddedStore) -> None:
    for batch in batches(8_000):
        await store.apply(batch)
    answer = await client.get("/cmdb/export?format=json")
    await answer.content.read(10)
    answer.close()
    for _ in range(100):
        if not any(thread.name.startswith("cmdb-snapshot") for thread in threading.enumerate()):
            break
        await asyncio.sleep(0.05)
    else:
        pytest.fail("the snapshot is still held")

"""GraphQL over HTTP: media types, statuses, GET, persisted documents, and bodies that are too much."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from dcsim.http.auth import CLAIMS, TOKEN
from dcsim.security.tokens import Claims
from graph.backends.caller import Services
from graph.backends.directory import Directory
from graph.execution.engine import Engine
from graph.execution.persisted import Persisted, hash_of
from graph.graphql import GRAPHQL, JSON, GraphQL
from tests.unit.graph.shelves import schema

KNOWN = "{vault}"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    @web.middleware
    async def known(request: web.Request, handler: Any) -> web.StreamResponse:
        request[CLAIMS] = Claims(subject="ann", scopes=frozenset({"admin"}), expires=datetime(2040, 1, 1, tzinfo=UTC))
        request[TOKEN] = "token"
        answer: web.StreamResponse = await handler(request)
        return answer

    app = web.Application(middlewares=[known])
    GraphQL(Engine(schema()), Services(Directory({}, {})), persisted=Persisted({"sha256:" + hash_of(KNOWN): KNOWN})).add_to(app)
    async with TestClient(TestServer(app)) as made:
        yield made


async def test_an_answer_says_what_it_cost(client: Client) -> None:
    answer = await client.post("/graphql", json={"query": KNOWN})
    assert (answer.status, answer.content_type) == (200, JSON)
    assert await answer.json() == {"data": {"vault": "gold"}, "extensions": {"cost": {"requested": 1, "most": 25_000}}}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.1, {JSON}", JSON),
        ("*/*", JSON),
        ("application/*;q=0.5", JSON),
    ],
)
async def test_the_answer_has_the_type_that_is_accepted(client: Client, accept: str, kind: str) -> None:
    answer = await client.post("/graphql", json={"query": KNOWN}, headers={"Accept": accept})
    assert answer.content_type == kind


@pytest.mark.parametrize("query", ["{", "{nope}", "{books(first: 999) {totalCount}}"])
async def test_wrong_documents_are_400_unless_plain_json_is_asked_for(client: Client, query: str) -> None:
    modern = await client.post("/graphql", json={"query": query}, headers={"Accept": GRAPHQL})
    plain = await client.post("/graphql", json={"query": query}, headers={"Accept": JSON})
    assert (modern.status, plain.status) == (400, 200)
    assert "data" not in await modern.json()


@pytest.mark.parametrize("body", ["", "{", "[]", '[{"query": "{vault}"}]', "{}", '{"query": 3}', '{"query": "{vault}", "variables": 3}'])
async def test_what_is_no_request_is_400(client: Client, body: str) -> None:
    answer = await client.post("/graphql", data=body, headers={"Content-Type": JSON})
    assert answer.status == 400
    assert (await answer.json())["errors"][0]["message"]


async def test_other_media_types_are_refused(client: Client) -> None:
    assert (await client.post("/graphql", data=b"{vault}", headers={"Content-Type": "text/plain"})).status == 415
    assert (await client.post("/graphql", json={"query": KNOWN}, headers={"Accept": "text/html"})).status == 406


async def test_a_url_reads_and_does_nothing_else(client: Client) -> None:
    read = await client.get("/graphql", params={"query": "query A($n: Boolean!) {vault @include(if: $n)}", "variables": '{"n": true}'})
    wrote = await client.get("/graphql", params={"query": 'mutation {burn(title: "x")}'})
    assert (await read.json())["data"] == {"vault": "gold"}
    assert (wrote.status, wrote.headers["Allow"]) == (405, "POST")
    assert (await client.get("/graphql", params={"query": KNOWN, "variables": "{"})).status == 400


async def test_documents_are_named_by_their_hash(client: Client) -> None:
    for named in (
        {"documentId": "sha256:" + hash_of(KNOWN)},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(KNOWN)}}},
    ):
        assert (await (await client.post("/graphql", json=named)).json())["data"] == {"vault": "gold"}
    unknown = await (await client.post("/graphql", json={"documentId": "sha256:" + hash_of("x")})).json()
    assert unknown["errors"][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}
    wrong = await client.post("/graphql", json={"query": "{__typename}", "documentId": "sha256:" + hash_of(KNOWN)})
    assert wrong.status == 400


async def test_a_gzip_bomb_is_refused_before_it_unfolds(client: Client) -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    took = []
    for _ in range(5):
        started = time.process_time()
        answer = await client.post("/graphql", data=bomb, headers={"Content-Type": JSON, "Content-Encoding": "gzip"})
        took.append(time.process_time() - started)
        assert answer.status == 413
    assert min(took) < 0.05  # the client's own work is in it


async def test_a_packed_body_is_read(client: Client) -> None:
    body = gzip.compress(json.dumps({"query": KNOWN}).encode())
    answer = await client.post("/graphql", data=body, headers={"Content-Type": JSON, "Content-Encoding": "gzip"})
    assert answer.status == 200

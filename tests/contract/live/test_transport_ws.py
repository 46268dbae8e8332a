"""graphql-transport-ws: its rules and close codes, subscriptions that resume, queries beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from dcsim.bus import Bus
from graph.live.connection import Limits
from graph.live.sockets import GRAPHQL
from tests.contract.bus.harness import eventually
from tests.contract.live.harness import EVENTS, Side, side, subscribed
from tests.contract.live.test_plain import closed


def subscribe(query: str, name: str = "1", **payload: Any) -> dict[str, Any]:
    """A subscribe message."""
    return {"id": name, "type": "subscribe", "payload": {"query": query, **payload}}


async def unsaid(one: Side, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A socket that has not said who it is."""
    return await session.ws_connect(f"{one.url}/ws", protocols=[GRAPHQL])


@pytest.mark.parametrize("path", ["/graphql", "/ws"])
async def test_events_are_delivered_and_a_seq_resumes(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession, path: str) -> None:
    async with side(bus, tmp_path) as one:
        ws = await one.graphql(session, path)
        await subscribed(ws, one)
        one.commit(5)
        found = [await ws.receive_json(timeout=5) for _ in range(5)]
        assert {(message["id"], message["type"]) for message in found} == {("1", "next")}
        delivered = [message["payload"]["data"]["events"] for message in found]
        assert [one_["event"]["sequence"] for one_ in delivered] == [1, 2, 3, 4, 5]
        again = await one.graphql(session, path)
        await subscribed(again, one, after=delivered[2]["seq"])
        assert (await again.receive_json(timeout=5))["payload"]["data"]["events"] == delivered[3]


async def test_the_plan_and_the_standard_path_say_the_same(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    wanted = "seq gap { topic } event { id type time actor { principal api } data }"
    standard = f"subscription {{ events {{ {wanted} ... on EventDelivery @include(if: true) {{ __typename }} }} }}"
    async with side(bus, tmp_path) as one:
        ws = await one.graphql(session)
        await ws.send_json(subscribe(f"subscription {{ events {{ {wanted} }} }}", "a"))
        await ws.send_json(subscribe(standard, "b"))
        await eventually(lambda: one.live.subscriptions == 2)
        one.commit(1)
        found = {message["id"]: message["payload"]["data"]["events"] for message in [await ws.receive_json(timeout=5) for _ in range(2)]}
        assert found["b"] == found["a"] | {"__typename": "EventDelivery"}
        assert found["a"]["event"]["actor"] == {"principal": "tester", "api": ""}


async def test_complete_ends_a_subscription_and_its_id_is_free(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path) as one:
        ws = await one.graphql(session)
        await subscribed(ws, one)
        await ws.send_json({"id": "1", "type": "complete"})
        await eventually(lambda: one.live.subscriptions == 0)
        await subscribed(ws, one)
        one.commit(1)
        assert (await ws.receive_json(timeout=5))["type"] == "next"


async def test_queries_are_answered_too_and_pings(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path) as one:
        ws = await one.graphql(session)
        await ws.send_json(subscribe("{ answer }"))
        assert await ws.receive_json(timeout=5) == {"id": "1", "type": "next", "payload": {"data": {"answer": 42}}}
        assert await ws.receive_json(timeout=5) == {"id": "1", "type": "complete"}
        await ws.send_json({"type": "ping"})
        assert await ws.receive_json(timeout=5) == {"type": "pong"}
        await ws.send_json({"type": "ping", "payload": {"token": one.issue()}})
        assert "expires" in (await ws.receive_json(timeout=5))["payload"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "subscription {"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { events { seq } more: events { seq } }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { ... on Subscription { events { seq } } }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": EVENTS, "variables": {"after": 7}}, "BAD_USER_INPUT"),
        ({"query": EVENTS, "variables": {"after": "nonsense"}}, "BAD_USER_INPUT"),
        ({"query": EVENTS, "operationName": "other"}, "BAD_USER_INPUT"),
    ],
)
async def test_wrong_documents_are_errors_of_their_subscription_alone(
    bus: Bus, tmp_path: Path, session: aiohttp.ClientSession, payload: dict[str, Any], code: str
) -> None:
    async with side(bus, tmp_path) as one:
        ws = await one.graphql(session)
        await ws.send_json({"id": "1", "type": "subscribe", "payload": payload})
        answer = await ws.receive_json(timeout=5)
        assert (answer["type"], answer["id"]) == ("error", "1")
        assert answer["payload"][0]["extensions"]["code"] == code
        await ws.send_json({"type": "ping"})
        assert (await ws.receive_json(timeout=5))["type"] == "pong"


async def test_scopes_hold_for_topics_that_are_named(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path) as one:
        one.token = one.issue("sim:read")
        ws = await one.graphql(session)
        await ws.send_json(subscribe('subscription { events(filter: {topics: ["cmdb"]}) { seq } }'))
        answer = await ws.receive_json(timeout=5)
        assert answer["payload"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([subscribe("{ answer }")], 4401),
        ([{"type": "connection_init"}], 4403),
        ([{"type": "connection_init", "payload": {"token": "x"}}], 4401),
        ([{"type": "connection_init", "payload": {"token": "TOKEN"}}, {"type": "connection_init"}], 4429),
        ([{"type": "connection_init", "payload": {"token": "TOKEN"}}, subscribe(EVENTS), subscribe(EVENTS)], 4409),
        ([{"type": "connection_init", "payload": {"token": "TOKEN"}}, {"type": "start", "id": "1"}], 4400),
        ([{"type": "connection_init", "payload": {"token": "TOKEN"}}, {"type": "subscribe", "id": "1", "payload": {}}], 4400),
        ([{"type": "connection_init", "payload": {"token": "TOKEN"}}, *[{"type": "ping"}] * 400], 4429),
        ([{"type": "connection_init", "payload": {"token": "TOKEN"}}, *[subscribe(EVENTS, str(n)) for n in range(60)]], 4429),
    ],
)
async def test_who_breaks_the_protocol_is_told_why(
    bus: Bus, tmp_path: Path, session: aiohttp.ClientSession, messages: list[dict[str, Any]], code: int
) -> None:
    async with side(bus, tmp_path) as one:
        ws = await unsaid(one, session)
        for message in messages:
            if message.get("payload", {}).get("token") == "TOKEN":
                message = message | {"payload": {"token": one.token}}  # noqa: PLW2901 - the token is known only here
            if not ws.closed:
                await ws.send_json(message)
        assert await closed(ws) == code
        await eventually(lambda: one.live.subscriptions == 0)


async def test_who_says_nothing_and_who_says_too_much_are_closed(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path, Limits(init_seconds=0.2)) as one:
        assert await closed(await unsaid(one, session)) == 4408
        ws = await one.graphql(session)
        await ws.send_str("x" * 70_000)
        assert await closed(ws) == 1009

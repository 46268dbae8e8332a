"""Plain JSON events on /ws: who is let in, what they hear, and how it ends."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from dcsim.bus import Bus
from dcsim.security.secrets import Secrets
from dcsim.security.tokens import Tokens
from graph.live.connection import Limits
from tests.contract.bus.harness import eventually
from tests.contract.live.harness import Side, side


async def events(ws: aiohttp.ClientWebSocketResponse, count: int) -> list[dict[str, Any]]:
    """The next messages."""
    return [await ws.receive_json(timeout=5) for _ in range(count)]


async def closed(ws: aiohttp.ClientWebSocketResponse) -> int | None:
    """The code with which the gateway closes it; messages before that are passed over."""
    async with asyncio.timeout(10):
        async for _ in ws:
            pass
    return ws.close_code


async def test_events_carry_their_seq_and_filters_hold(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path) as one:
        everything = await one.plain(session)
        some = await one.plain(session, "?subjects=vm-3,vm-4&types=dcsim.test.*&actors=tester")
        none = await one.plain(session, "?kinds=vm")
        one.commit(20)
        found = await events(everything, 20)
        assert [message["event"]["sequence"] for message in found] == list(range(1, 21))
        assert [message["event"]["subject"] for message in await events(some, 2)] == ["vm-3", "vm-4"]
        resumed = await one.plain(session, f"?after={found[16]['seq']}")
        assert [message["event"]["sequence"] for message in await events(resumed, 3)] == [18, 19, 20]
        with pytest.raises(TimeoutError):
            await none.receive(timeout=0.1)


async def test_the_token_may_be_the_first_message_and_is_needed(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path, Limits(init_seconds=0.3)) as one:
        ws = await session.ws_connect(f"{one.url}/ws")
        await ws.send_json({"type": "auth", "token": one.token})
        assert (await ws.receive_json(timeout=5))["type"] == "ready"
        for message, code in (({"type": "auth", "token": "x.y.z"}, 4401), ({"type": "hello"}, 4400), ([1], 4400)):
            ws = await session.ws_connect(f"{one.url}/ws")
            await ws.send_json(message)
            assert await closed(ws) == code
        silent = await session.ws_connect(f"{one.url}/ws")
        assert await closed(silent) == 4408


async def test_topics_need_their_scopes(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path) as one:
        await eventually(lambda: "engine" in one.hub.positions)
        ws = await session.ws_connect(f"{one.url}/ws", headers={"Authorization": f"Bearer {one.issue('cmdb:read')}"})
        assert await closed(ws) == 4403
        await one.plain(session, token=one.issue("sim:read"))


async def test_a_token_that_expires_closes_the_socket_unless_it_is_renewed(
    bus: Bus, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with side(bus, tmp_path) as one:
        expiring, renewed = one.issue(seconds=1.0), one.issue(seconds=1.0)
        left, kept = await one.plain(session, token=expiring), await one.plain(session, token=renewed)
        await kept.send_json({"type": "auth", "token": one.token})
        assert await closed(left) == 4401
        one.commit(1)
        assert (await kept.receive_json(timeout=5))["event"]["sequence"] == 1


async def test_a_token_that_is_revoked_closes_the_socket(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path, Limits(verify_seconds=0.1)) as one:
        ws = await one.plain(session)
        one.tokens = Tokens(Secrets(tmp_path / "others.json"))  # another key: nobody's token is good any more
        assert await closed(ws) == 4401


async def test_somebody_elses_token_does_not_renew(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path) as one:
        ws = await one.plain(session)
        await ws.send_json({"type": "auth", "token": one.issue(subject="mallory")})
        assert await closed(ws) == 4403


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/ws", {"Origin": "https://evil.example"}, 403),
        ("/ws", {"Origin": "null"}, 403),
        ("/graphql", {"Origin": "https://evil.example"}, 403),
        ("/graphql", {}, 400),
        ("/ws?colour=red", {}, 400),
    ],
)
async def test_refused_before_the_handshake(
    bus: Bus, tmp_path: Path, session: aiohttp.ClientSession, path: str, headers: dict[str, str], status: int
) -> None:
    async with side(bus, tmp_path) as one:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(one.url + path, headers={"Authorization": f"Bearer {one.token}", **headers})
        assert refused.value.status == status
        assert len(one.sockets) == 0


async def test_pages_of_our_own_are_let_in_and_plain_requests_told_to_upgrade(
    bus: Bus, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with side(bus, tmp_path) as one:
        ws = await session.ws_connect(f"{one.url}/ws", headers={"Authorization": f"Bearer {one.token}", "Origin": one.url})
        assert (await ws.receive_json(timeout=5))["type"] == "ready"
        assert (await session.get(f"{one.url}/ws")).status == 426


async def test_a_socket_cut_again_and_again_under_load_loses_and_doubles_nothing(
    bus: Bus, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    total = 6000
    async with side(bus, tmp_path, keep=500) as one:
        loading = asyncio.create_task(_load(one, total))
        found: list[int] = []
        after, cuts = "oldest", 0
        async with asyncio.timeout(40):
            while len(found) < total:
                ws = await one.plain(session, f"?after={after}")
                for _ in range(137):
                    message = json.loads((await ws.receive(timeout=10)).data)
                    assert message["type"] == "event"
                    found.append(message["event"]["sequence"])
                    after = message["seq"]
                    if len(found) == total:
                        break
                transport = ws._response.connection.transport  # type: ignore[union-attr]
                transport.abort()  # type: ignore[union-attr]
                cuts += 1
        await loading
        assert found == list(range(1, total + 1))
        assert cuts > 20


async def _load(one: Side, total: int) -> None:
    for _ in range(total // 100):
        one.commit(100)
        await asyncio.sleep(0.02)

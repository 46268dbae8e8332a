"""Clients that vanish, crowd or do not read leave nothing behind; at the end everybody is told."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from benchmarks.measuring import memory_mib
from dcsim.bus import Bus
from graph.live.connection import Limits
from tests.contract.bus.harness import eventually
from tests.contract.live.harness import side, subscribed
from tests.contract.live.test_plain import closed

ABRUPT = 1000


async def test_a_thousand_abrupt_closes_leave_nothing(bus: Bus, tmp_path: Path) -> None:
    async with side(bus, tmp_path) as one:
        used: list[float] = []
        for _ in range(10):
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
                opened = await asyncio.gather(*(one.graphql(session) for _ in range(ABRUPT // 10)))
                for ws in opened:
                    await ws.send_json({"id": "1", "type": "subscribe", "payload": {"query": "subscription { events { seq } }"}})
                await eventually(lambda: one.live.subscriptions == ABRUPT // 10)
                one.commit(20)
                for ws in opened:
                    ws._response.connection.transport.abort()  # type: ignore[union-attr]
            await eventually(lambda: one.live.subscriptions == 0 and len(one.sockets) == 0)
            gc.collect()
            used.append(memory_mib(os.getpid()))
        assert used[-1] - used[3] < 8, used


def _small(info: Any) -> socket.socket:
    """A socket for which the system keeps little."""
    made = socket.socket(info[0], info[1], info[2])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return made


async def test_who_does_not_read_is_closed_and_holds_nobody_up(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    connector = aiohttp.TCPConnector(socket_factory=_small)
    async with side(bus, tmp_path, Limits(stall_seconds=0.5)) as one, aiohttp.ClientSession(connector=connector) as lazy:
        slow = await one.graphql(lazy)
        await subscribed(slow, one)
        slow._response.connection.transport.pause_reading()  # type: ignore[union-attr]
        fast = await one.plain(session)
        for _ in range(20):
            one.commit(250, subject="vm-" + "x" * 4000 + "{}")
            for _ in range(250):
                await fast.receive(timeout=5)
        await eventually(lambda: len(one.sockets) == 1)
        assert one.live.subscriptions == 0
        assert not fast.closed


async def test_no_more_sockets_than_are_borne(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path, Limits(sockets=3, sockets_of_one=2)) as one:
        first, _ = await one.plain(session), await one.plain(session)
        third = await session.ws_connect(f"{one.url}/ws", headers={"Authorization": f"Bearer {one.token}"})
        assert await closed(third) == 4429
        await one.plain(session, token=one.issue(subject="another"))
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{one.url}/ws")
        assert refused.value.status == 503
        await first.close()
        await eventually(lambda: len(one.sockets) == 2)
        await one.plain(session)


async def test_at_the_end_everybody_is_told_to_come_back(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path) as one:
        plain, graphql = await one.plain(session), await one.graphql(session)
        await subscribed(graphql, one)
        codes = asyncio.gather(closed(plain), closed(graphql))
        await one.sockets.drain()
        assert list(await codes) == [1001, 1001]
        await eventually(lambda: len(one.sockets) == 0 and one.live.subscriptions == 0)


async def test_a_bus_that_goes_and_comes_back_costs_nobody_an_event(bus: Bus, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with side(bus, tmp_path) as one:
        ws = await one.plain(session)
        one.commit(10)
        found = [(await ws.receive_json(timeout=5))["event"]["sequence"] for _ in range(10)]
        async with bus.speaking() as redis:
            await redis.flushall()  # the relay fills it again from its outbox
        one.commit(10)
        found += [(await ws.receive_json(timeout=10))["event"]["sequence"] for _ in range(10)]
        assert found == list(range(1, 21))

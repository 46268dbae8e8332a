"""Live events: from the commit to 50 subscribers at 500 events a second, a socket that is cut meanwhile, and what an idle socket holds.

The gateway's sockets, the hub and a producer run in a process of their own on a private Valkey; the clients run in this one.  Half of them
speak plain JSON, half graphql-transport-ws.  Repeat with ``python -m benchmarks.gateway.live``; ``--cut 30`` cuts the socket for as long as
the figure says.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from benchmarks.measuring import Bound, cpu_seconds, line, memory_mib, percentile
from dcsim.bus import Bus
from dcsim.events import raw_payload
from dcsim.valkey import PrivateValkey
from graph.live.connection import Limits
from graph.live.sockets import GRAPHQL
from tests.contract.bus.harness import envelope
from tests.contract.live.harness import Side, side

CLIENTS: Final = 50
RATE: Final = 500
TICK: Final = 0.01
AT: Final = re.compile(rb'"at":(\d+)')
NUMBER: Final = re.compile(rb'"sequence":(\d+)')
QUERY: Final = "subscription { events { seq event { id type subject sequence data } } }"
BEARS: Final = Limits(sockets=20_000, sockets_of_one=20_000)
AT_ONCE: Final = 100


# -- the gateway's process ------------------------------------------------------------------------------------------------------------


async def serve(directory: Path) -> None:
    """Serve until the last order is done: each line of stdin is ``{"rate": ..., "seconds": ...}``, answered when it is done."""
    valkey = PrivateValkey(directory / "bus")
    await valkey.start()
    bus = await Bus.connect(valkey.url)
    try:
        async with side(bus, directory, BEARS) as one:
            print(json.dumps({"url": one.url, "token": one.token, "pid": os.getpid()}), flush=True)
            while order := await asyncio.to_thread(sys.stdin.readline):
                await _commit(one, **json.loads(order))
                print("{}", flush=True)
    finally:
        await bus.close()
        await valkey.stop()


async def _commit(one: Side, rate: int, seconds: float) -> None:
    begun, made = time.monotonic(), 0
    while (now := time.monotonic()) < begun + seconds:
        wanted = int((now - begun) * rate) + 1
        for _ in range(wanted - made):
            number = len(one.outbox.events) + 1
            event = envelope(number, f"vm-{number % 100}")
            one.outbox.events.append(msgspec.structs.replace(event, data=raw_payload({"at": time.monotonic_ns(), "sequence": number})))
        made = wanted
        one.relay.notify()
        await asyncio.sleep(TICK)


class Gateway:
    """The other process."""

    def __init__(self, process: asyncio.subprocess.Process, hello: dict[str, Any]) -> None:
        self._process = process
        self.url, self.token, self.pid = str(hello["url"]), str(hello["token"]), int(hello["pid"])

    @classmethod
    async def start(cls, directory: Path) -> Gateway:
        """Start one."""
        command = (sys.executable, "-m", "benchmarks.gateway.live", "--serve", str(directory))
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL)
        return cls(process, await cls._said(process))

    @staticmethod
    async def _said(process: asyncio.subprocess.Process) -> dict[str, Any]:
        assert process.stdout is not None
        async with asyncio.timeout(120):
            while not (said := await process.stdout.readline()).startswith(b"{"):
                assert said, "the gateway's process ended"
        found: dict[str, Any] = json.loads(said)
        return found

    async def commit(self, rate: int, seconds: float) -> None:
        """Have events committed, until that is done."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"rate": rate, "seconds": seconds}).encode() + b"\n")
        await self._said(self._process)

    async def stop(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(30):
            await self._process.wait()


# -- clients --------------------------------------------------------------------------------------------------------------------------


class Client:
    """One subscriber: delays in milliseconds, and the numbers of the events heard."""

    def __init__(self, gateway: Gateway, session: aiohttp.ClientSession) -> None:
        self._gateway, self._session = gateway, session
        self._headers = {"Authorization": f"Bearer {gateway.token}"}
        self.delays: list[float] = []
        self.numbers: list[int] = []
        self.seq = ""

    async def open_plain(self, after: str = "") -> aiohttp.ClientWebSocketResponse:
        """A socket of plain events."""
        query = f"?after={after}" if after else ""
        ws = await self._session.ws_connect(f"{self._gateway.url}/ws{query}", headers=self._headers, max_msg_size=0)
        self.seq = after or (await ws.receive_json(timeout=30))["seq"]
        if after:
            await ws.receive(timeout=30)
        return ws

    async def open_graphql(self) -> aiohttp.ClientWebSocketResponse:
        """A socket with a subscription."""
        ws = await self._session.ws_connect(f"{self._gateway.url}/graphql", protocols=[GRAPHQL], max_msg_size=0)
        await ws.send_json({"type": "connection_init", "payload": {"token": self._gateway.token}})
        await ws.receive(timeout=30)
        await ws.send_json({"type": "subscribe", "id": "1", "payload": {"query": QUERY}})
        return ws

    async def listen(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Hear until cancelled."""
        while True:
            message = await ws.receive()
            assert message.type is aiohttp.WSMsgType.TEXT, message
            text = message.data.encode()
            found = AT.search(text)
            assert found is not None, text
            self.delays.append((time.monotonic_ns() - int(found[1])) / 1e6)

    async def number(self, ws: aiohttp.ClientWebSocketResponse, upto: int | None = None) -> None:
        """Hear with numbers and places, until cancelled or the event *upto* was heard."""
        while upto is None or not self.numbers or self.numbers[-1] < upto:
            message = json.loads((await ws.receive(timeout=30)).data)
            self.numbers.append(message["event"]["sequence"])
            self.seq = message["seq"]


async def delays(gateway: Gateway, seconds: float) -> tuple[list[float], list[float], float]:
    """Delays of plain and of GraphQL clients, and the share of one CPU that the gateway took."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        clients = [Client(gateway, session) for _ in range(CLIENTS)]
        sockets = [await (one.open_plain() if number % 2 else one.open_graphql()) for number, one in enumerate(clients)]
        listening = [asyncio.create_task(one.listen(ws)) for one, ws in zip(clients, sockets, strict=True)]
        await asyncio.sleep(0.5)
        used = cpu_seconds(gateway.pid)
        await gateway.commit(RATE, seconds)
        used = cpu_seconds(gateway.pid) - used
        await asyncio.sleep(1.0)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        heard = {len(one.delays) for one in clients}
        assert len(heard) == 1, f"not everybody heard everything: {heard}"
    plain = [delay for one in clients[1::2] for delay in one.delays]
    return plain, [delay for one in clients[::2] for delay in one.delays], used / seconds


async def cut(gateway: Gateway, seconds: float) -> tuple[int, int]:
    """How many events a client lost and heard twice whose socket was cut for that long under load."""
    async with aiohttp.ClientSession() as session:
        client = Client(gateway, session)
        ws = await client.open_plain()
        hearing = asyncio.create_task(client.number(ws))
        load = asyncio.create_task(gateway.commit(RATE, seconds + 4))
        await asyncio.sleep(2)
        ws._response.connection.transport.abort()  # type: ignore[union-attr]
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await asyncio.sleep(seconds)
        ws = await client.open_plain(client.seq)
        await load
        last = await _newest(gateway, session)
        await client.number(ws, last)
    expected = list(range(client.numbers[0], last + 1))
    return len(set(expected) - set(client.numbers)), len(client.numbers) - len(set(client.numbers))


async def _newest(gateway: Gateway, session: aiohttp.ClientSession) -> int:
    """The number of one more event, which is the last."""
    watching = Client(gateway, session)
    ws = await watching.open_plain()
    hearing = asyncio.create_task(watching.number(ws))
    await asyncio.gather(gateway.commit(1, 0.01), asyncio.sleep(1))
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    return watching.numbers[-1]


async def idle(gateway: Gateway, count: int) -> float:
    """Kilobytes of the gateway's memory for each socket that waits for events."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        before = memory_mib(gateway.pid)
        opened: list[aiohttp.ClientWebSocketResponse] = []
        while len(opened) < count:
            opened += await asyncio.gather(*(Client(gateway, session).open_plain() for _ in range(AT_ONCE)))
        return (memory_mib(gateway.pid) - before) * 1024 / len(opened)


async def measure(given: argparse.Namespace) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        gateway = await Gateway.start(Path(name))
        try:
            await delays(gateway, 2.0)
            plain: list[float] = []
            graphql: list[float] = []
            shares: list[float] = []
            for _ in range(given.repetitions):
                first, second, share = await delays(gateway, given.seconds)
                plain.append(percentile(first, 95))
                graphql.append(percentile(second, 95))
                shares.append(share)
            more = {"clients": CLIENTS, "events_per_second": RATE, "gateway_cpu_share": max(shares)}
            line("gateway.live.plain.p95", "ms", plain, bound=Bound(most=50), more=more)
            line("gateway.live.graphql.p95", "ms", graphql, bound=Bound(most=50), more=more)
            lost, doubled = await cut(gateway, given.cut)
            line(
                "gateway.live.cut",
                "events",
                [lost + doubled],
                bound=Bound(most=0.5),
                more={"lost": lost, "doubled": doubled, "cut_seconds": given.cut},
            )
            kilobytes = await idle(gateway, given.idle)
            line("gateway.live.idle", "kB", [kilobytes], bound=Bound(most=50), more={"sockets": given.idle})
        finally:
            await gateway.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve, or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--cut", type=float, default=5.0, help="seconds for which the socket is cut")
    parser.add_argument("--idle", type=int, default=10_000, help="sockets that wait; each takes a file descriptor in two processes")
    given = parser.parse_args(arguments)
    asyncio.run(serve(given.serve) if given.serve is not None else measure(given))


if __name__ == "__main__":
    main()

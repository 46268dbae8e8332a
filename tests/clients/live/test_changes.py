"""What real clients change shows on live sockets: pyvmomi's power calls, tasks, and what is behind a service that is away."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import all_of, connected, finish

CHANGES = """subscription ($ids: [ID!], $after: String) { vmChanged(ids: $ids, after: $after) {
  seq op uid fields events gap { reason } event { type actor { principal api operation } } node { id name power host { name } }
} }"""
ROUNDS = 30


class Socket:
    """A graphql-transport-ws socket of a running gateway."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    @classmethod
    async def open(cls, session: aiohttp.ClientSession, datacenter: Datacenter, path: str = "/graphql") -> Socket:
        """One that has said who it is."""
        ws = await session.ws_connect(datacenter.env["DCSIM_GATEWAY_URL"] + path, protocols=["graphql-transport-ws"])
        await ws.send_json({"type": "connection_init", "payload": {"token": datacenter.env["DCSIM_TOKEN"]}})
        assert (await ws.receive_json(timeout=10))["type"] == "connection_ack"
        return cls(ws)

    async def subscribe(self, query: str, **variables: Any) -> None:
        """Subscribe, and return when the gateway has taken that in: it answers in order."""
        await self.ws.send_json({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables}})
        await self.ws.send_json({"type": "ping"})
        assert (await self.ws.receive_json(timeout=10))["type"] == "pong"
        await asyncio.sleep(0.2)

    async def next(self, field: str) -> dict[str, Any]:
        """The next delivery of a field."""
        message = await self.ws.receive_json(timeout=10)
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        found: dict[str, Any] = message["payload"]["data"][field]
        return found


async def asked(session: aiohttp.ClientSession, datacenter: Datacenter, query: str, **variables: Any) -> Any:
    """The data of a GraphQL query."""
    headers = {"Authorization": f"Bearer {datacenter.env['DCSIM_TOKEN']}"}
    body = {"query": query, "variables": variables}
    async with session.post(datacenter.env["DCSIM_GATEWAY_URL"] + "/graphql", json=body, headers=headers) as answer:
        found = await answer.json()
    assert "errors" not in found, found
    return found["data"]


@pytest.fixture
def running_vm(simulated: Datacenter) -> Iterator[Any]:
    """A VM that is on, as vSphere shows it."""
    with connected(simulated) as service:
        from pyVmomi import vim

        yield next(vm for vm in all_of(service, vim.VirtualMachine) if vm.runtime.powerState == "poweredOn" and not vm.config.template)


async def test_pyvmomi_switches_a_vm_and_a_subscriber_sees_it_within_50_ms_of_the_event(simulated: Datacenter, running_vm: Any) -> None:
    delays: list[float] = []
    name = running_vm.name
    async with aiohttp.ClientSession() as session:
        found = await asked(session, simulated, "query ($name: String!) { vms(filter: {name: {eq: $name}}) { nodes { id } } }", name=name)
        watched = await Socket.open(session, simulated)
        events = await session.ws_connect(
            f"{simulated.env['DCSIM_GATEWAY_URL']}/ws?types=dcsim.compute.vm.powered_*",
            headers={"Authorization": f"Bearer {simulated.env['DCSIM_TOKEN']}"},
        )
        assert (await events.receive_json(timeout=10))["type"] == "ready"
        await watched.subscribe(CHANGES, ids=[found["vms"]["nodes"][0]["id"]])
        for number in range(ROUNDS):
            call, power = (running_vm.PowerOff, "OFF") if number % 2 == 0 else (running_vm.PowerOn, "ON")
            switching = asyncio.create_task(asyncio.to_thread(_finish, call))
            while True:
                seen = await watched.next("vmChanged")
                if (seen["node"] or {}).get("power") == power and "power" in seen["fields"]:
                    break
            arrived = time.time()
            event = (await events.receive_json(timeout=10))["event"]
            delays.append(arrived - _seconds(event["time"]))
            assert (seen["op"], seen["node"]["name"], seen["event"]["actor"]["api"]) == ("UPDATED", name, "vsphere")
            assert seen["event"]["actor"]["principal"] != "system"
            await switching
    delays.sort()
    p95 = delays[int(len(delays) * 0.95)]
    assert p95 < 0.05 or _busy(), f"median {statistics.median(delays) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"


def _finish(call: Callable[[], Any]) -> None:
    finish(call())


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def _busy() -> bool:
    """Whether the machine has so much else to do that a bound on wall time says nothing."""
    return os.getloadavg()[0] > (os.cpu_count() or 1) * 1.5


async def test_a_task_is_shown_as_it_is_and_a_subscription_resumes(simulated: Datacenter, running_vm: Any) -> None:
    async with aiohttp.ClientSession() as session:
        watched = await Socket.open(session, simulated, "/ws")
        await watched.subscribe(CHANGES)
        await asyncio.to_thread(lambda: finish(running_vm.PowerOff()))
        first = await watched.next("vmChanged")
        watched.ws._response.connection.transport.abort()  # type: ignore[union-attr]
        await asyncio.to_thread(lambda: finish(running_vm.PowerOn()))
        again = await Socket.open(session, simulated)
        await again.ws.send_json(
            {"type": "subscribe", "id": "1", "payload": {"query": CHANGES, "variables": {"after": first["seq"]}}},
        )
        resumed = await again.next("vmChanged")
        assert (resumed["op"], resumed["uid"], resumed["node"]["power"]) == ("UPDATED", first["uid"], "ON")
        tasks = await asked(session, simulated, "{ tasks(first: 1) { nodes { id state progress } } }")
        task = tasks["tasks"]["nodes"][0]
        third = await Socket.open(session, simulated)
        await third.ws.send_json(
            {
                "type": "subscribe",
                "id": "1",
                "payload": {
                    "query": "subscription ($id: ID!) { taskUpdated(id: $id) { op node { id state progress } } }",
                    "variables": task,
                },
            }
        )
        assert await third.next("taskUpdated") == {"op": "UPDATED", "node": task}


async def test_an_id_of_another_type_is_refused(simulated: Datacenter) -> None:
    async with aiohttp.ClientSession() as session:
        hosts = await asked(session, simulated, "{ hosts(first: 1) { nodes { id } } }")
        watched = await Socket.open(session, simulated)
        query = {"query": CHANGES, "variables": {"ids": [hosts["hosts"]["nodes"][0]["id"]]}}
        await watched.ws.send_json({"type": "subscribe", "id": "1", "payload": query})
        message = await watched.ws.receive_json(timeout=10)
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT"}

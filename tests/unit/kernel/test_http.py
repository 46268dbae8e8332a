"""Listeners over real sockets: problems, ids, limits, health, TLS, drain, taken ports."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from dcsim.bus import Bus
from dcsim.clock import SimulatedClock
from dcsim.errors import PortTaken
from dcsim.hosting import Hosted
from dcsim.http.auth import CLAIMS, authenticated
from dcsim.http.server import HttpListeners
from dcsim.security.secrets import Secrets
from dcsim.security.tls import TlsFiles
from dcsim.security.tokens import Tokens
from dcsim.service import Address, Listener, ListenerKind, ServiceContext
from dcsim.settings import Ports, Process, Settings
from dcsim.telemetry import Telemetry
from dcsim.telemetry.logs import configure_logs
from tests.unit.kernel.fake_service import FakeService

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Started:
    """A fake service with its listeners bound, and a client."""

    def __init__(self, service: FakeService, http: HttpListeners, addresses: dict[str, Address], client: aiohttp.ClientSession) -> None:
        self.service = service
        self.http = http
        self.addresses = addresses
        self.client = client
        self.rest = addresses["rest"].url
        self.vendor = addresses["vendor"].url.removesuffix("/sdk")


def make_context(data_dir: Path) -> ServiceContext:
    secrets = Secrets(data_dir / "secrets.json")
    settings = Settings(data_dir=data_dir, ports=Ports(engine=0, vsphere=0), process=Process(drain_seconds=2))
    return ServiceContext(
        settings=settings,
        clock=SimulatedClock(),
        bus=Bus(),
        secrets=secrets,
        tls=TlsFiles(data_dir / "tls"),
        tokens=Tokens(secrets),
        telemetry=Telemetry(),
    )


@pytest.fixture
def log() -> io.StringIO:
    stream = io.StringIO()
    configure_logs(form="json", stream=stream)
    return stream


@pytest.fixture
async def started(tmp_path: Path, log: io.StringIO) -> AsyncIterator[Started]:
    context = make_context(tmp_path)
    service = FakeService()
    await service.start(context)
    http = HttpListeners(service, context)
    addresses = await http.bind(service.listeners())
    trusting = ssl.create_default_context(cafile=str(context.tls.ca))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as client:
        yield Started(service, http, addresses, client)
    await http.stop_accepting()
    await http.close()


async def test_refusal_is_a_problem(started: Started) -> None:
    async with started.client.get(f"{started.rest}/refuse", headers={"X-Request-Id": "abc-1"}) as answer:
        problem = await answer.json(content_type="application/problem+json")
    assert answer.status == 409
    assert answer.headers["X-Request-Id"] == "abc-1"
    assert problem == {
        "type": "https://dc-sim.readthedocs.io/reference/errors/#invalid-state",
        "title": "Invalid state",
        "status": 409,
        "detail": "The VM is on.",
        "instance": "/refuse",
        "request_id": "abc-1",
        "subject": "vm-1",
    }


@pytest.mark.parametrize("window", ["rest", "vendor"])
async def test_bug_is_logged_once_with_its_cause_and_says_nothing_on_the_wire(started: Started, log: io.StringIO, window: str) -> None:
    url = started.rest if window == "rest" else started.vendor
    async with started.client.get(f"{url}/bug") as answer:
        text = await answer.text()
    assert answer.status == 500
    request_id = answer.headers["X-Request-Id"]
    assert request_id in text
    assert "secret" not in text
    assert "Traceback" not in text
    (line,) = [json.loads(line) for line in log.getvalue().splitlines() if "the inner secret" in line]
    assert line["request_id"] == request_id
    assert "RuntimeError: the inner secret of a bug" in line["exception"]


async def test_refusal_that_an_adapter_did_not_word_is_plain(started: Started) -> None:
    async with started.client.get(f"{started.vendor}/refuse") as answer:
        assert (answer.status, (await answer.text()).split(" Request")[0]) == (409, "The VM is on.")


async def test_unknown_path_and_method_are_problems(started: Started) -> None:
    async with started.client.get(f"{started.rest}/nowhere") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
        assert (await answer.json(content_type=None))["type"] == "about:blank"
    async with started.client.delete(f"{started.rest}/refuse") as answer:
        assert (answer.status, answer.content_type) == (405, "application/problem+json")
        assert "GET" in answer.headers["Allow"]


async def test_request_id_and_trace_reach_the_handler(started: Started) -> None:
    headers = {"X-Request-Id": "r-7", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    async with started.client.post(f"{started.rest}/echo", data=b"x", headers=headers) as answer:
        echoed = await answer.json()
    assert echoed["id"] == "r-7"
    assert echoed["trace"].split("-")[1] == TRACE
    assert echoed["trace"].split("-")[2] != "b7ad6b7169203331"


async def test_hostile_request_id_is_replaced(started: Started) -> None:
    headers = {"X-Request-Id": "a" * 500, "traceparent": "rubbish"}
    async with started.client.post(f"{started.rest}/echo", data=b"x", headers=headers) as answer:
        echoed = await answer.json()
    assert len(echoed["id"]) == 32
    assert len(echoed["trace"]) == 55


async def test_body_limits(started: Started) -> None:
    async with started.client.post(f"{started.rest}/echo", data=io.BytesIO(b"x" * 1_500_000)) as answer:
        assert (await answer.json())["size"] == 1_500_000
    async with started.client.post(f"{started.rest}/echo", data=io.BytesIO(b"x" * 2_000_001)) as answer:
        assert (answer.status, answer.content_type) == (413, "application/problem+json")
    async with started.client.post(f"{started.vendor}/sdk", data=b"x" * 1000) as answer:
        assert await answer.text() == "1000 bytes to /sdk"

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    for body in (b"x" * 1001, chunks()):
        async with started.client.post(f"{started.vendor}/sdk", data=body) as answer:
            assert answer.status == 413


async def test_health_readiness_metrics(started: Started) -> None:
    async with started.client.get(f"{started.rest}/healthz") as answer:
        assert answer.status == 200
    async with started.client.get(f"{started.rest}/readyz") as answer:
        ready = await answer.json()
    assert (answer.status, ready["status"]) == (200, "degraded")
    assert [check["name"] for check in ready["checks"]] == ["core", "extra"]
    async with started.client.get(f"{started.rest}/metrics") as answer:
        text = await answer.text()
    assert 'dcsim_http_request_seconds_count{listener="rest",method="GET",status="200"} 2.0' in text


async def test_long_polls_are_answered_and_nothing_new_is_accepted_while_draining(started: Started) -> None:
    async def poll() -> str:
        async with started.client.get(f"{started.rest}/poll") as answer:
            return await answer.text()

    polling = asyncio.create_task(poll())
    await asyncio.sleep(0.1)
    await started.http.stop_accepting()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", started.addresses["rest"].port)
    await started.service.drain()
    await started.http.close()
    assert await polling == "drained"


async def test_taken_port_is_a_sentence(tmp_path: Path) -> None:
    context = make_context(tmp_path)
    service = FakeService()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        http = HttpListeners(service, context)
        with pytest.raises(PortTaken, match=rf"Port {port} of 127\.0\.0\.1, for ucs, is taken.*--port-ucs-http \(setting ports\.ucs_http;"):
            await http.bind([Listener("ucs", web.Application(), port, "ports.ucs_http")])
        await http.close()


async def test_one_application_may_stand_behind_two_listeners(tmp_path: Path) -> None:
    context = make_context(tmp_path)
    service = FakeService()
    application = web.Application()
    http = HttpListeners(service, context)
    listeners = [Listener(name, application, 0, "ports.ucs_http", kind=ListenerKind.REST) for name in ("one", "two")]
    addresses = await http.bind(listeners)
    assert addresses["one"].port != addresses["two"].port
    async with aiohttp.ClientSession() as client:
        for address in addresses.values():
            async with client.get(f"{address.url}/healthz") as answer:
                assert answer.status == 200
    await http.stop_accepting()
    await http.close()


async def test_tokens_guard_reading_and_writing(tmp_path: Path) -> None:
    context = make_context(tmp_path)

    async def who(request: web.Request) -> web.Response:
        return web.Response(text=request[CLAIMS].subject)

    application = web.Application(middlewares=[authenticated(context.tokens, scope="sim")])
    application.router.add_route("*", "/who", who)
    http = HttpListeners(FakeService(), context)
    addresses = await http.bind([Listener("rest", application, 0, "ports.engine", kind=ListenerKind.REST)])
    url = addresses["rest"].url
    reader = {"Authorization": f"Bearer {context.tokens.issue('reader', scopes=['sim:read'])}"}
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{url}/healthz") as answer:
            assert answer.status == 200
        async with client.get(f"{url}/who") as answer:
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="dcsim"')
        async with client.get(f"{url}/who", headers={"Authorization": "Bearer rubbish"}) as answer:
            assert answer.status == 401
        async with client.get(f"{url}/who", headers=reader) as answer:
            assert await answer.text() == "reader"
        async with client.post(f"{url}/who", headers=reader) as answer:
            assert (answer.status, (await answer.json(content_type=None))["type"].split("#")[1]) == (403, "permission-denied")
    await http.stop_accepting()
    await http.close()


async def test_readiness_waits_for_required_components_only(tmp_path: Path) -> None:
    hosted = Hosted(FakeService(), make_context(tmp_path), lambda name, error: None)
    await hosted.until_ready(0.1)


async def test_what_is_no_http_is_the_clients_error_and_logged_as_such(started: Started, log: io.StringIO) -> None:
    parts = URL(started.rest)
    reader, writer = await asyncio.open_connection(parts.host, parts.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
    (line,) = [json.loads(line) for line in log.getvalue().splitlines() if "Content-Length" in line]
    assert line["level"] == "info"
    assert "exception" not in line

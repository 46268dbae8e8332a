"""The endpoint over HTTP: paths, cookies, limits, and faults for everything that is no proper call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, CookieJar, web

from emulators.vsphere import app
from emulators.vsphere.app import cookie_of, vsphere_app
from emulators.vsphere.call import Services
from tests.unit.vsphere.core.wire import PASSWORD, USER

ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
)
LOGIN = (
    '<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this>'
    f"<userName>{USER}</userName><password>{PASSWORD}</password></Login>"
)
TIME = '<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>'


class Http:
    """An HTTP client of the endpoint, without a cookie jar."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.cookie = ""

    async def post(self, content: str | bytes, path: str = "/sdk", **headers: str) -> tuple[int, str]:
        body = ENVELOPE.format(content).encode() if isinstance(content, str) else content
        async with self.session.post(self.url + path, data=body, headers={"Cookie": self.cookie, **headers}) as response:
            self.cookie = response.headers.get("Set-Cookie", self.cookie)
            return response.status, await response.text()

    async def get(self, path: str, method: str = "GET") -> tuple[int, str, str]:
        async with self.session.request(method, self.url + path) as response:
            return response.status, response.headers.get("Content-Type", ""), await response.text()


@pytest.fixture
async def http(services: Services) -> AsyncIterator[Http]:
    runner = web.ServerRunner(web.Server(vsphere_app(services)))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with ClientSession(cookie_jar=CookieJar()) as session:
        yield Http(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


async def test_login_sets_a_cookie_that_opens_the_door(http: Http) -> None:
    status, text = await http.post(TIME)
    assert status == 500
    assert "NotAuthenticated" in text
    status, text = await http.post(LOGIN)
    assert status == 200
    assert http.cookie.startswith('vmware_soap_session="')
    assert "Path=/; HttpOnly;" in http.cookie
    assert "Secure" not in http.cookie
    status, text = await http.post(TIME, path="/sdk/")
    assert status == 200
    assert "<returnval>2" in text


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ('vmware_soap_session="abc"; Path=/; HttpOnly; Secure;', "abc"),
        ("vmware_soap_session=abc", "abc"),
        ('a=b; vmware_soap_session="abc-1"', "abc-1"),
        ("not_vmware_soap_session=abc", ""),
        ('vmware_soap_session="<script>"', ""),
        ("", ""),
    ],
)
def test_the_session_is_found_in_any_cookie_header(header: str, value: str) -> None:
    assert cookie_of(header) == value


async def test_versions_are_announced(http: Http) -> None:
    status, content_type, text = await http.get("/sdk/vimServiceVersions.xml")
    assert (status, content_type) == (200, "text/xml; charset=utf-8")
    assert "<name>urn:vim25</name><version>9.0.0.0</version><priorVersions><version>8.0.3.1</version>" in text


async def test_other_paths_and_methods(http: Http) -> None:
    assert [(await http.get(path))[0] for path in ("/", "/sdkx", "/sdk/nothing", "/sdk")] == [404, 404, 404, 405]
    assert (await http.get("/sdk", "PUT"))[0] == 405
    assert (await http.post(TIME, path="/elsewhere"))[0] == 404


MALFORMED = {
    "empty": b"",
    "no xml": b"hello",
    "cut off": b"<soapenv:Envelope",
    "doctype": b'<!DOCTYPE x [<!ENTITY e "e">]>' + ENVELOPE.format(TIME).encode(),
    "deep": b"<a>" * 500 + b"</a>" * 500,
    "other root": b"<html/>",
    "no method": ENVELOPE.format("").encode(),
    "unknown method": ENVELOPE.format('<Destroy_Everything xmlns="urn:vim25"/>').encode(),
    "unknown field": ENVELOPE.format(TIME.replace("</CurrentTime>", "<x/></CurrentTime>")).encode(),
    "unknown type": ENVELOPE.format(TIME.replace('type="ServiceInstance"', 'type="Toaster"')).encode(),
    "no target": ENVELOPE.format('<CurrentTime xmlns="urn:vim25"/>').encode(),
    "missing argument": ENVELOPE.format('<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></Login>').encode(),
    "utf-16": ENVELOPE.format(TIME).encode("utf-16"),
    "nulls": b"\0" * 1000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_no_call_is_answered_with_a_fault(http: Http, body: bytes) -> None:
    status, text = await http.post(body)
    assert status == 500
    assert "<soapenv:Fault><faultcode>" in text
    assert "Traceback" not in text
    assert ".py" not in text


async def test_a_body_that_is_too_large_is_refused_unread(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "MAX_BODY", 2000)
    status, text = await http.post(ENVELOPE.format("x" * 3000).encode())
    assert status == 500
    assert "more than 2000 bytes" in text
    assert (await http.post(TIME))[0] == 500


async def test_a_long_answer_comes_whole_in_pieces(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    await http.post(LOGIN)
    call = (
        '<RetrieveProperties xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><specSet>'
        "<propSet><type>Folder</type><pathSet>name</pathSet></propSet>"
        '<objectSet><obj type="Folder">group-d1</obj></objectSet></specSet></RetrieveProperties>'
    )
    whole = await http.post(call)
    assert "Datacenters" in whole[1]
    monkeypatch.setattr("emulators.vsphere.properties.retrieval._AT_ONCE", 0)
    monkeypatch.setattr("emulators.vsphere.properties.retrieval._PIECE", 0)
    assert await http.post(call) == whole


async def test_a_client_that_hangs_up_halfway_leaves_no_trace(http: Http, caplog: pytest.LogCaptureFixture) -> None:
    parts = urlsplit(http.url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"POST /sdk HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<half")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.transport.abort()
    await asyncio.sleep(0.05)
    assert (await http.get("/sdk/vimServiceVersions.xml"))[0] == 200
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_calls_on_what_is_not_there(http: Http) -> None:
    await http.post(LOGIN)
    status, text = await http.post('<PowerOnVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-999999</_this></PowerOnVM_Task>')
    assert status == 500
    assert "ManagedObjectNotFound" in text
    assert "vm-999999" in text
    status, text = await http.post('<PowerOnVM_Task xmlns="urn:vim25"><_this type="Folder">group-d1</_this></PowerOnVM_Task>')
    assert "MethodNotFound" in text
    status, text = await http.post(
        '<AcquireGenericServiceTicket xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this>'
        "<spec/></AcquireGenericServiceTicket>"
    )
    assert "NotSupported" in text


async def test_a_bug_is_a_fault_and_nothing_of_it_is_on_the_wire(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    await http.post(LOGIN)
    monkeypatch.setattr("emulators.vsphere.methods.service_instance.service_content", lambda _view: 1 / 0)
    call = '<RetrieveServiceContent xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></RetrieveServiceContent>'
    status, text = await http.post(call)
    assert status == 500
    assert "SystemError" in text
    assert "ZeroDivision" not in text

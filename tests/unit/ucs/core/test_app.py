"""The endpoint: what is no request is refused as UCS Manager does, and never with an error of HTTP."""

from __future__ import annotations

import asyncio
from io import BytesIO

import pytest
from lxml import etree

from emulators.ucs.methods import registry
from emulators.ucs.xmlapi.request import MAX_BODY
from tests.unit.ucs.core.wire import Wire


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"hello",
        b"<configResolveDn",
        b"<configResolveDn></configResolveDns>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><configResolveDn cookie='&b;'/>",
        b"\xff\xfe<\x00a\x00",
        b"<configResolveDn cookie='\xff'/>",
        b"<configResolveDn cookie='a' cookie='b'/>",
        b"<noSuchMethod/>",
        b"<computeBlade dn='sys/chassis-1/blade-1'/>",
        b"<configResolveDn colour='red'/>",
        b"<configResolveDn><outConfig/></configResolveDn>",
        b"<configResolveDns><inDns/><inDns/></configResolveDns>",
        b"<x:configResolveDn xmlns:x='urn:x'/>",
        b"<a>" * 5000,
    ],
)
async def test_what_is_no_request_is_refused(stranger: Wire, body: bytes) -> None:
    status, answer = await stranger.post(body)
    root = etree.fromstring(answer)
    assert (status, root.tag) == (200, "error")
    assert (root.get("errorCode"), root.get("invocationResult")) == ("ERR-xml-parse-error", "594")
    assert str(root.get("errorDescr")).startswith("XML PARSING ERROR: ")


async def test_a_body_that_is_too_large_is_refused(stranger: Wire) -> None:
    status, answer = await stranger.post(BytesIO(b"<configResolveDn cookie='" + b"x" * MAX_BODY + b"'/>"))
    assert status == 200
    assert b"ERR-xml-parse-error" in answer


async def test_only_posts_to_nuova_are_answered(stranger: Wire) -> None:
    async with stranger.http.get("/nuova") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
    async with stranger.http.post("/other", data=b"<a/>") as response:
        assert response.status == 404
    status, _ = await stranger.post(b"  <?xml version='1.0'?><!-- hello --><aaaKeepAlive/>\n")
    assert status == 200


async def test_a_method_that_is_not_there_is_refused_by_name(wire: Wire) -> None:
    assert "swatExample" not in registry.METHODS
    code, text = await wire.refused("swatExample")
    assert code == "108"
    assert "swatExample" in text


async def test_a_bug_is_an_answer_too(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_call: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(registry.METHODS, "swatExample", registry.Method("swatExample", broken, open_to_all=True))  # type: ignore[arg-type]
    assert await wire.refused("swatExample") == ("1", "internal error; see the engine's log")


async def test_answers_repeat_what_identifies_the_call(wire: Wire) -> None:
    root = await wire.ask("configResolveDn", dn="sys", commandId="42")
    assert (root.get("cookie"), root.get("response"), root.get("dn"), root.get("commandId")) == (wire.cookie, "yes", "sys", "42")


async def test_a_long_answer_does_not_hold_up_the_others(wire: Wire) -> None:
    async def short() -> float:
        loop = asyncio.get_running_loop()
        start = loop.time()
        await wire.dns("configResolveDn", dn="sys")
        return loop.time() - start

    long = asyncio.create_task(wire.ask("configResolveDn", dn="sys", inHierarchical="true"))
    waits = [await short() for _ in range(5)]
    root = await long
    assert len(list(root.iter())) > 300
    assert min(waits) < 0.2

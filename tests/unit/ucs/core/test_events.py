"""The event stream as ucsmsdk reads it: a length, a newline, that many bytes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from lxml import etree

from emulators.ucs.domain import Domain
from emulators.ucs.events import BACKLOG, Subscription
from emulators.ucs.sessions import Session
from emulators.world.decisions.components import SetBladePower
from emulators.world.model import Blade, BladePower
from tests.unit.ucs.core.wire import USER, Wire
from tests.unit.world.lab import Lab

DN = "sys/chassis-1/blade-1"


def switch(lab: Lab, power: BladePower) -> None:
    lab.do(SetBladePower(blade=lab.named(Blade, "ucs/1/1").uid, power=power))


class Stream:
    """An event stream that is open."""

    def __init__(self, response: Any) -> None:
        self._response = response

    async def next(self) -> etree._Element:
        """The next event's document."""
        async with asyncio.timeout(5):
            size = await self._response.content.readline()
            body = await self._response.content.readexactly(int(size))
        return etree.fromstring(body)

    async def until(self, class_id: str) -> etree._Element:
        """The next event about an object of a class; answers the object."""
        while True:
            found = next((await self.next()).iter(class_id), None)
            if found is not None:
                return found

    async def is_over(self) -> bool:
        """Whether it ends now."""
        async with asyncio.timeout(5):
            return bool(await self._response.content.readline() == b"")


async def subscribe(wire: Wire, content: str = "") -> Stream:
    response = await wire.http.post("/nuova", data=f'<eventSubscribe cookie="{wire.cookie}">{content}</eventSubscribe>')
    assert response.status == 200
    return Stream(response)


async def test_a_change_of_the_world_is_told(wire: Wire, lab: Lab) -> None:
    stream = await subscribe(wire)
    switch(lab, BladePower.OFF)
    blade = await stream.until("computeBlade")
    assert {name: blade.get(name) for name in map(str, blade.attrib)} == {
        "dn": DN,
        "operPower": "off",
        "operState": "power-off",
        "status": "modified",
    }
    assert [one.tag for one in blade.iterancestors()] == ["inConfig", "configMoChangeEvent", "inStimuli", "methodVessel"]


async def test_events_are_numbered_and_can_be_asked_for_again(wire: Wire, lab: Lab) -> None:
    stream = await subscribe(wire)
    switch(lab, BladePower.OFF)
    first = int(str(next((await stream.next()).iter("configMoChangeEvent")).get("inEid")))
    switch(lab, BladePower.ON)
    root = await wire.ask("loggingSyncOcns", inFromOrZero="0", inToOrZero="0")
    numbers = [int(str(one.get("inEid"))) for one in root.iter("configMoChangeEvent")]
    assert numbers == list(range(first, first + len(numbers)))
    root = await wire.ask("loggingSyncOcns", inFromOrZero=str(numbers[1]), inToOrZero=str(numbers[2]))
    assert [int(str(one.get("inEid"))) for one in root.iter("configMoChangeEvent")] == numbers[1:3]
    assert (await wire.refused("loggingSyncOcns", inFromOrZero="-1", inToOrZero="0"))[0] == "ERR-xml-parse-error"


async def test_a_filter_is_kept_to(wire: Wire, lab: Lab) -> None:
    wanted = '<inFilter><eq class="computeBoard" property="operPower" value="off"/></inFilter>'
    stream = await subscribe(wire, wanted)
    switch(lab, BladePower.OFF)
    document = await stream.next()
    assert [one.tag for one in document.iter()][-1] == "computeBoard"


async def test_the_stream_ends_with_unsubscribing_and_with_the_session(wire: Wire) -> None:
    stream = await subscribe(wire)
    assert (await wire.ask("eventUnsubscribe")).get("outStatus") == "success"
    assert await stream.is_over()
    assert (await wire.ask("eventUnsubscribe")).get("outStatus") == "fail"
    stream = await subscribe(wire)
    await wire.ask("aaaLogout", inCookie=wire.cookie)
    assert await stream.is_over()


async def test_nobody_subscribes_without_a_session(stranger: Wire) -> None:
    assert (await stranger.refused("eventSubscribe"))[0] == "552"


async def test_the_system_tells_its_time(wire: Wire) -> None:
    assert (await wire.ask("eventSendHeartbeat")).get("outSystemTime") == "2026-01-01T00:00:00.000"


@pytest.fixture
def session(domain: Domain) -> Session:
    return domain.sessions.open(USER, "")


async def test_who_falls_too_far_behind_is_cut_off(domain: Domain, session: Session) -> None:
    slow: Subscription = await domain.events.subscribe(session)
    slow.put(b"x" * BACKLOG)
    assert not slow.closed
    slow.put(b"x")
    assert slow.closed
    assert len(await slow.next(1.0)) == BACKLOG + 1
    assert await slow.next(1.0) == b""


async def test_waiting_ends_when_nothing_comes(domain: Domain, session: Session) -> None:
    quiet = await domain.events.subscribe(session)
    assert await quiet.next(0.01) == b""
    assert not quiet.closed

"""The event stream, through the SDK's event handler and as it is on the wire."""

from __future__ import annotations

import http.client
import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from lxml import etree
from ucsmsdk.mometa.ls.LsServer import LsServer
from ucsmsdk.mometa.macpool.MacpoolPool import MacpoolPool
from ucsmsdk.ucseventhandler import UcsEventHandle

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import ask, connected, door, refused

SOON = 5.0
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnhandledThreadExceptionWarning",  # the SDK's thread dies when its stream ends
    "ignore:unclosed <socket:ResourceWarning",
)


class Heard:
    """What an event handler of the SDK was called with."""

    def __init__(self, ucs: Any, **watch: Any) -> None:
        self.events: queue.Queue[Any] = queue.Queue()
        self.handler = UcsEventHandle(ucs)
        self.handler.add(call_back=self.events.put, **watch)
        self._thread = self.handler._enqueue_thread
        time.sleep(0.5)  # the subscription is made by a thread, which tells nobody when

    def next(self) -> Any:
        """The next event; fails when there is none soon."""
        return self.events.get(timeout=SOON)

    def until(self, dn: str, status: str) -> Any:
        """The next event of an object with a status."""
        while True:
            event = self.next()
            if (event.mo.dn, event.mo.status) == (dn, status):
                return event


@contextmanager
def listening(datacenter: Datacenter, **watch: Any) -> Iterator[Heard]:
    """An event handler in a session of its own, which ends with it."""
    with connected(datacenter, door(datacenter, secure=False)) as own:
        heard = Heard(own, **watch)
        yield heard
        ask(own, "eventUnsubscribe", cookie=own.cookie)
        heard.handler._wbs.clear()


def test_every_change_is_told_with_what_changed(ucs: Any, org: str, simulated: Datacenter) -> None:
    with listening(simulated, class_id="MacpoolPool") as heard:
        pool = MacpoolPool(org, name="macs", descr="first")
        ucs.add_mo(pool)
        ucs.commit()
        created = heard.until(pool.dn, "created")
        assert (created.mo.descr, created.mo.name) == ("first", "macs")
        pool.descr = "second"
        ucs.set_mo(pool)
        ucs.commit()
        changed = heard.until(pool.dn, "modified")
        assert (changed.mo.descr, set(changed.change_list) - {"rn"}) == ("second", {"dn", "descr", "status"})
        ucs.remove_mo(pool)
        ucs.commit()
        assert heard.until(pool.dn, "deleted").mo.dn == pool.dn
        assert int(created.event_id) < int(changed.event_id)


def test_one_object_until_it_is_gone(ucs: Any, org: str, simulated: Datacenter) -> None:
    first, second = MacpoolPool(org, name="one"), MacpoolPool(org, name="other")
    for one in (first, second):
        ucs.add_mo(one)
    ucs.commit()
    with listening(simulated, managed_object=first) as heard:
        for one in (second, first):
            one.descr = "x"
            ucs.set_mo(one)
        ucs.commit()
        assert heard.next().mo.dn == first.dn
        for one in (second, first):
            ucs.remove_mo(one)
        ucs.commit()
        assert heard.next().mo.status == "deleted"


def test_waiting_for_a_value(ucs: Any, org: str, simulated: Datacenter) -> None:
    profile = LsServer(org, name="one")
    ucs.add_mo(profile)
    ucs.commit()
    with listening(simulated, managed_object=profile, prop="usr_lbl", success_value=["ready"]) as heard:
        for label in ("not yet", "ready"):
            profile.usr_lbl = label
            ucs.set_mo(profile)
            ucs.commit()
        assert heard.next().mo.usr_lbl == "ready"
        assert heard.events.empty()


def test_polling_for_a_value(ucs: Any, org: str, simulated: Datacenter) -> None:
    profile = LsServer(org, name="one", usr_lbl="ready")
    ucs.add_mo(profile)
    ucs.commit()
    with listening(simulated, managed_object=profile, prop="usr_lbl", success_value=["ready"], poll_sec=1) as heard:
        assert heard.next().mo.usr_lbl == "ready"


def test_what_happens_to_hardware_is_told(ucs: Any, simulated: Datacenter) -> None:
    supply = simulated.rest("GET", "/sim/entities/power_supply")["items"][0]
    with listening(simulated, class_id="EquipmentPsu") as heard:
        fault = simulated.rest("POST", "/sim/inject/psu-failure", {"subject": supply["uid"]})
        broken = heard.next()
        assert (broken.mo.dn, broken.mo.operability) == ("sys/chassis-1/psu-1", "inoperable")
        simulated.rest("DELETE", f"/sim/faults/{fault['uid']}")
        assert heard.next().mo.operability == "operable"
    assert ucs.query_dn("sys/chassis-1/psu-1").operability == "operable"


def test_faults_come_and_go(ucs: Any, simulated: Datacenter) -> None:
    supply = simulated.rest("GET", "/sim/entities/power_supply")["items"][0]
    with listening(simulated, class_id="FaultInst") as heard:
        fault = simulated.rest("POST", "/sim/inject/psu-failure", {"subject": supply["uid"]})
        raised = heard.next()
        while "psu" not in raised.mo.dn:
            raised = heard.next()
        assert (raised.mo.status, raised.mo.dn.rpartition("/")[0]) == ("created", "sys/chassis-1/psu-1")
        shown = ucs.query_dn(raised.mo.dn)
        assert (shown.severity, shown.code) == (raised.mo.severity, raised.mo.code)
        simulated.rest("DELETE", f"/sim/faults/{fault['uid']}")
        assert heard.until(raised.mo.dn, "deleted")
    assert ucs.query_dn(raised.mo.dn) is None


# -- on the wire -----------------------------------------------------------------------------------------------------------------------


class Wire:
    """A stream that is read as it comes."""

    def __init__(self, datacenter: Datacenter, document: str) -> None:
        at = door(datacenter, secure=False)
        self._connection = http.client.HTTPConnection(at.host, at.port, timeout=SOON)
        self._connection.request("POST", "/nuova", document.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        self._answer = self._connection.getresponse()

    def next(self) -> etree._Element:
        """The next document, framed as UCS Manager frames it."""
        length = self._answer.readline()
        assert length.endswith(b"\n")
        assert length.strip().isdigit(), length
        document = self._answer.read(int(length))
        assert len(document) == int(length)
        return etree.fromstring(document)

    def rest(self) -> bytes:
        """What comes until the stream ends."""
        return self._answer.read()

    def close(self) -> None:
        """Hang up."""
        self._answer.close()
        self._connection.close()


@contextmanager
def stream(datacenter: Datacenter, document: str) -> Iterator[Wire]:
    """A stream in the connection of a document."""
    wire = Wire(datacenter, document)
    try:
        yield wire
    finally:
        wire.close()


def test_framing(ucs: Any, org: str, simulated: Datacenter) -> None:
    with stream(simulated, f'<eventSubscribe cookie="{ucs.cookie}"/>') as wire:
        numbers: list[int] = []
        for number in range(3):
            ucs.add_mo(MacpoolPool(org, name=f"m{number}"))
            ucs.commit()
        while len(numbers) < 3:
            vessel = wire.next()
            assert vessel.tag == "methodVessel"
            events = vessel.iterfind("inStimuli/configMoChangeEvent")
            numbers += [int(one.get("inEid", "0")) for one in events if one.find("inConfig/macpoolPool[@status='created']") is not None]
        assert numbers == sorted(set(numbers))


def test_an_unsubscribed_stream_ends(ucs: Any, simulated: Datacenter) -> None:
    with stream(simulated, f'<eventSubscribe cookie="{ucs.cookie}"/>') as wire:
        time.sleep(0.2)
        assert ask(ucs, "eventUnsubscribe", cookie=ucs.cookie).get("errorCode") is None
        assert not wire.rest().strip()


def test_a_stream_ends_with_its_session(simulated: Datacenter) -> None:
    with connected(simulated, door(simulated, secure=False)) as other:
        wire = Wire(simulated, f'<eventSubscribe cookie="{other.cookie}"/>')
        time.sleep(0.2)
    assert not wire.rest().strip()
    wire.close()


def test_who_is_not_logged_in_hears_nothing(simulated: Datacenter) -> None:
    with stream(simulated, '<eventSubscribe cookie="nobody"/>') as wire:
        assert etree.fromstring(wire.rest()).get("errorCode") == "552"


def test_a_subscriber_that_hangs_up_hurts_nobody(ucs: Any, org: str, simulated: Datacenter) -> None:
    for _ in range(5):
        with stream(simulated, f'<eventSubscribe cookie="{ucs.cookie}"/>'):
            pass
    ucs.add_mo(MacpoolPool(org, name="macs"))
    ucs.commit()
    with refused("103"):
        ucs.add_mo(MacpoolPool(org, name="macs"))
        ucs.commit()
    assert ucs.query_dn(f"{org}/mac-pool-macs") is not None
    assert "Traceback" not in simulated.log

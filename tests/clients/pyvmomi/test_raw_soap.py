"""Bodies that no vendor's client would send: a fault in the vendor's words, nothing of ours in it, and nothing changed by it."""

from __future__ import annotations

import http.client
import random
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import trusting

ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
)
OURS = re.compile(rb"Traceback|File \"|\.py\b|\blxml\b|msgspec|aiohttp|emulators")
MUTATIONS, MANY_MUTATIONS = 500, 10_000
SLOWEST_SECONDS = 1.0


class Wire:
    """One HTTP connection to the endpoint, logged in; it is opened anew whenever the server closes it."""

    def __init__(self, datacenter: Datacenter) -> None:
        self._datacenter = datacenter
        self._connection: http.client.HTTPSConnection | None = None
        self.cookie = ""
        who = f"<userName>{datacenter.user}</userName><password>{datacenter.password}</password>"
        status, _ = self.call(f'<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this>{who}</Login>')
        assert status == 200

    def call(self, body: str) -> tuple[int, bytes]:
        """Post a body inside an envelope."""
        return self.post(ENVELOPE.format(body).encode())

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Post bytes; (status, answer)."""
        if self._connection is None:
            context = trusting(self._datacenter)
            self._connection = http.client.HTTPSConnection(self._datacenter.host, self._datacenter.port, timeout=30, context=context)
        sent = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '"urn:vim25/8.0.3.0"', "Cookie": self.cookie, **(headers or {})}
        self._connection.request("POST", "/sdk", body, sent)
        answer = self._connection.getresponse()
        content = answer.read()
        self.cookie = (answer.headers.get("Set-Cookie") or self.cookie).split(";")[0]
        if answer.will_close:
            self.close()
        return answer.status, content

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@pytest.fixture
def wire(simulated: Datacenter) -> Iterator[Wire]:
    """A connection, and the proof that nothing was changed through it."""
    wire = Wire(simulated)
    before = simulated.rest("GET", "/sim/state")["sequence"]
    yield wire
    wire.close()
    assert simulated.rest("GET", "/sim/state")["sequence"] == before
    assert "Traceback" not in simulated.log


def fault(answer: tuple[int, bytes]) -> tuple[str, str]:
    """The fault's code and the type of its detail; a failure of the test when the answer is no SOAP fault."""
    status, body = answer
    assert status == 500, f"{status}: {body[:500]!r}"
    assert not OURS.search(body), body
    found = etree.fromstring(body).find(".//{*}Fault")
    assert found is not None, body
    detail = found.find("detail/*")
    kind = "" if detail is None else detail.get("{http://www.w3.org/2001/XMLSchema-instance}type", "")
    return str(found.findtext("faultcode")), kind


FIND = (
    '<FindByInventoryPath xmlns="urn:vim25"><_this type="SearchIndex">SearchIndex</_this><inventoryPath>ams1/vm/shop-web-01</inventoryPath>'
    "</FindByInventoryPath>"
)
VM = '<_this type="VirtualMachine">{}</_this>'
ROOT = '<_this type="Folder">group-d1</_this>'
MALFORMED = {
    "nothing": b"",
    "no XML": b"hello",
    "JSON": b'{"method": "PowerOn"}',
    "cut off": ENVELOPE.format(f'<PowerOnVM_Task xmlns="urn:vim25">{VM}').encode()[:-40],
    "mismatched tags": ENVELOPE.format('<PowerOnVM_Task xmlns="urn:vim25"></PowerOffVM_Task>').encode(),
    "no envelope": b'<PowerOnVM_Task xmlns="urn:vim25"/>',
    "an empty body": ENVELOPE.format("").encode(),
    "two requests": ENVELOPE.format(f'<Destroy_Task xmlns="urn:vim25">{ROOT}</Destroy_Task>' * 2).encode(),
    "zero bytes": ENVELOPE.format("\0").encode(),
    "not UTF-8": ENVELOPE.format("<a>\xff</a>").encode("latin-1"),
    "another encoding": ENVELOPE.format("").encode("utf-16"),
    "an undeclared prefix": ENVELOPE.format("<vim:CurrentTime/>").encode(),
    "a DOCTYPE": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + ENVELOPE.format("&e;").encode()[38:],
    "an entity bomb": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>' + ENVELOPE.format("&b;").encode()[38:],
    "200,000 levels": ENVELOPE.format("<a>" * 200_000 + "</a>" * 200_000).encode(),
    "100,000 attributes": ENVELOPE.format("<a " + " ".join(f"a{number}='{number}'" for number in range(100_000)) + "/>").encode(),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_request_is_refused_at_once(wire: Wire, body: bytes) -> None:
    begun = time.monotonic()
    code, kind = fault(wire.post(body))
    assert time.monotonic() - begun < SLOWEST_SECONDS
    assert (code, kind) in {("ServerFaultCode", "InvalidRequest"), ("ServerFaultCode", ""), ("ClientFaultCode", ""), ("soapenv:Client", "")}


def test_a_body_of_20_mib_is_refused(wire: Wire) -> None:
    assert fault(wire.post(ENVELOPE.format("<a>" + "x" * (20 << 20) + "</a>").encode()))[1] == "InvalidRequest"


REFUSED = {
    "an unknown method": ('<MakeCoffee_Task xmlns="urn:vim25">{vm}</MakeCoffee_Task>', {"MethodNotFound", "InvalidRequest", ""}),
    "a method of another object": ('<PowerOnVM_Task xmlns="urn:vim25">{root}</PowerOnVM_Task>', {"MethodNotFound"}),
    "an unknown namespace": ('<PowerOnVM_Task xmlns="urn:elsewhere">{vm}</PowerOnVM_Task>', {"InvalidRequest", "MethodNotFound", ""}),
    "no target": ('<PowerOnVM_Task xmlns="urn:vim25"/>', {"InvalidRequest"}),
    "an unknown type of target": ('<Rename_Task xmlns="urn:vim25"><_this type="Toaster">t-1</_this></Rename_Task>', {"InvalidType"}),
    "an unknown target": (
        '<Destroy_Task xmlns="urn:vim25"><_this type="Folder">group-v0</_this></Destroy_Task>',
        {"ManagedObjectNotFound"},
    ),
    "an unset mandatory argument": ('<Rename_Task xmlns="urn:vim25">{root}</Rename_Task>', {"InvalidArgument", "InvalidRequest"}),
    "an unknown argument": (
        '<Rename_Task xmlns="urn:vim25">{root}<newName>a</newName><colour>red</colour></Rename_Task>',
        {"InvalidRequest"},
    ),
    "arguments out of order": (
        '<CloneVM_Task xmlns="urn:vim25">{vm}<spec/><name>a</name><folder type="Folder">group-d1</folder></CloneVM_Task>',
        {"InvalidRequest", "InvalidArgument"},
    ),
    "an argument twice": (
        '<Rename_Task xmlns="urn:vim25">{root}<newName>a</newName><newName>b</newName></Rename_Task>',
        {"InvalidRequest"},
    ),
    "a text where a number belongs": (
        '<ReconfigVM_Task xmlns="urn:vim25">{vm}<spec><numCPUs>two</numCPUs></spec></ReconfigVM_Task>',
        {"InvalidRequest", "InvalidArgument"},
    ),
    "a number out of range": (
        '<ReconfigVM_Task xmlns="urn:vim25">{vm}<spec><numCPUs>99999999999999</numCPUs></spec></ReconfigVM_Task>',
        {"InvalidRequest", "InvalidArgument"},
    ),
    "a reference to nothing": (
        '<MoveIntoFolder_Task xmlns="urn:vim25">{root}<list type="VirtualMachine"/></MoveIntoFolder_Task>',
        {"InvalidRequest", "InvalidArgument", "ManagedObjectNotFound"},
    ),
    "a type that does not fit": (
        '<ReconfigVM_Task xmlns="urn:vim25">{vm}<spec xsi:type="VirtualMachineCloneSpec"/></ReconfigVM_Task>',
        {"InvalidRequest", "InvalidArgument", "InvalidType"},
    ),
    "a type that does not exist": (
        '<ReconfigVM_Task xmlns="urn:vim25">{vm}<spec xsi:type="Nonsense"/></ReconfigVM_Task>',
        {"InvalidRequest", "InvalidArgument", "InvalidType"},
    ),
    "an unknown value of an enumeration": (
        '<ReconfigVM_Task xmlns="urn:vim25">{vm}<spec><deviceChange><operation>fly</operation></deviceChange></spec></ReconfigVM_Task>',
        {"InvalidRequest", "InvalidArgument"},
    ),
}


@pytest.mark.parametrize(("body", "kinds"), REFUSED.values(), ids=REFUSED.keys())
def test_a_request_that_makes_no_sense_gets_the_vendors_fault(wire: Wire, body: str, kinds: set[str]) -> None:
    status, answer = wire.call(FIND)
    found = etree.fromstring(answer).findtext(".//{*}returnval")
    assert (status, str(found)[:3]) == (200, "vm-")
    _, kind = fault(wire.call(body.format(vm=VM.format(found), root=ROOT)))
    assert kind in kinds


def test_an_unknown_version_is_refused_or_taken_for_a_known_one(wire: Wire) -> None:
    body = ENVELOPE.format('<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>').encode()
    for action in ('"urn:vim25/99.9"', '"urn:vim25/"', "nonsense", '"urn:vim25/8.0.3.0"'):
        status, answer = wire.post(body, {"SOAPAction": action})
        assert status == 200 or fault((status, answer))


SEEDS = (
    '<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><specSet><propSet><type>Folder</type>'
    '<all>false</all><pathSet>name</pathSet></propSet><objectSet><obj type="Folder">group-d1</obj><skip>false</skip></objectSet></specSet>'
    "<options><maxObjects>10</maxObjects></options></RetrievePropertiesEx>",
    '<CreateContainerView xmlns="urn:vim25"><_this type="ViewManager">ViewManager</_this><container type="Folder">group-d1</container>'
    "<type>VirtualMachine</type><recursive>true</recursive></CreateContainerView>",
    FIND,
    '<QueryEvents xmlns="urn:vim25"><_this type="EventManager">EventManager</_this><filter><eventTypeId>VmPoweredOnEvent</eventTypeId>'
    "<maxCount>3</maxCount></filter></QueryEvents>",
    '<ReconfigVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-0</_this><spec><numCPUs>2</numCPUs><memoryMB>512</memoryMB>'
    '<deviceChange><operation>add</operation><device xsi:type="VirtualDisk"><key>-1</key><capacityInKB>1024</capacityInKB></device>'
    "</deviceChange></spec></ReconfigVM_Task>",
    '<CloneVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-0</_this><folder type="Folder">group-d1</folder><name>x</name><spec>'
    "<location/><powerOn>false</powerOn><template>false</template></spec></CloneVM_Task>",
)
"""Requests to start from: those that would change something ask it of an object that is not there."""
PIECES = (
    b"<",
    b">",
    b"&",
    b"&#0;",
    b"\0",
    b"\xff",
    b"]]>",
    b"<!--",
    b"-1",
    b"99999999999999999999",
    b'""',
    b"xsi:type=",
    b"\xe2\x80\xae",
    b"NaN",
    b"true",
)


def mutated(body: bytes, rng: random.Random) -> bytes:
    """A body with one to four changes: bytes flipped, cut, doubled, or replaced by what parsers stumble over."""
    changed = bytearray(body)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(changed) or 1)
        end = min(len(changed), at + rng.randint(1, 40))
        match rng.randrange(5):
            case 0:
                changed[at:end] = b""
            case 1:
                changed[at:at] = changed[at:end] * rng.randint(1, 3)
            case 2:
                changed[at:at] = rng.choice(PIECES)
            case 3:
                changed[at : at + 1] = bytes([rng.randrange(256)])
            case _:
                changed[at:end] = rng.choice(PIECES)
    return bytes(changed)


@pytest.mark.parametrize("count", [MUTATIONS, pytest.param(MANY_MUTATIONS, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_mutations_are_answered_or_refused_and_never_hang(wire: Wire, count: int) -> None:
    rng = random.Random(count)
    for number in range(count):
        body = mutated(ENVELOPE.format(rng.choice(SEEDS)).encode(), rng)
        begun = time.monotonic()
        status, answer = wire.post(body)
        took = time.monotonic() - begun
        assert took < SLOWEST_SECONDS, f"mutation {number} took {took:.1f} s: {body!r}"
        if status != 200:
            fault((status, answer))


def test_a_request_that_never_ends_keeps_nobody_else_waiting(simulated: Datacenter, wire: Wire) -> None:
    slow: Any = http.client.HTTPSConnection(simulated.host, simulated.port, timeout=10, context=trusting(simulated))
    slow.putrequest("POST", "/sdk")
    slow.putheader("Content-Length", "1000000")
    slow.endheaders()
    slow.send(b"<?xml")
    begun = time.monotonic()
    status, _ = wire.call('<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>')
    assert (status, time.monotonic() - begun < SLOWEST_SECONDS) == (200, True)
    slow.close()

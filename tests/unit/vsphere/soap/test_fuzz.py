"""Mutated requests: whatever is wrong with one, the answer is a typed fault that a client can read, and it comes soon."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import pytest
from pyVmomi import SoapAdapter

from dcsim.xml import MalformedXml, parse
from emulators.vsphere.soap import envelope, metadata, vmodl
from emulators.vsphere.soap.decode import decode, malformed
from emulators.vsphere.soap.faults import SoapError, VimFault
from tests.unit.vsphere.soap.builder import Builder
from tests.unit.vsphere.soap.test_round_trip import newest

PARTS = 4
MUTATIONS = 500
SLOWEST_S = 1.0
GOVC = [request["body"].encode() for request in json.loads((Path(__file__).parent / "recordings/govc-0.26.1.json").read_text())["requests"]]
WORDS = [
    "",
    "-1",
    "9" * 40,
    "true",
    "xsd:int",
    "VirtualMachine",
    "ArrayOfInt",
    "DynamicData",
    "../..",
    "\u0000",
    "😀",
    "&lt;",
    "]]>",
    "NaN",
    "a:b:c",
]


class Mutator:
    """Makes one request wrong, or stranger, in one to three ways."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def mutate(self, body: bytes) -> bytes:
        """Return a mutation of ``body``."""
        for _ in range(self.random.randint(1, 3)):
            body = self.random.choice(
                [self.flip, self.cut, self.double, self.swap, self.replace_text, self.replace_attribute, self.rename]
            )(body)
        return body

    def tags(self, body: bytes) -> list[re.Match[bytes]]:
        """Return the elements without elements inside, which can be moved without breaking the document."""
        return list(re.finditer(rb"<(\w[\w:]*)(?:\s[^<>]*)?>[^<>]*</\1>", body)) or list(re.finditer(rb"<[^>]*>", body))

    def flip(self, body: bytes) -> bytes:
        """Change one byte."""
        place = self.random.randrange(len(body))
        return body[:place] + bytes([self.random.randrange(256)]) + body[place + 1 :]

    def cut(self, body: bytes) -> bytes:
        """Leave an element out."""
        found = self.random.choice(self.tags(body))
        return body[: found.start()] + body[found.end() :]

    def double(self, body: bytes) -> bytes:
        """Repeat an element, now and then very often."""
        found = self.random.choice(self.tags(body))
        return body[: found.end()] + found.group() * self.random.choice([1, 1, 2, 50]) + body[found.end() :]

    def swap(self, body: bytes) -> bytes:
        """Exchange two elements."""
        one, two = sorted(self.random.choices(self.tags(body), k=2), key=lambda found: found.start())
        if one.end() > two.start():
            return body
        return body[: one.start()] + two.group() + body[one.end() : two.start()] + one.group() + body[two.end() :]

    def replace_text(self, body: bytes) -> bytes:
        """Put something else between two tags."""
        return self.replace(body, rb">([^<>]+)<", lambda word: b">" + word + b"<")

    def replace_attribute(self, body: bytes) -> bytes:
        """Give an attribute another value."""
        return self.replace(body, rb'="([^"]*)"', lambda word: b'="' + word + b'"')

    def rename(self, body: bytes) -> bytes:
        """Call an element something else, consistently."""
        name = self.random.choice(re.findall(rb"<(\w+)", body) or [b"x"])
        other = self.random.choice([b"spec", b"type", b"_this", b"val", b"fault", b"Fetch", b"nonsense"])
        return re.sub(rb"(</?)" + name + rb"\b", rb"\1" + other, body)

    def replace(self, body: bytes, pattern: bytes, wrap) -> bytes:  # type: ignore[no-untyped-def]
        """Replace one match of ``pattern`` by a wrapped word."""
        places = list(re.finditer(pattern, body))
        if not places:
            return body
        found = self.random.choice(places)
        return body[: found.start()] + wrap(self.random.choice(WORDS).encode()) + body[found.end() :]


def requests(seed: int) -> list[bytes]:
    """Return valid requests: govc's, and generated ones of 40 methods."""
    builder = Builder(seed)
    stub = SoapAdapter.SoapStubAdapter(version=newest(vmodl.VIM25))
    infos = [info for info in metadata.methods() if info.namespace == vmodl.VIM25]
    generated = []
    for info in builder.random.sample(infos, 40):
        arguments = builder.arguments(info)
        generated.append(stub.SerializeRequest(info.managed("m-1"), getattr(info.managed, info.name).info, arguments))
    return GOVC + generated


@pytest.mark.parametrize("part", range(PARTS))
def test_mutations_are_answered_with_typed_faults(part: int) -> None:
    mutator, valid = Mutator(seed=part), requests(part)
    refused = 0
    for _ in range(MUTATIONS):
        body = mutator.mutate(mutator.random.choice(valid))
        started = time.perf_counter()
        error = refusal(body)
        assert time.perf_counter() - started < SLOWEST_S, body
        if error is not None:
            refused += 1
            check_readable(error, body)
    assert refused > MUTATIONS // 4


def refusal(body: bytes) -> VimFault | SoapError | None:
    """Return what a request is refused with; None when it is taken."""
    try:
        request = decode(parse(body), '"urn:vim25/8.0.3.0"', body)
    except MalformedXml as error:
        return malformed(error.message)
    except (VimFault, SoapError) as error:
        return error
    assert isinstance(request.args, dict)
    return None


def check_readable(error: VimFault | SoapError, body: bytes) -> None:
    """Fail unless pyVmomi's client reads the answer as a fault of the type and with the message that were meant."""
    read = SoapAdapter.SoapResponseDeserializer(None).Deserialize(envelope.fault_envelope(error), object)
    expected = type(error.fault).__name__ if isinstance(error, VimFault) else "vmodl.RuntimeFault"
    assert type(read).__name__ == expected, body
    assert expected in {"vmodl.fault.InvalidRequest", "vmodl.fault.InvalidType", "vmodl.RuntimeFault"}
    assert "Traceback" not in read.msg
    assert len(read.msg) < 20_000

"""Thousands of garbled documents: each is answered within a second and never as a bug, and what is refused has changed nothing."""

from __future__ import annotations

import http.client
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.garbled import VALID, Garbler
from tests.clients.ucsmsdk.session import connected, door

SLOWEST_SECONDS = 1.0
MOST_GROWTH = 1.1
LOOK_EVERY = 100
WARM_UP = 300


@pytest.fixture
def datacenter(tmp_path: Path) -> Iterator[Datacenter]:
    """One of the test's own, because garbled documents may still be orders."""
    made = Datacenter(tmp_path, "--machines", "simulated", "--seed", "7", "--vms", "10")
    try:
        made.start()
        yield made
    finally:
        made.clear_away()


class Client:
    """Posts bodies over one connection, and measures."""

    def __init__(self, datacenter: Datacenter) -> None:
        at = door(datacenter, secure=False)
        self._connection = http.client.HTTPConnection(at.host, at.port, timeout=10 * SLOWEST_SECONDS)
        self.slowest = 0.0

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        begun = time.monotonic()
        self._connection.request("POST", "/nuova", body)
        answer = self._connection.getresponse()
        content = answer.read()
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return answer.status, content

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def memory_kib(datacenter: Datacenter) -> int:
    """Resident memory of the datacenter's process."""
    lines = Path(f"/proc/{datacenter.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def sequence(datacenter: Datacenter) -> int:
    """The number of the world's last event: nothing changes without one."""
    return int(datacenter.rest("GET", "/sim/state")["sequence"])


def everything(client: Client, cookie: str) -> bytes:
    """All organisations and networks with all that is in them."""
    ask = '<configResolveDn cookie="{}" dn="{}" inHierarchical="true"/>'
    return b"".join(client.post(ask.format(cookie, dn).encode())[1] for dn in ("org-root", "fabric/lan", "fabric/san"))


@pytest.mark.parametrize("documents", [1_000, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_garbled_documents(datacenter: Datacenter, documents: int) -> None:
    codes = Counter[str]()
    with closing(Client(datacenter)) as client, connected(datacenter, door(datacenter, secure=False)) as ucs:
        garbler, warm, seen = Garbler(documents, ucs.cookie), 0, sequence(datacenter)
        for number in range(documents):
            if number == min(WARM_UP, documents // 2):
                warm = memory_kib(datacenter)
            before = everything(client, ucs.cookie) if number % LOOK_EVERY == 0 else b""
            body = garbler.document()
            status, content = client.post(body)
            assert status == 200, (body, content)
            code = verdict(body, content)
            codes[code] += 1
            now = sequence(datacenter)
            assert not code or now == seen, f"refused and done: {body!r} {content!r}"
            assert not (before and code) or everything(client, ucs.cookie) == before, body
            seen = now
        assert ucs.query_dn("sys").name == ucs.ucs, "its session is still good"
    assert client.slowest < SLOWEST_SECONDS
    assert memory_kib(datacenter) < warm * MOST_GROWTH
    assert codes[""] > documents / 50, "some are still valid"
    assert codes["ERR-xml-parse-error"] > documents / 4
    assert "Traceback" not in datacenter.log


def verdict(body: bytes, content: bytes) -> str:
    """The errorCode of an answer; empty when the document was accepted."""
    root = etree.fromstring(content)
    code = str(root.get("errorCode") or "")
    assert code != "1", f"a bug: {body!r} {content!r}"
    assert bool(code) == bool(root.get("invocationResult")), content
    return code


@pytest.mark.parametrize("place", range(len(VALID)))
def test_what_is_garbled_was_valid(ucs: Any, place: int) -> None:
    answer = etree.fromstring(ucs.post_xml(xml_str=VALID[place].replace("COOKIE", ucs.cookie).encode()))
    assert answer.get("errorCode") not in {"ERR-xml-parse-error", "552", "1"}, etree.tostring(answer)
    for dn in ("org-root/ls-fuzz", "org-root/mac-pool-fuzz", "fabric/lan/net-fuzz"):
        made = ucs.query_dn(dn)
        if made is not None:
            ucs.remove_mo(made)
    ucs.commit()


def test_the_same_seed_garbles_alike() -> None:
    first, second, other = (Garbler(seed, "c") for seed in (1, 1, 2))
    made = [[one.document() for _ in itertools.repeat(None, 50)] for one in (first, second, other)]
    assert made[0] == made[1] != made[2]

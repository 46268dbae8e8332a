"""Thousands of mutated documents: each is answered, with HTTP 200, in time, and changes nothing that it doesn't say."""

from __future__ import annotations

import random
import time

import pytest
from lxml import etree

from emulators.ucs.app import UcsApp
from emulators.ucs.call import Client
from emulators.ucs.domain import Domain
from emulators.ucs.methods.registry import METHODS
from emulators.ucs.schema.metadata import schema
from tests.unit.ucs.core.wire import USER
from tests.unit.world.lab import Lab

DOCUMENTS = 10_000
SLOWEST_SECONDS = 2.0
WORDS = [
    "sys", "org-root", "sys/chassis-1/blade-1", "computeBlade", "lsServer", "orgOrg", "true", "false", "yes", "1", "-1", "0", "", "a" * 300,
    "99999999999999999999", "\u202e\u0000x", "&lt;", "<", "]]>", "%00", "../../etc", "[", "]", "a[b/c", "(((((", "[a-z]*+", "created",
    "deleted",
]  # fmt: skip


class Garbage:
    """Documents that are nearly right."""

    def __init__(self, seed: int, cookie: str) -> None:
        self._random = random.Random(seed)
        self._cookie = cookie
        self._methods = sorted(METHODS)
        self._classes = list(schema().class_ids)

    def document(self) -> bytes:
        """One of them."""
        body = self._method().encode("utf-8", "surrogatepass")
        for _ in range(self._random.choice((0, 0, 0, 1, 1, 4))):
            body = self._damaged(body)
        return body

    def _method(self) -> str:
        name = self._random.choice(self._methods)
        parameters = schema().methods[name]
        given = "".join(self._attribute(one.name) for one in parameters if not one.is_element and self._random.random() < 0.8)
        inside = "".join(
            f"<{one.name}>{self._content(3)}</{one.name}>" for one in parameters if one.is_element and self._random.random() < 0.7
        )
        return f"<{name}{given}>{inside}</{name}>"

    def _attribute(self, name: str) -> str:
        value = self._cookie if name == "cookie" and self._random.random() < 0.9 else self._word()
        return f' {name}="{value}"' if '"' not in value else ""

    def _word(self) -> str:
        return self._random.choice((*WORDS, self._random.choice(self._classes)))

    def _content(self, depth: int) -> str:
        tags = ["eq", "ne", "and", "or", "not", "wcard", "bw", "dn", "classId", "id", "pair", self._random.choice(self._classes)]
        parts = []
        for _ in range(self._random.choice((0, 1, 1, 2))):
            tag = self._random.choice(tags)
            names = ("class", "property", "value", "key", "dn", "rn", "status", "name", "descr", "firstValue", "secondValue")
            given = "".join(self._attribute(name) for name in names if self._random.random() < 0.5)
            parts.append(f"<{tag}{given}>{self._content(depth - 1) if depth else ''}</{tag}>")
        return "".join(parts)

    def _damaged(self, body: bytes) -> bytes:
        at, other = self._random.randrange(len(body) + 1), self._random.randrange(len(body) + 1)
        match self._random.randrange(5):
            case 0:
                return body[:at] + body[at + 1 :]
            case 1:
                return body[:at] + bytes([self._random.randrange(256)]) + body[at:]
            case 2:
                return body[:at]
            case 3:
                return body[:at] + body[min(at, other) : max(at, other)] + body[at:]
            case _:
                return body[: min(at, other)] + body[max(at, other) :]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_no_document_breaks_it(lab: Lab, domain: Domain) -> None:
    app = UcsApp(domain)
    session = domain.sessions.open(USER, "")
    garbage = Garbage(11, session.cookie)
    for number in range(DOCUMENTS):
        body = garbage.document()
        begun = time.perf_counter()
        answer = await app.answer(body, Client())
        assert time.perf_counter() - begun < SLOWEST_SECONDS, (number, body)
        if isinstance(answer, list):
            root = etree.fromstring(b"".join(answer))
            assert root.get("response") == "yes", (number, body)
            assert root.get("errorCode") != "1", (number, body)  # a bug of ours
        if session.closed:
            session = domain.sessions.open(USER, "")
            garbage = Garbage(number, session.cookie)
    assert domain.tree.find("sys") is not None

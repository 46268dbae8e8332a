"""What tests with ucsmsdk share: where the domains are, being logged in, and being refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

import pytest
from lxml import etree
from ucsmsdk.ucsexception import UcsException
from ucsmsdk.ucshandle import UcsHandle

from tests.clients.harness import Datacenter


class Door(NamedTuple):
    """Where a UCS Manager listens."""

    host: str
    port: int
    secure: bool


def door(datacenter: Datacenter, *, secure: bool = True, domain: int = 1) -> Door:
    """The address of the first domain, or of another."""
    name = f"ucs{domain if domain > 1 else ''}{'' if secure else '-http'}"
    status = json.loads(datacenter.dcsim("status", "--json"))
    urls = {endpoint["name"]: endpoint["url"] for service in status["services"] for endpoint in service["endpoints"]}
    parts = urlsplit(urls[name])
    return Door(str(parts.hostname), int(parts.port or 0), secure)


def handle(datacenter: Datacenter, at: Door | None = None, password: str = "") -> Any:
    """A UcsHandle that has not logged in yet."""
    env = datacenter.env
    host, port, secure = at or Door(env["UCSM_HOST"], int(env["UCSM_PORT"]), env["UCSM_SECURE"] == "1")
    return UcsHandle(host, env["UCSM_USERNAME"], password or env["UCSM_PASSWORD"], port=port, secure=secure)


@contextmanager
def connected(datacenter: Datacenter, at: Door | None = None) -> Iterator[Any]:
    """A UcsHandle that is logged in, and out again at the end."""
    made = handle(datacenter, at)
    made.login()
    try:
        yield made
    finally:
        made.logout()


@contextmanager
def refused(code: int | str, containing: str = "") -> Iterator[None]:
    """What is done inside must be refused with this errorCode, and a description that contains the text."""
    with pytest.raises(UcsException) as raised:
        yield
    assert (str(raised.value.error_code), containing in raised.value.error_descr) == (str(code), True), str(raised.value)


def ask(ucs: Any, method: str, content: str = "", **attributes: str) -> etree._Element:
    """Send a document as it is, without what the SDK puts right on its way; the answer's root."""
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    answer = ucs.post_xml(xml_str=f"<{method}{given}>{content}</{method}>".encode())
    return etree.fromstring(answer)


def dns(objects: Any) -> list[str]:
    """Where objects are, in order."""
    return sorted(one.dn for one in objects)

"""A client that posts documents to a domain over a socket, and reads what comes back."""

from __future__ import annotations

from io import BytesIO
from types import TracebackType
from typing import Any
from xml.sax.saxutils import quoteattr

from aiohttp.test_utils import RawTestServer, TestClient
from lxml import etree

from emulators.ucs.app import UcsApp
from emulators.ucs.domain import Domain

USER, PASSWORD = "admin", "a-Password-1"


class Wire:
    """One client of one domain; ``cookie`` is sent with every call."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.cookie = ""
        self.http: Any = None

    async def __aenter__(self) -> Wire:
        server = RawTestServer(UcsApp(self.domain).handle)
        self.http = TestClient(server)
        await self.http.start_server()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.http.close()

    async def post(self, body: bytes | BytesIO) -> tuple[int, bytes]:
        """Send a body as it is; answers status and body."""
        async with self.http.post("/nuova", data=body) as response:
            return response.status, await response.read()

    async def ask(self, method: str, content: str = "", **attributes: str) -> etree._Element:
        """Call a method; answers the root of what comes back, which is always HTTP 200."""
        given = {"cookie": self.cookie, **{name.rstrip("_"): value for name, value in attributes.items()}}
        text = "".join(f" {name}={quoteattr(value)}" for name, value in given.items())
        status, body = await self.post(f"<{method}{text}>{content}</{method}>".encode())
        assert status == 200
        assert not body.startswith(b"<?"), "no XML declaration"
        assert b"\n" not in body, "no newline anywhere: the SDK escapes it again"
        return etree.fromstring(body)

    async def inside(self, name: str, method: str, content: str = "", **attributes: str) -> list[etree._Element]:
        """Call a method that answers a parameter element of that name; answers what is in it."""
        found = (await self.ask(method, content, **attributes)).find(name)
        assert found is not None, f"{method} answers no {name}"
        return list(found)

    async def refused(self, method: str, content: str = "", **attributes: str) -> tuple[str, str]:
        """Call a method that must be refused; answers errorCode and errorDescr."""
        root = await self.ask(method, content, **attributes)
        assert "errorCode" in root.attrib, f"not refused: {etree.tostring(root).decode()[:300]}"
        return str(root.get("errorCode")), str(root.get("errorDescr"))

    async def objects(self, method: str, content: str = "", **attributes: str) -> list[etree._Element]:
        """Call a method that answers objects; answers them."""
        root = await self.ask(method, content, **attributes)
        assert "errorCode" not in root.attrib, str(root.get("errorDescr"))
        found = root.find("outConfigs")
        found = root.find("outConfig") if found is None else found
        return [] if found is None else list(found)

    async def dns(self, method: str, content: str = "", **attributes: str) -> list[str]:
        """The DNs of what a method answers."""
        return [str(one.get("dn")) for one in await self.objects(method, content, **attributes)]

    async def login(self) -> etree._Element:
        """Log in; answers what came back."""
        root = await self.ask("aaaLogin", inName=USER, inPassword=PASSWORD)
        self.cookie = str(root.get("outCookie"))
        return root

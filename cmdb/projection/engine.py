"""The engine's REST API, as the CMDB reads it: where the world stands, and all of its entities in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiohttp
import msgspec

from dcsim.errors import OperationalError

PAGE: Final = 1000
TIMEOUT_SECONDS: Final = 30.0
Where = Callable[[], tuple[str, str]]
"""Answers the engine's URL, empty while nobody knows one, and a token for it."""
T = TypeVar("T")


class EngineUnreachable(OperationalError):
    """The engine does not answer, or not as an engine does; it may be asked again."""


class State(msgspec.Struct, frozen=True):
    """Where the world stands: its journal (the world's uid) and the last sequence number in it."""

    world: str
    sequence: int


class Entity(msgspec.Struct, frozen=True):
    """One entity as the engine shows it."""

    kind: str
    uid: str
    version: int
    fields: dict[str, Any]


class _Page(msgspec.Struct, frozen=True):
    items: list[Entity]
    next: str = ""


class EngineReader:
    """A session with the engine; use it as a context."""

    def __init__(self, where: Where) -> None:
        self._where = where
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._session is not None:
            await self._session.close()

    async def state(self) -> State:
        """Where the world stands now.  Raises EngineUnreachable."""
        return await self._get("/sim/state", State)

    async def entities(self, kind: str) -> AsyncIterator[list[Entity]]:
        """All entities of a kind, in pages; what comes and goes meanwhile may be missed.  Raises EngineUnreachable.

        An engine that does not know the kind has none of them.
        """
        cursor = ""
        while True:
            page = await self._get(f"/sim/entities/{kind}?limit={PAGE}&cursor={cursor}", _Page, missing=_Page([]))
            yield page.items
            cursor = page.next
            if not cursor:
                return

    async def _get(self, path: str, kind: type[T], missing: T | None = None) -> T:
        url, token = self._where()
        if not url or self._session is None:
            raise EngineUnreachable("Nobody knows where the engine is; set cmdb.engine_url.")
        try:
            async with self._session.get(url + path, headers={"Authorization": f"Bearer {token}", "User-Agent": "dcsim-cmdb"}) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise EngineUnreachable(f"The engine at {url} does not answer ({type(error).__name__}: {error}).") from error
        if answer.status == HTTPStatus.NOT_FOUND and missing is not None:
            return missing
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise EngineUnreachable(f"The engine at {url} refuses {path} with {answer.status}; see cmdb.engine_token.")
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError as error:
            raise EngineUnreachable(f"What answers at {url} is no engine ({error}).") from error

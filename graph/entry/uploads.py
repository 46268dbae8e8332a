"""A request's body on its way to a service: piece by piece, within its bounds, and knowing whose fault it is when it ends early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final, NoReturn

from aiohttp import web
from multidict import CIMultiDict

from graph.entry.headers import DECODED

STALL_SECONDS: Final = 15.0
"""How long a client may send nothing of a body that it has begun."""
UPLOAD_SECONDS: Final = 300.0
AT_ONCE: Final = 1 << 18
"""A body up to here is read before the service is bothered, so that a slow client costs it nothing."""


class Upload:
    """One body.  ``broken`` is the answer for the client when it was the client who failed."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._most = request.client_max_size
        self._waiting: asyncio.Timeout | None = None
        self._seconds = 0.0
        self.broken: web.HTTPException | None = None

    async def data(self, headers: CIMultiDict[str], waiting: asyncio.Timeout, seconds: float) -> AsyncGenerator[bytes, None] | bytes | None:
        """What to give the client library; completes *headers*.

        *waiting* is the service's deadline: it stands still while the body comes, and runs for *seconds* after it.
        Raises HTTPRequestEntityTooLarge, HTTPRequestTimeout, HTTPBadRequest.
        """
        length = self._request.content_length
        if not self._request.body_exists or length == 0:
            return b"" if length == 0 and self._request.method not in {"GET", "HEAD"} else None
        if self._request.headers.get("Content-Encoding", "").strip().lower() in DECODED:
            headers.popall("Content-Encoding", None)
            length = None
        self._waiting, self._seconds = waiting, seconds
        if length is not None and length <= AT_ONCE:
            return b"".join([piece async for piece in self._pieces()])
        if length is not None:
            headers["Content-Length"] = str(length)
        return self._pieces()

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        total, begun = 0, asyncio.get_running_loop().time()
        while piece := await self._piece():
            total += len(piece)
            if total > self._most:
                self._break(web.HTTPRequestEntityTooLarge(self._most, total))
            if asyncio.get_running_loop().time() > begun + UPLOAD_SECONDS:
                self._break(web.HTTPRequestTimeout(text=f"The body took longer than {UPLOAD_SECONDS:g} s."))
            yield piece
        self._due(self._seconds)

    async def _piece(self) -> bytes:
        self._due(None)
        try:
            async with asyncio.timeout(STALL_SECONDS):
                piece = await self._request.content.readany()
        except TimeoutError:
            self._break(web.HTTPRequestTimeout(text=f"Nothing of the body came for {STALL_SECONDS:g} s."))
        except web.HTTPException as error:
            self._break(error)
        except (web.PayloadAccessError, OSError, web.RequestPayloadError) as error:
            self._break(web.HTTPBadRequest(text=f"The body broke off: {error}."))
        self._due(self._seconds)
        return piece

    def _due(self, seconds: float | None) -> None:
        if self._waiting is not None:
            self._waiting.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)

    def _break(self, answer: web.HTTPException) -> NoReturn:
        self.broken = answer
        raise answer

"""Answers that are written while they are made: as fast as the client reads, never whole in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiohttp import web

log = structlog.get_logger(__name__)
AT_ONCE: Final = 1 << 16
"""Bytes that are collected before they are written."""
STALL_SECONDS: Final = 60.0
"""How long a client may take nothing: what it is told of may be held for it."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What a handler answers instead of a `Reply`: the body in pieces, its Content-Type, and more headers.

    What the first piece raises is answered as a refusal is.  After it the status is out: what goes wrong then is logged and ends the
    connection without the last chunk, so that no client takes half an answer for a whole one.
    """

    pieces: AsyncGenerator[bytes, None]
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


async def send(request: web.Request, stream: Stream) -> web.StreamResponse:
    """Write the answer; each write waits until the client has taken enough of the earlier ones."""
    async with aclosing(stream.pieces) as pieces:
        first = await anext(pieces, b"")
        response = web.StreamResponse(headers={**stream.headers, "Content-Type": stream.content_type})
        await response.prepare(request)
        try:
            await _write(response, first, pieces)
        except ConnectionError:
            log.info("stream.abandoned", path=request.path)
        except Exception as error:  # the status is out already: all that is left is to break off, visibly
            log.exception("stream.broken", path=request.path, exc_info=error)
            if request.transport is not None:
                request.transport.abort()
    return response


async def _write(response: web.StreamResponse, first: bytes, pieces: AsyncIterator[bytes]) -> None:
    waiting = bytearray(first)
    async for piece in pieces:
        waiting += piece
        if len(waiting) >= AT_ONCE:
            await _take(response, waiting)
    await _take(response, waiting)
    await response.write_eof()


async def _take(response: web.StreamResponse, waiting: bytearray) -> None:
    """Write everything, a bounded piece at a time, so that the client's pace is ours."""
    view = bytes(waiting)
    waiting.clear()
    for start in range(0, len(view), AT_ONCE):
        async with asyncio.timeout(STALL_SECONDS):
            await response.write(view[start : start + AT_ONCE])

"""Plain JSON events on ``/ws``, for scripts.

    GET /ws?types=dcsim.compute.*&after=...      with "Authorization: Bearer ...", or {"type": "auth", "token": "..."} as the first message
    ← {"type": "ready", "seq": "..."}
    ← {"type": "event", "seq": "...", "topic": "engine", "event": {...}}
    ← {"type": "gap", "seq": "...", "topic": "engine", "reason": "trimmed"}

Another ``auth`` renews the token.  Everything else that a client sends is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiohttp import WSMsgType, web

from dcsim.errors import BusUnavailable, InvalidArgument
from graph.live.connection import BAD_MESSAGE, FORBIDDEN, INIT_TIMEOUT, TRY_AGAIN, Closed, Connection, Principal
from graph.live.filters import MOST, EventFilter, Wanted
from graph.live.follower import follow
from graph.live.hub import Hub

PROTOCOL: Final = "dcsim.events"
"""The subprotocol, for clients that want to name one."""
_LISTS: Final = ("topics", "types", "subjects", "kinds", "actors")
_KNOWN: Final = frozenset({*_LISTS, "after", "format"})


class Auth(msgspec.Struct, frozen=True, tag_field="type", tag="auth", forbid_unknown_fields=True):
    """What a client may send."""

    token: str


def filter_of(query: Mapping[str, str]) -> EventFilter:
    """The conditions in a query string: values separated by commas.  Raises InvalidArgument."""
    if unknown := sorted(set(query) - _KNOWN):
        raise InvalidArgument(f"There is no parameter {unknown[0]!r}; there are: {', '.join(sorted(_KNOWN))}.", field=unknown[0])
    values = {name: [one for one in query.get(name, "").split(",") if one] for name in _LISTS}
    if any(len(found) > MOST for found in values.values()):
        raise InvalidArgument(f"A condition has at most {MOST} values.")
    return EventFilter(**values)


class PlainEvents:
    """The protocol on one connection."""

    def __init__(self, connection: Connection, hub: Hub, request: web.Request) -> None:
        self._connection = connection
        self._hub = hub
        self._query = dict(request.query)
        self._wanted = filter_of(self._query)
        self._bearer = request.headers.get("Authorization", "")

    async def run(self) -> None:
        """Serve until the client goes.  Raises Closed."""
        if self._bearer:
            principal = await self._connection.authenticate(self._bearer)
        else:
            principal = await self._first()
        telling = asyncio.create_task(self._tell(principal))
        hearing = asyncio.create_task(self._hear())
        try:
            done, _ = await asyncio.wait((telling, hearing), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            telling.cancel()
            hearing.cancel()
            await asyncio.gather(telling, hearing, return_exceptions=True)

    async def _first(self) -> Principal:
        try:
            async with asyncio.timeout(self._connection.limits.init_seconds):
                message = await self._connection.ws.receive()
        except TimeoutError as error:
            raise Closed(INIT_TIMEOUT, "Say who you are: an Authorization header, or an auth message.") from error
        return await self._connection.authenticate(_auth(message).token)

    async def _hear(self) -> None:
        async for message in self._connection.ws:
            self._connection.count_message()
            await self._connection.authenticate(_auth(message).token)

    async def _tell(self, principal: Principal) -> None:
        wanted = Wanted(self._wanted, principal.claims)
        if not any(wanted.may(topic) for topic in self._wanted.topics or self._hub.positions):
            raise Closed(FORBIDDEN, f"The token of {principal.claims.subject} allows no events.")
        try:
            follower = await follow(self._hub, self._query.get("after"))
            await self._connection.say({"type": "ready", "seq": follower.seq})
            while True:
                batch = await follower.batch()
                await self._connection.send([entry.message for entry in batch.entries if wanted(entry)])
        except BusUnavailable as error:
            raise Closed(TRY_AGAIN, error.message) from error
        except InvalidArgument as error:
            raise Closed(BAD_MESSAGE, error.message) from error


def _auth(message: Any) -> Auth:
    if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
        raise ConnectionResetError("The client went away.")
    try:
        return msgspec.json.decode(message.data, type=Auth)
    except (msgspec.DecodeError, TypeError) as error:
        raise Closed(BAD_MESSAGE, f"That is no auth message: {error}.") from error

"""GraphQL over WebSockets: the protocol graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).

``connection_init`` carries the token, as ``{"token": "..."}`` or ``{"Authorization": "Bearer ..."}``; so does a ``ping`` that renews it.
``connection_ack`` says ``seq``, the place from which a client that has heard nothing yet can resume, and ``expires``.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

import msgspec
import structlog
from aiohttp import WSMsgType, web
from graphql import OperationType

from dcsim.errors import DcsimError
from dcsim.http.context import current_request_id
from graph.backends.caller import Services
from graph.execution.context import GraphContext
from graph.execution.engine import Engine, Wrong
from graph.execution.errors import INTERNAL, MASKED, shown, word_of
from graph.live.changes import Rows
from graph.live.connection import BAD_MESSAGE, DUPLICATE, FORBIDDEN, INIT_TIMEOUT, TOO_MANY, UNAUTHORIZED, Closed, Connection, Principal
from graph.live.documents import Asked, Shared, Subscription, operation_of
from graph.live.follower import Batch, follow
from graph.live.hub import Hub

log = structlog.get_logger(__name__)
_ENDS: Final = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})
ID_CHARACTERS: Final = 200


class Message(msgspec.Struct, frozen=True):
    """What a client may send."""

    type: Literal["connection_init", "ping", "pong", "subscribe", "complete"]
    id: str = ""
    payload: Any = None


class Live:
    """What all GraphQL sockets of one gateway share."""

    def __init__(self, hub: Hub, engine: Engine, services: Services) -> None:
        self.hub = hub
        self.engine = engine
        self.services = services
        self.shared = Shared()
        self.subscriptions = 0
        """How many are open."""

    def session(self, connection: Connection, request: web.Request) -> TransportWs:
        """The protocol on a connection."""
        return TransportWs(self, connection, request.headers.get("Authorization", ""))


class TransportWs:
    """The protocol on one connection."""

    def __init__(self, live: Live, connection: Connection, bearer: str) -> None:
        self._live = live
        self._connection = connection
        self._bearer = bearer
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._principal: Principal | None = None

    async def run(self) -> None:
        """Serve until the client goes.  Raises Closed."""
        try:
            await self._begin()
            while True:
                await self._handle(await self._next())
        finally:
            tasks = list(self._operations.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # -- messages --------------------------------------------------------------------------------------------------------------

    async def _next(self) -> Message:
        received = await self._connection.ws.receive()
        if received.type in _ENDS:
            raise ConnectionResetError("The client went away.")
        self._connection.count_message()
        try:
            return msgspec.json.decode(received.data, type=Message)
        except (msgspec.DecodeError, TypeError) as error:
            raise Closed(BAD_MESSAGE, f"That is no message of this protocol: {error}.") from error

    async def _begin(self) -> None:
        try:
            async with asyncio.timeout(self._connection.limits.init_seconds):
                message = await self._next()
        except TimeoutError as error:
            raise Closed(INIT_TIMEOUT, "Connection initialisation timeout") from error
        if message.type != "connection_init":
            raise Closed(UNAUTHORIZED, "Unauthorized")
        token = _token_in(message.payload) or self._bearer
        if not token:
            raise Closed(FORBIDDEN, 'Say who you are: {"type": "connection_init", "payload": {"token": "..."}}.')
        await self._authenticate(token)
        seq = {"seq": self._live.hub.seq} if self._live.hub.ready.is_set() else {}
        await self._connection.say({"type": "connection_ack", "payload": {**seq, "expires": self._claims().expires}})

    async def _authenticate(self, token: str) -> None:
        self._principal = await self._connection.authenticate(token)

    async def _handle(self, message: Message) -> None:
        match message.type:
            case "ping":
                if token := _token_in(message.payload):
                    await self._authenticate(token)
                    await self._connection.say({"type": "pong", "payload": {"expires": self._claims().expires}})
                else:
                    await self._connection.say({"type": "pong"})
            case "subscribe":
                self._subscribe(message)
            case "complete":
                if (task := self._operations.pop(message.id, None)) is not None:
                    task.cancel()
            case "connection_init":
                raise Closed(TOO_MANY, "Too many initialisation requests")

    def _subscribe(self, message: Message) -> None:
        if not message.id or len(message.id) > ID_CHARACTERS:
            raise Closed(BAD_MESSAGE, "A subscription has an id.")
        if message.id in self._operations:
            raise Closed(DUPLICATE, f"Subscriber for {message.id} already exists")
        if len(self._operations) >= self._connection.limits.subscriptions:
            raise Closed(TOO_MANY, f"More than {self._connection.limits.subscriptions} operations on one socket.")
        try:
            asked = msgspec.convert(message.payload, Asked)
        except msgspec.ValidationError as error:
            raise Closed(BAD_MESSAGE, f"That is no GraphQL request: {error}.") from error
        self._operations[message.id] = asyncio.create_task(self._operation(message.id, asked))

    # -- operations ------------------------------------------------------------------------------------------------------------

    async def _operation(self, name: str, asked: Asked) -> None:
        """Carry one out; whatever goes wrong is told."""
        try:
            if operation_of(self._live.engine, asked) in {OperationType.QUERY, OperationType.MUTATION}:
                await self._once(name, asked)
            else:
                await self._subscription(name, asked)
        except Wrong as wrong:
            await self._failed(name, shown(wrong.errors, current_request_id()))
        except DcsimError as error:
            await self._failed(name, [{"message": error.message, "extensions": {"code": word_of(error)}}])
        except ConnectionError:
            log.debug("live.gone")
        except Exception as error:  # a bug: told apart from its cause, which the log has
            log.exception("live.failed", exc_info=error)
            await self._failed(name, [{"message": MASKED, "extensions": {"code": INTERNAL, "requestId": current_request_id()}}])

    async def _failed(self, name: str, errors: list[dict[str, Any]]) -> None:
        if self._operations.pop(name, None) is not None:
            try:
                await self._connection.say({"id": name, "type": "error", "payload": errors})
            except ConnectionError:
                log.debug("live.gone")

    async def _once(self, name: str, asked: Asked) -> None:
        """A query or a mutation."""
        found = await self._live.engine.execute(
            asked.query, self._context(), variables=asked.variables, operation_name=asked.operation_name
        )
        payload: dict[str, Any] = {"data": found.data}
        if found.errors:
            payload["errors"] = shown(found.errors, current_request_id())
        await self._connection.say({"id": name, "type": "next", "payload": payload})
        if self._operations.pop(name, None) is not None:
            await self._connection.say({"id": name, "type": "complete"})

    async def _subscription(self, name: str, asked: Asked) -> None:
        wanted = Subscription(self._live.engine, asked)
        source = wanted.field.source
        rows, principal = source.open(wanted.arguments, self._claims()), self._principal
        follower = await follow(self._live.hub, wanted.arguments.get("after"), settled=source.settled)
        head = b'{"id":' + msgspec.json.encode(name) + b',"type":"next","payload":'
        self._live.subscriptions += 1
        try:
            if begun := source.first(wanted.arguments, follower.seq):
                await self._connection.send([head + payload + b"}" for payload in await wanted.payloads(begun, self._context())])
            while True:
                batch = await follower.batch()
                if principal is not self._principal:
                    rows, principal = source.open(wanted.arguments, self._claims()), self._principal
                payloads = await self._payloads(wanted, batch, rows)
                await self._connection.send([head + payload + b"}" for payload in payloads])
        finally:
            self._live.subscriptions -= 1

    async def _payloads(self, wanted: Subscription, batch: Batch, rows: Rows) -> list[bytes]:
        """The answers for a batch; those who want the same of the same events share them."""
        context = self._context()

        async def make() -> list[bytes]:
            found = rows(batch.entries)
            return await wanted.payloads(found, context) if found else []

        if batch.span is None:
            return await make()
        return await self._live.shared.once((wanted.key, self._claims().scopes, batch.span), make)

    def _claims(self) -> Any:
        assert self._principal is not None  # noqa: S101 - nothing is served before they said who they are
        return self._principal.claims

    def _context(self) -> GraphContext:
        assert self._principal is not None  # noqa: S101 - see above
        caller = self._live.services.on_behalf(self._principal.token, request_id=current_request_id())
        return GraphContext(self._principal.claims, caller, current_request_id())


def _token_in(payload: Any) -> str:
    """The token in a payload, however clients put it."""
    if not isinstance(payload, dict):
        return ""
    found = payload.get("token") or payload.get("Authorization") or payload.get("authorization") or ""
    return found if isinstance(found, str) else ""

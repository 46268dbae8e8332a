"""One request on its way through an operation."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import msgspec
from aiohttp import hdrs, web

from dcsim.errors import Busy
from dcsim.events import Actor
from emulators.conductor.endings import over
from emulators.openstack.cloud import Cloud
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.microversions import Version
from emulators.world.commands import Command
from emulators.world.decide import Decision
from emulators.world.state import WorldState

if TYPE_CHECKING:
    from emulators.openstack.service import Operation, Service

P = ParamSpec("P")
R = TypeVar("R")
PATIENCE: Final = 60.0
"""Seconds that a request waits behind work on what it asks for, as long as nova-api waits for its computes (``rpc_response_timeout``)."""


class Reply(msgspec.Struct, frozen=True):
    """An answer with more than a JSON body.  ``body``: data, or bytes as they are (then ``headers`` has the Content-Type)."""

    body: Any = None
    status: int = 0
    headers: Mapping[str, str] = {}


@dataclass(slots=True)
class Call:
    """What an operation gets.

    ``path`` holds the path's parameters, ``query`` every value of each query parameter, ``body`` the decoded JSON (for actions: what
    stands under the action's key), ``version`` the microversion to answer in (Version(0, 0) where the service has none).
    """

    cloud: Cloud
    operation: Operation
    request: web.BaseRequest
    path: dict[str, str]
    query: dict[str, list[str]]
    body: Any
    version: Version
    origin: str
    actor: Actor
    _credentials: Credentials | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def service(self) -> Service:
        """The service that is asked."""
        return self.operation.service

    @property
    def credentials(self) -> Credentials:
        """Who asks; raises Fault 401 in an operation that is open to all when nobody has said who they are."""
        if self._credentials is None:
            raise Fault(401, "The request you have made requires authentication.")
        return self._credentials

    @property
    def known(self) -> Credentials | None:
        """Who asks, if they said so."""
        return self._credentials

    @property
    def project(self) -> str:
        """The project that the caller works in."""
        return self.credentials.project

    @property
    def state(self) -> WorldState:
        """The world's state."""
        return self.cloud.state

    def since(self, version: str) -> bool:
        """Whether the answer is to be in this microversion or a later one."""
        major, _, minor = version.partition(".")
        return self.version >= (int(major), int(minor))

    def first(self, name: str, default: str = "") -> str:
        """The (last, as the services take it) value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else default

    def url(self, path: str, service: Service | None = None) -> str:
        """An absolute link to a path below a service's prefix, at the address that the client used."""
        return f"{self.origin}{(service or self.service).prefix}{path}"

    def link(self, path: str) -> str:
        """An absolute link to a path below the service's base."""
        return self.url(self.service.base + path)

    async def execute(self, command: Command) -> Any:
        """Have the world execute a command for the caller; its result."""
        return await self.cloud.execute(command, self.actor)

    async def ask(self, function: Callable[Concatenate[Decision, P], R], *args: P.args, **arguments: P.kwargs) -> R:
        """Have the world decide a function of `asks` for the caller; what it answers.

        Real services queue what they have accepted behind work that shows no task, such as plugging a volume: so that is waited for.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                return await self.cloud.ask(self.actor, function, *args, **arguments)
            except Busy as busy:
                await self._freed(busy, deadline)

    async def _freed(self, busy: Busy, deadline: float) -> None:
        """Return once the work that is in the way is over; raises ``busy`` at the deadline, by the loop's time."""
        if busy.task is None:
            raise busy
        try:
            async with asyncio.timeout_at(deadline):
                await over(self.cloud.world, busy.task)
        except TimeoutError:
            raise busy from None

    async def invite_body(self) -> None:
        """Tell a client that waits for it (``Expect: 100-continue``) to send the body: what can be refused without it was not."""
        if self.request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
            writer = self.request.writer
            await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            writer.output_size = 0

    @property
    def request_id(self) -> str:
        """The request's id in OpenStack's form, as the answer's ``x-openstack-request-id`` has it."""
        given = self.actor.request_id
        try:
            return f"req-{uuid.UUID(given.removeprefix('req-').replace('-', ''))}"
        except ValueError:
            return f"req-{given}"

    def require_admin(self) -> None:
        """Raise Fault 403 unless an administrator asks."""
        if not self.credentials.admin:
            raise Fault(403, f"Policy doesn't allow {self.operation.handler.__name__} to be performed.")

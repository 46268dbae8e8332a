"""The gateway as a service.  Importing this costs next to nothing: what it is made of is imported when it starts, after the others."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from dcsim.service import Address, Check, Endpoint, Health, Listener, Service, ServiceContext, Worker

if TYPE_CHECKING:
    from graph.assembly import Gateway


class GatewayService(Service):
    """One door to everything: REST of all services, GraphQL, live events."""

    name: ClassVar[str] = "gateway"
    late: ClassVar[bool] = True

    def __init__(self) -> None:
        self._gateway: Gateway | None = None

    async def start(self, context: ServiceContext) -> None:
        """Put the parts together."""
        await asyncio.to_thread(importlib.import_module, "graph.assembly")  # half a second in which clients are answered
        from graph.assembly import Gateway  # noqa: PLC0415 - see above

        self._gateway = Gateway(context)
        await self._gateway.start()

    async def drain(self) -> None:
        """End what waits."""
        if self._gateway is not None:
            await self._gateway.drain()

    async def stop(self) -> None:
        """Let go of connections."""
        if self._gateway is not None:
            await self._gateway.close()

    def listeners(self) -> Sequence[Listener]:
        """The door."""
        return self._gateway.listeners() if self._gateway is not None else ()

    def workers(self) -> Sequence[Worker]:
        """What runs beside it."""
        return self._gateway.workers() if self._gateway is not None else ()

    async def health(self) -> Health:
        """Its own; the services behind it have theirs."""
        return await self._gateway.health() if self._gateway is not None else Health((Check(name="gateway", ok=False, detail="starting"),))

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """Its URL."""
        return self._gateway.endpoints(addresses) if self._gateway is not None else ()

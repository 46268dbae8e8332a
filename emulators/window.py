"""A window onto the world: one API that clients use, opened and closed by the engine.  Vendors' packages each have one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dcsim.http.routes import Routes
from dcsim.service import Address, Endpoint, Listener, ServiceContext, Worker
from emulators.conductor import Conductor
from emulators.world.engine import World


class Rest(NamedTuple):
    """Routes that the engine's own REST listener serves beside its own, and what their handlers work with."""

    routes: Routes
    context: Any


class Window(ABC):
    """What the engine needs of an API."""

    def __init__(self, context: ServiceContext, world: World, conductor: Conductor) -> None:
        self.context = context
        self.world = world
        self.conductor = conductor

    async def open(self) -> None:  # noqa: B027 - most windows have nothing to prepare
        """Make ready: vendor records that must exist, caches, watchers."""

    async def drain(self) -> None:  # noqa: B027 - most windows have nothing that lasts
        """End what would go on for ever: nothing new comes in, and requests in flight have a few seconds left."""

    async def close(self) -> None:  # noqa: B027 - most windows have nothing to let go
        """Let go of sessions and waits."""

    @abstractmethod
    def listeners(self) -> Sequence[Listener]:
        """Where clients connect."""

    def rest(self) -> Sequence[Rest]:
        """What else there is of it for clients of the engine's own REST listener."""
        return ()

    def workers(self) -> Sequence[Worker]:
        """What runs beside."""
        return ()

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """What users are told, by listener name."""
        return [Endpoint(name=one.name, url=addresses[one.name].url) for one in self.listeners() if one.name in addresses]

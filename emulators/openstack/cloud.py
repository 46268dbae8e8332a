"""The cloud: what the services share beside the world itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from dcsim.events import Actor
from dcsim.service import ServiceContext
from emulators.conductor import Conductor
from emulators.openstack.asks import Ask, name_of
from emulators.openstack.credentials import Authenticator, Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.reads import Reads
from emulators.world.commands import Command
from emulators.world.decide import Decision
from emulators.world.engine import World
from emulators.world.state import WorldState

P = ParamSpec("P")
R = TypeVar("R")
REGION: Final = "RegionOne"
SYSTEM: Final = Actor(principal="openstack", api="openstack", operation="internal")


class Nobody:
    """The authenticator before Keystone is there: no token is valid."""

    def authenticate(self, token: str) -> Credentials | None:
        """None."""
        return None


class Cloud:
    """One OpenStack deployment.  ``parts`` holds what a service keeps in memory (caches, open uploads), by its class.

    ``reads`` says when projects have been told something.  What is in ``closing`` is awaited when the window closes.
    """

    def __init__(self, context: ServiceContext, world: World, conductor: Conductor) -> None:
        self.context = context
        self.world = world
        self.conductor = conductor
        self.authenticator: Authenticator = Nobody()
        self.reads = Reads(world.clock)
        self._parts: dict[type[Any], Any] = {}
        self.closing: list[Callable[[], Awaitable[None]]] = []

    @property
    def state(self) -> WorldState:
        """The world's state, as the last commit left it."""
        return self.world.state

    @property
    def data_dir(self) -> Path:
        """Where files of the services lie (images, objects, backups), each in a folder of its own."""
        return self.context.settings.data_dir / "openstack"

    def now(self) -> datetime:
        """The simulated time."""
        return self.world.clock.now()

    def part(self, cls: type[R], *arguments: Any) -> R:
        """The one object of the class, made when first asked for: ``cloud.part(Uploads, cloud)``."""
        if cls not in self._parts:
            self._parts[cls] = cls(*arguments)
        found: R = self._parts[cls]
        return found

    async def execute(self, command: Command, actor: Actor = SYSTEM) -> Any:
        """The result of a command once it is durable (a task's uid for operations); raises the DomainError that refuses it.

        What is kept of free-form documents has no place for numbers of more than 64 bits: Fault 400.
        """
        try:
            return (await self.world.execute(command, actor)).result
        except OverflowError as error:
            raise Fault(400, "A number in the request is too large.") from error

    async def ask(self, actor: Actor, function: Callable[Concatenate[Decision, P], R], *args: P.args, **arguments: P.kwargs) -> R:
        """What a deciding function answers once what it changed is durable (`asks`)."""
        if args:
            raise TypeError(f"{name_of(function)} takes keywords only")
        result: R = await self.execute(Ask(ask=name_of(function), arguments=dict(arguments)), actor)
        return result

    def ask_now(self, function: Callable[Concatenate[Decision, P], R], *args: P.args, **arguments: P.kwargs) -> R:
        """The same without a loop: for seeds."""
        if args:
            raise TypeError(f"{name_of(function)} takes keywords only")
        result: R = self.world.execute_now(Ask(ask=name_of(function), arguments=dict(arguments)), SYSTEM).result
        return result

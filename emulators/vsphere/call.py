"""What a method is called with, and how it is registered.

    @method(vim.VirtualMachine, "PowerOffVM_Task")
    async def power_off(call: Call) -> vim.Task:
        return await call.task(SetPower(vm=call.entity(Vm).uid, power=Power.OFF))

The decoded arguments are ``call.args.<name>``, the metadata ``call.method``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from pyVmomi import vim

from dcsim.errors import AlreadyExists, Busy, InsufficientResources, InUse, InvalidState, VersionConflict
from dcsim.events import Actor
from emulators.vsphere.accounts import Accounts
from emulators.vsphere.objects import Object, Objects
from emulators.vsphere.properties.reader import Properties
from emulators.vsphere.properties.view import View
from emulators.vsphere.sessions import Session, Sessions, not_authenticated
from emulators.vsphere.soap import dispatch, faults, vmodl
from emulators.vsphere.soap.decode import Request
from emulators.vsphere.soap.dispatch import Quality
from emulators.world.commands import Command, Operation, Outcome, encode_command
from emulators.world.decisions.operations import RefuseOperation, task_error
from emulators.world.engine import World
from emulators.world.model import Entity

_FAILS_THE_TASK = (InvalidState, Busy, AlreadyExists, VersionConflict, InUse, InsufficientResources)
E = TypeVar("E", bound=Entity)
T = TypeVar("T")


class Encoded(msgspec.Struct, frozen=True):
    """A result that is in XML already: its ``<returnval>`` elements, or nothing.

    A long one is ``body``, then what ``rest`` brings piece by piece, then ``tail``.
    """

    body: bytes
    rest: AsyncGenerator[bytes, None] | None = None
    tail: bytes = b""


class Client(msgspec.Struct, frozen=True):
    """Who is at the other end of the connection."""

    address: str = ""
    agent: str = ""
    traceparent: str = ""
    gone: Callable[[], bool] = bool
    """Has the client hung up?"""


class Services(msgspec.Struct, frozen=True, eq=False):
    """What all calls of one vCenter share."""

    world: World
    objects: Objects
    properties: Properties
    sessions: Sessions
    accounts: Accounts


class Context(msgspec.Struct, frozen=True, eq=False):
    """What one call comes with; ``session`` is None before login."""

    services: Services
    client: Client
    session: Session | None = None
    memo: dict[str, Any] = {}
    """Kept for the next request with the same bytes."""


class Call(dispatch.Call[Context]):
    """One invocation of a method."""

    __slots__ = ("_session", "_target", "view")

    def __init__(self, context: Context, request: Request) -> None:
        super().__init__(context, request)
        self._session = context.session
        self._target: Object | None = None
        self.view: View = context.session.view if context.session is not None else context.services.properties.anonymous

    # -- around ----------------------------------------------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """The world."""
        return self.context.services.world

    @property
    def services(self) -> Services:
        """What all calls share: the managed objects, the properties, the sessions."""
        return self.context.services

    @property
    def session(self) -> Session:
        """The session (``principal``, ``key``); VimFault NotAuthenticated before login."""
        if self._session is None:
            raise not_authenticated()
        return self._session

    @property
    def current_session(self) -> Session | None:
        """The session, None outside of one."""
        return self._session

    def enter(self, session: Session | None) -> None:
        """Go on in a session that has just been opened, or (None) in none."""
        self._session = session

    @property
    def version(self) -> str:
        """The VMODL version that the client speaks."""
        return self.request.version

    # -- objects ---------------------------------------------------------------------------------------------------------------

    @property
    def target(self) -> Object:
        """The managed object that the method is called on; VimFault ManagedObjectNotFound when it is gone."""
        if self._target is None:
            self._target = self.object(self.target_type, self.target_id)
        return self._target

    def object(self, managed_type: Any, object_id: str) -> Object:
        """The managed object of a type and id; VimFault ManagedObjectNotFound when there is none."""
        return self.services.objects.get(managed_type, object_id, self._session.owned if self._session is not None else None)

    def entity(self, cls: type[E]) -> E:
        """The entity that the method is called on; VimFault ManagedObjectNotFound when it is gone or no such thing."""
        return self._entity(self.target, cls)

    def find(self, reference: Any, cls: type[E]) -> E:
        """The entity that an argument refers to; VimFault ManagedObjectNotFound when it is gone or no such thing."""
        return self._entity(self.object(type(reference), reference._moId), cls)

    def maybe(self, reference: Any, cls: type[E]) -> E | None:
        """As ``find``, for an optional argument: None when it is unset."""
        return None if reference is None else self.find(reference, cls)

    def own(self, cls: type[T]) -> T:
        """The session's own object (a view, a filter, a collector) that the method is called on; VimFault ManagedObjectNotFound."""
        if not isinstance(self.target.subject, cls):
            raise faults.managed_object_not_found(self.target_type, self.target_id)
        return self.target.subject

    def _entity(self, found: Object, cls: type[E]) -> E:
        entity = self.world.state.maybe(cls, found.subject) if isinstance(found.subject, str) else None
        if entity is None:
            raise faults.managed_object_not_found(found.type, found.id)
        return entity

    # -- changing the world ----------------------------------------------------------------------------------------------------

    @property
    def actor(self) -> Actor:
        """Who asks, for the journal."""
        client = self.context.client
        return Actor(
            principal=self.session.principal,
            agent=client.agent,
            api="vsphere",
            operation=self.method.wire_name,
            request_id=self.request.operation_id or "",
            traceparent=client.traceparent,
        )

    async def execute(self, command: Command, *, subject: str = "", expected_version: int | None = None) -> Outcome:
        """Execute a command in the caller's name; raises the DomainError that refuses it, or JournalUnavailable."""
        return await self.world.execute(command, self.actor, subject=subject, expected_version=expected_version)

    async def task(self, operation: Operation, check: Callable[[], Any] | None = None) -> vim.Task:
        """Execute an operation and answer the reference of its Task; ``check`` raises what this API alone refuses.

        As in vCenter, what the object's state or the lack of something refuses fails the task; a wrong request fails the call:
        NotFound, InvalidArgument, PermissionDenied and NotSupported are raised.
        """
        try:
            if check is not None:
                check()
            outcome = await self.execute(operation)
        except _FAILS_THE_TASK as refusal:
            outcome = await self.execute(RefuseOperation(operation=encode_command(operation), error=task_error(refusal)))
        task: vim.Task = self.view.ref(outcome.result)
        return task


def method(
    managed: Any, wire_name: str, *, quality: Quality = "answers", namespace: str = vmodl.VIM25
) -> Callable[[Callable[[Call], Awaitable[T]]], Callable[[Call], Awaitable[T]]]:
    """Register the decorated coroutine function for a method of ``managed``; RegistrationError when it has none of that wire name."""
    register: Any = dispatch.registry.method(managed, wire_name, quality=quality, namespace=namespace)

    def decorate(function: Callable[[Call], Awaitable[T]]) -> Callable[[Call], Awaitable[T]]:
        register(function)
        return function

    return decorate

"""Work on a server that touches its machine: one operation of the world for all of it; each kind registers what it does and what follows.

@work("stop", event="compute_stop_instance")
async def stop(hands: Hands, work: ServerWork) -> Effect: ...      # on the machine
@stop.finish
def stopped(d, server, work, effect) -> None: ...                  # in the world, when that is done
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Final

import msgspec

from emulators.conductor.effects import effect
from emulators.conductor.hands import Hands
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.actions import close_action, open_action
from emulators.openstack.compute.servers.events import SERVER_FAILED, SERVER_STATE, SERVER_TASK
from emulators.openstack.compute.servers.records import NovaServer, ServerFault
from emulators.world.commands import Effect, Operation, begins, fails, finishes, follows
from emulators.world.decide import Decision
from emulators.world.decisions.operations import TASK_COMPLETED, TASK_FAILED, holder, start
from emulators.world.events import Event
from emulators.world.model import Task, Vm

DELETING: Final = "deleting"
REBOOTING_HARD: Final = "rebooting_hard"
Caller = tuple[str, str]
NOBODY: Final = ("", "")
Machine = Callable[[Hands, "ServerWork"], Awaitable[Effect]]
Finish = Callable[[Decision, NovaServer, "ServerWork", Effect], None]
Fail = Callable[[Decision, NovaServer, "ServerWork", str], None]


class ServerWork(Operation, frozen=True, kw_only=True, tag="nova.server_work"):
    """Do ``work`` (a key of `WORKS`) on a server's machine; ``action`` is the InstanceAction that it is part of."""

    LABEL: ClassVar[str] = "Work on an OpenStack server"
    vm: str
    server: str
    work: str
    action: str = ""
    given: dict[str, str] = msgspec.field(default_factory=dict)


class Kind:
    """A kind of work: what it does to the machine, and what follows.  ``event`` is the step that instance actions show."""

    def __init__(self, name: str, event: str, machine: Machine) -> None:
        self.name = name
        self.event = event
        self.machine = machine
        self.finished: Finish = _back_to_rest
        self.failed: Fail = gone_wrong

    def finish(self, function: Finish) -> Finish:
        """Register what follows."""
        self.finished = function
        return function

    def fail(self, function: Fail) -> Fail:
        """Register what follows when the machine's part failed; the server is in ERROR otherwise."""
        self.failed = function
        return function


WORKS: Final[dict[str, Kind]] = {}


def work(name: str, *, event: str = "") -> Callable[[Machine], Kind]:
    """Register a kind of work."""

    def register(function: Machine) -> Kind:
        WORKS[name] = Kind(name, event or f"compute_{name}_instance", function)
        return WORKS[name]

    return register


async def nothing(hands: Hands, work: ServerWork) -> Effect:
    """The machine's part of what is the world's business alone."""
    return Effect()


def conclude(d: Decision, server: NovaServer, vm_state: str = "", **fields: Any) -> NovaServer:
    """The server has come to a state and has no task; one that is to be deleted stays so, or to be rebooted."""
    now = d.get(NovaServer, server.uid)
    if now.task_state != DELETING:
        fields |= {"vm_state": vm_state or now.vm_state, "task_state": _next_task(now)}
    return d.update(SERVER_STATE, now, updated=d.now, **fields)


def _next_task(server: NovaServer) -> str:
    return REBOOTING_HARD if server.queued else ""


def gone_wrong(d: Decision, server: NovaServer, work: ServerWork, message: str) -> None:
    """The server is in ERROR."""
    to_error(d, server, message)


def to_error(d: Decision, server: NovaServer, message: str, *, code: int = 500, details: str = "", **fields: Any) -> NovaServer:
    """The server is in ERROR and says why."""
    now = d.get(NovaServer, server.uid)
    fault = ServerFault(code, message, d.now, details)
    if now.task_state != DELETING:
        fields["task_state"] = _next_task(now)
    return d.update(SERVER_FAILED, now, vm_state=states.ERROR, fault=fault, updated=d.now, **fields)


def let_be(d: Decision, server: NovaServer, work: ServerWork, message: str) -> None:
    """The server is as it was, but knows what failed."""
    conclude(d, server, fault=ServerFault(500, message, d.now))


def _back_to_rest(d: Decision, server: NovaServer, work: ServerWork, done: Effect) -> None:
    conclude(d, server)


def begin_work(
    d: Decision, server: NovaServer, name: str, *, task: str, action: str = "", caller: tuple[str, str] = ("", ""), **given: str
) -> None:
    """The server has a task, and its work begins; ``action`` is what was asked, for the list of instance actions."""
    opened = open_action(d, server, action, event=WORKS[name].event, host=server.host, caller=caller) if action else ""
    d.update(SERVER_TASK, d.get(NovaServer, server.uid), task_state=task, updated=d.now)
    start(d, ServerWork(vm=server.vm, server=server.uid, work=name, action=opened, given=given))


@begins(ServerWork)
def begin(d: Decision, operation: ServerWork) -> None:
    """Whoever asked has checked what is to be checked."""
    d.get(Vm, operation.vm)


@effect(ServerWork)
async def act(hands: Hands, operation: ServerWork) -> Effect:
    """The machine's part."""
    return await WORKS[operation.work].machine(hands, operation)


@finishes(ServerWork)
def finish(d: Decision, operation: ServerWork, done: Effect) -> None:
    """What follows, and the end of the action."""
    server = d.state.maybe(NovaServer, operation.server)
    if server is not None:
        WORKS[operation.work].finished(d, server, operation, done)
    close_action(d, operation.action)


@fails(ServerWork)
def fail(d: Decision, operation: ServerWork, message: str) -> None:
    """What follows when it could not be done, and the action's end."""
    server = d.state.maybe(NovaServer, operation.server)
    if server is not None:
        WORKS[operation.work].failed(d, server, operation, message)
    close_action(d, operation.action, error=message)


@follows(TASK_COMPLETED, TASK_FAILED)
def delete_when_free(d: Decision, event: Event) -> None:
    """A server that was deleted while something else was done to it goes when that is over."""
    task = d.state.maybe(Task, event.subject)
    server = d.state.one(NovaServer, "vm", task.subject) if task is not None and task.subject_kind == Vm.KIND else None
    if server is not None and server.task_state == DELETING and holder(d, server.vm) is None:
        start(d, ServerWork(vm=server.vm, server=server.uid, work="delete"))

"""The routes under /sim."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, TypeVar

from dcsim.errors import InvalidArgument, NotFound
from dcsim.http.pages import Page
from dcsim.http.routes import IDEMPOTENCY_KEY, IF_MATCH, Reply, Request, Routes
from emulators.api import shapes, views
from emulators.api.context import EngineContext
from emulators.api.selection import select
from emulators.world.checkpoints import Checkpoint
from emulators.world.commands import Command, Operation
from emulators.world.decisions import components
from emulators.world.decisions.power import PowerOff, PowerOn, Reset, Suspend
from emulators.world.model import KINDS, BladePower, Entity, Fault, Hypervisor, Server, Task, TaskState, Vm

routes = Routes(api="sim", title="dc-sim engine")
Call = Request[EngineContext]
E = TypeVar("E", bound=Entity)
CONDITIONAL = (IF_MATCH, IDEMPOTENCY_KEY)
POWER: dict[str, type[PowerOn | PowerOff | Suspend | Reset]] = {"on": PowerOn, "off": PowerOff, "suspended": Suspend, "reset": Reset}


@routes.get("/sim/state", "The world in numbers", returns=shapes.StateView)
async def state(call: Call) -> shapes.StateView:
    """Counts of everything, the clock and the last event."""
    world = call.context.world
    record = call.context.record
    counts = {kind: world.state.count(cls) for kind, cls in sorted(KINDS.items()) if world.state.count(cls)}
    running = world.state.count(Task, "state", TaskState.RUNNING)
    return shapes.StateView(record.uid, record.seed, record.timing, world.sequence, world.clock.now(), counts, running)


@routes.get("/sim/vms", "VMs and servers", query=shapes.VmQuery, returns=Page[shapes.VmView])
async def vms(call: Call) -> Page[shapes.VmView]:
    """A page of VMs."""
    query: shapes.VmQuery = call.query
    state = call.context.world.state
    found = state.where(Vm, "host", query.host) if query.host else state.where(Vm, "name", query.name) if query.name else state.all(Vm)
    wanted = [
        vm
        for vm in found
        if query.power in {"", vm.power} and query.owner in {"", vm.owner} and query.name in {"", vm.name} and query.host in {"", vm.host}
    ]
    return views.page(wanted, query.limit, query.cursor, lambda vm: views.vm_view(state, vm))


@routes.get("/sim/vms/{uid}", "One VM", returns=shapes.VmView)
async def vm(call: Call) -> Reply:
    """A VM, with its version as ETag."""
    found = call.context.world.state.get(Vm, call.path["uid"])
    return Reply(views.vm_view(call.context.world.state, found), version=found.version)


@routes.post("/sim/vms/{uid}/power", "Switch a VM", body=shapes.PowerBody, returns=shapes.Accepted, status=202, headers=CONDITIONAL)
async def vm_power(call: Call) -> Reply:
    """Begin a power operation; If-Match makes it conditional."""
    operation: Operation = POWER[call.body.power](vm=call.path["uid"])
    task = await execute(call, operation, subject=call.path["uid"])
    return Reply(shapes.Accepted(task), status=202, headers={"Location": f"/sim/tasks/{task}"})


async def execute(call: Call, command: Command, *, subject: str = "") -> Any:
    """Execute a command as the request's headers say: only at that version, only once."""
    version = call.expected_version() if subject else None
    outcome = await call.context.world.execute(command, call.actor, subject=subject, expected_version=version, key=call.idempotency_key())
    return outcome.result


@routes.get("/sim/vms/{uid}/console", "The last lines of a VM's console", returns=str)
async def vm_console(call: Call) -> str:
    """What the guest has written."""
    found = call.context.world.state.get(Vm, call.path["uid"])
    if not await call.context.conductor.hands.known(found):
        return ""
    return await call.context.conductor.hands.machines.logs(found.uid)


@routes.get("/sim/hosts", "Hypervisors", query=shapes.ListQuery, returns=Page[shapes.HostView])
async def hosts(call: Call) -> Page[shapes.HostView]:
    """A page of hypervisors."""
    state = call.context.world.state
    found = state.where(Hypervisor, "name", call.query.name) if call.query.name else state.all(Hypervisor)
    return views.page(found, call.query.limit, call.query.cursor, lambda host: views.host_view(state, host))


@routes.get("/sim/hosts/{uid}", "One hypervisor", returns=shapes.HostView)
async def host(call: Call) -> Reply:
    """A hypervisor, with its version as ETag."""
    found = call.context.world.state.get(Hypervisor, call.path["uid"])
    return Reply(views.host_view(call.context.world.state, found), version=found.version)


@routes.post(
    "/sim/blades/{uid}/power", "Switch a blade", body=shapes.BladePowerBody, returns=shapes.EntityView, status=200, headers=CONDITIONAL
)
async def blade_power(call: Call) -> shapes.EntityView:
    """Switch a blade or rack server on or off: its host follows."""
    uid = call.path["uid"]
    await execute(call, components.SetBladePower(blade=uid, power=BladePower(call.body.power)), subject=uid)
    return views.entity_view(call.context.world.state.get(Server, uid))


@routes.get("/sim/entities/{kind}", "Everything of a kind", query=shapes.ListQuery, returns=Page[shapes.EntityView])
async def entities(call: Call) -> Page[shapes.EntityView]:
    """A page of one kind of entity, vendor records included."""
    cls = _kind(call.path["kind"])
    found = [one for one in call.context.world.state.all(cls) if call.query.name in {"", one.name}]
    return views.page(found, call.query.limit, call.query.cursor, views.entity_view)


@routes.search("/sim/entities/{kind}/query", "Some of a kind", body=shapes.EntitySelection, returns=shapes.EntityRows)
async def selected(call: Call) -> shapes.EntityRows:
    """Those that meet conditions, in order, in groups where asked for, with the fields that are wanted."""
    return select(call.context.world.state, _kind(call.path["kind"]), call.body)


@routes.get("/sim/entities/{kind}/{uid}", "One thing", returns=shapes.EntityView)
async def entity(call: Call) -> Reply:
    """Any entity, with its version as ETag."""
    found = call.context.world.state.get(_kind(call.path["kind"]), call.path["uid"])
    return Reply(views.entity_view(found), version=found.version)


def _kind(name: str) -> type[Entity]:
    cls = KINDS.get(name)
    if cls is None:
        raise NotFound(f"There is no kind {name!r}; there are: {', '.join(sorted(KINDS))}.", field="kind")
    return cls


@routes.get("/sim/tasks", "Tasks", query=shapes.ListQuery, returns=Page[shapes.TaskView])
async def tasks(call: Call) -> Page[shapes.TaskView]:
    """A page of tasks, oldest first."""
    return views.page(call.context.world.state.all(Task), call.query.limit, call.query.cursor, views.task_view)


@routes.get("/sim/tasks/{uid}", "One task", returns=shapes.TaskView)
async def task(call: Call) -> shapes.TaskView:
    """A task."""
    return views.task_view(call.context.world.state.get(Task, call.path["uid"]))


@routes.get("/sim/events", "Events", query=shapes.EventQuery, returns=Page[shapes.EventView])
async def events(call: Call) -> Page[shapes.EventView]:
    """Events after a sequence number, oldest first; ``next`` is the ``after`` of the following page."""
    query: shapes.EventQuery = call.query
    records = await asyncio.to_thread(call.context.world.journal.records, query.after, query.limit, query.subject)
    following = str(records[-1].sequence) if len(records) == query.limit else ""
    return Page([views.event_view(record) for record in records], following)


# -- faults --------------------------------------------------------------------------------------------------------------------


@routes.get("/sim/inject", "Faults that can be injected", returns=list[shapes.FaultKindView])
async def fault_kinds(_: Call) -> list[shapes.FaultKindView]:
    """The vocabulary of faults."""
    kinds = components.FAULT_KINDS.values()
    return [shapes.FaultKindView(kind.code, kind.subject.KIND, kind.severity, kind.description) for kind in kinds]


@routes.post("/sim/inject/{code}", "Inject a fault", body=shapes.InjectBody, returns=shapes.FaultView, headers=(IDEMPOTENCY_KEY,))
async def inject(call: Call) -> shapes.FaultView:
    """Break something."""
    kind = components.FAULT_KINDS.get(call.path["code"])
    if kind is None:
        raise NotFound(f"There is no fault {call.path['code']!r}; GET /sim/inject lists them.", field="code")
    state = call.context.world.state
    subject = _struck(call, kind)
    fault = await execute(call, components.InjectFault(code=kind.code, subject=subject.uid))
    return views.fault_view(state, state.get(Fault, fault))


def _struck(call: Call, kind: components.FaultKind) -> Entity:
    """What the body names, of either kind that the fault strikes."""
    if kind.also is None:
        return thing(call, kind.subject, call.body.subject)
    try:
        return thing(call, kind.also, call.body.subject)
    except NotFound:
        return thing(call, kind.subject, call.body.subject)


def thing(call: Call, cls: type[E], named: str) -> E:
    """The one thing of that uid or name; raises NotFound, or InvalidArgument when several have the name."""
    state = call.context.world.state
    found = [one for one in (state.maybe(cls, named),) if one is not None] or [one for one in state.all(cls) if one.name == named]
    if len(found) > 1:
        raise InvalidArgument(f"{len(found)} things are named {named!r}; give the uid of one.", field="subject")
    if not found:
        raise NotFound(f"There is no {cls.KIND.replace('_', ' ')} {named!r}.", field="subject")
    return found[0]


@routes.get("/sim/faults", "What is wrong", query=shapes.ListQuery, returns=Page[shapes.FaultView])
async def faults(call: Call) -> Page[shapes.FaultView]:
    """A page of faults, injected and caused."""
    state = call.context.world.state
    return views.page(state.all(Fault), call.query.limit, call.query.cursor, lambda fault: views.fault_view(state, fault))


@routes.delete("/sim/faults/{uid}", "Clear an injected fault")
async def clear_fault(call: Call) -> None:
    """Mend what the fault broke."""
    await call.context.world.execute(components.ClearFault(fault=call.path["uid"]), call.actor)


# -- the clock -----------------------------------------------------------------------------------------------------------------


@routes.get("/sim/clock", "The simulated clock", returns=shapes.ClockView)
async def clock(call: Call) -> shapes.ClockView:
    """What time it is."""
    return _clock(call)


@routes.put("/sim/clock", "Pause, resume or speed up", body=shapes.ClockBody, returns=shapes.ClockView)
async def set_clock(call: Call) -> shapes.ClockView:
    """Change the clock's pace."""
    call.context.world.set_clock(call.actor, speed=call.body.speed, paused=call.body.paused)
    return _clock(call)


@routes.post("/sim/clock/step", "Step the clock forward", body=shapes.StepBody, returns=shapes.ClockView, status=200)
async def step_clock(call: Call) -> shapes.ClockView:
    """Move time forward; what was due meanwhile happens now."""
    call.context.world.set_clock(call.actor, step_seconds=call.body.seconds)
    return _clock(call)


def _clock(call: Call) -> shapes.ClockView:
    running = call.context.world.clock
    return shapes.ClockView(running.now(), running.wall(), running.speed, running.paused)


# -- checkpoints ---------------------------------------------------------------------------------------------------------------


@routes.get("/sim/checkpoints", "Checkpoints", returns=list[Checkpoint])
async def checkpoints(call: Call) -> list[Checkpoint]:
    """All checkpoints of this world."""
    return await call.context.checkpoints.list()


@routes.post("/sim/checkpoints", "Take a checkpoint", body=shapes.CheckpointBody, returns=Checkpoint)
async def take_checkpoint(call: Call) -> Checkpoint:
    """Keep the world as it is now."""
    return await call.context.checkpoints.take(call.body.name)


@routes.get("/sim/checkpoints/{name}", "One checkpoint", returns=Checkpoint)
async def checkpoint(call: Call) -> Checkpoint:
    """A checkpoint."""
    return await call.context.checkpoints.get(call.path["name"])


@routes.delete("/sim/checkpoints/{name}", "Delete a checkpoint")
async def remove_checkpoint(call: Call) -> None:
    """Forget a checkpoint."""
    await call.context.checkpoints.remove(call.path["name"])


@routes.post("/sim/checkpoints/{name}/restore", "Go back to a checkpoint", returns=shapes.Restored, status=200)
async def restore_checkpoint(call: Call) -> shapes.Restored:
    """Bring the whole world back; machines follow."""
    restore = partial(call.context.checkpoints.restore, call.path["name"], call.actor)
    return shapes.Restored(await call.context.conductor.observer.go_back(restore))


@routes.post("/sim/checkpoints/{name}/fork", "Fork a world", body=shapes.ForkBody, returns=shapes.Fork)
async def fork_checkpoint(call: Call) -> shapes.Fork:
    """Make a world of its own from a checkpoint; its machines are simulated."""
    target = call.context.forks / call.body.name
    await call.context.checkpoints.fork(call.path["name"], target, call.actor)
    return shapes.Fork(str(target))

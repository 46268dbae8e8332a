"""Runs the effects of operations: every running task is one asyncio task, from its journaled start to its journaled end.

A crash in between leaves a running task in the journal; ``resume`` takes it up again, and effects can be repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from dcsim.errors import DcsimError, DomainError, MachineError, MachinesUnavailable, OperationalError
from dcsim.events import Actor
from emulators.conductor import specs
from emulators.conductor.effects import EFFECTS, copied
from emulators.conductor.hands import Hands
from emulators.machines.port import MachineState
from emulators.world.commands import Effect, Operation, decode_command
from emulators.world.decisions.links import PORT_ISOLATED, PORT_REACHED
from emulators.world.decisions.networks import NETWORK_CHANGED, NETWORK_DELETED, VM_RECABLED
from emulators.world.decisions.operations import TASK_STARTED, CompleteTask, FailTask, ProgressTask, seconds_for, task_error
from emulators.world.decisions.power import ReportMachine
from emulators.world.engine import Committed
from emulators.world.model import Port, Power, Task, TaskError, TaskState, Vm

log = structlog.get_logger(__name__)
SYSTEM = Actor(principal="system", api="machines")
STEPS = 4
VISIBLE_SECONDS = 1.0
RETRY_SECONDS = 1.0
CLEARING_SECONDS = (0.0, 0.5, 2.0, 5.0, 15.0)


class Runner:
    """The effects under way."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._world = hands.world
        self._running: dict[str, asyncio.Task[None]] = {}

    def on_commit(self, committed: Committed) -> None:
        """Begin the effect of every task that has just started; plug cards whose segments came or went."""
        for record in committed.records:
            event = record.event
            if event.type == TASK_STARTED.name:
                self._begin(event.subject)
            elif event.type in {PORT_ISOLATED.name, PORT_REACHED.name}:
                port = self._world.state.maybe(Port, event.subject)
                self._replug(port.vm if port is not None else "", event.id)
            elif event.type == VM_RECABLED.name:
                self._replug(event.subject, event.id)
            elif event.type == NETWORK_CHANGED.name:
                self._hands.forget(event.subject)
            elif event.type == NETWORK_DELETED.name:
                self._track(event.id, self._clear(event.subject))

    def resume(self) -> int:
        """Take up what a crash interrupted; answers how many."""
        tasks = self._world.state.where(Task, "state", TaskState.RUNNING)
        for task in tasks:
            self._begin(task.uid, again=True)
        return len(tasks)

    async def stop(self) -> None:
        """Let go: what is under way is taken up again at the next start."""
        running = list(self._running.values())
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    def _begin(self, uid: str, *, again: bool = False) -> None:
        task = self._world.state.maybe(Task, uid)
        if task is None or task.state is not TaskState.RUNNING or task.awaits or uid in self._running:
            return  # one that awaits another has had its effect, and ends with the other
        running = asyncio.get_running_loop().create_task(self._run(task, again=again), name=f"{task.operation} {task.subject_name}")
        self._running[uid] = running
        running.add_done_callback(lambda _: self._running.pop(uid, None))

    def _replug(self, vm: str, event: str) -> None:
        found = self._world.state.maybe(Vm, vm) if vm else None
        if found is not None and found.machine:
            self._track(event, self._plug(vm))

    def _track(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside the operations."""
        running = asyncio.get_running_loop().create_task(work)
        self._running[key] = running
        running.add_done_callback(lambda _: self._running.pop(key, None))

    async def _clear(self, network: str) -> None:
        """Remove the network behind a segment that is gone; cards on it are pulled meanwhile."""
        for delay in CLEARING_SECONDS:
            await asyncio.sleep(delay)
            try:
                await self._hands.remove_network(network)
            except MachinesUnavailable:
                return
            except MachineError as error:
                log.info("the network of a deleted segment is still in use", network=network, reason=error.message)
            else:
                return

    async def _plug(self, uid: str) -> None:
        self._hands.doubts(uid)
        await self._settle_machine(uid, failed=False)

    async def _run(self, task: Task, *, again: bool) -> None:
        operation = decode_command(task.request)
        assert isinstance(operation, Operation)  # noqa: S101 - only operations become tasks
        try:
            if again:
                await self._thaw(copied(operation))
            effect = await self._effect(task, operation)
            await self._execute(CompleteTask(task=task.uid, effect=effect), task.actor)
        except DcsimError as error:
            await self._fail(task, task_error(error))
        except Exception as error:
            log.exception("operation failed", operation=task.operation, subject=task.subject)
            await self._fail(task, TaskError("MachineError", f"A general system error occurred: {type(error).__name__}."))
        await self._settle(task, operation)

    async def _effect(self, task: Task, operation: Operation) -> Effect:
        """The machine's part and the time that the operation should take, side by side."""
        pause = asyncio.create_task(self._pass_time(task, operation))
        try:
            effect = await self._act(operation)
            await pause
        finally:
            pause.cancel()
            await asyncio.gather(pause, return_exceptions=True)
        return effect

    async def _thaw(self, uid: str) -> None:
        if uid:
            async with self._hands.turns.of(uid):
                await self._hands.thaw(self._hands.vm(uid))

    async def _act(self, operation: Operation) -> Effect:
        function = EFFECTS.get(type(operation))
        if function is None:
            return Effect()
        uid: str = getattr(operation, "vm", "")
        await self._hands.quiet(uid)
        async with self._hands.turns.of(uid):
            return await function(self._hands, operation)

    async def _pass_time(self, task: Task, operation: Operation) -> None:
        seconds = seconds_for(self._world.state, self._world.seed, task.uid, operation)
        if seconds < VISIBLE_SECONDS:
            await self._world.clock.sleep(seconds)
            return
        for step in range(1, STEPS + 1):
            await self._world.clock.sleep(seconds / STEPS)
            if step < STEPS:
                await self._execute(ProgressTask(task=task.uid, progress=100 * step // STEPS), task.actor)

    async def _fail(self, task: Task, error: TaskError) -> None:
        await self._execute(FailTask(task=task.uid, error=error), task.actor)

    async def _execute(self, command: CompleteTask | FailTask | ProgressTask, actor: Actor) -> None:
        """Record how a task goes on; while the journal cannot be written (disk full), try again."""
        while True:
            try:
                await self._world.execute(command, actor)
            except DomainError as error:  # cancelled meanwhile: it has its end
                log.info("task ended otherwise", task=command.task, reason=error.message)
            except OperationalError as error:
                log.warning("task waits for the journal", task=command.task, reason=error.message)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            return

    async def _settle(self, task: Task, operation: Operation) -> None:
        """Bring the machine in line with what the world made of the task."""
        uid: str = getattr(operation, "vm", "")
        after = self._world.state.maybe(Task, task.uid)
        if uid:
            await self._settle_machine(uid, failed=after is not None and after.state is TaskState.ERROR)

    async def _settle_machine(self, uid: str, *, failed: bool) -> None:
        if self._world.state.count(Task, "lock", uid):
            return  # the next operation on it, which has begun, settles it too
        try:
            async with self._hands.turns.of(uid):
                await self._bring_in_line(uid, failed=failed)
        except DcsimError as error:
            log.warning("machine not in line", vm=uid, reason=error.message)

    async def _bring_in_line(self, uid: str, *, failed: bool) -> None:
        vm = self._world.state.maybe(Vm, uid)
        if vm is None or (not vm.machine and vm.power is Power.OFF):
            if failed:  # what it began to make
                await self._hands.delete(uid)
        elif vm.power is Power.ON and vm.machine:
            if failed:
                self._hands.doubts(uid)
            if await self._hands.sync(vm):
                await self._report(vm)
        elif failed and vm.power is Power.OFF and await self._hands.known(vm):
            await self._hands.machines.kill(uid)

    async def _report(self, vm: Vm) -> None:
        """Tell the world which addresses the machine has with its new hardware."""
        observed = await self._hands.machines.inspect(vm.uid)
        effect = specs.effect_of(observed, vm)
        if observed.state is MachineState.RUNNING and effect.addresses != vm.guest.addresses:
            await self._world.execute(ReportMachine(vm=vm.uid, power=Power.ON, effect=effect), SYSTEM)

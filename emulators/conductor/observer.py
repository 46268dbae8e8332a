"""Believes the backend: what happens to machines behind dc-sim's back becomes an event with its cause.

Law 7 of the world: power, addresses and guest facts are the machine's; a change made outside is noticed and shown, not hidden.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import TypeVar

import structlog

from dcsim.errors import DcsimError, MachineError, MachinesUnavailable, OperationalError
from dcsim.events import Actor
from emulators.conductor import specs
from emulators.conductor.hands import IN_USE, Hands
from emulators.machines.port import MachineEvent, MachineEventKind, MachineState, Observed
from emulators.world.commands import Effect, decode_command
from emulators.world.decisions.hosts import HOST_FAILED, VM_LOST
from emulators.world.decisions.machines import AdoptSimulated
from emulators.world.decisions.operations import TASK_COMPLETED, TASK_FAILED
from emulators.world.decisions.power import ReportMachine
from emulators.world.engine import Committed
from emulators.world.model import Hypervisor, Power, Task, TaskState, Vm

T = TypeVar("T")
log = structlog.get_logger(__name__)
OUTSIDE = Actor(principal="outside", api="machines")
SYSTEM = Actor(principal="system", api="machines")
RECONNECT_SECONDS = 1.0
CHUNK = 500
IN_FLIGHT = 8
YIELD_EVERY = 25
PARKED = "parked"
"""The journal's note that machines were stopped with dc-sim and are to run again."""
WENT_BACK = "went_back"
"""The journal's note that the world goes back to a checkpoint, and machines are to follow."""
TELLING = frozenset(
    {
        MachineEventKind.DIED,
        MachineEventKind.STARTED,
        MachineEventKind.PAUSED,
        MachineEventKind.RESUMED,
        MachineEventKind.DELETED,
    }
)


class Observer:
    """Compares machines with the world: at the start, after the backend was away, and on every event."""

    name = "observer of machines"

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._world = hands.world
        self._looks: dict[str, asyncio.Task[None]] = {}
        self._doubtful: set[str] = set()
        self.reconciled = asyncio.Event()

    def on_commit(self, committed: Committed) -> None:
        """What ran on a host that goes down stops at once; what an operation excused is looked at when it is over."""
        for record in committed.records:
            event = record.event
            if event.type == HOST_FAILED.name:
                for vm in self._world.state.where(Vm, "host", event.subject):
                    if vm.power is Power.ON:
                        self._hands.cut_off(vm.uid)
            elif event.type == VM_LOST.name:
                self._hands.cut_off(event.subject)
            elif event.type in {TASK_COMPLETED.name, TASK_FAILED.name}:
                task = self._world.state.maybe(Task, event.subject)
                if task is not None and task.subject in self._doubtful:
                    self._doubtful.discard(task.subject)
                    self._look_at(task.subject)

    async def run(self) -> None:
        """Reconcile while following the backend's events; start over whenever the stream breaks."""
        while True:
            following = asyncio.create_task(self._follow(self._world.clock.wall()))
            try:
                await self.reconcile()
                self.reconciled.set()
                await following
            except MachineError as error:
                log.warning("machine backend is away", reason=error.message)
            except DcsimError as error:
                log.warning("what machines report could not be recorded", reason=error.message)
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
            self._hands.forget_all()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def stop(self) -> None:
        """Look no more."""
        looks = list(self._looks.values())
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)

    async def _follow(self, since: datetime) -> None:
        async for event in self._hands.machines.events(since=since):
            self._on_event(event)

    def _on_event(self, event: MachineEvent) -> None:
        if event.outside and event.kind in TELLING:
            if event.kind is MachineEventKind.DELETED:
                self._hands.forget(event.id)
            self._look_at(event.id)

    # -- one machine -----------------------------------------------------------------------------------------------------------

    def _look_at(self, uid: str) -> None:
        """See what a machine is, and believe it; looks at one machine follow one another."""
        before = self._looks.get(uid)
        look = asyncio.get_running_loop().create_task(self._look(uid, before))
        self._looks[uid] = look
        look.add_done_callback(lambda done: self._looks.pop(uid) if self._looks.get(uid) is done else None)

    async def _look(self, uid: str, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await self._see(uid)
        except OperationalError as error:
            log.warning("what a machine does could not be recorded", vm=uid, reason=error.message)
            await asyncio.sleep(RECONNECT_SECONDS)
            self._look_at(uid)
        except DcsimError as error:
            log.warning("a machine could not be looked at", vm=uid, reason=error.message)

    async def _see(self, uid: str) -> None:
        if self._excused(uid):
            return
        async with self._hands.turns.of(uid):
            vm = self._world.state.maybe(Vm, uid)
            if vm is None or self._excused(uid):
                return
            if vm.machine:
                found = await self._hands.machines.inspect(uid)
                await self._believe(vm, found)
                if found.state is MachineState.RUNNING:
                    await self._sync(uid)
            elif vm.power is Power.ON:
                await self._run_container(vm)
            else:  # left by an operation that did not come to its end
                await self._hands.delete(uid)

    def _excused(self, uid: str) -> bool:
        """Whether an operation accounts for what the machine does: then it is looked at when that is over.

        One that only copies its disks holds no lock on it, and freezes it all the same.
        """
        state = self._world.state
        if not state.count(Task, "lock", uid) and all(task.state is not TaskState.RUNNING for task in state.where(Task, "subject", uid)):
            return False
        self._doubtful.add(uid)
        return True

    def _host_is_down(self, vm: Vm) -> bool:
        host = self._world.state.maybe(Hypervisor, vm.host)
        return host is not None and not host.running

    async def _believe(self, vm: Vm, observed: Observed, actor: Actor = OUTSIDE, reason: str = "") -> None:
        """Let the world have the machine's state as it is; templates do not run, and nothing does on a host that is down."""
        if vm.template or self._host_is_down(vm):
            if observed.state in IN_USE:
                self._hands.cut_off(vm.uid)
            return
        power = specs.POWER_OF[observed.state]
        effect = specs.effect_of(observed, vm) if power is Power.ON else Effect()
        known = vm.guest.addresses, vm.guest.started
        if power is vm.power and (power is not Power.ON or (effect.addresses, effect.started) == known):
            return
        report = ReportMachine(vm=vm.uid, power=power, effect=effect, reason=reason or _what_happened(observed))
        await self._world.execute(report, actor)

    # -- all of them -----------------------------------------------------------------------------------------------------------

    async def reconcile(self) -> None:
        """Machines as the world has them, and the world as machines are; orphans go, what should run and never did is made."""
        if self._world.journal.meta(WENT_BACK) == "1":
            await self.enforce()
            return
        parked = self._world.journal.meta(PARKED) == "1"
        machines = {one.id: one for one in await self._hands.machines.list(self._world.world_id)}
        await _each(self._pairs(machines), lambda pair: self._adopt(*pair, parked=parked))
        await self._remove(machines.values())
        await self._materialise()
        if parked:
            self._world.journal.set_meta(PARKED, "0")

    async def go_back(self, restore: Callable[[], Awaitable[int]]) -> int:
        """Let the world go back to a checkpoint by ``restore``, and machines with it, when the backend is there again if it is away now.

        Answers what ``restore`` does.  That machines have to follow is noted first, for a crash must not let them have their way.
        """
        self._world.journal.set_meta(WENT_BACK, "1")
        try:
            sequence = await restore()
        except DcsimError:
            self._world.journal.set_meta(WENT_BACK, "0")
            raise
        try:
            await self.enforce()
        except DcsimError as error:
            log.warning("machines do not follow the world yet", reason=error.message)
        return sequence

    async def enforce(self) -> None:
        """Make machines what the world says: the world wins."""
        self._hands.forget_all()
        machines = {one.id: one for one in await self._hands.machines.list(self._world.world_id)}
        pairs = self._pairs(machines)
        await self._remove(machines.values())  # first, for they may have addresses that others get back
        for running in (False, True):
            await _each([pair for pair in pairs if (pair[0].power is Power.ON) is running], lambda pair: self._put(*pair))
        await self._materialise()
        for note in (PARKED, WENT_BACK):
            self._world.journal.set_meta(note, "0")

    def _pairs(self, machines: dict[str, Observed]) -> list[tuple[Vm, Observed | None]]:
        """Each VM that has or should have a container, with its machine; what is left in ``machines`` then is nobody's."""
        pairs = [(vm, machines.pop(vm.uid, None)) for vm in self._world.state.all(Vm)]
        return [(vm, found) for vm, found in pairs if vm.machine == "docker" or (found is not None and found.backend == "docker")]

    async def park(self) -> None:
        """Stop all containers; the world still has them running, and the next start runs them again."""
        running = [vm for vm in self._world.state.all(Vm) if vm.machine == "docker" and vm.power is not Power.OFF]
        self._world.journal.set_meta(PARKED, "1")  # before: what is stopped when dc-sim is killed now was stopped by us
        await _each(running, self._stop)

    async def _stop(self, vm: Vm) -> None:
        try:
            await self._hands.machines.kill(vm.uid)
        except MachinesUnavailable:
            raise
        except MachineError as error:
            log.warning("a machine was not stopped", vm=vm.name, reason=error.message)

    async def _adopt(self, vm: Vm, found: Observed | None, *, parked: bool) -> None:
        if self._excused(vm.uid):
            return
        async with self._hands.turns.of(vm.uid):
            now = self._world.state.maybe(Vm, vm.uid)
            if now is None or self._excused(vm.uid):
                return
            vm = now
            if not vm.machine:
                if vm.power is not Power.ON:  # left by an operation that did not come to its end
                    await self._hands.delete(vm.uid)
                return
            if found is None:
                self._hands.forget(vm.uid)
                found = await self._hands.adopt(vm)
            elif specs.POWER_OF[found.state] is not vm.power:  # what was listed may have been an operation's doing
                found = await self._hands.machines.inspect(vm.uid)
            stopped = parked and vm.power is not Power.OFF and found.state not in IN_USE and not self._host_is_down(vm)
            if stopped:
                await self._run_again(vm)
            else:
                await self._believe(vm, found)
            if found.state is MachineState.RUNNING:
                await self._sync(vm.uid)

    async def _sync(self, uid: str) -> None:
        vm = self._world.state.maybe(Vm, uid)
        try:
            if vm is not None and vm.power is Power.ON:
                await self._hands.sync(vm)
        except MachinesUnavailable:
            raise
        except MachineError as error:
            log.warning("a machine's hardware is not in line", vm=vm.name if vm else uid, reason=error.message)

    async def _put(self, vm: Vm, found: Observed | None) -> None:
        """Make one machine what the world says."""
        async with self._hands.turns.of(vm.uid):
            now = self._world.state.maybe(Vm, vm.uid)
            if now is None or self._excused(vm.uid):
                return
            vm = now
            if not vm.machine or self._host_is_down(vm):
                await self._hands.delete(vm.uid)
            elif vm.power is Power.OFF:
                await self._stop(vm)
            elif found is None or found.state is not specs.STATE_OF[vm.power]:
                await self._run_again(vm)
            else:
                await self._sync(vm.uid)

    async def _run_again(self, vm: Vm) -> None:
        """Run what dc-sim itself stopped; what was suspended is suspended again, though its memory is gone."""
        try:
            await self._hands.start(vm)
            if vm.power is Power.SUSPENDED:
                await self._hands.machines.pause(vm.uid)
            found = await self._hands.machines.inspect(vm.uid)
        except MachinesUnavailable:
            raise
        except MachineError as error:
            log.warning("a machine does not run again", vm=vm.name, reason=error.message)
            await self._world.execute(ReportMachine(vm=vm.uid, power=Power.OFF, reason=error.message), SYSTEM)
            return
        await self._believe(vm, found, SYSTEM, "the container was started again with dc-sim")

    async def _remove(self, machines: Iterable[Observed]) -> None:
        """Remove machines of VMs that are no more, but not those that operations are making."""
        tasks = self._world.state.where(Task, "state", TaskState.RUNNING)
        making = {getattr(decode_command(task.request), "vm", "") for task in tasks}
        for orphan in machines:
            if orphan.id not in making and self._world.state.maybe(Vm, orphan.id) is None:
                log.info("removing an orphaned machine", machine=orphan.handle or orphan.id)
                await self._hands.delete(orphan.id)

    async def _materialise(self) -> None:
        """Give machines to VMs that the inventory says are on: simulated ones at once, containers some at a time."""
        waiting: list[Vm] = []
        simulated: list[str] = []
        without = [vm for vm in self._world.state.all(Vm) if vm.power is Power.ON and not vm.machine and not self._host_is_down(vm)]
        for place, vm in enumerate(without):
            if place % YIELD_EVERY == 0:
                await asyncio.sleep(0)
            observed = await self._hands.adopt(vm)
            if observed.state is MachineState.RUNNING and observed.backend == "simulated":
                simulated.append(vm.uid)
            else:
                waiting.append(vm)
            if len(simulated) == CHUNK:
                await self._world.execute(AdoptSimulated(vms=tuple(simulated)), SYSTEM)
                simulated = []
        if simulated:
            await self._world.execute(AdoptSimulated(vms=tuple(simulated)), SYSTEM)
        await _each(waiting, lambda vm: self._see(vm.uid))

    async def _run_container(self, vm: Vm) -> None:
        """Give a VM that is on the container that it never had."""
        try:
            effect = await self._hands.start(vm)
        except MachinesUnavailable:
            raise
        except MachineError as error:
            log.warning("VM has no container", vm=vm.name, reason=error.message)
            await self._world.execute(ReportMachine(vm=vm.uid, power=Power.OFF, reason=error.message), SYSTEM)
            return
        if self._world.state.maybe(Vm, vm.uid) is not None:
            await self._world.execute(ReportMachine(vm=vm.uid, power=Power.ON, effect=effect), SYSTEM)


def _what_happened(observed: Observed) -> str:
    if observed.state is MachineState.ABSENT:
        return "the container was removed outside dc-sim"
    code = f" (exit code {observed.exit_code})" if observed.exit_code is not None and observed.state not in IN_USE else ""
    return f"the container was changed outside dc-sim{code}"


async def _each(things: Iterable[T], action: Callable[[T], Awaitable[None]]) -> None:
    """Act on all, some at a time; when some raise, the first error is raised after the others have ended."""
    limit = asyncio.Semaphore(IN_FLIGHT)

    async def one(thing: T) -> None:
        async with limit:
            await action(thing)

    outcomes = await asyncio.gather(*map(one, things), return_exceptions=True)
    for outcome in outcomes:
        if outcome is not None:
            raise outcome

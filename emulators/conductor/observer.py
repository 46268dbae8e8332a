"""Believes the backend: what happens to machines behind dc-sim's back becomes an event with its cause.

Law 7 of the world: power, addresses and guest facts are the machine's; a change made outside is noticed and shown, not hidden.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from dcsim.errors import DcsimError, MachineError
from dcsim.events import Actor
from emulators.conductor import specs
from emulators.conductor.effects import Hands
from emulators.machines.port import MachineEvent, MachineEventKind, MachineState, Observed
from emulators.world.commands import Effect
from emulators.world.decisions.hosts import HOST_FAILED
from emulators.world.decisions.machines import AdoptSimulated
from emulators.world.decisions.power import ReportMachine
from emulators.world.engine import Committed
from emulators.world.model import Hypervisor, Power, Task, Vm

log = structlog.get_logger(__name__)
OUTSIDE = Actor(principal="outside", api="machines")
SYSTEM = Actor(principal="system", api="machines")
RECONNECT_SECONDS = 1.0
CHUNK = 500
IN_FLIGHT = 8


class Observer:
    """Compares machines with the world: at the start, after the backend was away, and on every event."""

    name = "observer of machines"

    def __init__(self, hands: Hands, *, parked: bool = False) -> None:
        self._parked = parked
        self._hands = hands
        self._world = hands.world
        self._jobs: set[asyncio.Task[None]] = set()
        self.reconciled = asyncio.Event()

    def on_commit(self, committed: Committed) -> None:
        """When a host goes down, what ran on it stops at once."""
        for record in committed.records:
            if record.event.type == HOST_FAILED.name:
                job = asyncio.get_running_loop().create_task(self._stop_all_on(record.event.subject))
                self._jobs.add(job)
                job.add_done_callback(self._jobs.discard)

    async def _stop_all_on(self, host: str) -> None:
        async def kill(vm: Vm) -> None:
            try:
                if await self._hands.known(vm):
                    await self._hands.machines.kill(vm.uid)
            except MachineError as error:
                log.warning("machine of a dead host still runs", vm=vm.name, reason=error.message)

        await asyncio.gather(*(kill(vm) for vm in self._world.state.where(Vm, "host", host) if vm.power is Power.ON))

    async def run(self) -> None:
        """Reconcile, then follow the backend's events; start over whenever the stream breaks."""
        while True:
            events = self._hands.machines.events(since=self._world.clock.wall())
            try:
                await self.reconcile()
                self.reconciled.set()
                async for event in events:
                    await self._on_event(event)
            except MachineError as error:
                log.warning("machine backend is away", reason=error.message)
            except DcsimError as error:
                log.warning("what machines report could not be recorded", reason=error.message)
            self._hands.forget_all()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _on_event(self, event: MachineEvent) -> None:
        interesting = {MachineEventKind.DIED, MachineEventKind.STARTED, MachineEventKind.PAUSED, MachineEventKind.RESUMED}
        if not event.outside or event.kind not in {*interesting, MachineEventKind.DELETED}:
            return
        vm = self._world.state.maybe(Vm, event.id)
        if vm is None or not vm.machine or self._excused(vm):
            return
        if event.kind is MachineEventKind.DELETED:
            self._hands.forget(vm.uid)
        await self._believe(vm, await self._hands.machines.inspect(vm.uid))

    def _excused(self, vm: Vm) -> bool:
        """Whether an operation, or the host's failure, accounts for what the machine does."""
        host = self._world.state.maybe(Hypervisor, vm.host)
        return self._world.state.one(Task, "lock", vm.uid) is not None or (host is not None and not host.running)

    async def _believe(self, vm: Vm, observed: Observed) -> None:
        power = specs.POWER_OF[observed.state]
        effect = specs.effect_of(observed, vm) if power is Power.ON else Effect()
        if power is vm.power and (power is not Power.ON or effect.addresses == vm.guest.addresses):
            return
        reason = "the container was changed outside dc-sim" + (
            f" (exit code {observed.exit_code})" if observed.exit_code is not None and power is Power.OFF else ""
        )
        await self._world.execute(ReportMachine(vm=vm.uid, power=power, effect=effect, reason=reason), OUTSIDE)

    # -- the whole of it -------------------------------------------------------------------------------------------------------

    async def reconcile(self) -> None:
        """Machines as the world has them, and the world as machines are; orphans go, what should run and never did is made."""
        machines = {one.id: one for one in await self._hands.machines.list(self._world.world_id)}
        limit = asyncio.Semaphore(IN_FLIGHT)

        async def adopt(vm: Vm, found: Observed | None) -> None:
            async with limit:
                await self._adopt(vm, found)

        vms = [(vm, machines.pop(vm.uid, None)) for vm in self._world.state.all(Vm)]
        await asyncio.gather(*(adopt(vm, found) for vm, found in vms if vm.machine == "docker" and not self._excused(vm)))
        self._parked = False
        await self._remove(machines.values())
        await self._materialise(
            [vm for vm in self._world.state.all(Vm) if vm.power is Power.ON and not vm.machine and not self._excused(vm)]
        )

    async def park(self) -> None:
        """Stop all containers; the world still has them running, and the next start runs them again."""
        limit = asyncio.Semaphore(IN_FLIGHT)

        async def kill(vm: Vm) -> None:
            async with limit:
                await self._hands.machines.kill(vm.uid)

        running = [vm for vm in self._world.state.all(Vm) if vm.machine == "docker" and vm.power is not Power.OFF]
        await asyncio.gather(*(kill(vm) for vm in running))

    async def _adopt(self, vm: Vm, found: Observed | None) -> None:
        if found is None:
            self._hands.forget(vm.uid)
            found = Observed(id=vm.uid, state=MachineState.ABSENT)
        if self._parked and vm.power is not Power.OFF and found.state is not MachineState.RUNNING:
            found = await self._unpark(vm)
        await self._believe(vm, found)
        if found.state is MachineState.RUNNING:
            await self._hands.sync(self._hands.vm(vm.uid))

    async def enforce(self) -> None:
        """Make machines what the world says, after it went back to a checkpoint: the world wins."""
        self._hands.forget_all()
        machines = {one.id: one for one in await self._hands.machines.list(self._world.world_id)}
        limit = asyncio.Semaphore(IN_FLIGHT)

        async def put(vm: Vm, found: Observed | None) -> None:
            async with limit:
                if vm.power is Power.OFF and found is not None:
                    await self._hands.machines.kill(vm.uid)
                elif vm.power is not Power.OFF and (found is None or found.state is not specs.STATE_OF[vm.power]):
                    await self._unpark(vm)

        vms = [(vm, machines.pop(vm.uid, None)) for vm in self._world.state.all(Vm)]
        await asyncio.gather(*(put(vm, found) for vm, found in vms if vm.machine == "docker"))
        await self._remove(machines.values())

    async def _unpark(self, vm: Vm) -> Observed:
        """Run again what was stopped with dc-sim; what was suspended is suspended again, though its memory is gone."""
        await self._hands.start(vm)
        if vm.power is Power.SUSPENDED:
            await self._hands.machines.pause(vm.uid)
        return await self._hands.machines.inspect(vm.uid)

    async def _remove(self, orphans: Iterable[Observed]) -> None:
        for orphan in orphans:
            log.info("removing an orphaned machine", machine=orphan.handle or orphan.id)
            await self._hands.machines.delete(orphan.id)

    async def _materialise(self, vms: list[Vm]) -> None:
        """Give machines to VMs that the inventory says are on: simulated ones at once, containers some at a time."""
        waiting: list[Vm] = []
        simulated: list[str] = []
        for vm in vms:
            observed = await self._hands.adopt(vm)
            if observed.state is MachineState.ABSENT:
                waiting.append(vm)
            else:
                simulated.append(vm.uid)
            if len(simulated) == CHUNK:
                await self._world.execute(AdoptSimulated(vms=tuple(simulated)), SYSTEM)
                simulated = []
        if simulated:
            await self._world.execute(AdoptSimulated(vms=tuple(simulated)), SYSTEM)
        limit = asyncio.Semaphore(IN_FLIGHT)
        await asyncio.gather(*(self._run_container(vm, limit) for vm in waiting))

    async def _run_container(self, vm: Vm, limit: asyncio.Semaphore) -> None:
        async with limit:
            current = self._world.state.maybe(Vm, vm.uid)
            if current is None or current.power is not Power.ON or current.machine or self._excused(current):
                return
            try:
                effect = await self._hands.start(current)
            except MachineError as error:
                log.warning("VM has no container", vm=vm.name, reason=error.message)
                await self._world.execute(ReportMachine(vm=vm.uid, power=Power.OFF, reason=error.message), SYSTEM)
                return
            if self._world.state.maybe(Vm, vm.uid) is not None:
                await self._world.execute(ReportMachine(vm=vm.uid, power=Power.ON, effect=effect), SYSTEM)

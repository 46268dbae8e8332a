"""A conducted world, and machines that outlive it as containers do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from dcsim.clock import SimulatedClock
from dcsim.errors import MachineError, MachinesUnavailable
from emulators.conductor import Conductor
from emulators.machines.port import MachineEvent, MachineEventKind, MachineSpec, MachineState, Observed
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.world.commands import Command, Operation
from emulators.world.model import Task, TaskState
from tests.unit.world.lab import ACTOR, Lab

T = TypeVar("T")
SECONDS = 5.0


class Containers(SimulatedMachines):
    """Simulated machines that behave as containers: they are there after a restart, and what they are is read, never remembered.

    ``calls`` is what was asked, in order; ``broken`` names calls that fail; ``held`` calls that wait, before or after they took effect.
    """

    def __init__(self, backend: str = "docker") -> None:
        super().__init__(SimulatedClock(), seed=7)
        self.backend = backend
        self.calls: list[tuple[str, str]] = []
        self.broken: dict[str, Exception] = {}
        self.held: dict[str, tuple[str, asyncio.Event]] = {}
        self.reached = asyncio.Event()

    async def _ask(self, name: str, subject: str, ask: Callable[[], Any]) -> Any:
        self.calls.append((name, subject))
        if name in self.broken:
            raise self.broken[name]
        when, released = self.held.get(name, ("", None))
        if when == "before" and released is not None:
            self.reached.set()
            await released.wait()
        answer = await ask()
        if when == "after" and released is not None:
            self.reached.set()
            await released.wait()
        return msgspec.structs.replace(answer, backend=self.backend) if isinstance(answer, Observed) else answer

    def hold(self, name: str, when: str = "before") -> None:
        """Let calls of that name wait from now on."""
        self.held[name] = (when, asyncio.Event())
        self.reached = asyncio.Event()

    def release(self) -> None:
        """Let them go on."""
        for _, released in self.held.values():
            released.set()
        self.held.clear()

    def count(self, name: str) -> int:
        """How often a call was made."""
        return sum(called == name for called, _ in self.calls)

    async def create(self, spec: MachineSpec) -> Observed:
        return await self._ask("create", spec.id, lambda: super(Containers, self).create(spec))

    async def adopt(self, spec: MachineSpec, state: MachineState) -> Observed:
        return await self.inspect(spec.id)

    async def start(self, machine_id: str) -> Observed:
        return await self._ask("start", machine_id, lambda: super(Containers, self).start(machine_id))

    async def stop(self, machine_id: str, grace_seconds: float = 10.0) -> None:
        await self._ask("stop", machine_id, lambda: super(Containers, self).stop(machine_id, grace_seconds))

    async def kill(self, machine_id: str) -> None:
        await self._ask("kill", machine_id, lambda: super(Containers, self).kill(machine_id))

    async def pause(self, machine_id: str) -> None:
        await self._ask("pause", machine_id, lambda: super(Containers, self).pause(machine_id))

    async def resume(self, machine_id: str) -> None:
        await self._ask("resume", machine_id, lambda: super(Containers, self).resume(machine_id))

    async def reset(self, machine_id: str) -> Observed:
        return await self._ask("reset", machine_id, lambda: super(Containers, self).reset(machine_id))

    async def delete(self, machine_id: str) -> None:
        await self._ask("delete", machine_id, lambda: super(Containers, self).delete(machine_id))

    async def resize(self, machine_id: str, cpus: int, memory_bytes: int) -> None:
        await self._ask("resize", machine_id, lambda: super(Containers, self).resize(machine_id, cpus, memory_bytes))

    async def snapshot(self, machine_id: str, snapshot_id: str, *, disks: bool = True) -> str:
        return await self._ask("snapshot", machine_id, lambda: super(Containers, self).snapshot(machine_id, snapshot_id, disks=disks))

    async def revert(self, ref: str, spec: MachineSpec) -> Observed:
        return await self._ask("revert", spec.id, lambda: super(Containers, self).revert(ref, spec))

    async def delete_snapshot(self, ref: str) -> None:
        await self._ask("delete_snapshot", ref, lambda: super(Containers, self).delete_snapshot(ref))

    async def clone(self, source_id: str, spec: MachineSpec) -> Observed:
        return await self._ask("clone", spec.id, lambda: super(Containers, self).clone(source_id, spec))

    async def list(self, world: str) -> list[Observed]:
        found: list[Observed] = await self._ask("list", world, lambda: super(Containers, self).list(world))
        return [msgspec.structs.replace(one, backend=self.backend) for one in found]

    async def inspect(self, machine_id: str) -> Observed:
        return msgspec.structs.replace(await super().inspect(machine_id), backend=self.backend)

    async def events(self, since: datetime | None = None) -> AsyncIterator[MachineEvent]:
        async for event in super().events(since):
            if not event.id:
                raise MachinesUnavailable("The stream has ended.")
            yield event

    def break_stream(self) -> None:
        """What the engine's restart does."""
        self._tell("", MachineEventKind.DIED)

    def remove_by_hand(self, machine_id: str) -> None:
        """What ``docker rm -f`` does."""
        self._release(self._machines.pop(machine_id))
        self._tell(machine_id, MachineEventKind.DELETED, outside=True)

    def start_by_hand(self, machine_id: str) -> None:
        """What ``docker start`` does."""
        self._get(machine_id).begin(self._clock.now())
        self._tell(machine_id, MachineEventKind.STARTED, outside=True)

    def state_of(self, machine_id: str) -> MachineState:
        """What a machine does now."""
        machine = self._machines.get(machine_id)
        return machine.state if machine else MachineState.ABSENT


class Stage:
    """A lab with a conductor; the observer and the timekeeper run once it is opened."""

    def __init__(self, folder: Path, machines: Containers, *, timing: str = "instant") -> None:
        self.lab = Lab(folder, timing=timing)
        self.machines = machines
        self.conductor = Conductor(self.lab.world, machines)
        self._workers: list[asyncio.Task[None]] = []

    async def open(self, *, observe: bool = True) -> Stage:
        """As the service starts it; answers when machines and world agree."""
        self.conductor.start()
        if observe:
            works = (self.conductor.observer.run(), self.conductor.timekeeper.run())
            self._workers = [asyncio.create_task(work) for work in works]
            async with asyncio.timeout(SECONDS):
                await self.conductor.observer.reconciled.wait()
        return self

    async def close(self) -> None:
        """As the service stops it, but for parking."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self.conductor.stop()
        await self.conductor.close()
        self.lab.world.close()

    async def restarted(self) -> Stage:
        """Another process with the same journal and the same containers."""
        await self.close()
        self.machines.release()
        return await Stage(self.lab.path.parent, self.machines).open()

    async def execute(self, command: Command) -> Any:
        """Ask as a client does."""
        return (await self.lab.world.execute(command, ACTOR)).result

    async def run(self, operation: Operation) -> Task:
        """Ask, and wait until all is quiet."""
        uid = await self.execute(operation)
        await self.quiet()
        return self.lab.state.get(Task, uid)

    async def done(self, operation: Operation) -> None:
        """Ask, wait, and expect success."""
        task = await self.run(operation)
        assert task.state is TaskState.SUCCESS, task.error

    async def quiet(self) -> None:
        """Wait until no operation is under way."""
        async with asyncio.timeout(SECONDS):
            await self.conductor.runner.idle()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(SECONDS):
            while not condition():
                await asyncio.sleep(0.005)

    def machine(self, name: str = "web") -> MachineState:
        """What a VM's machine does."""
        return self.machines.state_of(self.lab.vm(name).uid)


BROKEN = MachineError("The engine is on fire; put it out.")

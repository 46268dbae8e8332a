"""The port in memory: states, addresses, timings and counters as a function of the seed and the injected clock.

An idle machine is one small object: no task, no timer. An operation sleeps for its stages on the clock and then takes effect whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from dcsim.clock import Clock
from dcsim.errors import MachineError, MachineNotFound
from emulators.machines.port import (
    BackendInfo,
    CardFilter,
    DiskSpec,
    ExecResult,
    MachineEvent,
    MachineSpec,
    NetworkSpec,
    NicSpec,
    Observed,
    Stats,
    VolumeSpec,
)
from emulators.machines.port import MachineEventKind as Kind
from emulators.machines.port import MachineState as State
from emulators.machines.routing import Road, RouterSpec
from emulators.machines.simulated.addresses import Segment
from emulators.machines.simulated.disks import Disks
from emulators.machines.simulated.feed import Feed
from emulators.machines.simulated.load import load_of, stats_at
from emulators.machines.simulated.machine import BACKEND, SimulatedMachine
from emulators.machines.simulated.stages import Timing, boot_log, seconds
from emulators.machines.turns import Turns

KILLED, TERMINATED = 137, 143


class SimulatedMachines:
    """Machines that run nothing; see :class:`emulators.machines.port.Machines` for every method.

    ``timing`` says how long operations take (``instant``: no time at all); ``seed`` fixes every duration, address and counter.
    """

    def __init__(self, clock: Clock, *, seed: int | str, timing: Timing = Timing.INSTANT) -> None:
        self._clock = clock
        self._seed = seed
        self._timing = timing
        self._machines: dict[str, SimulatedMachine] = {}
        self._segments: dict[str, Segment] = {}
        self._routers: dict[str, RouterSpec] = {}
        self._disks = Disks()
        self._feed = Feed()
        self._turns = Turns()

    async def probe(self) -> BackendInfo:
        """Always answers."""
        return BackendInfo(kind=BACKEND, version="1", note=f"{self._timing} timing; no programs run in these machines")

    async def close(self) -> None:
        """Nothing to let go of."""

    async def ensure_network(self, spec: NetworkSpec) -> None:
        """Keep the segment's addresses; ranges may overlap here, since no host is involved."""
        known = self._segments.get(spec.id)
        if known is not None and known.spec.cidr != spec.cidr and not spec.tenant:
            raise MachineError(f"The segment {spec.name} exists with the range {known.spec.cidr}; remove it before giving it {spec.cidr}.")
        if known is None or (known.spec != spec and spec.tenant):
            self._segments[spec.id] = Segment(spec)

    async def remove_network(self, network_id: str) -> None:
        """Forget a segment that no machine is on."""
        segment = self._segments.get(network_id)
        if segment is not None and segment.machines:
            raise MachineError(f"The segment {segment.spec.name} still has {len(segment.machines)} machines; disconnect them first.")
        self._segments.pop(network_id, None)

    async def filter(self, machine_id: str, cards: tuple[CardFilter, ...]) -> bool:
        """No packet flows, so none passes that should not."""
        machine = self._get(machine_id)
        if machine.state is not State.RUNNING:
            raise MachineError(f"The machine {machine_id} does not run, so its packets can't be filtered; start it first.")
        return True

    async def ensure_router(self, spec: RouterSpec) -> bool:
        """Keep it; no packet flows. Raises MachineError when a network of it is not there."""
        if missing := {card.network for card in spec.cards} - self._segments.keys():
            raise MachineError(f"The segment {min(missing)} of the router {spec.name} does not exist; ensure the network first.")
        self._routers[spec.id] = spec
        return True

    async def retain_routers(self, ids: frozenset[str]) -> None:
        """Forget the others."""
        self._routers = {uid: spec for uid, spec in self._routers.items() if uid in ids}

    async def set_roads(self, machine_id: str, roads: tuple[Road, ...]) -> bool:
        """No packet flows by them."""
        self._get(machine_id).require("given routes", State.RUNNING)
        return True

    async def listen(self, machine_id: str, address: str, port: int) -> None:
        """There is nobody inside who could ask."""
        self._get(machine_id).require("listened in", State.RUNNING)

    async def show(self, machine_id: str, path: str, data: bytes) -> bool:
        """There is nobody inside who could look."""
        self._get(machine_id).require("shown anything", State.RUNNING)
        return False

    async def count_uptime(self, machine_id: str) -> bool:
        """There is nobody inside who could look."""
        self._get(machine_id).require("counted", State.RUNNING)
        return False

    async def ensure_volume(self, spec: VolumeSpec) -> None:
        """A place for files."""
        self._disks.ensure(spec)

    async def remove_volume(self, volume_id: str) -> None:
        """Forget the volume's files."""
        if any(disk.volume == volume_id for machine in self._machines.values() for disk in machine.spec.disks):
            raise MachineError(f"The volume {volume_id} is a disk of a machine; delete the machine first.")
        self._disks.remove(volume_id)

    async def copy_volume(self, source_id: str, target: VolumeSpec) -> None:
        """Copy the files."""
        self._disks.fill(source_id, target)

    async def create(self, spec: MachineSpec) -> Observed:
        """A machine in memory."""
        async with self._operation(spec.id, "create"):
            if spec.id not in self._machines:
                self._add(spec)
                self._tell(spec.id, Kind.CREATED)
            return self._machines[spec.id].observed()

    async def adopt(self, spec: MachineSpec, state: State) -> Observed:
        """Put the machine in the state that the world remembers; a running one counts its time from now."""
        if state is State.ABSENT:
            return Observed(id=spec.id, state=State.ABSENT, world=spec.world, backend=BACKEND)
        machine = self._machines.get(spec.id) or self._add(spec)
        if machine.state is not state:
            now = self._clock.now()
            if state is not State.CREATED:
                machine.begin(now)
            if state is State.PAUSED:
                machine.freeze(now)
            if state is State.STOPPED:
                machine.end(0)
        return machine.observed()

    async def start(self, machine_id: str) -> Observed:
        """Run, or go on when paused."""
        if self._get(machine_id).state is State.PAUSED:
            await self.resume(machine_id)
        async with self._operation(machine_id, "start", unless=State.RUNNING):
            machine = self._get(machine_id)
            if machine.state is not State.RUNNING:
                machine.begin(self._clock.now())
                self._tell(machine_id, Kind.STARTED)
            return machine.observed()

    async def stop(self, machine_id: str, grace_seconds: float = 10.0) -> None:
        """End the run as the guest's own shutdown would, within the grace."""
        if seconds(self._seed, machine_id, "stop", self._timing) > grace_seconds:
            await self.kill(machine_id)
            return
        await self._end(machine_id, "stop", 0)

    async def kill(self, machine_id: str) -> None:
        """End the run as a power cut would."""
        await self._end(machine_id, "kill", KILLED)

    async def pause(self, machine_id: str) -> None:
        """Freeze time for the machine."""
        async with self._operation(machine_id, "pause", unless=State.PAUSED):
            machine = self._get(machine_id)
            machine.require("paused", State.RUNNING, State.PAUSED)
            if machine.state is State.RUNNING:
                machine.freeze(self._clock.now())
                self._tell(machine_id, Kind.PAUSED)

    async def resume(self, machine_id: str) -> None:
        """Let time go on."""
        async with self._operation(machine_id, "resume", unless=State.RUNNING):
            machine = self._get(machine_id)
            machine.require("resumed", State.PAUSED, State.RUNNING)
            if machine.state is State.PAUSED:
                machine.thaw(self._clock.now())
                self._tell(machine_id, Kind.RESUMED)

    async def reset(self, machine_id: str) -> Observed:
        """A power cut, then a start."""
        self._get(machine_id).require("reset", State.RUNNING, State.PAUSED)
        await self.kill(machine_id)
        return await self.start(machine_id)

    async def delete(self, machine_id: str) -> None:
        """Forget the machine."""
        if machine_id not in self._machines:
            return
        async with self._operation(machine_id, "delete"):
            machine = self._machines.pop(machine_id, None)
            if machine is not None:
                self._release(machine)
                self._tell(machine_id, Kind.DELETED)

    async def resize(self, machine_id: str, cpus: int, memory_bytes: int) -> None:
        """Change what the machine is said to have."""
        async with self._operation(machine_id, "resize"):
            machine = self._get(machine_id)
            machine.cpus, machine.memory_bytes = cpus, memory_bytes
            self._tell(machine_id, Kind.RESIZED)

    async def connect(self, machine_id: str, nic: NicSpec) -> None:
        """Add a card with an address."""
        async with self._operation(machine_id, "connect"):
            machine = self._get(machine_id)
            if not any(card.network == nic.network for card in machine.nics):
                machine.nics += (self._address(machine_id, nic),)

    async def disconnect(self, machine_id: str, network_id: str) -> None:
        """Drop the card and its address."""
        async with self._operation(machine_id, "disconnect"):
            machine = self._get(machine_id)
            machine.nics = tuple(card for card in machine.nics if card.network != network_id)
            if network_id in self._segments:
                self._segments[network_id].release(machine_id)

    async def set_disks(self, machine_id: str, disks: tuple[DiskSpec, ...]) -> bool:
        """Its files are these volumes' from now on."""
        machine = self._get(machine_id)
        machine.require("given disks", State.RUNNING, State.PAUSED)
        machine.spec = msgspec.structs.replace(machine.spec, disks=disks)
        return True

    async def snapshot(self, machine_id: str, snapshot_id: str, *, disks: bool = True) -> str:
        """Copy the files."""
        async with self._operation(machine_id, "snapshot"):
            ref = f"simulated:{machine_id}:{snapshot_id}"
            self._disks.keep(ref, self._get(machine_id), disks=disks)
            return ref

    async def revert(self, ref: str, spec: MachineSpec) -> Observed:
        """Make the machine anew with the copied files."""
        async with self._operation(spec.id, "revert"):
            snapshot = self._disks.kept(ref)
            machine = self._replace(spec)
            self._disks.put_back(snapshot, machine)
            return machine.observed()

    async def delete_snapshot(self, ref: str) -> None:
        """Forget the copied files."""
        async with self._operation(ref, "delete_snapshot"):
            self._disks.forget(ref)

    async def clone(self, source_id: str, spec: MachineSpec) -> Observed:
        """A machine with copies of the source's files."""
        async with self._operation(spec.id, "clone"):
            source = self._get(source_id)
            copied = self._disks.copy(source)
            machine = self._machines.get(spec.id) or self._add(spec)
            self._disks.put_copies(source.spec, copied, machine)
            self._tell(spec.id, Kind.CREATED)
            return machine.observed()

    async def exec(
        self, machine_id: str, argv: tuple[str, ...], *, timeout_seconds: float = 60.0, user: str = "", stdin: bytes = b""
    ) -> ExecResult:
        """Nothing can run here. Raises MachineError, always."""
        self._get(machine_id)
        raise MachineError(
            f"Simulated machines run no programs, so {argv[0]} can't run in {machine_id}; give it a container (see `containers`)."
        )

    async def put_file(self, machine_id: str, path: str, data: bytes, mode: int = 0o644) -> None:
        """Keep the bytes."""
        self._disks.write(self._get(machine_id), path, data)

    async def get_file(self, machine_id: str, path: str) -> bytes:
        """The bytes that were put there."""
        return self._disks.read(self._get(machine_id), path)

    async def logs(self, machine_id: str, tail: int = 100) -> str:
        """What a guest's console would show by now."""
        machine = self._get(machine_id)
        if machine.started_at is None:
            return ""
        lines = boot_log(self._seed, machine_id, self._timing, machine.ran_seconds(self._clock.now()))
        return "".join(f"{line}\n" for line in lines[-tail:])

    async def stats(self, machine_id: str) -> Stats:
        """Counters of the machine's seeded load."""
        machine = self._get(machine_id)
        machine.require("asked for counters", State.RUNNING, State.PAUSED)
        now = self._clock.now()
        return stats_at(
            load_of(self._seed, machine_id),
            now=now,
            ran_seconds=machine.ran_seconds(now),
            cpus=machine.cpus,
            memory_bytes=machine.memory_bytes,
        )

    def events(self, since: datetime | None = None) -> AsyncIterator[MachineEvent]:
        """What happens to these machines."""
        return self._feed.follow(since)

    async def list(self, world: str) -> list[Observed]:
        """The machines of a world."""
        return [machine.observed() for machine in self._machines.values() if machine.spec.world == world]

    async def inspect(self, machine_id: str) -> Observed:
        """The machine as it is."""
        machine = self._machines.get(machine_id)
        return machine.observed() if machine else Observed(id=machine_id, state=State.ABSENT, backend=BACKEND)

    def crash(self, machine_id: str, exit_code: int = KILLED, *, oom: bool = False) -> None:
        """End a run as something outside would (what ``docker kill`` is to a container): the event says so."""
        machine = self._get(machine_id)
        machine.require("crashed", State.RUNNING, State.PAUSED)
        machine.end(exit_code)
        machine.oom_killed = oom
        if oom:
            self._tell(machine_id, Kind.OOM, outside=True)
        self._tell(machine_id, Kind.DIED, exit_code, outside=True)

    @asynccontextmanager
    async def _operation(self, subject: str, operation: str, *, unless: State | None = None) -> AsyncIterator[None]:
        """One operation at a time on a subject: wait for its stages (not when it already is in the state asked for), then take effect."""
        async with self._turns.of(subject):
            machine = self._machines.get(subject)
            length = seconds(self._seed, subject, operation, self._timing)
            if length and not (machine and machine.state is unless):
                await self._clock.sleep(length)
            yield

    async def _end(self, machine_id: str, operation: str, exit_code: int) -> None:
        async with self._operation(machine_id, operation, unless=State.STOPPED):
            machine = self._get(machine_id)
            if machine.state in {State.RUNNING, State.PAUSED}:
                machine.end(exit_code)
                self._tell(machine_id, Kind.DIED, exit_code)

    def _get(self, machine_id: str) -> SimulatedMachine:
        machine = self._machines.get(machine_id)
        if machine is None:
            raise MachineNotFound(f"There is no simulated machine {machine_id}; create it again.")
        return machine

    def _add(self, spec: MachineSpec) -> SimulatedMachine:
        nics = tuple(self._address(spec.id, nic) for nic in spec.nics)
        machine = self._machines[spec.id] = SimulatedMachine(spec, nics)
        return machine

    def _replace(self, spec: MachineSpec) -> SimulatedMachine:
        old = self._machines.pop(spec.id, None)
        if old is not None:
            self._release(old)
        return self._add(spec)

    def _release(self, machine: SimulatedMachine) -> None:
        for nic in machine.nics:
            if nic.network in self._segments:
                self._segments[nic.network].release(machine.spec.id)

    def _address(self, machine_id: str, nic: NicSpec) -> NicSpec:
        """The card with the address that it has."""
        segment = self._segments.get(nic.network)
        if segment is None:
            raise MachineError(f"The segment {nic.network} is not known; ensure the network before its machines.")
        return msgspec.structs.replace(nic, ip=segment.take(machine_id, nic.ip))

    def _tell(self, machine_id: str, kind: Kind, exit_code: int | None = None, *, outside: bool = False) -> None:
        event = MachineEvent(id=machine_id, kind=kind, time=self._clock.now(), exit_code=exit_code, outside=outside)
        self._feed.publish(event, self._clock.wall())

"""One simulated machine: its state and its disks."""

from __future__ import annotations

from datetime import datetime

from dcsim.errors import MachineError
from emulators.machines.port import MachineSpec, MachineState, NicSpec, Observed, ObservedNic

BACKEND = "simulated"

Files = dict[str, bytes]


class SimulatedMachine:
    """State of one machine; ``nics`` have their addresses, ``ran`` counts seconds of earlier stretches of this run (it may be paused)."""

    __slots__ = ("cpus", "exit_code", "files", "memory_bytes", "nics", "oom_killed", "ran", "running_since", "spec", "started_at", "state")

    def __init__(self, spec: MachineSpec, nics: tuple[NicSpec, ...]) -> None:
        self.spec = spec
        self.nics = nics
        self.cpus = spec.cpus
        self.memory_bytes = spec.memory_bytes
        self.state = MachineState.CREATED
        self.files: Files | None = None  # most machines never get one
        self.started_at: datetime | None = None
        self.running_since: datetime | None = None
        self.ran = 0.0
        self.exit_code: int | None = None
        self.oom_killed = False

    def begin(self, now: datetime) -> None:
        """A new run."""
        self.state, self.started_at, self.running_since, self.ran = MachineState.RUNNING, now, now, 0.0
        self.exit_code, self.oom_killed = None, False

    def end(self, exit_code: int) -> None:
        """The run is over."""
        self.state, self.running_since, self.exit_code = MachineState.STOPPED, None, exit_code

    def freeze(self, now: datetime) -> None:
        """Count no more time."""
        self.ran = self.ran_seconds(now)
        self.state, self.running_since = MachineState.PAUSED, None

    def thaw(self, now: datetime) -> None:
        """Count time again."""
        self.state, self.running_since = MachineState.RUNNING, now

    def ran_seconds(self, now: datetime) -> float:
        """How long this run has lasted, without pauses."""
        return self.ran + ((now - self.running_since).total_seconds() if self.running_since else 0.0)

    def require(self, verb: str, *states: MachineState) -> None:
        """Raise MachineError unless the machine is in one of the states."""
        if self.state not in states:
            raise MachineError(f"The machine {self.spec.id} is {self.state}, so it can't be {verb}.")

    def observed(self) -> Observed:
        """The machine in the port's words."""
        spec = self.spec
        return Observed(
            id=spec.id,
            state=self.state,
            world=spec.world,
            name=spec.name,
            image=spec.image,
            nics=tuple(ObservedNic(network=nic.network, mac=nic.mac, ip=nic.ip) for nic in self.nics),
            started_at=self.started_at,
            exit_code=self.exit_code,
            oom_killed=self.oom_killed,
            cpus=self.cpus,
            memory_bytes=self.memory_bytes,
            labels=spec.labels,
            backend=BACKEND,
        )

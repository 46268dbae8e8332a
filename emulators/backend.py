"""Which machine backend the settings ask for, made ready."""

from __future__ import annotations

from pathlib import Path

import msgspec

from dcsim.clock import Clock
from dcsim.errors import MachinesUnavailable
from dcsim.settings import Machines as MachineSettings
from emulators.machines.docker.backend import DockerMachines
from emulators.machines.engine import SIMULATED, Engine, find_engine
from emulators.machines.mixed import MixedMachines
from emulators.machines.policy import parse_policy
from emulators.machines.port import Machines
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.machines.simulated.stages import Timing


class Backend(msgspec.Struct, frozen=True):
    """The backend, the Docker engine behind it if there is one, and a sentence for the person who started it."""

    machines: Machines
    engine: Engine | None
    note: str


async def make_backend(settings: MachineSettings, data_dir: Path, clock: Clock, *, world: str, seed: int, timing: str) -> Backend:
    """Docker with simulated machines beside it, or simulated ones alone.

    Raises MachinesUnavailable when Docker was asked for and none answers, SettingsError when it is unclear which VMs get containers.
    """
    policy = parse_policy(str(settings.containers))  # before an engine starts that a mistake would leave running
    simulated = SimulatedMachines(clock, seed=seed, timing=Timing(timing))
    if settings.backend == "simulated":
        return Backend(simulated, None, "VMs are simulated, as the settings ask: every API works, but no programs run in them.")
    search = await find_engine(data_dir, docker_host=settings.docker_host or "", start_private=settings.own_engine == "auto")
    if search.engine is None:
        if settings.backend == "docker":
            reason = search.note.removesuffix(SIMULATED).strip()
            raise MachinesUnavailable(f"{reason} Start an engine, or choose `--machines auto`, which simulates machines without one.")
        return Backend(simulated, None, search.note)
    docker = DockerMachines(search.engine.docker_host, world=world, max_in_flight=settings.max_in_flight)
    return Backend(MixedMachines(containers=docker, simulated=simulated, policy=policy, world=world), search.engine, search.note)

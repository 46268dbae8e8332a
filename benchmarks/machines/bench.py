"""What the machine benchmarks share: an engine of their own, and a world on it."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from emulators.machines.docker.backend import DockerMachines
from emulators.machines.engine import PrivateEngine
from emulators.machines.images.names import TINY
from emulators.machines.port import MachineSpec, NetworkSpec, NicSpec

WORLD = "world-benchmark"
SUBNET = "10.249.0"
NETWORK = NetworkSpec(id="net-bench", name="bench", cidr=f"{SUBNET}.0/24", world=WORLD)
MEMORY_BYTES = 64 << 20
SETTLE_SECONDS = 0.5


class Bench:
    """One run: ``machines`` on ``docker_host``, and how often to repeat."""

    def __init__(self, machines: DockerMachines, docker_host: str, repetitions: int) -> None:
        self.machines = machines
        self.docker_host = docker_host
        self.repetitions = repetitions
        self._environment = {**os.environ, "DOCKER_HOST": docker_host}

    async def shell(self, script: str) -> str:
        """Run a shell script against the same engine and answer what it printed."""
        process = await asyncio.create_subprocess_exec(
            "bash", "-ec", script, env=self._environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, errors = await process.communicate()
        if process.returncode:
            sys.exit(f"{script}: {errors.decode()}")
        return output.decode()

    async def network_name(self) -> str:
        """The Docker name of the benchmark's network."""
        return (await self.shell(f"docker network ls --format {{{{.Name}}}} --filter label=dcsim.network={NETWORK.id}")).strip()


def machine(number: int) -> MachineSpec:
    """A tiny machine with a fixed MAC and address."""
    nic = NicSpec(network=NETWORK.id, mac=f"00:50:56:99:00:{number:02x}", ip=f"{SUBNET}.{number + 2}")
    return MachineSpec(
        id=f"vm-bench-{number}", name=f"bench-{number}", image=TINY, cpus=1, memory_bytes=MEMORY_BYTES, world=WORLD, nics=(nic,)
    )


def main(measure: Callable[[Bench], Awaitable[None]], description: str) -> None:
    """Parse the command line, provide an engine, measure."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--docker-host", help="an engine to measure on; by default a private one")
    arguments = parser.parse_args()
    asyncio.run(_run(measure, arguments.docker_host, arguments.repetitions))


async def _run(measure: Callable[[Bench], Awaitable[None]], docker_host: str | None, repetitions: int) -> None:
    if docker_host:
        await _measure(measure, docker_host, repetitions, shared=True)
        return
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as folder:
        private = PrivateEngine(Path(folder))
        await private.start()
        try:
            await _measure(measure, private.host, repetitions, shared=False)
        finally:
            await private.engine.stop()


async def _measure(measure: Callable[[Bench], Awaitable[None]], docker_host: str, repetitions: int, *, shared: bool) -> None:
    """Measure, and leave a shared engine as it was; a private one ends with everything in it."""
    machines = DockerMachines(docker_host, world=WORLD)
    try:
        await machines.ensure_network(NETWORK)
        await machines.create(machine(0))  # makes the guest image when it is missing
        await machines.delete(machine(0).id)
        await measure(Bench(machines, docker_host, repetitions))
    finally:
        try:
            if shared:
                await _clean(machines)
        finally:
            await machines.close()


async def _clean(machines: DockerMachines) -> None:
    for left in await machines.list(WORLD):
        await machines.delete(left.id)
    await machines.remove_network(NETWORK.id)

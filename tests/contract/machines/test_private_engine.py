"""The private engine: it outlives a killed dc-sim, is found again, and ends when it is asked to."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emulators.machines import engine, leftovers
from emulators.machines.docker.backend import DockerMachines
from emulators.machines.engine import PrivateEngine, find_engine, read_pid
from emulators.machines.images.names import TINY
from emulators.machines.port import MachineSpec, MachineState
from tests.contract.machines.harness import Site

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="dockerd is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a private Docker engine"),
]

SPEC = MachineSpec(id="vm-survivor", name="survivor", image=TINY, cpus=1, memory_bytes=32 << 20, world="w")
FIRST_LIFE = """
import asyncio, os, signal, sys
from pathlib import Path
from emulators.machines import engine
from emulators.machines.docker.backend import DockerMachines
from tests.contract.machines.test_private_engine import SPEC

async def main():
    search = await engine.find_engine(Path(sys.argv[1]), environ={}, default_socket=Path("/nowhere"))
    assert search.started, search.note
    machines = DockerMachines(search.engine.docker_host, world="w")
    await machines.create(SPEC)
    await machines.start(SPEC.id)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_containers_outlive_a_killed_process(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    died = subprocess.run([sys.executable, "-c", FIRST_LIFE, str(tmp_path)], env=environment, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    search = await find_engine(tmp_path, environ={}, default_socket=tmp_path / "none.sock")
    assert search.engine is not None
    try:
        assert (search.started, search.engine.owned) == (False, True)
        assert "left running" in search.note
        machines = DockerMachines(search.engine.docker_host, world="w")
        assert (await machines.adopt(SPEC, MachineState.RUNNING)).state == MachineState.RUNNING
        await machines.close()
    finally:
        await search.engine.stop()
    assert read_pid(PrivateEngine(tmp_path).pidfile) is None
    await search.engine.stop()
    assert not PrivateEngine(tmp_path).runtime.exists()


async def test_an_engine_whose_start_is_given_up_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while dc-sim starts leaves nothing running."""
    private = PrivateEngine(tmp_path)
    spawned: list[int] = []
    spawn = engine.spawn

    def noted(command: list[str], log: Path) -> int:
        spawned.append(spawn(command, log))
        return spawned[-1]

    monkeypatch.setattr(engine, "spawn", noted)
    starting = asyncio.create_task(find_engine(tmp_path, environ={}, default_socket=tmp_path / "none.sock"))
    async with asyncio.timeout(10):
        while not spawned:
            await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not engine.alive(spawned[0])
    assert not private.runtime.exists()


async def test_an_engine_that_was_killed_starts_again_with_its_containers(tmp_path: Path) -> None:
    private = PrivateEngine(tmp_path)
    await private.start()
    try:
        machines = DockerMachines(private.host, world="w")
        await machines.create(SPEC)
        await machines.start(SPEC.id)
        pid = read_pid(private.pidfile)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        while engine.alive(pid):
            pass
        search = await find_engine(tmp_path, environ={}, default_socket=tmp_path / "none.sock")
        assert search.started, search.note
        assert (await machines.start(SPEC.id)).state == MachineState.RUNNING
        await machines.close()
    finally:
        await private.engine.stop()
    assert engine.left_mounted(tmp_path, private.runtime) == []


async def test_a_stopped_engine_leaves_no_routes_nor_rules_and_finds_its_networks_again(tmp_path: Path) -> None:
    private = PrivateEngine(tmp_path)
    site = Site("w", 60)
    spec = site.machine(nics=(site.nic(),))
    for life in range(2):
        await private.start()
        try:
            machines = DockerMachines(private.host, world="w")
            await machines.ensure_network(site.network())
            bridges = await engine.bridges_of(private.host)
            assert len(bridges) == 1
            assert all((leftovers.INTERFACES / name).exists() for name in bridges)
            assert (await machines.create(spec)).state == (MachineState.STOPPED if life else MachineState.CREATED)
            assert (await machines.start(spec.id)).nics[0].ip == spec.nics[0].ip
            await machines.close()
        finally:
            await private.engine.stop()
        assert not any((leftovers.INTERFACES / name).exists() for name in bridges)
        rules = subprocess.run(["iptables-save"], capture_output=True, check=True, text=True).stdout
        assert not [line for line in rules.splitlines() if any(name in line for name in bridges)]

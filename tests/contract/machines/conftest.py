"""The implementations of the machines port, each as a rig that the contract runs against."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

import pytest

from emulators.machines.engine import PrivateEngine
from tests.contract.machines.harness import DockerRig, Rig, SimulatedRig, Site


@pytest.fixture(scope="session")
def docker_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private engine for this run; DCSIM_TEST_DOCKER_HOST names another."""
    given = os.environ.get("DCSIM_TEST_DOCKER_HOST")
    if given:
        yield given
        return
    if shutil.which("dockerd") is None:
        pytest.skip("dockerd is not installed")
    if os.geteuid() != 0:
        pytest.skip("only root can start a private Docker engine")
    private = PrivateEngine(tmp_path_factory.mktemp("engine"))
    asyncio.run(private.start())
    try:
        yield private.host
    finally:
        asyncio.run(private.engine.stop())


@pytest.fixture
async def docker_rig(docker_host: str) -> AsyncIterator[DockerRig]:
    """Machines on the private engine."""
    rig = DockerRig(docker_host)
    try:
        yield rig
    finally:
        await rig.close()


@pytest.fixture(params=["simulated", pytest.param("docker", marks=pytest.mark.docker)])
def new_rig(request: pytest.FixtureRequest) -> Callable[[], Rig]:
    """Every implementation in turn; not a coroutine, since starting an engine runs a loop of its own."""
    if request.param == "simulated":
        return SimulatedRig
    return partial(DockerRig, request.getfixturevalue("docker_host"))


@pytest.fixture
async def rig(new_rig: Callable[[], Rig]) -> AsyncIterator[Rig]:
    """One implementation, with nothing in it."""
    made = new_rig()
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def site(rig: Rig) -> Site:
    """A network and a volume that exist."""
    site = Site.of(rig)
    await rig.machines.ensure_network(site.network())
    await rig.machines.ensure_volume(site.volume())
    return site

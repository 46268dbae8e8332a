"""The datacenters that clients are tried on: one with simulated machines, one with containers, each started once a run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.harness import Datacenter

SIMULATED = ("--machines", "simulated", "--seed", "7")
CONTAINERS = ("--machines", "docker", "--seed", "7", "--hosts", "4", "--vms", "6")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datacenter]:
    """The small preset without containers.  Tests that change it put it right again, or change what they made themselves."""
    yield from _running(Datacenter(tmp_path_factory.mktemp("simulated"), *SIMULATED))


@pytest.fixture(scope="session")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datacenter]:
    """Two ESXi hosts whose VMs are containers."""
    require_docker()
    yield from _running(Datacenter(tmp_path_factory.mktemp("containers"), *CONTAINERS))


@pytest.fixture
def own_containers(tmp_path: Path) -> Iterator[Datacenter]:
    """The same, for one test that kills it."""
    require_docker()
    yield from _running(Datacenter(tmp_path, *CONTAINERS))


def require_docker() -> None:
    """Skip where neither an engine runs nor a private one can be started."""
    if Path("/var/run/docker.sock").exists():
        return
    if shutil.which("dockerd") is None:
        pytest.skip("dockerd is not installed")
    if os.geteuid() != 0:
        pytest.skip("only root can start a private Docker engine")


def _running(datacenter: Datacenter) -> Iterator[Datacenter]:
    try:
        datacenter.start()
        yield datacenter
    finally:
        datacenter.clear_away()

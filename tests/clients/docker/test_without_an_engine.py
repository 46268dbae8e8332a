"""A machine without Docker: dc-sim says so, and every API works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyVmomi import vim

from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import all_of, connected, finish


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Datacenter]:
    """A datacenter that may start no engine of its own, on a machine where none runs."""
    if Path("/var/run/docker.sock").exists():
        pytest.skip("a Docker engine runs here")
    datacenter = Datacenter(tmp_path, DCSIM_MACHINES__OWN_ENGINE="never")
    try:
        datacenter.start()
        yield datacenter
    finally:
        datacenter.clear_away()


def test_it_says_so_and_simulates(bare: Datacenter) -> None:
    assert "VMs are simulated" in bare.log
    health = json.loads(bare.dcsim("status", "--json"))["services"][0]["checks"]
    assert [check["detail"] for check in health if check["name"] == "machines"] == ["simulated 1"]
    assert "DOCKER_HOST" not in bare.env
    with connected(bare) as service:
        vm = next(vm for vm in all_of(service, vim.VirtualMachine) if vm.runtime.powerState == "poweredOn")
        finish(vm.PowerOff())
        finish(vm.PowerOn())
        assert vm.guest.ipAddress


def test_asked_for_containers_it_says_what_is_missing(tmp_path: Path) -> None:
    datacenter = Datacenter(tmp_path, "--machines", "docker", "--docker-host", "unix:///nowhere/docker.sock")
    with pytest.raises(AssertionError, match=r"/nowhere/docker\.sock"):
        datacenter.start()

"""What a server's guest is told, and what it tells: user data, the metadata service, the console, an end that nobody asked for."""

from __future__ import annotations

from pathlib import Path
from time import sleep
from typing import Any

import pytest

from tests.clients.harness import Datacenter, wait_until
from tests.clients.openstack.environment import OpenStack

pytestmark = [pytest.mark.slow, pytest.mark.docker, pytest.mark.timeout(300)]
NAME = "told-server"


def container(openstack: OpenStack) -> str:
    """The name of the server's container."""
    found = openstack.datacenter.docker("ps", "--all", "--format", "{{.Names}}", "--filter", f"name={NAME}").split()
    assert len(found) == 1, found
    return found[0]


def shown(openstack: OpenStack) -> dict[str, Any]:
    found: dict[str, Any] = openstack.json("server", "show", NAME)
    return found


def test_a_guest_runs_its_user_data_and_reads_its_metadata(contained: OpenStack, tmp_path: Path) -> None:
    script = tmp_path / "user-data"
    script.write_text("#!/bin/sh\necho user data ran on $(hostname)\n")
    wanted = ("--image", "cirros-0.6.3-x86_64-disk", "--flavor", "m1.nano", "--network", "shared", "--property", "role=db")
    contained("server", "create", NAME, *wanted, "--user-data", str(script), "--wait")
    try:
        _told(contained)
        _killed(contained)
    finally:
        contained("server", "delete", NAME, "--wait")


def _told(openstack: OpenStack) -> None:
    wait_until(lambda: f"user data ran on {NAME}" in openstack("console", "log", "show", NAME), "the user data runs")
    guest, service = container(openstack), "http://169.254.169.254"
    read = openstack.datacenter.docker("exec", guest, "wget", "-qO-", f"{service}/openstack/latest/meta_data.json")
    assert shown(openstack)["id"] in read
    assert '"role":"db"' in read
    assert openstack.datacenter.docker("exec", guest, "wget", "-qO-", f"{service}/latest/meta-data/local-hostname").startswith(NAME)
    assert openstack.datacenter.docker("exec", guest, "grep", "-c", "^processor", "/proc/cpuinfo") == "1"


def _killed(openstack: OpenStack) -> None:
    openstack.datacenter.docker("kill", container(openstack))
    wait_until(lambda: shown(openstack)["status"] == "SHUTOFF", "Nova sees that the server is off", 10)
    openstack("server", "start", NAME)
    wait_until(lambda: shown(openstack)["status"] == "ACTIVE", "the server runs again", 10)


@pytest.mark.long
def test_a_guest_that_went_on_without_dc_sim_is_told_of_itself_again(own_containers: Datacenter, tmp_path: Path) -> None:
    wanted = ("--image", "cirros-0.6.3-x86_64-disk", "--flavor", "m1.nano", "--network", "shared")
    with OpenStack.open(own_containers, tmp_path) as cloud:
        cloud("server", "create", NAME, *wanted, "--wait")
        server, run = shown(cloud)["id"], _run_of(cloud)
        wait_until(lambda: server in _metadata(cloud), "the guest reads its metadata")
    own_containers.kill()
    assert not _metadata(cloud), "the metadata lives in dc-sim"
    own_containers.start()
    with OpenStack.open(own_containers, tmp_path) as again:
        _told_again(again, server)
        assert _run_of(again) == run, "the same container, never started again"


def _told_again(openstack: OpenStack, server: str) -> None:
    wait_until(lambda: server in _metadata(openstack), "the guest reads its metadata again")
    wait_until(lambda: _uptime_goes_on(openstack), "the guest's uptime goes on")
    mounts = openstack.datacenter.docker("exec", container(openstack), "cat", "/proc/mounts")
    assert [line.split()[1] for line in mounts.splitlines()].count("/proc/cpuinfo") == 1
    assert openstack("console", "log", "show", NAME)


def _run_of(openstack: OpenStack) -> str:
    return openstack.datacenter.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", container(openstack))


def _metadata(openstack: OpenStack) -> str:
    """What the guest reads of itself; empty when nobody answers."""
    command = "wget -qO- http://169.254.169.254/openstack/latest/meta_data.json 2>/dev/null; true"
    return openstack.datacenter.docker("exec", container(openstack), "sh", "-c", command)


def _uptime_goes_on(openstack: OpenStack) -> bool:
    def uptime() -> float:
        return float(openstack.datacenter.docker("exec", container(openstack), "cat", "/proc/uptime").split()[0])

    before = uptime()
    sleep(1.2)
    return 1 <= uptime() - before <= 5

"""What a server's guest is told, and what it tells: user data, the metadata service, the console, an end that nobody asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clients.harness import wait_until
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

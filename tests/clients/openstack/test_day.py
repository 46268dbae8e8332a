"""A day at the openstack command, from a network to a resized server with a volume, and everything away again."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.harness import DEADLINE, wait_until
from tests.clients.openstack.environment import OpenStack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SSH = (
    *("ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"),
    *("-o", "LogLevel=ERROR"),
)


class Day:
    """What one person makes; each step needs those before it."""

    def __init__(self, openstack: OpenStack, folder: Path) -> None:
        self.run = openstack
        self.folder = folder
        self.address = ""

    def network(self) -> None:
        """A network with a way out."""
        self.run("network", "create", "day-net")
        self.run("subnet", "create", "day-subnet", "--network", "day-net", "--subnet-range", "10.66.0.0/24")
        self.run("router", "create", "day-router", "--external-gateway", "public")
        self.run("router", "add", "subnet", "day-router", "day-subnet")
        self.run("security", "group", "create", "day-ssh")
        self.run("security", "group", "rule", "create", "day-ssh", "--protocol", "tcp", "--dst-port", "22")

    def key(self) -> None:
        """A key that the cloud makes."""
        self.run("keypair", "create", "day-key", "--private-key", str(self.folder / "key"))
        (self.folder / "key").chmod(0o600)

    def server(self) -> dict[str, Any]:
        """A server that is up, and its floating IP."""
        image = "cirros-0.6.3-x86_64-disk"
        wanted = ("--image", image, "--flavor", "m1.tiny", "--network", "day-net", "--key-name", "day-key", "--security-group", "day-ssh")
        self.run("server", "create", "day-server", *wanted, "--wait")
        self.address = self.run.json("floating", "ip", "create", "public")["floating_ip_address"]
        self.run("server", "add", "floating", "ip", "day-server", self.address)
        shown: dict[str, Any] = self.run.json("server", "show", "day-server")
        return shown

    def volume(self) -> list[dict[str, Any]]:
        """A volume in the server, with a snapshot."""
        self.run("volume", "create", "day-volume", "--size", "1")
        self.available("volume", "show", "day-volume")
        self.run("volume", "snapshot", "create", "day-snapshot", "--volume", "day-volume")
        wait_until(
            lambda: self.run.json("volume", "snapshot", "show", "day-snapshot")["status"] == "available", "the snapshot is there", 30
        )
        self.run("server", "add", "volume", "day-server", "day-volume")
        attached: list[dict[str, Any]] = self.run.json("volume", "show", "day-volume")["attachments"]
        return attached

    def available(self, *show: str) -> None:
        """Wait until what the command shows is available."""
        wait_until(lambda: self.run.json(*show)["status"] == "available", f"{show[-1]} is available", 30)

    def resized(self) -> str:
        """The name of the flavor after a resize."""
        self.run("server", "resize", "day-server", "--flavor", "m1.small", "--wait")
        self.run("server", "resize", "confirm", "day-server")
        wait_until(lambda: self.run.json("server", "show", "day-server")["status"] == "ACTIVE", "the server is active again", 30)
        flavor = self.run.json("server", "show", "day-server")["flavor"]
        return str(flavor.get("original_name", flavor) if isinstance(flavor, dict) else flavor)

    def away(self) -> None:
        """Everything that was made, gone."""
        self.run("server", "remove", "volume", "day-server", "day-volume")
        self.run("server", "delete", "day-server", "--wait")
        self.run("floating", "ip", "delete", self.address)
        self.run("volume", "snapshot", "delete", "day-snapshot")
        wait_until(lambda: not self.run.json("volume", "snapshot", "list"), "the snapshot is gone", 30)
        self.run("volume", "delete", "day-volume")
        self.run("image", "delete", "day-image")
        self.run("keypair", "delete", "day-key")
        self.run("router", "remove", "subnet", "day-router", "day-subnet")
        self.run("router", "delete", "day-router")
        self.run("network", "delete", "day-net")
        self.run("security", "group", "delete", "day-ssh")

    def guest(self, command: str) -> str:
        """What a command says in the server, over ssh with the key; empty while it can't be reached."""
        done = subprocess.run(
            [*SSH, "-i", str(self.folder / "key"), f"root@{self.address}", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        return done.stdout.strip() if done.returncode == 0 else ""


def test_a_day_on_simulated_machines(openstack: OpenStack, tmp_path: Path) -> None:
    _live(Day(openstack, tmp_path))


@pytest.mark.docker
def test_a_day_on_containers(contained: OpenStack, tmp_path: Path) -> None:
    day = Day(contained, tmp_path)
    day.network()
    day.key()
    server = day.server()
    assert server["id"] in day.run.datacenter.docker("ps", "--no-trunc", "--format", "{{.Labels}}")
    name = wait_until(lambda: day.guest("hostname"), "ssh with the injected key", 30)
    assert name == "day-server"
    assert day.guest("ip -4 addr show dev eth0").count("inet 10.66.0.") == 1
    _use(day)
    assert day.guest("hostname") == "day-server", "a resized server has kept its address and its key"
    day.away()
    assert server["id"] not in day.run.datacenter.docker("ps", "--all", "--no-trunc", "--format", "{{.Labels}}")


def _live(day: Day) -> None:
    day.network()
    day.key()
    server = day.server()
    assert server["status"] == "ACTIVE"
    assert day.address in str(server["addresses"])
    _use(day)
    day.away()
    assert "day-server" not in [row["Name"] for row in day.run.json("server", "list")]


def _use(day: Day) -> None:
    (attachment,) = day.volume()
    assert attachment["device"] == "/dev/vdb"
    day.run("server", "image", "create", "day-server", "--name", "day-image", "--wait")
    assert day.resized() == "m1.small"
    assert day.run("console", "log", "show", "day-server")

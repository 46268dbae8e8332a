"""Volumes of servers that run: what is written in one guest is there for the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.harness import wait_until
from tests.clients.openstack.environment import OpenStack

pytestmark = [pytest.mark.slow, pytest.mark.docker, pytest.mark.long, pytest.mark.timeout(300)]
NAMES = ("disk-one", "disk-two")
WANTED = ("--flavor", "m1.nano", "--network", "shared", "--wait")
IMAGE = ("--image", "cirros-0.6.3-x86_64-disk")


@pytest.fixture(scope="module")
def servers(contained: OpenStack) -> Iterator[tuple[str, str]]:
    """Two servers that run; their names."""
    for name in NAMES:
        contained("server", "create", name, *IMAGE, *WANTED)
    try:
        yield NAMES
    finally:
        contained("server", "delete", *NAMES, "--wait")


def guest(cloud: OpenStack, server: str, script: str) -> str:
    """What a script prints in a server's container."""
    found = cloud.datacenter.docker("ps", "--format", "{{.Names}}", "--filter", f"name={server}").split()
    assert len(found) == 1, found
    return cloud.datacenter.docker("exec", found[0], "sh", "-c", script)


def folder(cloud: OpenStack, server: str) -> str:
    """Where the server has its only volume; empty while it has none."""
    return guest(cloud, server, "lsblk | awk '$1 == \"vdb\" { print $7 }'")


def attached(cloud: OpenStack, server: str, volume: str) -> str:
    """Attach a volume to a server that has none; answers its folder."""
    cloud("server", "add", "volume", server, volume)
    return wait_until(lambda: folder(cloud, server), "the volume is there", 10)


def detached(cloud: OpenStack, server: str, volume: str) -> None:
    cloud("server", "remove", "volume", server, volume)
    wait_until(lambda: not folder(cloud, server), "the volume is gone", 10)
    wait_until(lambda: status(cloud, volume) == "available", "the volume is free", 10)


def status(cloud: OpenStack, volume: str) -> str:
    return str(cloud.json("volume", "show", volume)["status"])


def created(cloud: OpenStack, name: str, *source: str) -> str:
    """A volume that is available; its name."""
    cloud("volume", "create", name, "--size", "1", *source)
    wait_until(lambda: status(cloud, name) == "available", f"{name} is available")
    return name


def test_a_volume_goes_from_one_running_guest_to_another(contained: OpenStack, servers: tuple[str, str]) -> None:
    one, two = servers
    volume = created(contained, "travels")
    before = guest(contained, one, "cat /proc/sys/kernel/random/boot_id; cat /proc/1/stat | cut -d' ' -f22")
    guest(contained, one, f"echo from {one} > {attached(contained, one, volume)}/file")
    detached(contained, one, volume)
    assert guest(contained, two, f"cat {attached(contained, two, volume)}/file") == f"from {one}"
    assert guest(contained, one, "cat /proc/sys/kernel/random/boot_id; cat /proc/1/stat | cut -d' ' -f22") == before
    contained("server", "reboot", two, "--hard", "--wait")
    place = wait_until(lambda: folder(contained, two), "the volume is there after a restart, too", 10)
    assert guest(contained, two, f"cat {place}/file") == f"from {one}"
    detached(contained, two, volume)
    contained("volume", "delete", volume)


def test_copies_have_what_was_written(contained: OpenStack, servers: tuple[str, str]) -> None:
    one, two = servers
    others = _volumes(contained)  # of tests before this one
    volume = created(contained, "origin")
    guest(contained, one, f"echo then > {attached(contained, one, volume)}/file")
    detached(contained, one, volume)
    contained("volume", "snapshot", "create", "--volume", volume, "kept")
    wait_until(lambda: contained.json("volume", "snapshot", "show", "kept")["status"] == "available", "the snapshot is there")
    guest(contained, one, f"echo now > {attached(contained, one, volume)}/file")
    detached(contained, one, volume)
    contained("volume", "backup", "create", "--name", "stored", volume)
    wait_until(lambda: contained.json("volume", "backup", "show", "stored")["status"] == "available", "the backup is there")
    contained("volume", "backup", "restore", "stored", created(contained, "restored"), "--force")
    wait_until(lambda: status(contained, "restored") == "available", "the backup is restored")
    expected = {
        created(contained, "of-snapshot", "--snapshot", "kept"): "then",
        created(contained, "of-volume", "--source", volume): "now",
        "restored": "now",
    }
    for copy, text in expected.items():
        assert guest(contained, two, f"cat {attached(contained, two, copy)}/file") == text, copy
        detached(contained, two, copy)
    contained("volume", "backup", "delete", "stored")
    contained("volume", "snapshot", "delete", "kept")
    wait_until(lambda: not contained.json("volume", "snapshot", "list"), "the snapshot is gone")
    contained("volume", "delete", volume, *expected)
    wait_until(lambda: _volumes(contained) <= others, "the engine has none of them any more", 60)


def _volumes(cloud: OpenStack) -> set[str]:
    return set(cloud.datacenter.docker("volume", "ls", "--quiet", "--filter", "label=dcsim.volume").split())

"""A full disk: writes are refused in every API's own words, nothing changes, reads go on, and with room again it all goes on by itself.

The data directory lies on a small file system of its own, with everything that dc-sim writes: journal, bus, log.
"""

from __future__ import annotations

import collections
import itertools
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from tests.clients.harness import wait_until
from tests.clients.pyvmomi.session import connected, finish, named
from tests.faults.foreground import Foreground
from tests.faults.refused import Refused
from tests.faults.siege import read_events
from tests.faults.streams import published

pytestmark = pytest.mark.slow
SIZE_MIB = 8
SENTENCE = r"journal.db cannot be used \(database or disk is full\). Free some disk space"
TIMING = {"DCSIM_WORLD__TIMING": "demo"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with little room."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)], check=True, timeout=30)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=30)


@pytest.fixture
def datacenter(disk: Path) -> Iterator[Foreground]:
    """A small datacenter on it, whose operations take a while."""
    running = Foreground(disk / "data", "--machines", "simulated", "--hosts", "4", "--vms", "8", **TIMING)
    try:
        running.start()
        wait_until(lambda: len(published(running)) == running.rest("GET", "/sim/state")["sequence"], "the bus has every event")
        yield running
    finally:
        running.stop()


def fill(disk: Path) -> Path:
    """Leave no room at all; the file to delete again."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        for size in (1 << 16, 1 << 12, 1):
            with pytest.raises(OSError, match="No space left"):
                collections.deque(map(stream.write, itertools.repeat(bytes(size))), maxlen=0)
    return ballast


def image(datacenter: Foreground) -> Any:
    """What the world is, as far as the API tells: the last event, every VM and every task."""
    kinds = [datacenter.rest("GET", f"/sim/entities/{kind}?limit=1000")["items"] for kind in ("vm", "task", "snapshot", "fault")]
    return datacenter.rest("GET", "/sim/state")["sequence"], kinds


def test_a_full_disk_refuses_what_would_change_something_and_nothing_else(datacenter: Foreground, disk: Path) -> None:
    with connected(datacenter) as service:
        vm = named(service, vim.VirtualMachine, "shop-web-01")
        before = image(datacenter)
        ballast = fill(disk)
        for _ in range(5):
            with pytest.raises(vmodl.fault.SystemError, match=SENTENCE):
                vm.ReconfigVM_Task(vim.vm.ConfigSpec(annotation="too much"))
            refused = datacenter.ask("POST", "/sim/inject/psu-failure", {"subject": _supply(datacenter)})
            assert (refused.status, refused.body["title"]) == (503, "Journal unavailable")
            assert "Free some disk space" in refused.body["detail"]
        assert vm.config.annotation != "too much"
        assert image(datacenter) == before
        with connected(datacenter) as another:  # even a login is possible
            assert named(another, vim.VirtualMachine, "shop-web-01").runtime.powerState == "poweredOn"
        ballast.unlink()
        finish(vm.ReconfigVM_Task(vim.vm.ConfigSpec(annotation="enough")))
        assert vm.config.annotation == "enough"
    check_whole(datacenter)


def test_a_start_on_a_full_disk_says_so(disk: Path) -> None:
    fill(disk)
    (disk / "data").mkdir()
    Refused(disk / "data", "--machines", "simulated").check("No space left on device|disk is full", "Free some (disk )?space")


def test_what_was_begun_before_ends_when_there_is_room(datacenter: Foreground, disk: Path) -> None:
    begun = time.monotonic()
    first = switch(datacenter, "off")
    wait_until(lambda: _state(datacenter, first) == "success", "a task has ended")
    takes = time.monotonic() - begun
    second = switch(datacenter, "on")
    ballast = fill(disk)
    time.sleep(2 * takes + 0.5)
    assert datacenter.alive
    assert _state(datacenter, second) == "running", "its end cannot be written"
    ballast.unlink()
    wait_until(lambda: _state(datacenter, second) == "success", "the task has ended", 10)
    assert datacenter.rest("GET", "/sim/vms?name=shop-web-01")["items"][0]["power"] == "on"
    check_whole(datacenter)


def switch(datacenter: Foreground, power: str) -> str:
    """Begin to switch a VM; the task's uid."""
    uid = datacenter.rest("GET", "/sim/vms?name=shop-web-01")["items"][0]["uid"]
    return str(datacenter.rest("POST", f"/sim/vms/{uid}/power", {"power": power})["task"])


def check_whole(datacenter: Foreground) -> None:
    """No event is missing, neither in the journal nor on the bus; and all of it is there after a restart."""
    last = datacenter.rest("GET", "/sim/state")["sequence"]
    assert [event["sequence"] for event in read_events(datacenter, 0)] == list(range(1, last + 1))
    wait_until(lambda: len(published(datacenter)) >= last, "the bus has every event")
    assert sorted(published(datacenter)) == list(range(1, last + 1))
    now = image(datacenter)
    datacenter.kill()
    with closing(sqlite3.connect(datacenter.data_dir / "journal.db")) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    datacenter.start()
    assert image(datacenter) == now


def _supply(datacenter: Foreground) -> str:
    return str(datacenter.rest("GET", "/sim/entities/power_supply?limit=1")["items"][0]["uid"])


def _state(datacenter: Foreground, task: str) -> str:
    return str(datacenter.rest("GET", f"/sim/tasks/{task}")["state"])

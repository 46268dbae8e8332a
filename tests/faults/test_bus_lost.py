"""The event bus dies while events flow, with and without its files: everything that was committed is on it again, once and in order.

A follower reads all the time, as a service does: from a cursor of its own on every stream, and again from there after an error.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import RedisError

from dcsim.bus.streams import ENGINE, partition_of, stream_key, stream_keys
from tests.clients.harness import wait_until
from tests.faults.foreground import Foreground
from tests.faults.siege import read_events
from tests.faults.streams import client, published

KILLS = 3


class Follower(threading.Thread):
    """Reads every stream from where it left off; ``seen`` is what came, by stream, in the order in which it came."""

    def __init__(self, datacenter: Foreground) -> None:
        super().__init__(name="follower", daemon=True)
        self.datacenter = datacenter
        self.seen: dict[str, list[tuple[int, str]]] = {key: [] for key in stream_keys(ENGINE)}
        self.stopping = threading.Event()

    def run(self) -> None:
        """Read until told to stop; a bus that is away is tried again."""
        while not self.stopping.is_set():
            with suppress(RedisError, OSError), closing(client(self.datacenter)) as redis:
                while not self.stopping.is_set():
                    self._read(redis)
            time.sleep(0.02)

    def _read(self, redis: Any) -> None:
        after = {key: f"{seen[-1][0] if seen else 0}-0" for key, seen in self.seen.items()}
        for key, entries in redis.xread(after, block=100) or ():
            self.seen[key] += [(int(entry.split("-")[0]), fields["e"]) for entry, fields in entries]

    def until_more_than(self, count: int) -> None:
        """Wait until so many have come."""
        wait_until(lambda: len(self.sequences) > count, "events flow")

    @property
    def sequences(self) -> list[int]:
        """What came on all streams."""
        return sorted(sequence for seen in self.seen.values() for sequence, _ in seen)


class Load(threading.Thread):
    """Breaks and mends a power supply as fast as it can."""

    def __init__(self, datacenter: Foreground) -> None:
        super().__init__(name="load", daemon=True)
        self.datacenter = datacenter
        self.stopping = threading.Event()
        self.refused: list[object] = []

    def run(self) -> None:
        """Work until told to stop."""
        supply = self.datacenter.rest("GET", "/sim/entities/power_supply?limit=1")["items"][0]["uid"]
        while not self.stopping.is_set():
            injected = self.datacenter.ask("POST", "/sim/inject/psu-failure", {"subject": supply})
            mended = self.datacenter.ask("DELETE", f"/sim/faults/{injected.body['uid']}")
            self.refused += [answer for answer in (injected, mended) if answer.status >= 300]


@pytest.fixture
def datacenter(tmp_path: Path) -> Iterator[Foreground]:
    """One with simulated machines and a private bus."""
    running = Foreground(tmp_path, "--machines", "simulated", "--hosts", "4", "--vms", "8")
    try:
        running.start()
        yield running
    finally:
        running.stop()


@contextmanager
def going_on(*threads: Follower | Load) -> Iterator[None]:
    """Threads that work meanwhile."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.stopping.set()
        for thread in threads:
            thread.join(20)


def valkey_pid(datacenter: Foreground) -> int:
    """The process of the private bus; 0 while there is none."""
    with suppress(OSError, ValueError):
        return int((datacenter.data_dir / "bus" / "valkey.pid").read_text())
    return 0


def kill_bus(datacenter: Foreground, *, files: bool) -> None:
    """SIGKILL, after its files were taken away unless they are to stay; answers when another one runs."""
    pid = wait_until(lambda: valkey_pid(datacenter), "a bus runs")
    if not files:
        shutil.rmtree(datacenter.data_dir / "bus" / "appendonlydir")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: valkey_pid(datacenter) not in {0, pid}, "another bus runs")


@pytest.mark.parametrize("files", [True, False], ids=["with its files", "without its files"])
def test_no_event_is_lost_or_doubled_when_the_bus_dies(datacenter: Foreground, files: bool) -> None:
    follower, load = Follower(datacenter), Load(datacenter)
    with going_on(follower):
        with going_on(load):
            for _ in range(KILLS):
                before = len(follower.sequences)
                follower.until_more_than(before + 20)
                kill_bus(datacenter, files=files)
        assert load.refused == [], "the datacenter does not need its bus"
        last = datacenter.rest("GET", "/sim/state")["sequence"]
        wait_until(lambda: len(published(datacenter)) >= last and len(follower.sequences) >= last, "the bus has caught up")
    events = read_events(datacenter, 0)
    assert sorted(published(datacenter)) == list(range(1, last + 1))
    assert follower.sequences == list(range(1, last + 1))
    for partition in range(len(follower.seen)):
        seen = follower.seen[stream_key(ENGINE, partition)]
        assert [number for number, _ in seen] == [event["sequence"] for event in events if partition_of(event["subject"]) == partition]
        assert [json.loads(body)["id"] for _, body in seen] == [events[number - 1]["id"] for number, _ in seen]
    assert datacenter.alive

"""What a simulated machine's counters say: a seeded load that is a function of identity and time alone, so nothing runs to produce it."""

from __future__ import annotations

import math
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from dcsim.ids import random_for
from emulators.machines.port import Stats

NS_PER_SECOND = 1e9
TAU = 2 * math.pi
PAGE = 4096


class Profile(NamedTuple):
    """Averages of one kind of guest: CPU as a fraction of what it was given, bytes a second for the rest."""

    cpu: float
    memory: float
    network: float
    disk: float


PROFILES = {
    "idle": Profile(0.02, 0.18, 2_000, 4_000),
    "normal": Profile(0.25, 0.45, 200_000, 150_000),
    "stressed": Profile(0.85, 0.90, 5_000_000, 8_000_000),
}
WEIGHTS = (5, 4, 1)
"""How many of ten machines are idle, normal and stressed."""


class Load(NamedTuple):
    """One machine's load: its profile, and the wave that its use rides (period in seconds)."""

    profile: Profile
    swing: float
    period: float
    phase: float

    def used(self, start: float, end: float) -> float:
        """Average use times seconds between two moments: the integral of 1 + swing * sin, so counters never run backwards."""
        wave = self.period / TAU
        return (end - start) + self.swing * wave * (math.cos(TAU * start / self.period + self.phase) - math.cos(self._angle(end)))

    def at(self, moment: float) -> float:
        """Use at a moment, 1 on average."""
        return 1 + self.swing * math.sin(self._angle(moment))

    def _angle(self, moment: float) -> float:
        return TAU * moment / self.period + self.phase


@lru_cache(maxsize=65536)
def load_of(seed: int | str, machine_id: str) -> Load:
    """The load that a machine has for life."""
    random = random_for(seed, "load", machine_id)
    kind = random.choices(list(PROFILES), WEIGHTS)[0]
    return Load(PROFILES[kind], random.uniform(0.05, 0.15), random.uniform(600, 86_400), random.uniform(0, TAU))


def stats_at(load: Load, *, now: datetime, ran_seconds: float, cpus: int, memory_bytes: int) -> Stats:
    """Counters of a machine that has run for so long."""
    end = now.timestamp()
    used = load.used(end - ran_seconds, end)
    network, disk = int(load.profile.network * used), int(load.profile.disk * used)
    memory = min(memory_bytes * load.profile.memory * load.at(end), memory_bytes)
    return Stats(
        time=now,
        cpu_ns=int(load.profile.cpu * cpus * used * NS_PER_SECOND),
        memory_bytes=int(memory) // PAGE * PAGE,
        net_rx_bytes=network * 2 // 3,
        net_tx_bytes=network // 3,
        block_read_bytes=disk // 4,
        block_write_bytes=disk * 3 // 4,
    )

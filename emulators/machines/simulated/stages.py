"""How long things take: stages with a mean and a jitter, scaled by the timing profile.

Drawn per (seed, machine, operation), so the same seed replays the same day. The means are chosen to feel like a small VM on an idle host;
they are no measurement.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from dcsim.ids import random_for


class Timing(StrEnum):
    """The inventory's timing profiles."""

    INSTANT = "instant"
    DEMO = "demo"
    REALISTIC = "realistic"


SCALE = {Timing.INSTANT: 0.0, Timing.DEMO: 0.1, Timing.REALISTIC: 1.0}


class Stage(NamedTuple):
    """One step: seconds on average, and how far (as a fraction) one draw may be off."""

    name: str
    mean_seconds: float
    jitter: float = 0.25


STAGES: dict[str, tuple[Stage, ...]] = {
    "create": (Stage("allocate", 0.6), Stage("register", 0.2)),
    "start": (Stage("power", 0.8), Stage("firmware", 1.2)),
    "stop": (Stage("services", 3.0, 0.5), Stage("kernel", 1.0)),
    "kill": (Stage("power", 0.3),),
    "pause": (Stage("memory", 1.5, 0.5),),
    "resume": (Stage("memory", 1.2, 0.5),),
    "delete": (Stage("disks", 0.5),),
    "resize": (Stage("limits", 0.3),),
    "connect": (Stage("port", 0.2),),
    "disconnect": (Stage("port", 0.2),),
    "snapshot": (Stage("quiesce", 0.8, 0.5), Stage("delta", 0.6)),
    "revert": (Stage("disks", 1.5, 0.5),),
    "delete_snapshot": (Stage("consolidate", 2.0, 0.5),),
    "clone": (Stage("copy", 6.0, 0.5), Stage("register", 0.2)),
    "boot": (Stage("kernel", 3.0), Stage("network", 2.0, 0.5), Stage("services", 6.0, 0.5)),
}
"""Every operation's stages. ``boot`` is what the guest does after start has answered; only its console shows it."""

BOOT_LINES = {"kernel": "Linux version 6.1.0 (dc-sim)", "network": "eth0: link is up", "services": "Reached target multi-user.target"}


def draw(seed: int | str, machine_id: str, operation: str, timing: Timing) -> list[tuple[str, float]]:
    """The operation's stages as (name, seconds)."""
    random = random_for(seed, "stages", machine_id, operation)
    scale = SCALE[timing]
    return [(stage.name, scale * stage.mean_seconds * random.uniform(1 - stage.jitter, 1 + stage.jitter)) for stage in STAGES[operation]]


def seconds(seed: int | str, machine_id: str, operation: str, timing: Timing) -> float:
    """How long the whole operation takes."""
    return 0.0 if timing is Timing.INSTANT else sum(length for _, length in draw(seed, machine_id, operation, timing))


def boot_log(seed: int | str, machine_id: str, timing: Timing, ran_seconds: float) -> list[str]:
    """What the console shows after the guest has run for so long, stamped as a kernel does."""
    lines, moment = ["[    0.000000] dc-sim simulated machine"], 0.0
    for name, length in draw(seed, machine_id, "boot", timing):
        moment += length
        if moment > ran_seconds:
            break
        lines.append(f"[{moment:12.6f}] {BOOT_LINES[name]}")
    return lines

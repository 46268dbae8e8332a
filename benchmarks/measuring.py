"""What all benchmarks share: CPU time and memory of a server's process, medians, and the JSON line."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

REPETITIONS = 9
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used so far, all threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    coarse = (int(fields[11]) + int(fields[12])) / _TICKS
    try:  # in nanoseconds, but without the threads that have ended: whichever knows more
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return max(coarse, sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9)
    except OSError:
        return coarse


def memory_mib(pid: int) -> float:
    """Resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def proportional_mib(pid: int) -> float:
    """A process's proportional share of memory (PSS): pages that it shares count by how many share them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that *percent* of the values don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def rounded(value: float) -> float:
    """Four significant digits."""
    return float(f"{value:.4g}")


class Bound(NamedTuple):
    """What a figure must keep to; 0 stands for no bound."""

    ratio: float = 0
    """Ours is at most so many times the peer."""
    room: float = 0
    """Ours is at most the peer and so much."""
    most: float = 0
    least: float = 0

    def __str__(self) -> str:
        """For people."""
        parts = [
            f"<= {self.ratio:g} x peer" if self.ratio else "",
            f"<= peer + {self.room:g}" if self.room else "",
            f"<= {self.most:g}" if self.most else "",
            f">= {self.least:g}" if self.least else "",
        ]
        return " and ".join(filter(None, parts))

    def met(self, ours: float, peer: float | None) -> bool:
        """Whether these medians keep to it; what a bound compares with a peer is not broken where there is none."""
        return (
            (not self.ratio or peer is None or ours <= self.ratio * peer)
            and (not self.room or peer is None or ours <= peer + self.room)
            and (not self.most or ours <= self.most)
            and (not self.least or ours >= self.least)
        )


def line(
    figure: str,
    unit: str,
    ours: Sequence[float],
    peer: Sequence[float] = (),
    *,
    bound: Bound | None = None,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Print the JSON line of a figure: *ours* and *peer* are samples taken in turn, whose medians are compared.

    *more* is what else the line should have.
    """
    mine, theirs = statistics.median(ours), statistics.median(peer) if peer else None
    found: dict[str, Any] = {"figure": figure, "unit": unit, "ours": rounded(mine)}
    if theirs is not None:
        found |= {"peer": rounded(theirs), "ratio": rounded(mine / theirs) if theirs else None}
    if bound is not None:
        found |= {"bound": str(bound), "met": bound.met(mine, theirs)}
    found |= {"repetitions": len(ours), "load": round(os.getloadavg()[0], 2), "commit": commit()}
    found |= {name: rounded(value) if isinstance(value, float) else value for name, value in more.items()}
    found["ours_samples"] = [rounded(one) for one in ours]
    if peer:
        found["peer_samples"] = [rounded(one) for one in peer]
    print(json.dumps(found), flush=True)


def commit() -> str:
    """The commit that is measured; ``+`` after it when files differ from it."""
    done = subprocess.run(["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, timeout=10, check=False)
    return done.stdout.strip()


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The command line of a figure."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    return parser

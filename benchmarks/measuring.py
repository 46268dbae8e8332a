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
from typing import Any

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


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that *percent* of the values don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def rounded(value: float) -> float:
    """Four significant digits."""
    return float(f"{value:.4g}")


def line(
    figure: str,
    unit: str,
    ours: Sequence[float],
    peer: Sequence[float] = (),
    *,
    ratio: float = 0,
    limit: float = 0,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Print the JSON line of a figure.

    *ours* and *peer* are samples taken in turn; their medians are compared.  *ratio* is the most that ours / peer may be, *limit* the
    most that ours may be; 0 means no bound.  *more* is what else the line should have.
    """
    mine = statistics.median(ours)
    found: dict[str, Any] = {"figure": figure, "unit": unit, "ours": rounded(mine)}
    met = not limit or mine <= limit
    if peer:
        theirs = statistics.median(peer)
        found |= {"peer": rounded(theirs), "ratio": rounded(mine / theirs) if theirs else None}
        met = met and (not ratio or mine <= ratio * theirs)
    if ratio or limit:
        found |= {"bound": _bound(ratio, limit, unit), "met": met}
    found |= {"repetitions": len(ours), "load": round(os.getloadavg()[0], 2), "commit": commit()}
    found |= {name: rounded(value) if isinstance(value, float) else value for name, value in more.items()}
    found["ours_samples"] = [rounded(one) for one in ours]
    if peer:
        found["peer_samples"] = [rounded(one) for one in peer]
    print(json.dumps(found), flush=True)


def _bound(ratio: float, limit: float, unit: str) -> str:
    parts = [f"<= {ratio:g} x peer"] if ratio else []
    return " and ".join([*parts, *([f"<= {limit:g} {unit}"] if limit else [])])


def commit() -> str:
    """The commit that is measured; ``+`` after it when files differ from it."""
    done = subprocess.run(["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, timeout=10, check=False)
    return done.stdout.strip()


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The command line of a figure."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    return parser

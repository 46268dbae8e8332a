"""Run the benchmarks one after another and keep their lines, from which ``benchmarks.report`` makes the page.

    python -m benchmarks.run [--only WORD] [--long] [--repetitions 9] [--output benchmarks/results.jsonl]

With ``--only``, lines of other benchmarks that the file has already stay.  What a machine lacks (Docker, vcsim) is left out and said.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.catalogue import Benchmark, benchmarks
from benchmarks.measuring import REPETITIONS
from benchmarks.vsphere.pair import VMS
from benchmarks.vsphere.servers import ROOT, VCSIM, dcsim, vcsim
from benchmarks.vsphere.wire import WireError

RESULTS = ROOT / "benchmarks" / "results.jsonl"
TIMEOUT_SECONDS = 3600


def main() -> int:
    """Run what was asked for; exits with 1 when a figure misses its bound or a benchmark fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="benchmarks whose module has this in its name")
    parser.add_argument("--long", action="store_true", help="more tries where something must never happen")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--output", type=Path, default=RESULTS)
    asked = parser.parse_args()
    chosen = [one for one in benchmarks() if asked.only in one.module and _possible(one)]
    own = [one for one in chosen if not one.shared]
    done = [_keep(asked.output, one, lines) for one, lines in _shared([one for one in chosen if one.shared], asked.repetitions)]
    done += [_keep(asked.output, one, _alone(one, asked.repetitions, long=asked.long)) for one in own]
    return int(not all(done))


def _possible(benchmark: Benchmark) -> bool:
    there = {"docker": shutil.which("dockerd") is not None, "vcsim": VCSIM.exists()}
    missing = [need for need in benchmark.needs if not there[need]]
    if missing:
        print(f"left out: {benchmark.module} needs {' and '.join(missing)}", file=sys.stderr)
    return not missing


def _shared(chosen: list[Benchmark], repetitions: int) -> Iterator[tuple[Benchmark, list[str]]]:
    """The lines of benchmarks that are measured on one pair of servers."""
    if not chosen:
        return
    with vcsim(VMS) as peer, dcsim(VMS) as ours:
        for benchmark in chosen:
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                try:
                    importlib.import_module(benchmark.module).measure(ours, peer, repetitions)
                except (AssertionError, OSError, WireError):
                    print(f"failed: {benchmark.module} with {ours.url} and {peer.url}", file=sys.stderr)
                    traceback.print_exc()
            yield benchmark, said.getvalue().splitlines()


def _alone(benchmark: Benchmark, repetitions: int, *, long: bool) -> list[str]:
    arguments = benchmark.long if long and benchmark.long else ("--repetitions", str(repetitions))
    command = [sys.executable, "-m", benchmark.module, *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if not done.stdout:
        print(f"failed: {benchmark.module} ended with {done.returncode}", file=sys.stderr)
    return done.stdout.splitlines()


def _keep(output: Path, benchmark: Benchmark, lines: list[str]) -> bool:
    """Put lines in the place of the benchmark's earlier ones; answers whether there are any and all keep to their bounds."""
    found: list[dict[str, Any]] = [{"module": benchmark.module, **json.loads(line)} for line in lines if line.startswith("{")]
    known = [json.loads(line) for line in output.read_text().splitlines()] if output.exists() else []
    kept = [line for line in known if line["module"] != benchmark.module] if found else known
    order = [one.module for one in benchmarks()]
    everything = sorted([*kept, *found], key=lambda line: order.index(line["module"]) if line["module"] in order else len(order))
    output.write_text("".join(json.dumps(line) + "\n" for line in everything))
    for line in found:
        shown = {name: line[name] for name in ("figure", "ours", "peer", "ratio", "bound", "met", "load") if name in line}
        print(json.dumps(shown), flush=True)
    return bool(found) and all(line.get("met", True) for line in found)


if __name__ == "__main__":
    sys.exit(main())

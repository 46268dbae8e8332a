"""Run Tempest against dc-sim as the tests do, with one command; ``scripts/tempest`` calls it.

Without ``--running`` a datacenter is started for the run, and stopped after it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clients import venvs
from tests.clients.harness import ROOT, Datacenter
from tests.clients.tempest import lists, running
from tests.clients.tempest.called import called
from tests.clients.tempest.report import Report

LISTS = {"interop": lists.interop, "smoke": lists.smoke, "validated": lists.validated}
SLOWEST = 5


def parsed(arguments: list[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/tempest", description="Run Tempest against dc-sim.")
    parser.add_argument("--list", choices=[*LISTS, "all"], default="all", help="which tests (default: interop and smoke)")
    parser.add_argument("--regex", default="", help="tests whose name this finds, instead of a list")
    parser.add_argument("--plain", action="store_true", help="as users that are there before, not with the administrator's credentials")
    parser.add_argument("--ssh", metavar="USER", default="", help="log in to servers as this user (they must be containers)")
    parser.add_argument("--machines", choices=["simulated", "docker"], default="simulated", help="for the datacenter that is started")
    parser.add_argument("--running", action="store_true", help="against the datacenter that `dcsim env` tells of")
    parser.add_argument("--workers", type=int, default=running.WORKERS)
    parser.add_argument("--called", type=Path, help="write the operations that were called with success to this file")
    parser.add_argument("--folder", type=Path, help="keep configuration, logs and results here")
    return parser.parse_args(arguments)


@contextmanager
def cloud(asked: argparse.Namespace, folder: Path) -> Iterator[dict[str, str]]:
    """The variables of the cloud to test."""
    if asked.running:
        command = [sys.executable, "-m", "dcsim.cli.main", "env", "--json"]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True, stdin=subprocess.DEVNULL)
        yield json.loads(told.stdout)
        return
    datacenter = Datacenter(folder / "data", "--machines", asked.machines, "--seed", "7")
    try:
        datacenter.start()
        yield datacenter.env
    finally:
        datacenter.clear_away()


def chosen(asked: argparse.Namespace) -> tuple[str, ...]:
    """The names of the tests."""
    if asked.list == "all":
        return tuple(sorted({*lists.interop(administrator=not asked.plain), *lists.smoke()}))
    if asked.list == "interop":
        return lists.interop(administrator=not asked.plain)
    return tuple(LISTS[asked.list]())


def show(report: Report, names: tuple[str, ...], folder: Path) -> int:
    """Print what the run came to; the status is 1 when a test fails that is not known to."""
    failing, known = report.not_passed(names), lists.known_failures()
    for name, why in failing.items():
        sys.stdout.write(f"{'known ' if name in known else ''}{why}\n    {name}\n")
    for one in report.slowest(SLOWEST):
        sys.stdout.write(f"{one.seconds:7.1f} s  {one.name}\n")
    sys.stdout.write(f"{report.summary(names)}\nfolder: {folder}\n")
    return int(bool(failing.keys() - known.keys()))


def main(arguments: list[str]) -> int:
    """Run and report."""
    asked = parsed(arguments)
    folder = (asked.folder or Path(tempfile.mkdtemp(prefix="tempest-"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    kind = running.Kind(asked.plain, asked.ssh, asked.workers)
    try:
        venv = venvs.made("tempest", running.LOCK)
    except venvs.Unavailable as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    with cloud(asked, folder) as environment:
        if "OS_AUTH_URL" not in environment:
            sys.stderr.write("the datacenter announces no OpenStack\n")
            return 2
        running.configured(folder, environment, kind)
        names = () if asked.regex else chosen(asked) if asked.ssh else lists.without_logins(chosen(asked))
        report = running.run(venv, folder, names, kind, regex=asked.regex)
        if asked.called:
            asked.called.write_text("".join(f"{line}\n" for line in ["# Operations that the lists call.", *sorted(called(environment))]))
    return show(report, names or report.names, folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

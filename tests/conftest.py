"""What every test folder shares: where things are, and the count of what was skipped and why.

A skip is honest only while someone counts it, so the run's last lines group the skips by reason, the most frequent first.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.graph_database import GraphDatabase
    from tests.postgres_server import Postgres

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".cache" / "tools"
SAMPLES = ROOT.parent / "shared" / "samples"


LOGGED = 40
"""Lines of a datacenter's log that a failure shows."""
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
"""Whether the long battery runs too: `.ci/run` sets it, and so may anyone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what is long to continuous integration."""
    if IN_CI:
        return
    left_out = pytest.mark.skip(reason="part of the long battery: set CI=true, as .ci/run does")
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(left_out)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show, with a failure, the last lines that the datacenters it used have logged."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    if not report.failed:
        return
    for value in getattr(item, "funcargs", {}).values():
        place = getattr(value, "data_dir", None)
        log = place / "dcsim.log" if isinstance(place, Path) else None
        if log is not None and log.is_file():
            report.sections.append((f"end of {log}", "\n".join(log.read_text(errors="replace").splitlines()[-LOGGED:])))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return who shares the tests out among processes."""
    from tests.scheduling import scheduler

    return scheduler(config, log)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of recordings made from vendors' products, which is not part of the repository."""
    if not SAMPLES.is_dir():
        pytest.skip("no vendor recordings beside the checkout")
    return SAMPLES


@pytest.fixture(scope="session")
def govc() -> Path:
    """Return the pinned govc that scripts/build-tools builds, or another one on PATH."""
    return _tool("govc")


@pytest.fixture(scope="session")
def vcsim() -> Path:
    """Return the current vcsim that scripts/build-tools builds: the peer to compare with."""
    return _tool("vcsim")


@pytest.fixture(scope="session")
def neo4j(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphDatabase]:
    """Yield one Neo4j for all tests, for it takes ten seconds to start; whoever uses it empties it first."""
    from tests.graph_database import graph_database, missing

    if why := missing():
        pytest.skip(why)
    with graph_database(tmp_path_factory.mktemp("neo4j")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Yield one PostgreSQL for all tests; each makes a database of its own in it."""
    from tests.postgres_server import missing, postgres_server

    if why := missing():
        pytest.skip(why)
    with postgres_server() as server:
        yield server


def _tool(name: str) -> Path:
    built = TOOLS / name
    found = built if built.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}: scripts/build-tools builds it where Go is installed")
    return Path(found)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have recorded for the end, by title, and how many were skipped, by reason."""
    for title, lines in _recorded(terminalreporter).items():
        terminalreporter.section(title, sep="-")
        for line in lines:
            terminalreporter.write_line(line)
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    if not reasons:
        return
    terminalreporter.section(f"{reasons.total()} skipped", sep="-")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:5}  {reason}")


def _recorded(terminalreporter: pytest.TerminalReporter) -> dict[str, list[str]]:
    """Return the properties that tests recorded, in whichever process they ran."""
    found: dict[str, list[str]] = {}
    for report in (*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])):
        for title, line in report.user_properties if report.when == "call" else ():
            found.setdefault(title, []).append(str(line))
    return found


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return why a test was skipped, as its author wrote it."""
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")

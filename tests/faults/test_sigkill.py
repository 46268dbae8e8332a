"""`kill -9` in the middle of work: what was acknowledged is there afterwards, what was under way ends, and nothing happens twice.

One datacenter is killed again and again while five clients work on it by vSphere SOAP and by REST, or while it starts up.  The points
are random, from a seed that the test's name carries: 40 of them by default, 100 with CI=true.  Further down the same with containers.

A client's books say what must hold.  What was seen as done must be there exactly so.  What was accepted as a task must end within
seconds of the restart, and the VM must be as its end says.  What was asked without an answer may or may not have happened, but whole.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.clients.conftest import require_docker
from tests.clients.harness import wait_until
from tests.faults.containers import disagreements, until_agreed
from tests.faults.siege import Siege, besieged, read_events
from tests.faults.streams import published

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
POINTS = 100 if os.environ.get("CI", "").lower() in {"1", "true"} else 40
DOCKER_POINTS = 8
LOAD_OF_CONTAINERS = (0.1, 2.0)
CONTAINERS = ("--machines", "docker", "--hosts", "4", "--vms", "12")


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    """The one datacenter that is killed at every point."""
    with besieged(tmp_path_factory.mktemp("siege"), "--machines", "simulated", "--hosts", "4", "--vms", "20") as one:
        yield one


@pytest.mark.parametrize("point", range(POINTS))
def test_what_was_acknowledged_outlives_sigkill(siege: Siege, point: int) -> None:
    with siege.held():
        siege.kill_under_load(f"{point}")
        if point % 5 == 0:
            siege.kill_while_it_starts(f"{point}")
        siege.datacenter.start()
        siege.check()


def test_after_all_that_the_journal_is_whole(siege: Siege) -> None:
    """Runs last: events 1 to n from the beginning, on the bus too, and the file itself."""
    with siege.held():
        check_history(siege)


def check_history(siege: Siege) -> None:
    """What is left of all that."""
    sequences = [event["sequence"] for event in read_events(siege.datacenter, 0)]
    assert sequences == list(range(1, len(sequences) + 1))
    wait_until(lambda: len(published(siege.datacenter)) >= len(sequences), "the bus has caught up")
    assert sorted(published(siege.datacenter)) == sequences
    siege.datacenter.stop()
    with closing(sqlite3.connect(siege.datacenter.data_dir / "journal.db")) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert not [refusal for books in siege.books for refusal in books.refused], "nobody was in anybody's way"
    assert sum(books.done for books in siege.books) >= 10 * siege.kills, "there was work to lose"
    assert siege.ended["success"] >= siege.kills, "and work in the middle of which it died"


@pytest.fixture(scope="module")
def docker_siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    """The same with containers; they outlive each kill, with the engine that runs them."""
    require_docker()
    with besieged(tmp_path_factory.mktemp("docker-siege"), *CONTAINERS, soap_clients=2) as one:
        yield one


@pytest.mark.docker
@pytest.mark.parametrize("point", range(DOCKER_POINTS))
def test_containers_match_the_inventory_after_sigkill(docker_siege: Siege, point: int) -> None:
    siege = docker_siege
    with siege.held():
        siege.kill_under_load(f"docker {point}", LOAD_OF_CONTAINERS)
        siege.datacenter.start()
        until_agreed(siege.datacenter)
        siege.check()
        assert disagreements(siege.datacenter) == []

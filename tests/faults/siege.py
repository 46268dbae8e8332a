"""A datacenter under siege: clients work on it, it dies, and it is held to their books."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from tests.clients.harness import Datacenter, wait_until
from tests.faults.facts import Books, Facts, key_of, read_facts
from tests.faults.foreground import Foreground
from tests.faults.load import Client, RestClient, SoapClient, logged_in

LOAD_SECONDS = (0.02, 0.7)
START_SECONDS = (0.05, 1.2)
SETTLE_SECONDS = 10.0


class Siege:
    """A datacenter, its clients' books, and how far its events have been checked."""

    def __init__(self, datacenter: Foreground, soap_clients: int) -> None:
        self.datacenter = datacenter
        self.books = [Books() for _ in range(soap_clients + 1)]
        """Those of the SOAP clients, then the REST client's."""
        self.faults = Books()
        self.kills = 0
        self.lost = False
        """Whether a point has failed, so that what follows would tell nothing new."""
        self.sequence = 0
        self.ids: set[str] = set()
        self.ended: Counter[str] = Counter()

    def deal(self) -> None:
        """Give every VM to one client."""
        with logged_in(self.datacenter) as service:
            facts = read_facts(service)
        for place, one in enumerate(sorted(facts, key=lambda one: one.name)):
            self.books[place % len(self.books)].known[one.name] = one

    @contextmanager
    def held(self) -> Iterator[None]:
        """A point; after the first one that fails the others are skipped, for all of them share one datacenter."""
        if self.lost:
            pytest.skip("an earlier point has failed")
        self.lost = True
        yield
        self.lost = False

    def load(self, point: str) -> tuple[list[Client], threading.Event]:
        """Let the clients loose."""
        dead, (*soap, rest) = threading.Event(), self.books
        clients: list[Client] = [SoapClient(self.datacenter, one, f"{point}.{place}", dead) for place, one in enumerate(soap)]
        clients.append(RestClient(self.datacenter, rest, f"{point}.rest", dead, self.faults))
        for client in clients:
            client.start()
        return clients, dead

    def kill_under_load(self, point: str, seconds: tuple[float, float] = LOAD_SECONDS) -> None:
        """SIGKILL after a random while of work."""
        chance = random.Random(f"kill {point}")
        done = sum(books.done for books in self.books)
        clients, dead = self.load(point)
        wait_until(lambda: sum(books.done for books in self.books) > done or not all(map(_works, clients)), "the load has begun")
        time.sleep(chance.uniform(*seconds))
        dead.set()
        self.datacenter.kill()
        self.kills += 1
        for client in clients:
            client.join(30)
            assert not client.is_alive(), f"{client.name} hangs"
            if client.trouble is not None:
                raise client.trouble

    def kill_while_it_starts(self, point: str) -> None:
        """SIGKILL a random while after it was started."""
        self.datacenter.launch()
        time.sleep(random.Random(f"start {point}").uniform(*START_SECONDS))
        self.datacenter.kill()

    # -- what must hold --------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Everything that was acknowledged, and nothing else."""
        self.check_tasks()
        self.check_vms()
        self.check_faults()
        self.check_events()

    def check_tasks(self) -> None:
        """Accepted tasks are known and end; how decides what must be true of their VMs."""
        wait_until(lambda: self.datacenter.rest("GET", "/sim/state")["running_tasks"] == 0, "every task has ended", SETTLE_SECONDS)
        *soap, rest = self.books
        with logged_in(self.datacenter) as service:
            for books in soap:
                self._close_tasks(books, lambda task: str(vim.Task(task, service._stub).info.state))
        self._close_tasks(rest, lambda task: str(self.datacenter.rest("GET", f"/sim/tasks/{task}")["state"]))

    def _close_tasks(self, books: Books, state_of: Callable[[str], str]) -> None:
        for asked in [one for one in books.open.values() if one.task]:
            state = state_of(asked.task)
            self.ended[state] += 1
            books.close(asked.key, asked.after if state == "success" else asked.before)

    def check_vms(self) -> None:
        """Every VM is as the books have it, and is there once."""
        with logged_in(self.datacenter) as service:
            facts = read_facts(service)
        names = Counter(one.name for one in facts)
        keys = Counter(key_of(one.name) for one in facts)
        assert not [name for name, count in (names | keys).items() if count > 1], "nothing is doubled"
        found = {key_of(one.name): one for one in facts}
        for books in self.books:
            for asked in list(books.open.values()):
                self.ended["unanswered"] += 1
                assert found.get(asked.key) in {asked.before, asked.after}, f"{asked.key} is neither as before nor as asked for"
                books.close(asked.key, found.get(asked.key))
        expected = {key: one for books in self.books for key, one in books.known.items()}
        different = {key: (found.get(key), expected.get(key)) for key in found | expected if found.get(key) != expected.get(key)}
        assert different == {}, "found, and acknowledged"
        by_rest = {one["name"]: one["power"] for one in self.datacenter.rest("GET", "/sim/vms?limit=1000")["items"] if not one["template"]}
        assert by_rest == {one.name: one.power.removeprefix("powered").lower() for one in facts}, "both APIs show the same"

    def check_faults(self) -> None:
        """The power supplies that were broken are broken, and no others."""
        listed = self.datacenter.rest("GET", "/sim/faults?limit=1000")["items"]
        found = {one["subject"]: Facts(one["subject"], one["uid"]) for one in listed if one["injected"]}
        assert len(found) == len([one for one in listed if one["injected"]]), "nothing is doubled"
        for key in list(self.faults.open):  # either it was done or it was not
            self.faults.close(key, found.get(key))
        assert found == self.faults.known

    def check_events(self) -> None:
        """The events since the last look follow one another without a gap, and each is there once."""
        events = read_events(self.datacenter, self.sequence)
        for event in events:
            self.sequence += 1
            assert event["sequence"] == self.sequence
            assert event["id"] not in self.ids, f"event {self.sequence} comes twice"
            self.ids.add(event["id"])
        assert self.sequence == self.datacenter.rest("GET", "/sim/state")["sequence"]


def _works(client: Client) -> bool:
    return client.trouble is None


def read_events(datacenter: Datacenter, after: int) -> list[dict[str, Any]]:
    """All events after a sequence number, page by page."""
    events: list[dict[str, Any]] = []
    cursor = str(after)
    while cursor:
        page = datacenter.rest("GET", f"/sim/events?limit=1000&after={cursor}")
        events += page["items"]
        cursor = page.get("next", "")
    return events


@contextmanager
def besieged(data_dir: Path, *arguments: str, soap_clients: int = 4) -> Iterator[Siege]:
    """A datacenter whose VMs are dealt out; at the end it stops as usual."""
    datacenter = Foreground(data_dir, *arguments)
    try:
        datacenter.start()
        siege = Siege(datacenter, soap_clients)
        siege.deal()
        yield siege
    finally:
        datacenter.stop()

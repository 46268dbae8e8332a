"""Clients that keep a datacenter busy until it dies under them, and keep books of what they were told."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from pyVmomi import vim, vmodl
from pyVmomi.SoapAdapter import SoapStubAdapter

from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import trusting
from tests.faults.facts import RENAMED, Asked, Books, Facts, key_of, vms_by_key

GONE: Final = (OSError, http.client.HTTPException)
"""What a client gets from a server that is no more."""
VERSION: Final = "vim.version.v8_0_3_0"
TASK_SECONDS: Final = 30.0
MOST, FEWEST = 6, 3
"""VMs that one client may have, and must keep."""

Choice = Callable[[str, Any, Facts], tuple[Asked, Callable[[], Any]]]
"""Something to ask of a VM: what it should bring about, and the call."""


def log_in(datacenter: Datacenter) -> Any:
    """A ServiceInstance that costs two calls; `SmartConnect` needs five."""
    stub = SoapStubAdapter(host=datacenter.host, port=datacenter.port, version=VERSION, sslContext=trusting(datacenter))
    service: Any = vim.ServiceInstance("ServiceInstance", stub)
    service.RetrieveContent().sessionManager.Login(datacenter.user, datacenter.password)
    return service


@contextmanager
def logged_in(datacenter: Datacenter) -> Iterator[Any]:
    """A ServiceInstance whose connections are closed at the end."""
    service = log_in(datacenter)
    try:
        yield service
    finally:
        service._stub.DropConnections()


def _words(fault: Any) -> str:
    return str(fault.msg)


class Client(threading.Thread):
    """Works until ``dead`` is set.  ``trouble`` is what went wrong before that."""

    def __init__(self, datacenter: Datacenter, books: Books, seed: str, dead: threading.Event) -> None:
        super().__init__(name=f"client {seed}", daemon=True)
        self.datacenter = datacenter
        self.books = books
        self.seed = seed
        self.random = random.Random(seed)
        self.dead = dead
        self.trouble: BaseException | None = None

    def run(self) -> None:
        """Work, and keep what goes wrong unless the server's death explains it."""
        try:
            self.connect()
            while not self.dead.is_set():
                self.work()
        except GONE as error:
            self.trouble = None if self.dead.is_set() else error
        except BaseException as error:  # noqa: BLE001 - told by the test, which waits for this thread
            self.trouble = error
        finally:
            self.hang_up()

    def connect(self) -> None:
        """Log in."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """Close the connections."""
        raise NotImplementedError

    def work(self) -> None:
        """Ask for something, or for several things at once, and hear how it went."""
        raise NotImplementedError


class SoapClient(Client):
    """Switches, renames, annotates, clones, snapshots and destroys its own VMs by pyVmomi."""

    service: Any = None

    def connect(self) -> None:
        """Log in and find the own VMs."""
        self.service = log_in(self.datacenter)
        found = vms_by_key(self.service)
        self.vms = {key: found[key] for key in self.books.known}
        self.made = 0

    def hang_up(self) -> None:
        """Drop pyVmomi's pool."""
        if self.service is not None:
            self.service._stub.DropConnections()

    def work(self) -> None:
        """One to three VMs at a time: first all are asked, then all are waited for."""
        known = sorted(self.books.known)
        keys = self.random.sample(known, k=min(len(known), self.random.randint(1, 3)))
        started = [asked for key in keys if (asked := self._ask(key)) is not None]
        for asked in started:
            self._hear(asked)

    def _ask(self, key: str) -> Asked | None:
        asked, call = self._choose(key)
        try:
            task = call()
        except vmodl.MethodFault as fault:
            self.books.failed(asked, f"{type(fault).__name__}: {_words(fault)}")
            return None
        return self.books.accepted(asked, task._moId)

    def _choose(self, key: str) -> tuple[Asked, Callable[[], Any]]:
        possible: list[Choice] = [self._rename, self._annotate, self._switch, self._switch, self._snapshot]
        possible.append(self._clone if len(self.books.known) < MOST else self._annotate)
        if self.books.known[key].power == "poweredOff" and len(self.books.known) > FEWEST:
            possible.append(self._destroy)
        return self.random.choice(possible)(key, self.vms[key], self.books.known[key])

    def _hear(self, asked: Asked) -> None:
        task, deadline = vim.Task(asked.task, self.service._stub), time.monotonic() + TASK_SECONDS
        while (info := task.info).state not in {"success", "error"}:
            assert time.monotonic() < deadline, f"{info.descriptionId} of {asked.key} takes more than {TASK_SECONDS:g} s"
        if info.state == "error":
            self.books.failed(asked, f"{info.descriptionId}: {_words(info.error)}")
            return
        if asked.before is None:
            self.vms[asked.key] = info.result
        self.books.succeeded(asked)

    def _unique(self, word: str) -> str:
        self.made += 1
        return f"{word}-{self.seed}-{self.made}"

    # -- what can be asked -----------------------------------------------------------------------------------------------------

    def _rename(self, key: str, vm: Any, facts: Facts) -> tuple[Asked, Callable[[], Any]]:
        name = key + RENAMED + self._unique("")
        return self.books.ask(key, facts.having(name=name)), lambda: vm.ReconfigVM_Task(vim.vm.ConfigSpec(name=name))

    def _annotate(self, key: str, vm: Any, facts: Facts) -> tuple[Asked, Callable[[], Any]]:
        text = self._unique("note")
        return self.books.ask(key, facts.having(annotation=text)), lambda: vm.ReconfigVM_Task(vim.vm.ConfigSpec(annotation=text))

    def _switch(self, key: str, vm: Any, facts: Facts) -> tuple[Asked, Callable[[], Any]]:
        if facts.power != "poweredOn":
            return self.books.ask(key, facts.having(power="poweredOn")), vm.PowerOnVM_Task
        choices = {"poweredOff": vm.PowerOffVM_Task, "suspended": vm.SuspendVM_Task, "poweredOn": vm.ResetVM_Task}
        power = self.random.choice(list(choices))
        return self.books.ask(key, facts.having(power=power)), choices[power]

    def _snapshot(self, key: str, vm: Any, facts: Facts) -> tuple[Asked, Callable[[], Any]]:
        if len(facts.snapshots) == FEWEST:
            return self.books.ask(key, facts.having(snapshots=())), vm.RemoveAllSnapshots_Task
        name = self._unique("snapshot")
        after = facts.having(snapshots=tuple(sorted([*facts.snapshots, name])))
        return self.books.ask(key, after), lambda: vm.CreateSnapshot_Task(name, "", memory=False, quiesce=False)

    def _clone(self, key: str, vm: Any, facts: Facts) -> tuple[Asked, Callable[[], Any]]:
        name = self._unique("clone")
        spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False)
        return self.books.ask(name, Facts(name, facts.annotation)), lambda: vm.CloneVM_Task(vm.parent, name, spec)

    def _destroy(self, key: str, vm: Any, facts: Facts) -> tuple[Asked, Callable[[], Any]]:
        assert facts.power == "poweredOff"
        return self.books.ask(key, None), vm.Destroy_Task


class RestClient(Client):
    """Switches its own VMs, and breaks and mends a power supply, by the engine's REST API.  ``faults`` are the books of the latter."""

    def __init__(self, datacenter: Datacenter, books: Books, seed: str, dead: threading.Event, faults: Books) -> None:
        super().__init__(datacenter, books, seed, dead)
        self.faults = faults
        parts = urlsplit(datacenter.env["DCSIM_URL"])
        self.connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=TASK_SECONDS)

    def connect(self) -> None:
        """Find the own VMs and a power supply."""
        self.uids = {key_of(one["name"]): one["uid"] for one in self.call("GET", "/sim/vms?limit=1000")["items"]}
        self.supply = self.call("GET", "/sim/entities/power_supply?limit=1")["items"][0]["uid"]  # one alone takes no blade down

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one call on the kept connection."""
        headers = {"Authorization": f"Bearer {self.datacenter.env['DCSIM_TOKEN']}", "Content-Type": "application/json"}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status < 300, f"{method} {path}: {answer.status} {content.decode()}"
        return json.loads(content) if content else None

    def hang_up(self) -> None:
        """Close the one connection."""
        self.connection.close()

    def work(self) -> None:
        """Switch a VM, or break or mend the power supply."""
        if self.random.random() < 0.5:
            self._switch(self.random.choice(sorted(self.books.known)))
        else:
            self._break_or_mend(self.supply)

    def _switch(self, key: str) -> None:
        facts = self.books.known[key]
        power = self.random.choice(["off", "suspended", "reset"]) if facts.power == "poweredOn" else "on"
        after = {"on": "poweredOn", "reset": "poweredOn", "off": "poweredOff", "suspended": "suspended"}[power]
        asked = self.books.ask(key, facts.having(power=after))
        task = self.call("POST", f"/sim/vms/{self.uids[key]}/power", {"power": power})["task"]
        asked = self.books.accepted(asked, task)
        while (seen := self.call("GET", f"/sim/tasks/{task}"))["state"] not in {"success", "error"}:
            pass
        if seen["state"] == "success":
            self.books.succeeded(asked)
        else:
            self.books.failed(asked, seen["error"])

    def _break_or_mend(self, supply: str) -> None:
        fault = self.faults.known.get(supply)
        if fault is None:
            asked = self.faults.ask(supply, Facts(supply))
            injected = self.call("POST", "/sim/inject/psu-failure", {"subject": supply})
            self.faults.succeeded(Asked(asked.key, None, Facts(supply, injected["uid"])))
        else:
            asked = self.faults.ask(supply, None)
            self.call("DELETE", f"/sim/faults/{fault.annotation}")
            self.faults.succeeded(asked)

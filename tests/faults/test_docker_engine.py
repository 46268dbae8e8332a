"""The Docker engine under a running dc-sim: killed, restarted, frozen, and used by others behind its back.

Containers do not outlive their engine's restart, so their VMs are off afterwards; that is shown as what happened outside, and both sides
agree within ten seconds.  The private engine is started again by dc-sim itself.  Meanwhile dc-sim answers, and refuses what needs it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from tests.clients.conftest import require_docker
from tests.clients.harness import wait_until
from tests.clients.pyvmomi.session import connected, finish, named
from tests.faults.containers import containers, disagreements, until_agreed
from tests.faults.foreground import Foreground
from tests.faults.siege import read_events

pytestmark = [pytest.mark.docker, pytest.mark.slow]
NOTICED_SECONDS = 2.0
BACK_SECONDS = 20.0
ANSWER_SECONDS = 1.5


@pytest.fixture(scope="module")
def datacenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreground]:
    """A few VMs, all in containers of a private engine."""
    require_docker()
    running = Foreground(tmp_path_factory.mktemp("docker"), "--machines", "docker", "--hosts", "4", "--vms", "8")
    try:
        running.start()
        until_agreed(running)
        yield running
    finally:
        running.stop()


@pytest.fixture
def vm(datacenter: Foreground) -> dict[str, Any]:
    """A VM that runs, and whose container is known to."""
    found = wait_until(lambda: [one for one in vms(datacenter) if one["machine"] == "docker"], "VMs have containers")[0]
    switch_on(datacenter, [found])
    until_agreed(datacenter)
    return found


def vms(datacenter: Foreground) -> list[dict[str, Any]]:
    """Every VM that is no template."""
    return [one for one in datacenter.rest("GET", "/sim/vms?limit=1000")["items"] if not one["template"]]


def power(datacenter: Foreground, vm: dict[str, Any]) -> str:
    """Whether a VM is on."""
    return str(datacenter.rest("GET", f"/sim/vms/{vm['uid']}")["power"])


def switch_on(datacenter: Foreground, machines: list[dict[str, Any]]) -> None:
    """Give power to those that have none, and wait for it."""
    off = [one for one in machines if power(datacenter, one) != "on"]
    tasks = [datacenter.rest("POST", f"/sim/vms/{one['uid']}/power", {"power": "on"})["task"] for one in off]
    for task in tasks:
        state = wait_until(lambda uid=task: _end(datacenter, uid), "it is on", 30)  # type: ignore[misc]
        assert state == "success"


def _end(datacenter: Foreground, task: str) -> str:
    state = str(datacenter.rest("GET", f"/sim/tasks/{task}")["state"])
    return state if state in {"success", "error"} else ""


def handle(datacenter: Foreground, vm: dict[str, Any]) -> str:
    """The container of a VM."""
    return datacenter.docker("ps", "--all", "--quiet", "--filter", f"label=dcsim.vm={vm['uid']}")


def told(datacenter: Foreground, vm: dict[str, Any], after: int) -> list[tuple[str, str]]:
    """Type and doer of what the journal has about a VM since then."""
    events = [event for event in read_events(datacenter, after) if event["subject"] == vm["uid"]]
    return [(event["type"].rpartition(".")[2], event["actor"]["principal"]) for event in events]


def now(datacenter: Foreground) -> int:
    """The last event."""
    return int(datacenter.rest("GET", "/sim/state")["sequence"])


# -- behind its back -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "shows", "event"),
    [
        (("stop", "--time", "0"), "off", "failed"),
        (("kill",), "off", "failed"),
        (("pause",), "suspended", "suspended"),
        (("rm", "--force"), "off", "failed"),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_what_others_do_is_noticed(datacenter: Foreground, vm: dict[str, Any], command: tuple[str, ...], shows: str, event: str) -> None:
    after = now(datacenter)
    datacenter.docker(*command, handle(datacenter, vm))
    wait_until(lambda: power(datacenter, vm) == shows, f"docker {command[0]} shows", NOTICED_SECONDS)
    assert told(datacenter, vm, after) == [(event, "outside")]
    with connected(datacenter) as service:
        state = {"off": "poweredOff", "suspended": "suspended"}[shows]
        assert named(service, vim.VirtualMachine, vm["name"]).runtime.powerState == state
    assert disagreements(datacenter, *([vm["uid"]] if command[0] == "rm" else [])) == []


def test_what_others_start_is_noticed(datacenter: Foreground, vm: dict[str, Any]) -> None:
    with connected(datacenter) as service:
        finish(named(service, vim.VirtualMachine, vm["name"]).PowerOff())
    after = now(datacenter)
    datacenter.docker("start", handle(datacenter, vm))
    wait_until(lambda: power(datacenter, vm) == "on", "docker start shows", NOTICED_SECONDS)
    assert told(datacenter, vm, after)[0] == ("powered_on", "outside")
    datacenter.docker("pause", handle(datacenter, vm))
    wait_until(lambda: power(datacenter, vm) == "suspended", "docker pause shows", NOTICED_SECONDS)
    datacenter.docker("unpause", handle(datacenter, vm))
    wait_until(lambda: power(datacenter, vm) == "on", "docker unpause shows", NOTICED_SECONDS)
    assert disagreements(datacenter) == []


# -- the engine itself -----------------------------------------------------------------------------------------------------------


def engine_pid(datacenter: Foreground) -> int:
    """The private dockerd; 0 while there is none."""
    pidfile = Path(datacenter.env["DOCKER_HOST"].removeprefix("unix://")).with_name("docker.pid")
    text = pidfile.read_text() if pidfile.exists() else ""
    return int(text) if text else 0  # for a moment the file is there, and empty


def answers(datacenter: Foreground) -> None:
    """Both APIs can be read at once, whatever the engine does."""
    begun = time.monotonic()
    assert vms(datacenter)
    with connected(datacenter) as service:
        assert service.CurrentTime()
    assert time.monotonic() - begun < ANSWER_SECONDS


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "restarted"])
def test_the_engine_ends_and_comes_back(datacenter: Foreground, vm: dict[str, Any], number: signal.Signals) -> None:
    switch_on(datacenter, vms(datacenter))
    before, after = engine_pid(datacenter), now(datacenter)
    os.kill(before, number)
    answers(datacenter)
    wait_until(lambda: engine_pid(datacenter) not in {0, before}, "another engine runs", BACK_SECONDS)
    wait_until(lambda: _engine_answers(datacenter), "it answers", BACK_SECONDS)
    until_agreed(datacenter)
    answers(datacenter)
    off = [one for one in vms(datacenter) if one["power"] == "off" and one["machine"] == "docker"]
    assert all(told(datacenter, one, after)[-1] == ("failed", "outside") for one in off)
    switch_on(datacenter, vms(datacenter))
    until_agreed(datacenter)
    assert {state for _, state in containers(datacenter)} == {"running"}


def _engine_answers(datacenter: Foreground) -> bool:
    return bool(next(one["ok"] for one in _health(datacenter) if one["name"] == "machines"))


def _health(datacenter: Foreground) -> list[dict[str, Any]]:
    return list(datacenter.rest("GET", "/readyz")["checks"])


def test_operations_are_refused_while_there_is_no_engine(datacenter: Foreground, vm: dict[str, Any]) -> None:
    """The engine is held down for a while: whatever asks for power gets a fault soon, and nothing has changed by it."""
    with connected(datacenter) as service:
        machine = named(service, vim.VirtualMachine, vm["name"])
        os.kill(engine_pid(datacenter), signal.SIGKILL)
        with pytest.raises(vmodl.MethodFault, match=r"Docker engine at .* does not answer"):
            finish(machine.PowerOff())
        answers(datacenter)
        wait_until(lambda: _engine_answers(datacenter), "the engine is back", BACK_SECONDS)
        until_agreed(datacenter)
        assert machine.runtime.powerState == "poweredOff"


def test_a_frozen_engine_delays_and_breaks_nothing(datacenter: Foreground, vm: dict[str, Any]) -> None:
    pid = engine_pid(datacenter)
    os.kill(pid, signal.SIGSTOP)
    try:
        task = datacenter.rest("POST", f"/sim/vms/{vm['uid']}/power", {"power": "off"})["task"]
        for _ in range(3):
            answers(datacenter)
            time.sleep(0.5)
        assert _end(datacenter, task) == ""
        assert power(datacenter, vm) == "on"
    finally:
        os.kill(pid, signal.SIGCONT)
    assert wait_until(lambda: _end(datacenter, task), "it is done", 10) == "success"
    until_agreed(datacenter)

"""Many hosts fall at once: their VMs restart where they can, in short transactions, at a price that does not grow with the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.world import capacity, placement
from emulators.world.commands import Effect
from emulators.world.decide import ROOM
from emulators.world.decisions.components import InjectFault
from emulators.world.decisions.timers import FireTimer
from emulators.world.engine import Committed
from emulators.world.model import Chassis, Power, Task, TaskState, Timer, Vm
from tests.unit.world.lab import INVENTORY, Lab

FALLS = 60
"""VMs on the two hosts of the chassis that is taken away."""


def inventory(standing: int = 0) -> str:
    """Half of the VMs that fall on each host of the first chassis, and so many on the host of the second."""
    homes = [("esx-1", FALLS // 2), ("esx-2", FALLS // 2), ("esx-3", standing)]
    vms = [
        f"  - {{name: {host}-vm-{number}, cluster: c1, host: {host}, datastore: ds-1, disks: [1GiB], memory: 256MiB, cpus: 1}}"
        for host, count in homes
        for number in range(count)
    ]
    return INVENTORY[: INVENTORY.index("vms:")] + "vms:\n" + "\n".join(vms) + "\n"


@pytest.fixture(params=["instant", "realistic"])
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Three hosts, two of which will fall."""
    made = Lab(tmp_path, timing=request.param, inventory=inventory())
    yield made
    made.close()


def fall(lab: Lab) -> None:
    """The first chassis is taken away."""
    lab.do(InjectFault(code="chassis-removed", subject=lab.named(Chassis, "ucs/1").uid))


def pass_time(lab: Lab) -> None:
    """What the timekeeper does until the hosts are found missing, and then until their VMs are restarted."""
    for seconds in (30, 15):
        lab.step(seconds)
        while due := [timer for timer in lab.state.all(Timer) if timer.due <= lab.clock.now()]:
            lab.do(FireTimer(timer=min(due, key=lambda timer: (timer.due, timer.number)).uid))


def end_tasks(lab: Lab) -> None:
    """The machines have started."""
    for task in lab.state.where(Task, "state", TaskState.RUNNING):
        lab.finish(task, Effect(machine="simulated"))


def test_every_vm_runs_again_on_the_host_that_is_left(lab: Lab) -> None:
    """Not on one that fell in the same blow, whatever the timing."""
    fall(lab)
    pass_time(lab)
    end_tasks(lab)
    survivor = lab.host("esx-3").uid
    assert {(vm.power, vm.host) for vm in lab.state.all(Vm)} == {(Power.ON, survivor)}
    assert all(task.state is TaskState.SUCCESS for task in lab.state.all(Task))


def test_no_transaction_restarts_more_than_a_few(lab: Lab) -> None:
    """A host's VMs are lost in one, for that is one fact; restarts are acts of their own."""
    sizes: list[int] = []

    def note(committed: Committed) -> None:
        if any(record.event.type == "dcsim.compute.vm.placed" for record in committed.records):
            sizes.append(len(committed.records))

    lab.world.watch(note)
    fall(lab)
    pass_time(lab)
    assert len(lab.state.all(Task)) == FALLS
    longest_fact = FALLS // 2 + 3  # instant: a host's loss is followed by the first restarts, if there is room
    assert max(sizes) <= max(ROOM, longest_fact) + 3
    assert len(sizes) >= FALLS * 2 // (ROOM + 3)


def test_they_come_back_in_the_order_of_their_numbers(lab: Lab) -> None:
    after = lab.world.sequence
    fall(lab)
    pass_time(lab)
    placed = [record.event.subject for record in lab.events(after) if record.event.type == "dcsim.compute.vm.placed"]
    for host in ("esx-1", "esx-2"):
        own = [name for uid in placed if (name := lab.state.get(Vm, uid).name).startswith(host)]
        assert own == [f"{host}-vm-{number}" for number in range(FALLS // 2)]


def test_restarts_that_wait_for_their_turn_survive_a_restart_of_dcsim(tmp_path: Path) -> None:
    lab = Lab(tmp_path, inventory=inventory())
    fall(lab)
    assert lab.state.count(Task) < FALLS
    lab = lab.reopened()
    pass_time(lab)
    assert lab.state.count(Task) == FALLS
    lab.close()


def test_every_restart_still_names_its_cause(lab: Lab) -> None:
    after = lab.world.sequence
    fall(lab)
    pass_time(lab)
    records = {record.event.id: record.event for record in lab.events(after)}
    for event in records.values():
        if event.type == "dcsim.work.task.started":
            assert records[event.cause].type == "dcsim.compute.hypervisor.not_responding"
            vm = lab.state.get(Vm, event.subject and lab.state.get(Task, event.subject).subject)
            assert vm.name.startswith(lab.state.find(records[event.cause].subject).name)  # type: ignore[union-attr]


@pytest.mark.parametrize("what", ["memory_overhead", "_shortage"])
def test_what_a_restart_costs_does_not_grow_with_the_vms_of_the_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Looks at VMs (each asks for its overhead) and at hosts, counted with few and with many VMs beside."""
    module = capacity if what == "memory_overhead" else placement
    found = {}
    for standing in (2, 80):
        lab = Lab(tmp_path / str(standing), timing="realistic", inventory=inventory(standing))
        for host in ("esx-1", "esx-2", "esx-3"):
            capacity.host_room(lab.state, lab.host(host))
        assert placement.pool_admits(lab.state, lab.vm("esx-1-vm-0"))
        calls: list[object] = []
        real = getattr(module, what)
        with monkeypatch.context() as patched:
            patched.setattr(module, what, lambda *given, calls=calls, real=real: (calls.append(given), real(*given))[1])
            fall(lab)
            pass_time(lab)
        assert lab.state.count(Task) == FALLS
        found[standing] = len(calls)
        lab.close()
    assert found[2] == found[80]
    assert found[2] <= 12 * FALLS

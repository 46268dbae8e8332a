"""Random histories of the world beside a small model of it, and what must hold of every history.

Hypothesis draws commands, endings of operations, faults, steps of time, full disks and restarts; a failing history is shrunk to the few
steps that matter.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from dcsim.errors import DomainError, JournalUnavailable
from emulators.world import capacity
from emulators.world.checkpoints import _entities
from emulators.world.commands import Command, Effect, Operation
from emulators.world.decisions.components import FAULT_KINDS, ClearFault, InjectFault
from emulators.world.decisions.hardware import DeviceChanges, DiskAdd, DiskRemove, PortAdd, VmSettings
from emulators.world.decisions.power import PowerOff, PowerOn, ReportMachine, Reset, Suspend
from emulators.world.decisions.snapshots import CreateSnapshot, RemoveSnapshots, RevertSnapshot
from emulators.world.decisions.timers import FireTimer
from emulators.world.decisions.vms import CloneVm, DestroyVm, MarkTemplate, MarkVm, MoveVm, ReconfigureVm
from emulators.world.decisions.worlds import RestoreWorld
from emulators.world.evolve import apply_stored
from emulators.world.model import Connection, Datastore, Disk, Fault, Hypervisor, Port, Power, Snapshot, Task, TaskState, Timer, Vm
from emulators.world.reach import why_down
from emulators.world.state import WorldState, keys_of
from tests.unit.world.lab import GIB, Lab, image

NEEDS = {PowerOn: {Power.OFF, Power.SUSPENDED}, PowerOff: {Power.ON, Power.SUSPENDED}, Suspend: {Power.ON}, Reset: {Power.ON}}
LEADS_TO = {PowerOn: Power.ON, PowerOff: Power.OFF, Suspend: Power.SUSPENDED, Reset: Power.ON}
OPERATIONS: dict[str, type[Operation]] = {
    "vm.power_on": PowerOn,
    "vm.power_off": PowerOff,
    "vm.suspend": Suspend,
    "vm.reset": Reset,
    "vm.destroy": DestroyVm,
}
numbers = st.integers(min_value=0, max_value=10**6)


class Model:
    """What a VM's power must be, by the simplest account: 25 lines that know nothing of events, journals or hosts."""

    def __init__(self, powers: dict[str, Power]) -> None:
        self.power = dict(powers)
        self.held: dict[str, str] = {}

    def allows(self, operation: type[Operation], vm: str) -> bool:
        """Whether power and lock allow it; more may forbid it."""
        return vm in self.power and vm not in self.held and self.power[vm] in NEEDS.get(operation, set(Power))

    def begin(self, vm: str, task: str) -> None:
        self.held[vm] = task

    def end(self, operation: type[Operation], vm: str, succeeded: bool) -> None:
        self.held.pop(vm, None)
        if succeeded and operation in LEADS_TO:
            self.power[vm] = LEADS_TO[operation]
        if succeeded and operation is DestroyVm:
            self.power.pop(vm)

    def follow(self, vms: list[Vm]) -> None:
        """After what the model has no opinion on: hosts, machines, checkpoints, clones."""
        self.power = {vm.uid: vm.power for vm in vms}


class WorldMachine(RuleBasedStateMachine):
    """One history."""

    @initialize(timing=st.sampled_from(["instant", "realistic"]))
    def open(self, timing: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dcsim-sim-"))
        self.lab = Lab(self.folder, timing=timing)
        self.model = Model({vm.uid: vm.power for vm in self.lab.state.all(Vm)})
        self.checkpoint: Path | None = None
        self.names = 0

    def teardown(self) -> None:
        if hasattr(self, "lab"):
            self.lab.close()
            shutil.rmtree(self.folder)

    # -- asking ----------------------------------------------------------------------------------------------------------------

    def pick(self, cls: type[Any], number: int) -> Any:
        """One thing of a kind; there may be none."""
        found = self.lab.state.all(cls)
        return found[number % len(found)] if found else None

    def ask(self, command: Command) -> Any:
        """Execute; a refusal must leave everything as it was."""
        before, sequence = image(self.lab.state), self.lab.world.sequence
        try:
            return self.lab.do(command)
        except DomainError:
            assert image(self.lab.state) == before
            assert self.lab.world.sequence == sequence
            return None

    def begin(self, operation: Operation, vm: Vm) -> None:
        allowed = self.model.allows(type(operation), vm.uid)
        task = self.ask(operation)
        assert task is None or allowed, f"{operation} was begun although {vm.power} or a task forbids it"
        if task is not None:
            self.model.begin(vm.uid, task)
            self.settle(self.lab.state.get(Task, task), type(operation))

    def settle(self, task: Task, operation: type[Operation]) -> None:
        if task.completed:
            self.model.end(operation, task.subject, task.state is TaskState.SUCCESS)

    @rule(operation=st.sampled_from([PowerOn, PowerOff, Suspend, Reset]), number=numbers)
    def power(self, operation: type[PowerOn | PowerOff | Suspend | Reset], number: int) -> None:
        if vm := self.pick(Vm, number):
            self.begin(operation(vm=vm.uid), vm)

    @rule(number=numbers, cpus=st.integers(0, 6), devices=st.sampled_from(["", "disk", "port", "remove"]))
    def reconfigure(self, number: int, cpus: int, devices: str) -> None:
        vm = self.pick(Vm, number)
        if vm is None:
            return
        disks = self.lab.state.where(Disk, "vm", vm.uid)
        changes = {
            "disk": DeviceChanges(add_disks=(DiskAdd(capacity_bytes=GIB, thin=bool(cpus % 2)),)),
            "port": DeviceChanges(add_ports=(PortAdd(network=self.lab.network("net-2").uid),)),
            "remove": DeviceChanges(remove_disks=tuple(DiskRemove(disk=disk.uid, destroy=True) for disk in disks[-1:])),
        }
        self.begin(ReconfigureVm(vm=vm.uid, settings=VmSettings(cpus=cpus), devices=changes.get(devices, DeviceChanges())), vm)

    @rule(number=numbers, host=numbers, store=numbers)
    def move(self, number: int, host: int, store: int) -> None:
        if vm := self.pick(Vm, number):
            self.begin(MoveVm(vm=vm.uid, host=self.pick(Hypervisor, host).uid, datastore=self.pick(Datastore, store).uid), vm)

    @rule(number=numbers, on=st.booleans())
    def clone(self, number: int, on: bool) -> None:
        self.names += 1
        if vm := self.pick(Vm, number):
            self.ask(CloneVm(source=vm.uid, settings=VmSettings(name=f"clone-{self.names % 4}"), pool=self.lab.root.uid, power_on=on))
            self.model.follow(self.lab.state.all(Vm))

    @rule(number=numbers)
    def destroy(self, number: int) -> None:
        if vm := self.pick(Vm, number):
            self.begin(DestroyVm(vm=vm.uid), vm)

    @rule(number=numbers, memory=st.booleans())
    def snapshot(self, number: int, memory: bool) -> None:
        if vm := self.pick(Vm, number):
            self.begin(CreateSnapshot(vm=vm.uid, name="s", memory=memory), vm)

    @rule(number=numbers, remove=st.booleans())
    def use_snapshot(self, number: int, remove: bool) -> None:
        snapshot = self.pick(Snapshot, number)
        if snapshot is not None:
            vm = self.lab.state.get(Vm, snapshot.vm)
            self.begin(
                RemoveSnapshots(vm=vm.uid, snapshots=(snapshot.uid,)) if remove else RevertSnapshot(vm=vm.uid, snapshot=snapshot.uid), vm
            )

    @rule(number=numbers)
    def turn_template(self, number: int) -> None:
        if vm := self.pick(Vm, number):
            self.ask(MarkVm(vm=vm.uid, pool=self.lab.root.uid) if vm.template else MarkTemplate(vm=vm.uid))

    # -- endings, faults and time ------------------------------------------------------------------------------------------------

    @rule(number=numbers, fails=st.booleans())
    def end(self, number: int, fails: bool) -> None:
        running = self.lab.state.where(Task, "state", TaskState.RUNNING)
        if not running:
            return
        task = running[number % len(running)]
        effect = Effect(machine="docker", addresses={"00:50:56:00:00:01": ("10.0.9.9",)}, ref="image:x")
        ended = self.lab.fail(task) if fails else self.lab.finish(task, effect)
        self.settle(ended, OPERATIONS.get(task.operation, Operation))
        if task.operation in {"vm.clone", "snapshot.revert"}:
            self.model.follow(self.lab.state.all(Vm))

    @rule(code=st.sampled_from(sorted(FAULT_KINDS)), number=numbers)
    def inject(self, code: str, number: int) -> None:
        self.ask(InjectFault(code=code, subject=self.pick(FAULT_KINDS[code].subject, number).uid))
        self.model.follow(self.lab.state.all(Vm))

    @rule(number=numbers)
    def clear(self, number: int) -> None:
        if fault := self.pick(Fault, number):
            self.ask(ClearFault(fault=fault.uid))
            self.model.follow(self.lab.state.all(Vm))

    @rule(number=numbers, power=st.sampled_from(Power))
    def report(self, number: int, power: Power) -> None:
        if vm := self.pick(Vm, number):
            self.ask(ReportMachine(vm=vm.uid, power=power, reason="docker"))
            self.model.follow(self.lab.state.all(Vm))

    @rule(seconds=st.sampled_from([1.0, 20.0, 200.0]))
    def pass_time(self, seconds: float) -> None:
        self.lab.step(seconds)
        while due := [timer for timer in self.lab.state.all(Timer) if timer.due <= self.lab.clock.now()]:
            self.ask(FireTimer(timer=min(due, key=lambda timer: (timer.due, timer.number)).uid))
        self.model.follow(self.lab.state.all(Vm))

    # -- crashes, full disks, checkpoints ----------------------------------------------------------------------------------------

    @rule()
    def restart(self) -> None:
        before, number = image(self.lab.state), self.lab.state.next_number
        self.lab = self.lab.reopened()
        assert image(self.lab.state) == before
        assert list(image(self.lab.state)) == list(before)
        assert self.lab.state.next_number == number

    @rule(number=numbers)
    def full_disk(self, number: int) -> None:
        """A command that the journal cannot take leaves nothing, in memory or on disk."""
        journal = self.lab.world.journal
        journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        journal._db.execute(f"PRAGMA max_page_count = {journal._db.execute('PRAGMA page_count').fetchone()[0]}")
        before, sequence, next_number = image(self.lab.state), self.lab.world.sequence, self.lab.state.next_number
        vm = self.pick(Vm, number)
        try:
            if vm is not None:
                self.lab.do(CloneVm(source=vm.uid, settings=VmSettings(name="big", annotation="x" * 300_000), pool=self.lab.root.uid))
        except JournalUnavailable:
            assert image(self.lab.state) == before
            assert (self.lab.world.sequence, self.lab.state.next_number) == (sequence, next_number)
        except DomainError:
            pass
        finally:
            journal._db.execute("PRAGMA max_page_count = 1000000")

    @rule()
    def take_checkpoint(self) -> None:
        self.checkpoint = self.folder / f"checkpoint-{self.lab.world.sequence}.db"
        self.lab.world.journal.copy_to(self.checkpoint)

    @precondition(lambda self: self.checkpoint is not None)
    @rule()
    def go_back(self) -> None:
        assert self.checkpoint is not None
        self.ask(RestoreWorld(name="c", entities=_entities(self.checkpoint)))
        self.model.follow(self.lab.state.all(Vm))

    # -- what always holds ---------------------------------------------------------------------------------------------------------

    @invariant()
    def powers_are_the_model_s(self) -> None:
        if hasattr(self, "lab"):
            assert {vm.uid: vm.power for vm in self.lab.state.all(Vm)} == self.model.power

    @invariant()
    def indexes_are_what_the_entities_say(self) -> None:
        if hasattr(self, "lab"):
            fresh = WorldState()
            for entity in sorted(self.lab.state, key=lambda entity: entity.number):
                fresh.load(entity)
            assert {key: set(uids) for key, uids in fresh._index.items()} == {k: set(u) for k, u in self.lab.state._index.items() if u}
            assert all(key in fresh._index for entity in self.lab.state for key in keys_of(entity))

    @invariant()
    def sums_are_what_the_vms_say(self) -> None:
        if hasattr(self, "lab"):
            for host in self.lab.state.all(Hypervisor):
                vms = [capacity.promised_to(vm) for vm in self.lab.state.where(Vm, "host", host.uid)]
                starting = [one.room for one in self.lab.state.where(Task, "host", host.uid) if one.state is TaskState.RUNNING]
                counted = map(sum, zip(capacity.Promised(), *vms, *starting, strict=True))
                assert capacity.promised_on(self.lab.state, host) == tuple(counted), "law 5"

    @invariant()
    def laws_hold(self) -> None:
        if not hasattr(self, "lab"):
            return
        state = self.lab.state
        for host in state.all(Hypervisor):
            assert not (host.running and why_down(state, host)), "law 1"
        for store in state.all(Datastore):
            assert sum(map(capacity.disk_space, state.where(Disk, "datastore", store.uid))) <= store.capacity_bytes, "law 5"
        for cls, field in ((Port, "mac"), (Disk, "path")):
            values = [getattr(one, field) for one in state.all(cls)]
            assert len(values) == len(set(values)), f"two share a {field}"
        addresses = [(port.network, port.ip) for port in state.all(Port) if port.ip]
        assert len(addresses) == len(set(addresses)), "two share an address"
        for task in state.all(Task):
            assert bool(task.lock) <= (task.state is TaskState.RUNNING), "what is over holds nothing"
        for vm in state.all(Vm):
            assert vm.power is Power.OFF or not vm.template
            home = state.maybe(Hypervisor, vm.host)
            assert home is None or home.connection is not Connection.NOT_RESPONDING or vm.power is not Power.ON, "law 1"
            assert state.maybe(Snapshot, vm.current_snapshot) is not None or not vm.current_snapshot

    @invariant()
    def replaying_the_journal_gives_the_same_bytes(self) -> None:
        if hasattr(self, "lab") and self.lab.world.sequence % 7 == 0:  # it costs as much as everything else together
            state = WorldState()
            records = self.lab.events()
            for record in records:
                apply_stored(state, record.event)
            assert image(state) == image(self.lab.state)
            assert [record.sequence for record in records] == list(range(1, len(records) + 1))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_random_histories_of_the_world() -> None:
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    config = settings(max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=checks, print_blob=True)
    run_state_machine_as_test(WorldMachine, settings=config)

"""The laws of hosts: what brings one down, what falls with it, what high availability saves, and that every effect names its cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcsim.errors import AlreadyExists, InvalidArgument, InvalidState, NotFound
from emulators.world.commands import Effect
from emulators.world.decisions.components import FAULT_KINDS, ClearFault, InjectFault, SetBladePower
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.hosts import SetConnection, SetMaintenance
from emulators.world.decisions.power import Suspend
from emulators.world.decisions.timers import FireTimer
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.model import (
    Blade,
    BladePower,
    Connection,
    Fault,
    Power,
    PowerSupply,
    Task,
    Timer,
)
from emulators.world.reach import why_down
from tests.unit.world.lab import INVENTORY, Lab


def inject(lab: Lab, code: str, name: str) -> str:
    subject = lab.named(FAULT_KINDS[code].subject, name)
    uid: str = lab.do(InjectFault(code=code, subject=subject.uid))
    return uid


def down(lab: Lab) -> set[str]:
    """Names of the hosts that do not run."""
    return {f"esx-{number}" for number in (1, 2, 3) if not lab.host(f"esx-{number}").running}


def fire_due(lab: Lab) -> None:
    """What the timekeeper does."""
    while due := [timer for timer in lab.state.all(Timer) if timer.due <= lab.clock.now()]:
        lab.do(FireTimer(timer=min(due, key=lambda timer: timer.due).uid))


# -- law 1: up if powered, healthy, associated, and reached ------------------------------------------------------------------------

STRIKES = [
    ([("host-crash", "esx-1")], {"esx-1"}),
    ([("blade-failure", "ucs/1/1")], {"esx-1"}),
    ([("blade-removed", "ucs/1/1")], {"esx-1"}),
    ([("chassis-removed", "ucs/1")], {"esx-1", "esx-2"}),
    ([("psu-failure", f"ucs/1/psu-{n}") for n in (1, 2, 3)], set()),
    ([("psu-failure", f"ucs/1/psu-{n}") for n in (1, 2, 3, 4)], {"esx-1", "esx-2"}),
    ([("power-feed-loss", "feed-a")], set()),
    ([("power-feed-loss", "feed-a"), ("power-feed-loss", "feed-b")], {"esx-1", "esx-2", "esx-3"}),
    ([("power-feed-loss", "feed-a"), *(("psu-failure", f"ucs/2/psu-{n}") for n in (3, 4))], {"esx-3"}),
    ([("fabric-interconnect-failure", "ucs-A")], set()),
    ([("fabric-interconnect-failure", "ucs-A"), ("fabric-interconnect-failure", "ucs-B")], {"esx-1", "esx-2", "esx-3"}),
    ([("fabric-interconnect-failure", "ucs-A"), ("io-module-failure", "ucs/2/iom-B")], {"esx-3"}),
    ([("io-module-failure", "ucs/1/iom-A"), ("io-module-failure", "ucs/1/iom-B")], {"esx-1", "esx-2"}),
    ([("link-down", f"ucs-{leg}/1/{port}") for leg in "AB" for port in (3, 4)], {"esx-3"}),
    ([("link-down", f"ucs-A/1/{port}") for port in (3, 4)], set()),
    ([("upstream-switch-failure", "n9k-a")], set()),
    ([("upstream-switch-failure", "n9k-a"), ("upstream-switch-failure", "n9k-b")], {"esx-1", "esx-2", "esx-3"}),
    ([("upstream-switch-failure", "n9k-a"), ("link-down", "ucs-A/1/50"), ("link-down", "ucs-B/1/50")], {"esx-1", "esx-2", "esx-3"}),
]


@pytest.mark.parametrize(
    ("strikes", "fallen"), STRIKES, ids=lambda value: "+".join(f"{c}:{n}" for c, n in value) if isinstance(value, list) else ""
)
def test_what_brings_hosts_down_and_that_mending_brings_them_back(lab: Lab, strikes: list[tuple[str, str]], fallen: set[str]) -> None:
    before = {name: lab.host(name) for name in ("esx-1", "esx-2", "esx-3")}
    faults = [inject(lab, code, name) for code, name in strikes]
    assert down(lab) == fallen
    for name in fallen:
        assert lab.host(name).connection is Connection.NOT_RESPONDING
        assert why_down(lab.state, lab.host(name))
    for fault in reversed(faults):
        lab.do(ClearFault(fault=fault))
    assert down(lab) == set()
    for name, host in before.items():
        assert lab.host(name).connection is Connection.CONNECTED
        assert (lab.host(name).booted == lab.clock.now()) == (name in fallen or host.booted == lab.clock.now())
    assert lab.faults() == []


def test_every_fault_strikes_and_is_mended(lab: Lab) -> None:
    """The table itself: each row breaks one of its kind, says so, and mends it again."""
    for code, kind in FAULT_KINDS.items():
        subject = lab.breakable(code)
        uid = lab.do(InjectFault(code=code, subject=subject.uid))
        fault = lab.state.get(Fault, uid)
        assert (fault.severity, fault.description, fault.injected) == (kind.severity, kind.description, True)
        broken = lab.state.get(kind.subject, subject.uid)
        assert {name: getattr(broken, name) for name in kind.broken} == kind.broken
        lab.do(ClearFault(fault=uid))
        mended = lab.state.get(kind.subject, subject.uid)
        assert {name: getattr(mended, name) for name in kind.mended} == kind.mended


def test_a_blade_switched_off_takes_its_host_and_brings_it_back(lab: Lab) -> None:
    blade = lab.named(Blade, "ucs/1/1")
    lab.do(SetBladePower(blade=blade.uid, power=BladePower.OFF))
    assert down(lab) == {"esx-1"}
    assert why_down(lab.state, lab.host()) == "blade ucs/1/1 is powered off"
    lab.do(SetBladePower(blade=blade.uid, power=BladePower.ON))
    assert down(lab) == set()
    after = lab.world.sequence
    lab.do(SetBladePower(blade=blade.uid, power=BladePower.ON))
    assert lab.types(after) == []


def test_two_reasons_must_both_go(lab: Lab) -> None:
    first, second = inject(lab, "host-crash", "esx-1"), inject(lab, "blade-failure", "ucs/1/1")
    lab.do(ClearFault(fault=first))
    assert down(lab) == {"esx-1"}
    lab.do(ClearFault(fault=second))
    assert down(lab) == set()


def test_faults_that_cannot_be(lab: Lab) -> None:
    with pytest.raises(InvalidArgument, match="there are: array-failure") as refused:
        lab.do(InjectFault(code="gremlins", subject=lab.host().uid))
    assert refused.value.field == "code"
    with pytest.raises(NotFound):
        lab.do(InjectFault(code="host-crash", subject=lab.vm().uid))
    inject(lab, "host-crash", "esx-1")
    with pytest.raises(AlreadyExists):
        inject(lab, "host-crash", "esx-1")
    inject(lab, "fabric-interconnect-failure", "ucs-A")
    caused = next(fault for fault in lab.state.all(Fault) if not fault.injected)
    with pytest.raises(InvalidArgument, match="was not injected"):
        lab.do(ClearFault(fault=caused.uid))


# -- law 2: high availability --------------------------------------------------------------------------------------------------------


def test_vms_of_a_dead_host_restart_on_others(lab: Lab) -> None:
    inject(lab, "host-crash", "esx-1")
    for name in ("web", "db"):
        assert lab.vm(name).power is Power.OFF
        assert lab.vm(name).host != lab.host("esx-1").uid
    tasks = [task for task in lab.state.all(Task) if task.operation == "vm.power_on"]
    assert [task.subject_name for task in tasks] == ["web", "db"]
    for task in tasks:
        lab.finish(task, Effect(machine="simulated"))
    assert lab.vm("web").power is lab.vm("db").power is Power.ON


def test_admission_control_s_reserve_is_for_this(tmp_path: Path) -> None:
    """One host of two is left, less than admission control tolerates: what it kept room for restarts all the same."""
    two = INVENTORY.replace(", esx-3: ucs/2/1}", "}")
    lab = Lab(tmp_path, inventory=two)
    lab.do(InjectFault(code="host-crash", subject=lab.host("esx-1").uid))
    assert [task.subject_name for task in lab.state.all(Task)] == ["web", "db"]
    lab.close()


def test_by_priority_while_capacity_allows(tmp_path: Path) -> None:
    """No host is left: each stays off with the reason, the one of higher priority first."""
    lab = Lab(tmp_path, inventory=INVENTORY.replace("hosts: {esx-1", "ha: {admission_control: false}, hosts: {esx-1"))
    for name, priority in (("web", "low"), ("db", "high")):
        lab.run(ReconfigureVm(vm=lab.vm(name).uid, settings=VmSettings(restart_priority=priority)))
    lab.do(SetMaintenance(host=lab.host("esx-2").uid, maintenance=True))
    lab.do(SetMaintenance(host=lab.host("esx-3").uid, maintenance=True))
    after = lab.world.sequence
    inject(lab, "host-crash", "esx-1")
    refused = [record for record in lab.events(after) if record.event.type.endswith("vm.not_restarted")]
    assert [record.event.subject for record in refused] == [lab.vm("db").uid, lab.vm("web").uid]
    assert all(record.event.detail["reason"] for record in refused)
    assert all(record.event.cause for record in refused)
    assert lab.vm("web").host == lab.host("esx-1").uid
    lab.close()


def test_disabled_vms_and_clusters_without_ha_stay_off(lab: Lab, tmp_path: Path) -> None:
    lab.run(ReconfigureVm(vm=lab.vm("web").uid, settings=VmSettings(restart_priority="disabled")))
    inject(lab, "host-crash", "esx-1")
    assert [task.subject_name for task in lab.state.all(Task) if task.operation == "vm.power_on"] == ["db"]
    without = Lab(tmp_path / "without", inventory=INVENTORY.replace("hosts: {esx-1", "ha: {enabled: false}, hosts: {esx-1"))
    without.do(InjectFault(code="host-crash", subject=without.host().uid))
    assert without.vm("web").power is Power.OFF
    assert without.state.count(Task) == 0
    without.close()


def test_what_is_suspended_or_off_is_left_alone(lab: Lab) -> None:
    lab.run(Suspend(vm=lab.vm("web").uid))
    inject(lab, "host-crash", "esx-1")
    assert lab.vm("web").power is Power.SUSPENDED
    assert lab.vm("web").host == lab.host("esx-1").uid


# -- time ------------------------------------------------------------------------------------------------------------------------------


def test_detection_restart_and_boot_take_their_time(slow_lab: Lab) -> None:
    lab = slow_lab
    fault = inject(lab, "host-crash", "esx-1")
    assert (lab.host().running, lab.host().connection, lab.vm("web").power) == (False, Connection.CONNECTED, Power.ON)
    lab.step(29)
    fire_due(lab)
    assert lab.host().connection is Connection.CONNECTED
    lab.step(1)
    fire_due(lab)
    assert (lab.host().connection, lab.vm("web").power) == (Connection.NOT_RESPONDING, Power.OFF)
    assert lab.state.count(Task) == 0
    lab.step(15)
    fire_due(lab)
    assert [task.subject_name for task in lab.state.all(Task)] == ["web", "db"]
    lab.do(ClearFault(fault=fault))
    lab.step(179)
    fire_due(lab)
    assert not lab.host().running
    lab.step(1)
    fire_due(lab)
    assert (lab.host().running, lab.host().connection, lab.host().booted) == (True, Connection.CONNECTED, lab.clock.now())


def test_a_short_failure_still_costs_the_vms(slow_lab: Lab) -> None:
    """The host reboots: its control plane notices, and what ran on it restarts."""
    lab = slow_lab
    lab.do(ClearFault(fault=inject(lab, "host-crash", "esx-1")))
    for seconds in (30, 15):
        lab.step(seconds)
        fire_due(lab)
    assert {task.subject_name for task in lab.state.all(Task)} == {"web", "db"}


def test_a_host_that_fails_again_while_booting_does_not_come_up(slow_lab: Lab) -> None:
    lab = slow_lab
    lab.do(ClearFault(fault=inject(lab, "host-crash", "esx-1")))
    lab.step(100)
    fire_due(lab)
    inject(lab, "blade-failure", "ucs/1/1")
    lab.step(100)
    fire_due(lab)
    assert not lab.host().running


# -- law 3: redundancy -----------------------------------------------------------------------------------------------------------------


def test_one_fabric_of_two_is_a_fault_of_every_host_behind_it(lab: Lab) -> None:
    fault = inject(lab, "io-module-failure", "ucs/1/iom-A")
    assert sorted(lab.faults()) == [
        ("fabric-path-degraded", "esx-1"),
        ("fabric-path-degraded", "esx-2"),
        ("io-module-failure", "ucs/1/iom-A"),
    ]
    caused = next(one for one in lab.state.all(Fault) if one.code == "fabric-path-degraded")
    assert caused.description == "esx-1 reaches the network over fabric B only."
    other = inject(lab, "io-module-failure", "ucs/1/iom-B")
    assert "fabric-path-degraded" not in {code for code, _ in lab.faults()}, "now they are isolated, which is another thing"
    lab.do(ClearFault(fault=other))
    lab.do(ClearFault(fault=fault))
    assert lab.faults() == []


# -- law 4: storage --------------------------------------------------------------------------------------------------------------------


def test_an_array_takes_its_datastores_with_it(lab: Lab) -> None:
    array, other = inject(lab, "array-failure", "array-1"), inject(lab, "array-failure", "array-2")
    assert (lab.datastore("ds-1").accessible, lab.datastore("ds-2").accessible) == (False, False)
    lab.do(ClearFault(fault=array))
    assert (lab.datastore("ds-1").accessible, lab.datastore("ds-2").accessible) == (True, False)
    lab.do(ClearFault(fault=other))
    assert lab.datastore("ds-2").accessible


def test_a_datastore_comes_back_only_when_nothing_is_wrong_with_it(lab: Lab) -> None:
    paths, array = inject(lab, "datastore-inaccessible", "ds-1"), inject(lab, "array-failure", "array-1")
    lab.do(ClearFault(fault=paths))
    assert not lab.datastore("ds-1").accessible
    paths = inject(lab, "datastore-inaccessible", "ds-1")
    lab.do(ClearFault(fault=array))
    assert not lab.datastore("ds-1").accessible
    lab.do(ClearFault(fault=paths))
    assert lab.datastore("ds-1").accessible


# -- law 8: causes -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timing", ["instant", "realistic"])
def test_every_symptom_leads_back_to_the_fault(tmp_path: Path, timing: str) -> None:
    """From the power supplies to the VMs that restarted, by causes alone."""
    lab = Lab(tmp_path, timing=timing)
    after = lab.world.sequence
    for number in (1, 2, 3, 4):
        inject(lab, "psu-failure", f"ucs/1/psu-{number}")
    for seconds in (30, 15):
        lab.step(seconds)
        fire_due(lab)
    records = {record.event.id: record.event for record in lab.events(after)}
    restarts = [event for event in records.values() if event.type == "dcsim.work.task.started"]
    assert len(restarts) == 2
    for event in restarts:
        chain = [event]
        while chain[-1].cause:
            chain.append(records[chain[-1].cause])
        types = [one.type.removeprefix("dcsim.") for one in chain]
        assert types == [
            "work.task.started",
            "compute.hypervisor.not_responding",
            "compute.hypervisor.failed",
            "hardware.component.failed",
            "work.fault.raised",
        ]
        assert lab.state.get(Fault, chain[-1].subject).subject == lab.named(PowerSupply, "ucs/1/psu-4").uid
    lab.close()


# -- what operators do -------------------------------------------------------------------------------------------------------------------


def test_maintenance_waits_until_nothing_runs(lab: Lab) -> None:
    with pytest.raises(InvalidState, match="VMs run on esx-1"):
        lab.do(SetMaintenance(host=lab.host().uid, maintenance=True))
    host = lab.host("esx-3").uid
    lab.do(SetMaintenance(host=host, maintenance=True))
    with pytest.raises(InvalidState, match="is in maintenance mode already"):
        lab.do(SetMaintenance(host=host, maintenance=True))
    lab.do(SetMaintenance(host=host, maintenance=False))
    with pytest.raises(InvalidState, match="is not in maintenance mode already"):
        lab.do(SetMaintenance(host=host, maintenance=False))


def test_disconnecting_leaves_what_runs(lab: Lab) -> None:
    host = lab.host().uid
    lab.do(SetConnection(host=host, connected=False))
    assert (lab.host().connection, lab.vm("web").power) == (Connection.DISCONNECTED, Power.ON)
    lab.do(SetConnection(host=host, connected=True))
    assert lab.host().connection is Connection.CONNECTED
    inject(lab, "host-crash", "esx-2")
    with pytest.raises(InvalidState, match="does not answer"):
        lab.do(SetConnection(host=lab.host("esx-2").uid, connected=True))

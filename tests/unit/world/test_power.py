"""Power of VMs: which state allows what, and what a machine's end or beginning means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dcsim.errors import InsufficientResources, InvalidState, NotFound
from emulators.world.commands import Effect
from emulators.world.decisions.components import InjectFault
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.hosts import SetMaintenance
from emulators.world.decisions.machines import AdoptSimulated
from emulators.world.decisions.power import PowerOff, PowerOn, RebootGuest, ReportMachine, Reset, ShutdownGuest, Suspend
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.model import Allocation, Cluster, Guest, Power, TaskState, Vm
from tests.unit.world.lab import NOW, Lab

RUNNING = Effect(machine="docker", hostname="web", addresses={"00:50:56:00:00:01": ("10.0.1.9",)}, started=NOW)
OPERATIONS = {
    "on": PowerOn, "off": PowerOff, "suspend": Suspend, "reset": Reset, "shutdown": ShutdownGuest, "reboot": RebootGuest,
}  # fmt: skip
ALLOWED = {
    Power.ON: {"off", "suspend", "reset", "shutdown", "reboot"},
    Power.OFF: {"on"},
    Power.SUSPENDED: {"on", "off"},
}


def brought_to(lab: Lab, power: Power) -> str:
    """The spare VM, with its tools running where it runs."""
    uid = lab.vm("spare").uid
    if power is not Power.OFF:
        lab.run(PowerOn(vm=uid), RUNNING)
    if power is Power.SUSPENDED:
        lab.run(Suspend(vm=uid))
    assert lab.vm("spare").power is power
    return uid


@pytest.mark.parametrize("power", list(Power))
@pytest.mark.parametrize("name", list(OPERATIONS))
def test_each_state_allows_what_it_allows(lab: Lab, power: Power, name: str) -> None:
    uid, operation = brought_to(lab, power), OPERATIONS[name]
    if name in ALLOWED[power]:
        assert lab.run(operation(vm=uid), RUNNING).state is TaskState.SUCCESS
        return
    before = lab.image()
    with pytest.raises(InvalidState, match="spare") as refused:
        lab.do(operation(vm=uid))
    assert (refused.value.subject, refused.value.existing) == (uid, power)
    assert lab.image() == before


def test_a_started_machine_tells_about_its_guest(lab: Lab) -> None:
    uid = lab.vm("spare").uid
    lab.run(PowerOn(vm=uid), RUNNING)
    vm = lab.vm("spare")
    assert (vm.machine, vm.guest) == ("docker", Guest("web", RUNNING.addresses, tools_running=True, started=NOW))
    lab.run(Suspend(vm=uid))
    assert lab.vm("spare").guest == Guest()
    lab.run(PowerOn(vm=uid), RUNNING)
    later = Effect(addresses=RUNNING.addresses, started=NOW + timedelta(seconds=5))
    lab.run(Reset(vm=uid), later)
    assert lab.vm("spare").guest.started == later.started
    lab.run(PowerOff(vm=uid))
    assert lab.vm("spare").guest == Guest()


def test_the_guest_is_asked_only_where_tools_run(lab: Lab) -> None:
    booting = next(vm for vm in lab.state.all(Vm) if vm.power is Power.ON and not vm.guest.tools_running)
    with pytest.raises(InvalidState, match="Tools is not running") as refused:
        lab.do(ShutdownGuest(vm=booting.uid))
    assert refused.value.field == "tools"


def test_a_template_cannot_be_powered_on(lab: Lab) -> None:
    with pytest.raises(InvalidState, match="template") as refused:
        lab.do(PowerOn(vm=lab.vm("golden").uid))
    assert refused.value.field == "template"


def test_a_vm_starts_where_it_is_or_where_it_is_told(lab: Lab) -> None:
    spare = lab.vm("spare")
    lab.run(PowerOn(vm=spare.uid), RUNNING)
    assert lab.vm("spare").host == spare.host
    lab.run(PowerOff(vm=spare.uid))
    lab.run(PowerOn(vm=spare.uid, host=lab.host("esx-3").uid), RUNNING)
    assert lab.vm("spare").host == lab.host("esx-3").uid


def test_a_vm_whose_host_is_in_maintenance_starts_on_another(lab: Lab) -> None:
    lab.do(SetMaintenance(host=lab.host("esx-2").uid, maintenance=True))
    lab.run(PowerOn(vm=lab.vm("spare").uid), RUNNING)
    assert lab.vm("spare").host != lab.host("esx-2").uid
    lab.run(PowerOff(vm=lab.vm("spare").uid))
    with pytest.raises(InvalidState, match="not available"):
        lab.do(PowerOn(vm=lab.vm("spare").uid, host=lab.host("esx-2").uid))


def test_what_no_host_can_promise_is_refused(lab: Lab) -> None:
    uid = lab.vm("spare").uid
    settings = VmSettings(memory_bytes=63 << 30, memory=Allocation(reservation=63 << 10))
    lab.run(ReconfigureVm(vm=uid, settings=settings))
    with pytest.raises(InsufficientResources) as refused:
        lab.do(PowerOn(vm=uid))
    assert refused.value.resource == "memory"


def test_admission_control_keeps_room_for_a_failure(lab: Lab) -> None:
    for name in ("esx-2", "esx-3"):
        lab.do(SetMaintenance(host=lab.host(name).uid, maintenance=True))
    with pytest.raises(InsufficientResources, match="failover level") as refused:
        lab.do(PowerOn(vm=lab.vm("spare").uid, host=lab.host("esx-1").uid))
    assert (refused.value.resource, refused.value.subject) == ("failover", lab.state.all(Cluster)[0].uid)


@pytest.mark.parametrize("operation", [Suspend, Reset, PowerOn])
def test_what_the_host_s_end_overtakes_fails(slow_lab: Lab, operation: type[Suspend | Reset | PowerOn]) -> None:
    """The effect was done on a host that has died since: the VM is not suspended, reset or started there."""
    name = "spare" if operation is PowerOn else "web"
    vm = slow_lab.vm(name)
    task = slow_lab.begin(operation(vm=vm.uid))
    slow_lab.do(InjectFault(code="host-crash", subject=vm.host))
    ended = slow_lab.finish(task, RUNNING)
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (TaskState.ERROR, "InvalidState")
    assert "went down" in ended.error.message
    assert slow_lab.vm(name).power is vm.power


# -- what machines report --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("power", "found", "event"),
    [
        (Power.ON, Power.OFF, "compute.vm.failed"),
        (Power.SUSPENDED, Power.OFF, "compute.vm.failed"),
        (Power.ON, Power.SUSPENDED, "compute.vm.suspended"),
        (Power.OFF, Power.ON, "compute.vm.powered_on"),
        (Power.SUSPENDED, Power.ON, "compute.vm.powered_on"),
        (Power.ON, Power.ON, "compute.vm.guest_changed"),
    ],
)
def test_a_machine_changed_outside_is_believed(lab: Lab, power: Power, found: Power, event: str) -> None:
    uid, after = brought_to(lab, power), lab.world.sequence
    effect = Effect(machine="docker", addresses={"00:50:56:00:00:01": ("10.0.1.77",)}, started=NOW + timedelta(seconds=9))
    lab.do(ReportMachine(vm=uid, power=found, effect=effect if found is Power.ON else Effect(), reason="docker kill"))
    assert lab.vm("spare").power is found
    assert lab.types(after) == [event]
    assert lab.events(after)[0].event.detail == {"reason": "docker kill"}
    assert lab.vm("spare").guest.addresses == (effect.addresses if found is Power.ON else {})


def test_a_machine_that_is_off_as_it_should_be_says_nothing(lab: Lab) -> None:
    after = lab.world.sequence
    lab.do(ReportMachine(vm=lab.vm("spare").uid, power=Power.OFF))
    assert lab.types(after) == []
    with pytest.raises(NotFound):
        lab.do(ReportMachine(vm="vm-nobody", power=Power.OFF))


@pytest.mark.parametrize("power", [Power.ON, Power.SUSPENDED])
def test_what_cannot_run_is_not_believed_to(lab: Lab, power: Power) -> None:
    lab.do(InjectFault(code="host-crash", subject=lab.vm("spare").host))
    for name in ("spare", "golden"):
        with pytest.raises(InvalidState, match="cannot run"):
            lab.do(ReportMachine(vm=lab.vm(name).uid, power=power))


def test_simulated_machines_are_adopted_many_at_once(lab: Lab) -> None:
    after, web = lab.world.sequence, lab.vm("web")
    lab.do(AdoptSimulated(vms=(web.uid, lab.vm("db").uid, lab.vm("spare").uid, "vm-nobody")))
    assert lab.types(after) == ["compute.machines.adopted"]
    assert lab.vm("web").machine == lab.vm("db").machine == "simulated"
    assert len(lab.vm("web").guest.addresses) == 1
    assert lab.vm("spare").machine == ""
    lab.do(AdoptSimulated(vms=(web.uid,)))
    assert len(lab.types(after)) == 1, "those that have a machine keep it"

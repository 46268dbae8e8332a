"""Power of VMs."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from dcsim.errors import InvalidState
from emulators.world.capacity import promised_to
from emulators.world.commands import Command, Effect, Operation, Room, begins, decides, finishes
from emulators.world.decide import Decision
from emulators.world.decisions import hosting
from emulators.world.events import declare
from emulators.world.model import Guest, Hypervisor, Power, Vm
from emulators.world.state import WorldState

VM_POWERED_ON = declare("dcsim.compute.vm.powered_on", "A VM was powered on")
VM_POWERED_OFF = declare("dcsim.compute.vm.powered_off", "A VM was powered off")
VM_SUSPENDED = declare("dcsim.compute.vm.suspended", "A VM was suspended")
VM_RESET = declare("dcsim.compute.vm.reset", "A VM was reset")
VM_GUEST_CHANGED = declare("dcsim.compute.vm.guest_changed", "What a VM's machine reports of its guest changed")
VM_FAILED = declare("dcsim.compute.vm.failed", "A VM's machine ended without anyone asking dc-sim for it")


class PowerOn(Operation, frozen=True, kw_only=True, tag="vm.power_on"):
    """Start or resume a VM, on ``host`` when named; ``failover``: high availability does it, with the room that admission kept for that."""

    LABEL: ClassVar[str] = "Power On virtual machine"
    vm: str
    host: str = ""
    failover: bool = False

    def room(self, state: WorldState) -> Room:
        """What the VM will be promised: from now on nobody else is."""
        vm = state.get(Vm, self.vm)
        return Room(self.host, vm.pool, promised_to(msgspec.structs.replace(vm, power=Power.ON))._replace(vms=0))


class PowerOff(Operation, frozen=True, kw_only=True, tag="vm.power_off"):
    """Cut a VM's power."""

    LABEL: ClassVar[str] = "Power Off virtual machine"
    SECONDS: ClassVar[float] = 1.0
    vm: str


class Suspend(Operation, frozen=True, kw_only=True, tag="vm.suspend"):
    """Freeze a VM with its memory."""

    LABEL: ClassVar[str] = "Suspend virtual machine"
    SECONDS: ClassVar[float] = 5.0
    vm: str


class Reset(Operation, frozen=True, kw_only=True, tag="vm.reset"):
    """Cut a VM's power and start it again."""

    LABEL: ClassVar[str] = "Reset virtual machine"
    vm: str


class ShutdownGuest(Operation, frozen=True, kw_only=True, tag="vm.shutdown_guest"):
    """Ask the guest to shut down."""

    LABEL: ClassVar[str] = "Initiate guest OS shutdown"
    SECONDS: ClassVar[float] = 10.0
    vm: str


class RebootGuest(Operation, frozen=True, kw_only=True, tag="vm.reboot_guest"):
    """Ask the guest to restart."""

    LABEL: ClassVar[str] = "Initiate guest OS reboot"
    SECONDS: ClassVar[float] = 15.0
    vm: str


class ReportMachine(Command, frozen=True, kw_only=True, tag="vm.report_machine"):
    """What a VM's machine is found to be, when nobody asked dc-sim for it: the container was stopped, killed or started outside."""

    vm: str
    power: Power
    effect: Effect = Effect()
    reason: str = ""


def require_power(vm: Vm, *allowed: Power, doing: str, wanted: Power | None = None) -> None:
    """Raise InvalidState unless the VM's power is one of ``allowed``; ``wanted`` is what the asker is after, if not the first of them."""
    if vm.power not in allowed:
        raise InvalidState(
            f"The attempted operation cannot be performed in the current state ({_WORD[vm.power]}): cannot {doing} {vm.name}.",
            subject=vm.uid,
            existing=vm.power,
            requested=wanted or allowed[0],
        )


_WORD = {Power.ON: "Powered on", Power.OFF: "Powered off", Power.SUSPENDED: "Suspended"}


@begins(PowerOn)
def begin_power_on(decision: Decision, operation: PowerOn) -> PowerOn:
    """Choose a host that can run it."""
    vm = decision.get(Vm, operation.vm)
    if vm.template:
        raise InvalidState(f"{vm.name} is a template; templates cannot be powered on.", subject=vm.uid, field="template")
    require_power(vm, Power.OFF, Power.SUSPENDED, doing="power on", wanted=Power.ON)
    host = hosting.host_for_power_on(decision.state, vm, operation.host, failover=operation.failover)
    return msgspec.structs.replace(operation, host=host.uid)


@finishes(PowerOn)
def finish_power_on(decision: Decision, operation: PowerOn, effect: Effect) -> None:
    """The machine runs, unless its host went down meanwhile."""
    vm, host = decision.get(Vm, operation.vm), decision.get(Hypervisor, operation.host)
    if not host.running:
        raise InvalidState(f"{host.name} went down while {vm.name} was starting.", subject=host.uid, field="host")
    decision.update(
        VM_POWERED_ON, vm, power=Power.ON, host=operation.host, machine=effect.machine or vm.machine, guest=guest_of(decision, vm, effect)
    )


def guest_of(decision: Decision, vm: Vm, effect: Effect) -> Guest:
    """The guest as a machine that has just started reports it."""
    return Guest(effect.hostname or vm.name, effect.addresses, tools_running=True, started=effect.started or decision.now)


@begins(PowerOff)
def begin_power_off(decision: Decision, operation: PowerOff) -> None:
    """Only what is on can be cut off."""
    require_power(decision.get(Vm, operation.vm), Power.ON, Power.SUSPENDED, doing="power off", wanted=Power.OFF)


@finishes(PowerOff)
def finish_power_off(decision: Decision, operation: PowerOff, _: Effect) -> None:
    """The machine has ended."""
    _off(decision, operation.vm)


@begins(ShutdownGuest)
def begin_shutdown(decision: Decision, operation: ShutdownGuest) -> None:
    """The guest must run, and its tools with it."""
    _require_tools(decision, operation.vm, "shut down the guest of")


@finishes(ShutdownGuest)
def finish_shutdown(decision: Decision, operation: ShutdownGuest, _: Effect) -> None:
    """The guest has ended."""
    _off(decision, operation.vm)


@begins(Suspend)
def begin_suspend(decision: Decision, operation: Suspend) -> None:
    """Only what is on can be suspended."""
    require_power(decision.get(Vm, operation.vm), Power.ON, doing="suspend", wanted=Power.SUSPENDED)


@finishes(Suspend)
def finish_suspend(decision: Decision, operation: Suspend, _: Effect) -> None:
    """The machine is frozen."""
    vm = _still_on(decision, operation.vm, "suspend")
    decision.update(VM_SUSPENDED, vm, power=Power.SUSPENDED, guest=Guest())


@begins(Reset)
def begin_reset(decision: Decision, operation: Reset) -> None:
    """Only what is on can be reset."""
    require_power(decision.get(Vm, operation.vm), Power.ON, doing="reset")


@finishes(Reset)
def finish_reset(decision: Decision, operation: Reset, effect: Effect) -> None:
    """The machine has started afresh."""
    _restarted(decision, operation.vm, effect)


@begins(RebootGuest)
def begin_reboot(decision: Decision, operation: RebootGuest) -> None:
    """The guest must run, and its tools with it."""
    _require_tools(decision, operation.vm, "reboot the guest of")


@finishes(RebootGuest)
def finish_reboot(decision: Decision, operation: RebootGuest, effect: Effect) -> None:
    """The machine has started afresh."""
    _restarted(decision, operation.vm, effect)


@decides(ReportMachine)
def report_machine(decision: Decision, command: ReportMachine) -> None:
    """Believe the machine: what was done behind our back shows, it is not hidden; but what cannot run is not believed to."""
    vm = decision.get(Vm, command.vm)
    host = decision.state.maybe(Hypervisor, vm.host)
    if command.power is not Power.OFF and (vm.template or (host is not None and not host.running)):
        raise InvalidState(f"{vm.name} cannot run: it is a template, or its host is down.", subject=vm.uid, existing=vm.power)
    detail = {"reason": command.reason} if command.reason else None
    if command.power is Power.ON:
        event = VM_GUEST_CHANGED if vm.power is Power.ON else VM_POWERED_ON
        guest = guest_of(decision, vm, command.effect)
        decision.update(event, vm, power=Power.ON, machine=command.effect.machine or vm.machine, guest=guest, detail=detail)
    elif command.power is Power.SUSPENDED:
        decision.update(VM_SUSPENDED, vm, power=Power.SUSPENDED, guest=Guest(), detail=detail)
    elif vm.power is not Power.OFF:
        decision.update(VM_FAILED, vm, power=Power.OFF, guest=Guest(), detail=detail)


def _off(decision: Decision, uid: str) -> None:
    decision.update(VM_POWERED_OFF, decision.get(Vm, uid), power=Power.OFF, guest=Guest())


def _restarted(decision: Decision, uid: str, effect: Effect) -> None:
    vm = _still_on(decision, uid, "restart")
    decision.update(VM_RESET, vm, guest=guest_of(decision, vm, effect))


def _still_on(decision: Decision, uid: str, doing: str) -> Vm:
    """The VM, refused when it or its host went down while the operation was under way."""
    vm = decision.get(Vm, uid)
    host = decision.state.maybe(Hypervisor, vm.host)
    if host is not None and not host.running:
        raise InvalidState(f"{host.name} went down: cannot {doing} {vm.name}.", subject=host.uid, field="host")
    require_power(vm, Power.ON, doing=doing)
    return vm


def _require_tools(decision: Decision, uid: str, doing: str) -> None:
    vm = decision.get(Vm, uid)
    require_power(vm, Power.ON, doing=doing)
    if not vm.guest.tools_running:
        raise InvalidState(
            f"Cannot {doing} {vm.name}: VMware Tools is not running in it.", subject=vm.uid, field="tools", existing="toolsNotRunning"
        )

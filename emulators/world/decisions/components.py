"""Hardware and storage that fails and recovers: one declarative table of faults, injected or operated, and their clearing."""

from __future__ import annotations

from typing import Any

import msgspec

from dcsim.errors import AlreadyExists, InvalidArgument, InvalidState
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.events import declare
from emulators.world.model import (
    Blade,
    BladePower,
    Chassis,
    Datastore,
    Entity,
    FabricInterconnect,
    Fan,
    Fault,
    FiPort,
    Hypervisor,
    IoModule,
    Lun,
    PowerFeed,
    PowerSupply,
    RackServer,
    Server,
    StorageArray,
    UpstreamSwitch,
)
from emulators.world.reach import PATHS_DOWN

COMPONENT_FAILED = declare("dcsim.hardware.component.failed", "A component stopped working")
COMPONENT_RECOVERED = declare("dcsim.hardware.component.recovered", "A component works again")
BLADE_POWERED = declare("dcsim.hardware.blade.powered", "A server was switched on or off")
PORT_SWITCHED = declare("dcsim.hardware.fi_port.switched", "An operator enabled or disabled a port")
FAULT_RAISED = declare("dcsim.work.fault.raised", "Something is wrong")
FAULT_CLEARED = declare("dcsim.work.fault.cleared", "It is right again")


class FaultKind(msgspec.Struct, frozen=True):
    """A fault that can be injected: what it strikes, the fields that make it so, and those that mend it.

    With ``part``, it strikes the first working one of the subject's parts of that name, and mending mends them all.  ``also`` is another
    kind that it strikes.
    """

    code: str
    subject: type[Entity]
    broken: dict[str, Any]
    mended: dict[str, Any]
    description: str
    severity: str = "critical"
    part: str = ""
    also: type[Entity] | None = None


_INOPERABLE: tuple[dict[str, Any], dict[str, Any]] = ({"operable": False}, {"operable": True})

FAULT_KINDS: dict[str, FaultKind] = {
    fault.code: fault
    for fault in (
        FaultKind("host-crash", Hypervisor, {"crashed": "the host has crashed (PSOD)"}, {"crashed": ""}, "The hypervisor has crashed."),
        FaultKind("blade-failure", Blade, *_INOPERABLE, "The blade is inoperable."),
        FaultKind("blade-removed", Blade, {"present": False}, {"present": True}, "The blade has been pulled out of its slot."),
        FaultKind("chassis-removed", Chassis, {"present": False}, {"present": True}, "The chassis has been taken away."),
        FaultKind("rack-server-failure", RackServer, *_INOPERABLE, "The rack server is inoperable."),
        FaultKind("rack-server-removed", RackServer, {"present": False}, {"present": True}, "The rack server has been taken away."),
        FaultKind("psu-failure", PowerSupply, *_INOPERABLE, "The power supply has failed.", "major"),
        FaultKind("fan-failure", Fan, *_INOPERABLE, "The fan module has failed.", "major"),
        FaultKind("dimm-failure", Blade, {}, {}, "A memory module has failed.", "major", part="dimms", also=RackServer),
        FaultKind("disk-failure", Blade, {}, {}, "A local disk has failed.", "major", part="disks", also=RackServer),
        FaultKind("power-feed-loss", PowerFeed, {"energised": False}, {"energised": True}, "The feed carries no power."),
        FaultKind("fabric-interconnect-failure", FabricInterconnect, *_INOPERABLE, "The fabric interconnect is down."),
        FaultKind("io-module-failure", IoModule, *_INOPERABLE, "The I/O module is down.", "major"),
        FaultKind("link-down", FiPort, {"up": False}, {"up": True}, "The link is down.", "major"),
        FaultKind("upstream-switch-failure", UpstreamSwitch, *_INOPERABLE, "The upstream switch is down.", "major"),
        FaultKind("array-failure", StorageArray, *_INOPERABLE, "The storage array is down."),
        FaultKind("lun-failure", Lun, *_INOPERABLE, "The LUN is offline."),
        FaultKind(PATHS_DOWN, Datastore, {"accessible": False}, {"accessible": True}, "The datastore has no path (APD)."),
    )
}


class InjectFault(Command, frozen=True, kw_only=True, tag="fault.inject"):
    """Break something: ``code`` is a key of FAULT_KINDS, ``subject`` the uid of what it strikes."""

    code: str
    subject: str


class ClearFault(Command, frozen=True, kw_only=True, tag="fault.clear"):
    """Mend what an injected fault broke."""

    fault: str


class SetBladePower(Command, frozen=True, kw_only=True, tag="blade.set_power"):
    """Switch a server on or off."""

    blade: str
    power: BladePower


class SwitchPort(Command, frozen=True, kw_only=True, tag="port.switch"):
    """Enable or disable a port of a fabric interconnect."""

    port: str
    enabled: bool


@decides(InjectFault)
def inject(decision: Decision, command: InjectFault) -> str:
    """The component is broken; answers the fault's uid."""
    kind = FAULT_KINDS.get(command.code)
    if kind is None:
        raise InvalidArgument(f"There is no fault {command.code!r}; there are: {', '.join(sorted(FAULT_KINDS))}.", field="code")
    subject = _struck(decision, kind, command.subject)
    if any(fault.code == command.code for fault in decision.state.where(Fault, "subject", subject.uid)):
        raise AlreadyExists(f"{subject.name} has the fault {command.code} already.", subject=subject.uid)
    broken: dict[str, Any] = {kind.part: _one_broken(subject, kind.part)} if kind.part else kind.broken
    fault = raise_fault(decision, subject, kind.code, kind.severity, kind.description, injected=True)
    decision.because(decision.events[-1].id)
    decision.update(COMPONENT_FAILED, subject, **broken)
    return fault.uid


def _struck(decision: Decision, kind: FaultKind, uid: str) -> Entity:
    found = decision.state.maybe(kind.also, uid) if kind.also is not None else None
    return found or decision.get(kind.subject, uid)


def _one_broken(subject: Entity, part: str) -> tuple[Any, ...]:
    """The parts with one more that does not work; raises InvalidState when none does."""
    parts = getattr(subject, part)
    place = next((place for place, one in enumerate(parts) if one.operable), None)
    if place is None:
        raise InvalidState(f"{subject.name} has no {part} left that work.", subject=subject.uid)
    return (*parts[:place], msgspec.structs.replace(parts[place], operable=False), *parts[place + 1 :])


def _all_mended(subject: Entity, part: str) -> tuple[Any, ...]:
    return tuple(msgspec.structs.replace(one, operable=True) for one in getattr(subject, part))


@decides(ClearFault)
def clear(decision: Decision, command: ClearFault) -> None:
    """The component works again."""
    fault = decision.get(Fault, command.fault)
    kind = FAULT_KINDS.get(fault.code)
    if kind is None or not fault.injected:
        raise InvalidArgument(f"The fault {fault.code} was not injected; it goes when its cause does.", subject=fault.uid)
    decision.delete(FAULT_CLEARED, fault)
    subject = decision.state.find(fault.subject)
    if subject is not None:
        decision.because(decision.events[-1].id)
        mended: dict[str, Any] = {kind.part: _all_mended(subject, kind.part)} if kind.part else kind.mended
        decision.update(COMPONENT_RECOVERED, subject, **mended)


@decides(SwitchPort)
def switch_port(decision: Decision, command: SwitchPort) -> None:
    """The port carries traffic, or none."""
    decision.update(PORT_SWITCHED, decision.get(FiPort, command.port), enabled=command.enabled)


@decides(SetBladePower)
def set_blade_power(decision: Decision, command: SetBladePower) -> None:
    """The server is on or off."""
    decision.update(BLADE_POWERED, decision.get(Server, command.blade), power=command.power)


def raise_fault(decision: Decision, subject: Entity, code: str, severity: str, description: str, *, injected: bool = False) -> Fault:
    """Record that something is wrong."""
    return decision.create(
        FAULT_RAISED,
        Fault,
        name=f"{code} on {subject.name}",
        site=subject.site,
        subject=subject.uid,
        code=code,
        severity=severity,
        description=description,
        injected=injected,
        cause=decision.cause,
    )


def clear_faults(decision: Decision, subject: Entity, code: str) -> None:
    """Take back the caused (not the injected) faults of a code."""
    for fault in decision.state.where(Fault, "subject", subject.uid):
        if fault.code == code and not fault.injected:
            decision.delete(FAULT_CLEARED, fault)

"""Hosts that go down and come back (law 1), and high availability (law 2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dcsim.errors import DomainError, InvalidState
from emulators.world import reach
from emulators.world.commands import Command, decides, decode_command, follows
from emulators.world.decide import Decision
from emulators.world.decisions import components, hosting, profiles, timers
from emulators.world.decisions.operations import holder, start
from emulators.world.decisions.power import PowerOn
from emulators.world.events import Event, declare
from emulators.world.model import (
    Cluster,
    Connection,
    Datastore,
    Entity,
    Fault,
    Guest,
    Hypervisor,
    Lun,
    Owner,
    Power,
    Server,
    StorageArray,
    Timer,
    Vm,
)
from emulators.world.servers import enclosure_of
from emulators.world.timing import HA_RESTART_SECONDS, HOST_BOOT_SECONDS, HOST_DETECTION_SECONDS

HOST_FAILED = declare("dcsim.compute.hypervisor.failed", "A hypervisor went down; what ran on it stopped at once")
HOST_BOOTED = declare("dcsim.compute.hypervisor.booted", "A hypervisor came up")
HOST_NOT_RESPONDING = declare("dcsim.compute.hypervisor.not_responding", "The control plane noticed that a hypervisor is gone")
HOST_CHANGED = declare("dcsim.compute.hypervisor.changed", "An operator changed a hypervisor's connection or maintenance mode")
VM_LOST = declare("dcsim.compute.vm.lost", "A VM went down with its host")
VM_PLACED = declare("dcsim.compute.vm.placed", "High availability chose another host for a VM")
VM_NOT_RESTARTED = declare("dcsim.compute.vm.not_restarted", "High availability could not restart a VM")
DATASTORE_CHANGED = declare("dcsim.storage.datastore.changed", "A datastore became accessible or inaccessible")

DEGRADED = "fabric-path-degraded"
ONE_BLOW = timedelta(seconds=1)
"""Restarts that are due within so short a time are decided together."""
PRIORITIES = {"highest": 0, "high": 1, "medium": 2, "": 2, "low": 3, "lowest": 4}


class DeclareNotResponding(Command, frozen=True, kw_only=True, tag="host.not_responding"):
    """The control plane's heartbeat has run out."""

    host: str


class BootHost(Command, frozen=True, kw_only=True, tag="host.boot"):
    """The hypervisor has finished booting."""

    host: str


class RestartVms(Command, frozen=True, kw_only=True, tag="cluster.restart_vms"):
    """High availability restarts the VMs of dead hosts on others; ``causes`` are the events that they follow from, one for each, or none:
    the same as of the command."""

    cluster: str
    vms: tuple[str, ...]
    causes: tuple[str, ...] = ()


class SetMaintenance(Command, frozen=True, kw_only=True, tag="host.set_maintenance"):
    """Put a host that runs nothing into maintenance mode, or take it out."""

    host: str
    maintenance: bool


class SetConnection(Command, frozen=True, kw_only=True, tag="host.set_connection"):
    """Disconnect a host from its control plane, or reconnect it; what runs on it goes on."""

    host: str
    connected: bool


@follows(
    components.COMPONENT_FAILED,
    components.COMPONENT_RECOVERED,
    components.BLADE_POWERED,
    components.PORT_SWITCHED,
    profiles.BLADE_ASSOCIATED,
    profiles.BLADE_DISASSOCIATED,
)
def review_hosts(decision: Decision, event: Event) -> None:
    """Law 1: what the change means for every host behind the component."""
    entity = decision.state.find(event.subject)
    if entity is not None:
        for host in reach.hosts_behind(decision.state, entity):
            review(decision, host)


def review(decision: Decision, host: Hypervisor) -> None:
    """Bring one host's state in line with what it stands on."""
    reason = reach.why_down(decision.state, host)
    if reason and host.running:
        decision.update(HOST_FAILED, host, running=False, booted=None, detail={"reason": reason})
    elif not reason and not host.running:
        timers.later(decision, host.uid, HOST_BOOT_SECONDS, BootHost(host=host.uid))
    _review_redundancy(decision, host)


@follows(HOST_FAILED)
def miss_heartbeats(decision: Decision, event: Event) -> None:
    """The control plane notices after a while; a boot under way will not come to its end."""
    timers.cancel(decision, event.subject)
    timers.afterwards(decision, event.subject, HOST_DETECTION_SECONDS, DeclareNotResponding(host=event.subject))


def _review_redundancy(decision: Decision, host: Hypervisor) -> None:
    """Law 3: one fabric of two is a fault, both are none of this one's."""
    legs = reach.fabric_legs(decision.state, enclosure_of(decision.state, decision.get(Server, host.blade)))
    faults = [fault for fault in decision.state.where(Fault, "subject", host.uid) if fault.code == DEGRADED]
    if len(legs) == 1 and not faults:
        components.raise_fault(decision, host, DEGRADED, "major", f"{host.name} reaches the network over fabric {legs[0]} only.")
    elif len(legs) != 1:
        components.clear_faults(decision, host, DEGRADED)


@decides(DeclareNotResponding)
def declare_not_responding(decision: Decision, command: DeclareNotResponding) -> None:
    """The host does not respond, unless it is up again."""
    host = decision.get(Hypervisor, command.host)
    if not host.running:
        decision.update(HOST_NOT_RESPONDING, host, connection=Connection.NOT_RESPONDING)


@follows(HOST_NOT_RESPONDING)
def lose_vms(decision: Decision, event: Event) -> None:
    """What ran on the host is off; high availability takes over where the cluster has it."""
    host = decision.get(Hypervisor, event.subject)
    lost = [vm for vm in decision.state.where(Vm, "host", host.uid) if vm.power is Power.ON]
    for vm in lost:
        decision.update(VM_LOST, vm, power=Power.OFF, guest=Guest(), detail={"host": host.name})
    cluster = decision.state.maybe(Cluster, host.cluster)
    if cluster is not None and cluster.ha.enabled and cluster.owner is Owner.VSPHERE and lost:
        vms = _by_priority(cluster, [vm for vm in lost if vm.restart_priority != "disabled"])
        timers.afterwards(decision, cluster.uid, HA_RESTART_SECONDS, RestartVms(cluster=cluster.uid, vms=vms))


def _by_priority(cluster: Cluster, vms: Iterable[Vm]) -> tuple[str, ...]:
    ordered = sorted(vms, key=lambda vm: (PRIORITIES.get(vm.restart_priority or cluster.ha.restart_priority, 2), vm.number))
    return tuple(vm.uid for vm in ordered)


@decides(RestartVms)
def restart_vms(decision: Decision, command: RestartVms) -> None:
    """Law 2: restart by priority while capacity allows; what does not fit stays off, with the reason.

    Hosts that fell in one blow are taken together: what matters most on any of them comes first.

    Restarts are separate acts: those that would make the transaction a long one follow in others.
    """
    command = _joined(decision, command)
    for place, uid in enumerate(command.vms):
        if decision.is_long:
            rest = RestartVms(cluster=command.cluster, vms=command.vms[place:], causes=command.causes[place:])
            timers.soon(decision, command.cluster, rest)
            return
        if command.causes:
            decision.because(command.causes[place])
        vm = decision.state.maybe(Vm, uid)
        if vm is None or vm.power is not Power.OFF or holder(decision, uid) is not None:
            continue
        with decision.savepoint() as refused:
            host = hosting.host_for_power_on(decision.state, vm, failover=True)
            decision.update(VM_PLACED, vm, host=host.uid, detail={"to": host.name})
            start(decision, PowerOn(vm=uid, host=host.uid, failover=True))
        if refused.error is not None:
            _stays_off(decision, vm, refused.error)


def _joined(decision: Decision, command: RestartVms) -> RestartVms:
    """The command, and those of the cluster that are due at the same moment, as one."""
    name, moment = RestartVms.__struct_config__.tag, decision.now + ONE_BLOW
    others = [one for one in decision.state.where(Timer, "subject", command.cluster) if one.name == name and one.due <= moment]
    cluster = decision.state.maybe(Cluster, command.cluster)
    if not others or cluster is None:
        return command
    causes = _causes(command, decision.cause)
    for timer in others:
        found = decode_command(timer.request)
        if isinstance(found, RestartVms):
            causes |= _causes(found, timer.cause)
        decision.delete(timers.TIMER_CANCELLED, timer)
    vms = _by_priority(cluster, (vm for uid in causes if (vm := decision.state.maybe(Vm, uid)) is not None))
    return RestartVms(cluster=cluster.uid, vms=vms, causes=tuple(causes[uid] for uid in vms))


def _causes(command: RestartVms, cause: str) -> dict[str, str]:
    return dict(zip(command.vms, command.causes or (cause,) * len(command.vms), strict=True))


def _stays_off(decision: Decision, vm: Vm, error: DomainError) -> None:
    decision.emit(VM_NOT_RESTARTED, vm.uid, detail={"reason": error.message})


@decides(BootHost)
def boot(decision: Decision, command: BootHost) -> None:
    """The host runs again and its control plane sees it, unless it went down once more meanwhile."""
    host = decision.get(Hypervisor, command.host)
    if not host.running and not reach.why_down(decision.state, host):
        decision.update(HOST_BOOTED, host, running=True, booted=decision.now, connection=Connection.CONNECTED)


@decides(SetMaintenance)
def set_maintenance(decision: Decision, command: SetMaintenance) -> None:
    """Refused while VMs run on the host."""
    host = decision.get(Hypervisor, command.host)
    if host.maintenance == command.maintenance:
        raise InvalidState(f"{host.name} is {'' if host.maintenance else 'not '}in maintenance mode already.", subject=host.uid)
    if command.maintenance and any(vm.power is not Power.OFF for vm in decision.state.where(Vm, "host", host.uid)):
        raise InvalidState(f"VMs run on {host.name}; move or stop them first.", subject=host.uid, field="vm")
    decision.update(HOST_CHANGED, host, maintenance=command.maintenance)


@decides(SetConnection)
def set_connection(decision: Decision, command: SetConnection) -> None:
    """A host that is down cannot be reconnected."""
    host = decision.get(Hypervisor, command.host)
    if command.connected and not host.running:
        raise InvalidState(f"{host.name} does not answer.", subject=host.uid, existing=host.connection)
    decision.update(HOST_CHANGED, host, connection=Connection.CONNECTED if command.connected else Connection.DISCONNECTED)


@follows(components.COMPONENT_FAILED, components.COMPONENT_RECOVERED)
def review_datastores(decision: Decision, event: Event) -> None:
    """Law 4: an array or a LUN takes all its datastores with it; one comes back when nothing is wrong with it any more."""
    subject: Entity | None = decision.state.find(event.subject)
    for datastore in _datastores_behind(decision, subject):
        decision.update(DATASTORE_CHANGED, datastore, accessible=reach.datastore_reachable(decision.state, datastore))


def _datastores_behind(decision: Decision, subject: Entity | None) -> list[Datastore]:
    if isinstance(subject, Datastore):
        return [subject]
    if isinstance(subject, Lun):
        return decision.state.where(Datastore, "luns", subject.uid)
    luns = decision.state.where(Lun, "array", subject.uid) if isinstance(subject, StorageArray) else []
    return [datastore for lun in luns for datastore in decision.state.where(Datastore, "luns", lun.uid)]

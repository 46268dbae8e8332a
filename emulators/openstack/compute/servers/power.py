"""Servers and the power of their VMs: what Nova believes when a VM's power changes, with or without being asked.

A VM that went down with its host leaves its server as it was (law 2), until the host is back and Nova sees for itself.
"""

from __future__ import annotations

from dcsim.errors import InvalidState
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.events import SERVER_STATE
from emulators.openstack.compute.servers.records import NovaServer
from emulators.world.commands import Effect, follows
from emulators.world.decide import Decision
from emulators.world.decisions.hosts import HOST_BOOTED
from emulators.world.decisions.power import (
    VM_FAILED,
    VM_POWERED_OFF,
    VM_POWERED_ON,
    VM_RESET,
    VM_SUSPENDED,
    guest_of,
)
from emulators.world.events import Event
from emulators.world.model import Guest, Hypervisor, Owner, Power, Vm

OFF_STATES = frozenset({states.ACTIVE, states.PAUSED})
"""What becomes SHUTOFF when Nova finds the VM off."""


def switch_on(d: Decision, vm_uid: str, done: Effect) -> Vm:
    """The VM runs; raises InvalidState when its host went down meanwhile."""
    vm = d.get(Vm, vm_uid)
    host = d.state.maybe(Hypervisor, vm.host)
    if host is not None and not host.running:
        raise InvalidState(f"{host.name} went down while {vm.name} was starting.", subject=host.uid, field="host")
    event = VM_RESET if vm.power is Power.ON else VM_POWERED_ON
    return d.update(event, vm, power=Power.ON, machine=done.machine or vm.machine, guest=guest_of(d, vm, done))


def switch_off(d: Decision, vm_uid: str) -> Vm:
    """The VM is off."""
    return d.update(VM_POWERED_OFF, d.get(Vm, vm_uid), power=Power.OFF, guest=Guest())


def freeze(d: Decision, vm_uid: str) -> Vm:
    """The VM is frozen."""
    return d.update(VM_SUSPENDED, d.get(Vm, vm_uid), power=Power.SUSPENDED, guest=Guest())


@follows(VM_POWERED_ON, VM_POWERED_OFF, VM_SUSPENDED, VM_RESET, VM_FAILED)
def see_power(d: Decision, event: Event) -> None:
    """Nova sees the VM's power, as its driver reports it."""
    vm = d.state.maybe(Vm, event.subject)
    if vm is not None and vm.owner is Owner.OPENSTACK:
        look_at(d, vm)


@follows(HOST_BOOTED)
def see_all(d: Decision, event: Event) -> None:
    """A host that is back does not start its VMs: their servers are SHUTOFF (``resume_guests_state_on_host_boot`` is off)."""
    for vm in d.state.where(Vm, "host", event.subject):
        if vm.owner is Owner.OPENSTACK:
            look_at(d, vm)


def look_at(d: Decision, vm: Vm) -> None:
    """What the server becomes by its VM's power: nova's ``_sync_instance_power_state``."""
    server = d.state.one(NovaServer, "vm", vm.uid)
    if server is None:
        return
    power, vm_state = _power_state(server, vm), server.vm_state
    if not server.task_state and vm.power is Power.OFF and vm_state in OFF_STATES:
        vm_state = states.STOPPED
    elif not server.task_state and vm.power is Power.ON and vm_state in {states.STOPPED, states.PAUSED}:
        vm_state = states.ACTIVE
    if (power, vm_state) != (server.power_state, server.vm_state):
        d.update(SERVER_STATE, server, power_state=power, vm_state=vm_state, updated=d.now)


def _power_state(server: NovaServer, vm: Vm) -> int:
    """libvirt's answer: a suspended domain was saved, and is off."""
    if vm.power is Power.ON:
        return states.RUNNING
    if vm.power is Power.OFF or server.task_state == "suspending" or server.vm_state == states.SUSPENDED:
        return states.SHUTDOWN
    return states.POWER_PAUSED

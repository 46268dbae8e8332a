"""Compute hosts as Nova sees them: the world's KVM hypervisors, what they have, and what servers take of it."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulators.world.capacity import blade_memory_bytes
from emulators.world.model import Connection, Hypervisor, Server, Vm
from emulators.world.state import WorldState

KVM: Final = "kvm"
CPU_RATIO: Final = 16.0
RAM_RATIO: Final = 1.5
MIB: Final = 1 << 20


class Room(NamedTuple):
    """What a host has and what its servers were given; memory in MiB."""

    vcpus: int
    ram: int
    vcpus_used: int
    ram_used: int

    def fits(self, vcpus: int, ram: int) -> bool:
        """Whether a server of that size fits, by the allocation ratios."""
        one_fits = vcpus <= self.vcpus and ram <= self.ram
        return one_fits and self.vcpus_used + vcpus <= self.vcpus * CPU_RATIO and self.ram_used + ram <= self.ram * RAM_RATIO


def compute_hosts(state: WorldState) -> list[Hypervisor]:
    """Every compute host, in order of creation."""
    return [host for host in state.all(Hypervisor) if host.flavor == KVM]


def host_named(state: WorldState, name: str) -> Hypervisor | None:
    """The compute host of that name."""
    return next((host for host in state.where(Hypervisor, "name", name) if host.flavor == KVM), None)


def name_of(state: WorldState, uid: str) -> str:
    """The host's name; empty for none."""
    host = state.maybe(Hypervisor, uid)
    return host.name if host else ""


def is_up(host: Hypervisor) -> bool:
    """Whether its nova-compute reports."""
    return host.running and host.connection is Connection.CONNECTED


def room(state: WorldState, host: Hypervisor) -> Room:
    """What a host has, and what of it is promised to its servers, whether they run or not."""
    return state.derive(_room, host)


def _room(state: WorldState, host: Hypervisor) -> Room:
    blade = state.get(Server, host.blade)
    vms = state.where(Vm, "host", host.uid)
    used = sum(vm.memory_bytes for vm in vms) // MIB
    return Room(blade.cpu.threads, blade_memory_bytes(blade) // MIB, sum(vm.cpus for vm in vms), used)

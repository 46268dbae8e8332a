"""What hosts have and what servers take of it, in the units that Nova and Placement count in."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulators.openstack.compute.servers.records import FlavorOf, Migration, NovaServer
from emulators.world.capacity import blade_memory_bytes
from emulators.world.model import Hypervisor, Server
from emulators.world.state import WorldState

RESERVED_MEMORY: Final = 512
"""MiB that a host keeps for itself (nova's reserved_host_memory_mb)."""
HELD: Final = ("migrating", "post-migrating", "finished", "reverting")
"""A server on its way has its share on the host that it comes from, too, while its migration is in one of these states."""
_MIB, _GIB = 1 << 20, 1 << 30


class Resources(NamedTuple):
    """vCPUs, MiB of memory and GiB of disk."""

    vcpus: int = 0
    ram: int = 0
    disk: int = 0

    def plus(self, other: Resources) -> Resources:
        """The sum."""
        return Resources(self.vcpus + other.vcpus, self.ram + other.ram, self.disk + other.disk)


def total(state: WorldState, host: Hypervisor) -> Resources:
    """What a host has: its blade's threads, working memory and disks."""
    blade = state.get(Server, host.blade)
    disk = sum(disk.capacity_bytes for disk in blade.disks if disk.operable)
    return Resources(blade.cpu.threads, blade_memory_bytes(blade) // _MIB, disk // _GIB)


def share(flavor: FlavorOf, *, volume_backed: bool) -> Resources:
    """What a server of a flavor takes; one that boots from a volume has no root disk on its host."""
    swap = -(-flavor.swap // 1024)
    return Resources(flavor.vcpus, flavor.ram, (0 if volume_backed else flavor.disk) + flavor.ephemeral + swap)


def shares(state: WorldState, host: str) -> dict[str, tuple[NovaServer, Resources]]:
    """What each consumer takes of a host (its uid): servers by their id, and by a migration's those that are on their way elsewhere."""
    taken = {one.uid: (one, share(one.flavor, volume_backed=not one.image)) for one in state.where(NovaServer, "host", host)}
    for migration in [one for status in HELD for one in state.where(Migration, "status", status)]:
        server = state.maybe(NovaServer, migration.server)
        if server is not None and host == migration.source != server.host:
            flavor = server.stash.flavor or server.flavor
            taken[migration.uid] = (server, share(flavor, volume_backed=not server.image))
    return taken


def used(state: WorldState, host: str) -> Resources:
    """What all servers of a host (its uid) take of it."""
    sum_of = Resources()
    for _, taken in shares(state, host).values():
        sum_of = sum_of.plus(taken)
    return sum_of

"""A server's ways to other hosts, as Nova keeps them, and the server's move itself."""

from __future__ import annotations

from typing import Any

from emulators.openstack.compute import face
from emulators.openstack.compute.servers import scheduler
from emulators.openstack.compute.servers.events import MIGRATION_CHANGED, MIGRATION_STARTED, SERVER_MOVED
from emulators.openstack.compute.servers.hosts import host_named
from emulators.openstack.compute.servers.records import FlavorOf, Migration, NovaServer
from emulators.openstack.compute.servers.works import Caller
from emulators.openstack.faults import Fault
from emulators.openstack.network import face as network
from emulators.world.decide import Decision
from emulators.world.decisions.vms import VM_MOVED
from emulators.world.model import Hypervisor, Vm


def open_move(d: Decision, server: NovaServer, kind: str, target: str, caller: Caller, *, flavor: FlavorOf | None = None) -> Migration:
    """A move begins; ``flavor`` is the new one of a resize."""
    return d.create(
        MIGRATION_STARTED,
        Migration,
        uid=d.new_uuid(),
        name=server.name,
        server=server.uid,
        type=kind,
        status="migrating",
        source=server.host,
        target=target,
        old_flavor=server.flavor.id,
        new_flavor=(flavor or server.flavor).id,
        user=caller[0],
        project=caller[1],
        updated=d.now,
    )


def set_move(d: Decision, uid: str, status: str) -> None:
    """The move got further."""
    found = d.state.maybe(Migration, uid)
    if found is not None:
        d.update(MIGRATION_CHANGED, found, status=status, updated=d.now)


def last_move(d: Decision, server: str, *statuses: str) -> Migration | None:
    """The server's last move in one of these states."""
    found = [one for one in d.state.where(Migration, "server", server) if one.status in statuses]
    return found[-1] if found else None


def relocate(d: Decision, server: NovaServer, target: str, **fields: Any) -> NovaServer:
    """The server and its VM are on another host, with its ports."""
    host, vm = d.get(Hypervisor, target), d.get(Vm, server.vm)
    if vm.host != target:
        before = d.state.maybe(Hypervisor, vm.host)
        d.update(VM_MOVED, vm, host=target, detail={"from": before.name if before else "", "to": host.name})
        network.rebind(d, server.uid, target)
    return d.update(SERVER_MOVED, d.get(NovaServer, server.uid), host=target, zone=face.zone_of(d.state, target), updated=d.now, **fields)


def target_for(d: Decision, server: NovaServer, *, host: str = "", flavor: FlavorOf | None = None, stay: bool = False) -> Hypervisor:
    """Where a server goes: the named host if it can take it, else the best; not where it is unless it may stay.  Raises Fault 400."""
    if host:
        named = host_named(d.state, host)
        if named is None:
            raise Fault(400, f"Compute host {host} could not be found.")
        if named.uid == server.host and not stay:
            raise Fault(400, f"The target host can't be the same one: {host}.")
    wanted = scheduler.Wanted(
        flavor=flavor or server.flavor,
        server=server.uid,
        zone="" if host else server.pinned_zone,
        host=host,
        group=server.group,
        hints={} if host else server.hints,
        but=frozenset() if stay else frozenset({server.host}),
    )
    try:
        return scheduler.choose(d.state, wanted)
    except Fault as error:
        raise Fault(400, error.message) from error

"""Host aggregates, and the availability zones that they make of their hosts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Final

import msgspec

from emulators.openstack.asks import ask
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.faults import Fault
from emulators.world.decide import Decision
from emulators.world.decisions.records import Record
from emulators.world.events import declare
from emulators.world.model.base import kind
from emulators.world.state import WorldState

AGGREGATE_CREATED = declare("dcsim.compute.aggregate.created", "A host aggregate was made")
AGGREGATE_CHANGED = declare("dcsim.compute.aggregate.changed", "A host aggregate's name, metadata or hosts were changed")
AGGREGATE_DELETED = declare("dcsim.compute.aggregate.deleted", "A host aggregate was deleted")
DEFAULT_ZONE: Final = "nova"
ZONE: Final = "availability_zone"


@kind
class Aggregate(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Hosts (uids of Hypervisors) with something in common; its ``number`` is the id in paths, the metadata's zone that of its hosts."""

    KIND: ClassVar[str] = "nova_aggregate"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "hosts")

    hosts: tuple[str, ...] = ()
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    updated: datetime | None = None

    @property
    def zone(self) -> str | None:
        """The availability zone that it makes, if any."""
        return self.metadata.get(ZONE)


def zone_of(state: WorldState, host: str) -> str:
    """The availability zone of a hypervisor (its uid)."""
    return next((one.zone for one in state.where(Aggregate, "hosts", host) if one.zone), DEFAULT_ZONE)


def aggregate_of(state: WorldState, number: int) -> Aggregate:
    """The aggregate of an id; raises Fault 404."""
    found = next((one for one in state.all(Aggregate) if one.number == number), None)
    if found is None:
        raise Fault(404, f"Aggregate {number} could not be found.")
    return found


@ask
def create_aggregate(decision: Decision, *, name: str, zone: str | None) -> Aggregate:
    """A new one; raises Fault 409 when the name is taken."""
    _require_free(decision.state, name)
    metadata = {ZONE: zone} if zone else {}
    return decision.create(AGGREGATE_CREATED, Aggregate, uid=decision.new_uuid(), name=name, metadata=metadata)


@ask
def update_aggregate(decision: Decision, *, number: int, name: str | None, metadata: dict[str, str | None], verb: str) -> Aggregate:
    """Another name, and metadata of which None removes a key.

    Raises Fault 409 for a name that is taken, 400 when a host would be in two zones or servers would change theirs.
    """
    aggregate = aggregate_of(decision.state, number)
    if name is not None and name != aggregate.name:
        _require_free(decision.state, name)
    if ZONE in metadata:
        _require_zone(decision.state, aggregate, metadata[ZONE], aggregate.hosts, f"Cannot {verb} aggregate", 400)
        if metadata[ZONE] != aggregate.zone and any(decision.state.count(NovaServer, "host", host) for host in aggregate.hosts):
            reason = "One or more hosts contain instances in this zone"
            raise Fault(400, f"Cannot {verb} aggregate {number}. Reason: {reason}.")
    kept = {key: value for key, value in {**aggregate.metadata, **metadata}.items() if value is not None}
    return decision.update(AGGREGATE_CHANGED, aggregate, name=name or aggregate.name, metadata=kept, updated=decision.now)


@ask
def delete_aggregate(decision: Decision, *, number: int) -> None:
    """It goes; raises Fault 400 while it has hosts."""
    aggregate = aggregate_of(decision.state, number)
    if aggregate.hosts:
        raise Fault(400, f"Cannot remove aggregate {number}. Reason: Host aggregate is not empty.")
    decision.delete(AGGREGATE_DELETED, aggregate)


@ask
def add_host(decision: Decision, *, number: int, host: str, name: str) -> Aggregate:
    """A host joins; raises Fault 409 when it is in already, or in another zone, or would take servers into another."""
    aggregate = aggregate_of(decision.state, number)
    if aggregate.zone:
        _require_zone(decision.state, aggregate, aggregate.zone, (host,), "Cannot add host to aggregate", 409)
        _require_empty(decision.state, aggregate, host)
    if host in aggregate.hosts:
        raise Fault(409, f"Aggregate {number} already has host {name}.")
    return decision.update(AGGREGATE_CHANGED, aggregate, hosts=(*aggregate.hosts, host), updated=decision.now)


@ask
def remove_host(decision: Decision, *, number: int, host: str, name: str) -> Aggregate:
    """A host leaves; raises Fault 404 when it is not in, 409 when its servers would change their zone."""
    aggregate = aggregate_of(decision.state, number)
    if host not in aggregate.hosts:
        raise Fault(404, f"Cannot remove host {name} in aggregate {number}")
    if aggregate.zone and _pinned(decision.state, host):
        raise Fault(409, f"Cannot remove host from aggregate {number}. Reason: One or more hosts contain instances in this zone.")
    return _without(decision, aggregate, host)


def leave_all(decision: Decision, host: str) -> None:
    """A host leaves every aggregate that it is in."""
    for aggregate in decision.state.where(Aggregate, "hosts", host):
        _without(decision, aggregate, host)


def _without(decision: Decision, aggregate: Aggregate, host: str) -> Aggregate:
    hosts = tuple(one for one in aggregate.hosts if one != host)
    return decision.update(AGGREGATE_CHANGED, aggregate, hosts=hosts, updated=decision.now)


def _require_free(state: WorldState, name: str) -> None:
    if state.where(Aggregate, "name", name):
        raise Fault(409, f"Aggregate {name} already exists.")


def _require_zone(state: WorldState, aggregate: Aggregate, zone: str | None, hosts: Iterable[str], what: str, status: int) -> None:
    """A host is in one zone at most."""
    if not zone:
        reason = f"Aggregate {aggregate.name} does not support empty named availability zone"
        raise Fault(status, f"{what} {aggregate.number}. Reason: {reason}.")
    others = [one.zone for host in hosts for one in state.where(Aggregate, "hosts", host) if one.uid != aggregate.uid and one.zone]
    conflicts = [other for other in others if other != zone]
    if conflicts:
        raise Fault(status, f"{what} {aggregate.number}. Reason: One or more hosts already in availability zone(s) {conflicts}.")


def _require_empty(state: WorldState, aggregate: Aggregate, host: str) -> None:
    if zone_of(state, host) != aggregate.zone and _pinned(state, host):
        reason = "One or more hosts contain instances in this zone"
        raise Fault(409, f"Cannot add host to aggregate {aggregate.number}. Reason: {reason}.")


def _pinned(state: WorldState, host: str) -> bool:
    """Whether a host has servers that were to be in a certain zone: those may not change it."""
    return any(server.pinned_zone for server in state.where(NovaServer, "host", host))

"""Nova's services: a conductor and a scheduler, and one nova-compute a host, which is up while its hypervisor is.

What operators say of a nova-compute (disabled, forced down, deleted) is kept in a record of its host; everything else is the world's.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final, NamedTuple

import msgspec

from dcsim.ids import uuid_for
from emulators.openstack.asks import ask
from emulators.openstack.compute import aggregates
from emulators.openstack.compute.servers.hosts import compute_hosts, is_up
from emulators.openstack.compute.servers.records import Migration, NovaServer
from emulators.openstack.faults import Fault
from emulators.world.capacity import usable
from emulators.world.commands import follows
from emulators.world.decide import Decision
from emulators.world.decisions.hosts import HOST_BOOTED, HOST_FAILED
from emulators.world.decisions.records import Record
from emulators.world.events import Event, declare
from emulators.world.model import Hypervisor
from emulators.world.model.base import kind
from emulators.world.state import WorldState

SERVICE_CHANGED = declare("dcsim.compute.service.changed", "A nova-compute was enabled, disabled, forced down or up, or deleted")
SERVICE_SEEN = declare("dcsim.compute.service.seen", "A nova-compute has reported for the last time before its host went down")
CONTROLLER: Final = "controller"
"""The host of the services that are not nova-compute."""
INTERNAL: Final = "internal"
COMPUTE_BINARY: Final = "nova-compute"
_CONTROL: Final = ("nova-conductor", "nova-scheduler")
_UNDER_WAY: Final = frozenset({"accepted", "queued", "preparing", "running", "migrating", "post-migrating", "pre-migrating", "finished"})


@kind
class ComputeService(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of the nova-compute of ``host`` (a Hypervisor's uid); ``seen`` is when it last reported, if it does not now."""

    KIND: ClassVar[str] = "nova_service"
    INDEXED: ClassVar[tuple[str, ...]] = ("host",)

    host: str
    disabled: bool = False
    disabled_reason: str | None = None
    forced_down: bool = False
    deleted: bool = False
    seen: datetime | None = None


class Standing(NamedTuple):
    """A service as it stands; ``hypervisor`` is that of a nova-compute."""

    binary: str
    host: str
    number: int
    uuid: str
    zone: str
    up: bool
    said: ComputeService | None = None
    hypervisor: Hypervisor | None = None

    @property
    def disabled(self) -> bool:
        """Whether it gets no new servers."""
        return self.said is not None and self.said.disabled

    @property
    def disabled_reason(self) -> str | None:
        """Why, if somebody said so."""
        return self.said.disabled_reason if self.said else None

    @property
    def forced_down(self) -> bool:
        """Whether somebody has declared it dead."""
        return self.said is not None and self.said.forced_down

    @property
    def seen(self) -> datetime | None:
        """When it last reported; None: just now."""
        return None if self.up or self.said is None else self.said.seen


def said_of(state: WorldState, host: str) -> ComputeService | None:
    """What operators have said of a host's nova-compute."""
    return state.one(ComputeService, "host", host)


def compute_service(state: WorldState, host: Hypervisor) -> Standing:
    """The nova-compute of a host."""
    said = said_of(state, host.uid)
    up = is_up(host) and not (said and said.forced_down)
    uuid, zone = uuid_for("nova-service", host.uid), aggregates.zone_of(state, host.uid)
    return Standing(COMPUTE_BINARY, host.name, host.number, uuid, zone, up, said, host)


def registered(state: WorldState) -> list[Hypervisor]:
    """The compute hosts whose service has not been deleted."""
    gone = {said.host for said in state.all(ComputeService) if said.deleted}
    return [host for host in compute_hosts(state) if host.uid not in gone]


def services(state: WorldState) -> list[Standing]:
    """Every service."""
    control = [
        Standing(binary, CONTROLLER, number, uuid_for("nova-service", binary), INTERNAL, up=True)
        for number, binary in enumerate(_CONTROL, 1)
    ]
    return [*control, *(compute_service(state, host) for host in registered(state))]


def schedulable(state: WorldState, host: Hypervisor) -> bool:
    """Whether a host may get new servers: it can take VMs, and nobody has said that its nova-compute should not."""
    said = said_of(state, host.uid)
    return usable(state, host) and not (said and (said.disabled or said.forced_down or said.deleted))


@ask
def say(decision: Decision, *, host: str, said: dict[str, bool | str | None]) -> None:
    """Keep what an operator says of a host's nova-compute (fields of `ComputeService`)."""
    _keep(decision, host, said)


def _keep(decision: Decision, host: str, said: dict[str, bool | str | None]) -> ComputeService:
    record = said_of(decision.state, host)
    if record is not None:
        return msgspec.structs.replace(decision.update(SERVICE_CHANGED, record, detail=None, **said))
    name = decision.get(Hypervisor, host).name
    return decision.create(SERVICE_CHANGED, ComputeService, uid=f"nova-service-{host}", name=name, host=host, **said)


@ask
def delete_service(decision: Decision, *, host: str) -> None:
    """The nova-compute is forgotten until its host boots again; raises Fault 409 while servers are on it or on their way."""
    if decision.state.count(NovaServer, "host", host):
        raise Fault(409, "Unable to delete compute service that is hosting instances. Migrate or delete the instances first.")
    if any(host in (one.source, one.target) and one.status in _UNDER_WAY for one in decision.state.all(Migration)):
        message = "Unable to delete compute service that has in-progress migrations. Complete the migrations or delete the instances first."
        raise Fault(409, message)
    aggregates.leave_all(decision, host)
    _keep(decision, host, {"deleted": True})


@follows(HOST_FAILED)
def remember_last_report(decision: Decision, event: Event) -> None:
    """A nova-compute reports until its host fails."""
    host = decision.get(Hypervisor, event.subject)
    if host.flavor != "kvm":
        return
    record = said_of(decision.state, host.uid)
    if record is not None:
        decision.update(SERVICE_SEEN, record, seen=decision.now)
    else:
        fields = {"uid": f"nova-service-{host.uid}", "name": host.name, "host": host.uid, "seen": decision.now}
        decision.create(SERVICE_SEEN, ComputeService, **fields)


@follows(HOST_BOOTED)
def register_again(decision: Decision, event: Event) -> None:
    """A nova-compute that starts registers itself, if it was deleted."""
    record = said_of(decision.state, event.subject)
    if record is not None and record.deleted:
        decision.update(SERVICE_CHANGED, record, deleted=False)

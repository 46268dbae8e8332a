"""Resource providers: one for each compute host, with what follows from its hardware, and those that were made by the API."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from emulators.openstack.compute import resources
from emulators.openstack.compute.aggregates import Aggregate
from emulators.openstack.compute.hypervisor_views import uuid_of
from emulators.openstack.compute.servers.hosts import CPU_RATIO, RAM_RATIO
from emulators.openstack.compute.services import registered, said_of
from emulators.openstack.faults import Fault
from emulators.openstack.placement.records import Inventory, ProviderRecord
from emulators.openstack.placement.standard import COMPUTE_TRAITS, DISABLED_TRAIT
from emulators.world.model import Hypervisor
from emulators.world.state import WorldState

SHARES: Final = "MISC_SHARES_VIA_AGGREGATE"


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A resource provider as it stands.

    ``key`` is a hypervisor's uid, or the record's for one that was made by the API; ``parent`` is another's key.
    """

    key: str
    uuid: str
    name: str
    generation: int
    parent: str
    inventories: dict[str, Inventory]
    traits: frozenset[str]
    aggregates: tuple[str, ...]
    modified: datetime
    host: str = ""


def providers(state: WorldState) -> list[Provider]:
    """All of them, hosts first."""
    made = [_of_record(record) for record in state.all(ProviderRecord) if not record.host]
    return [*(_of_host(state, host) for host in registered(state)), *made]


def provider(state: WorldState, uuid: str) -> Provider:
    """The provider of a UUID; raises Fault 404."""
    record = state.maybe(ProviderRecord, uuid.lower())
    if record is not None and not record.host:
        return _of_record(record)
    host = next((one for one in registered(state) if uuid_of(state, one) == uuid.lower()), None)
    if host is None:
        raise Fault(404, f"No resource provider with uuid {uuid} found")
    return _of_host(state, host)


def by_key(state: WorldState, key: str) -> Provider | None:
    """The provider of a key."""
    found = state.find(key)
    if isinstance(found, Hypervisor):
        return _of_host(state, found)
    return _of_record(found) if isinstance(found, ProviderRecord) else None


def said(state: WorldState, key: str) -> ProviderRecord | None:
    """What is kept of a provider."""
    return state.maybe(ProviderRecord, key) or state.one(ProviderRecord, "host", key)


def root_of(state: WorldState, one: Provider) -> Provider:
    """The top of a provider's tree."""
    while one.parent:
        above = by_key(state, one.parent)
        if above is None:
            return one
        one = above
    return one


def _of_record(record: ProviderRecord) -> Provider:
    return Provider(
        key=record.uid,
        uuid=record.uid,
        name=record.name,
        generation=record.generation,
        parent=record.parent,
        inventories=record.inventories,
        traits=frozenset(record.traits),
        aggregates=record.aggregates,
        modified=record.updated or record.created,
    )


def _of_host(state: WorldState, host: Hypervisor) -> Provider:
    record = state.one(ProviderRecord, "host", host.uid)
    mirrored = tuple(one.uid for one in state.where(Aggregate, "hosts", host.uid))
    extra = tuple(uuid for uuid in record.aggregates if uuid not in mirrored) if record else ()
    return Provider(
        key=host.uid,
        uuid=uuid_of(state, host),
        name=host.name,
        generation=record.generation if record else 1,
        parent=record.parent if record else "",
        inventories={**_hardware(state, host), **(record.inventories if record else {})},
        traits=_traits(state, host, record),
        aggregates=(*mirrored, *extra),
        modified=(record.updated if record else None) or host.created,
        host=host.uid,
    )


def _hardware(state: WorldState, host: Hypervisor) -> dict[str, Inventory]:
    """What nova-compute reports."""
    has = resources.total(state, host)
    found = {
        "VCPU": Inventory(total=has.vcpus, max_unit=has.vcpus, allocation_ratio=CPU_RATIO),
        "MEMORY_MB": Inventory(total=has.ram, reserved=resources.RESERVED_MEMORY, max_unit=has.ram, allocation_ratio=RAM_RATIO),
        "DISK_GB": Inventory(total=has.disk, max_unit=has.disk),
    }
    return {name: inventory for name, inventory in found.items() if inventory.total}


def _traits(state: WorldState, host: Hypervisor, record: ProviderRecord | None) -> frozenset[str]:
    standing = said_of(state, host.uid)
    disabled = {DISABLED_TRAIT} if standing is not None and standing.disabled else set()
    base = record.traits if record is not None and record.traits_set else COMPUTE_TRAITS
    return frozenset(base) | disabled

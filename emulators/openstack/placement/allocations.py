"""Who was given what: servers by being on their hosts, other consumers by the API."""

from __future__ import annotations

from datetime import datetime

import msgspec

from emulators.openstack.compute import resources
from emulators.openstack.compute.resources import Resources
from emulators.openstack.compute.servers.records import Migration, NovaServer
from emulators.openstack.placement.providers import Provider, by_key
from emulators.openstack.placement.records import Consumer
from emulators.world.state import WorldState

INSTANCE, MIGRATION = "INSTANCE", "MIGRATION"


class Allocation(msgspec.Struct, frozen=True, kw_only=True):
    """What a consumer has of one provider (its key)."""

    consumer: str
    provider: str
    amounts: dict[str, int]
    project: str
    user: str
    type: str
    generation: int
    modified: datetime


def on_provider(state: WorldState, provider: Provider) -> list[Allocation]:
    """What all consumers have of a provider."""
    derived = _derived(state, provider.host) if provider.host else []
    return [*derived, *(_of_record(one, provider.key) for one in state.where(Consumer, "providers", provider.key))]


def of_consumer(state: WorldState, consumer: str) -> list[Allocation]:
    """What one consumer has of each provider."""
    record = recorded(state, consumer)
    if record is not None:
        return [_of_record(record, key) for key in record.providers if by_key(state, key) is not None]
    host = _host_of(state, consumer)
    return [one for one in _derived(state, host) if one.consumer == consumer] if host else []


def everything(state: WorldState) -> list[Allocation]:
    """All that is given out."""
    hosts = dict.fromkeys(server.host for server in state.all(NovaServer) if server.host)
    leaving = [one.source for status in resources.HELD for one in state.where(Migration, "status", status) if one.source]
    derived = [one for host in {**hosts, **dict.fromkeys(leaving)} for one in _derived(state, host)]
    return [*derived, *(_of_record(one, key) for one in state.all(Consumer) for key in one.providers)]


def usages(state: WorldState, provider: Provider) -> dict[str, int]:
    """How much of each of its classes is given out."""
    used = dict.fromkeys(provider.inventories, 0)
    for allocation in on_provider(state, provider):
        for name, amount in allocation.amounts.items():
            used[name] = used.get(name, 0) + amount
    return used


def recorded(state: WorldState, consumer: str) -> Consumer | None:
    """What is kept of a consumer that was given something by the API."""
    return state.maybe(Consumer, uid_of(consumer))


def uid_of(consumer: str) -> str:
    """The uid of a consumer's record."""
    return f"placement-consumer-{consumer}"


def follows_a_server(state: WorldState, consumer: str) -> bool:
    """Whether what a consumer has follows from where a server is, and cannot be set."""
    return state.maybe(NovaServer, consumer) is not None or state.maybe(Migration, consumer) is not None


def amounts_of(taken: Resources) -> dict[str, int]:
    """A server's share by resource class; what is zero is not there."""
    named = {"VCPU": taken.vcpus, "MEMORY_MB": taken.ram, "DISK_GB": taken.disk}
    return {name: amount for name, amount in named.items() if amount}


def _host_of(state: WorldState, consumer: str) -> str:
    found = state.find(consumer)
    if isinstance(found, NovaServer):
        return found.host
    return found.source if isinstance(found, Migration) else ""


def _derived(state: WorldState, host: str) -> list[Allocation]:
    return [
        Allocation(
            consumer=consumer,
            provider=host,
            amounts=amounts_of(taken),
            project=server.project,
            user=server.user,
            type=INSTANCE if consumer == server.uid else MIGRATION,
            generation=1,
            modified=server.updated,
        )
        for consumer, (server, taken) in resources.shares(state, host).items()
    ]


def _of_record(record: Consumer, key: str) -> Allocation:
    return Allocation(
        consumer=record.name,
        provider=key,
        amounts=record.given[key],
        project=record.project,
        user=record.user,
        type=record.type,
        generation=record.generation,
        modified=record.updated or record.created,
    )

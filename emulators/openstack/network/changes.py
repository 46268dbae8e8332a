"""What happens to Neutron's resources: one event type a noun and verb, made here so that revisions and times are always kept."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from dcsim.events import EventType
from emulators.openstack.network.records import Resource
from emulators.world.decide import Decision
from emulators.world.events import declare

R = TypeVar("R", bound=Resource)
_NOUNS: Final = {
    "network": "network",
    "subnet": "subnet",
    "port": "port",
    "router": "router",
    "floatingip": "floating IP",
    "portforwarding": "port forwarding",
    "security_group": "security group",
    "security_group_rule": "security group rule",
    "address_group": "address group",
    "subnetpool": "subnet pool",
    "address_scope": "address scope",
    "rbac_policy": "RBAC policy",
    "quota": "quota",
    "trunk": "trunk",
    "segment": "segment",
    "qos_policy": "QoS policy",
    "qos_rule": "QoS rule",
    "agent_setting": "agent's setting",
}
_SAID: Final = {"created": "was made", "changed": "changed", "deleted": "was deleted"}


def _events(verb: str) -> dict[str, EventType[Any]]:
    return {
        f"neutron_{noun}": declare(f"dcsim.network.neutron_{noun}.{verb}", f"A {title} of Neutron {_SAID[verb]}")
        for noun, title in _NOUNS.items()
    }


CREATED: Final = _events("created")
CHANGED: Final = _events("changed")
DELETED: Final = _events("deleted")


def create(decision: Decision, cls: type[R], **fields: Any) -> R:
    """A resource with a UUID of its own, made now."""
    fields.setdefault("uid", decision.new_uuid())
    return decision.create(CREATED[cls.KIND], cls, updated=decision.now, **fields)


def change(decision: Decision, resource: R, **fields: Any) -> R:
    """Change a resource: its revision and time follow when anything really changes."""
    if all(getattr(resource, name) == value for name, value in fields.items()):
        return resource
    return decision.update(CHANGED[resource.KIND], resource, **fields, updated=decision.now, revision=resource.revision + 1)


def adjust(decision: Decision, resource: R, **fields: Any) -> R:
    """Change what no client set (what a resource is plugged into): its revision stays."""
    return decision.update(CHANGED[resource.KIND], resource, **fields)


def touch(decision: Decision, resource: R) -> R:
    """Note that something that belongs to the resource changed."""
    return decision.update(CHANGED[resource.KIND], resource, updated=decision.now, revision=resource.revision + 1)


def delete(decision: Decision, resource: Resource) -> None:
    """The resource is no more."""
    decision.delete(DELETED[resource.KIND], resource)

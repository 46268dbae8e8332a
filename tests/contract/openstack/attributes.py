"""Our attributes of Neutron's resources beside Neutron's own: what each takes when one is made or changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from emulators.openstack.faults import Fault
from emulators.openstack.network.attributes import prepare_create, prepare_update
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import COLLECTIONS, Collection
from tests.contract.openstack.instances import TEXTS, UNKNOWN, UUID, WRONG
from tests.contract.openstack.oracle import asked
from tests.contract.openstack.oracle.asked import Case, Entry

ADMINISTRATOR = Caller("0" * 32, admin=True)
VALUES: tuple[Any, ...] = (
    *(value for value in WRONG if value != "\x00"),  # Neutron hands it to its database, which refuses it
    *TEXTS,
    *([UUID], [UUID, UUID], ["10.0.0.5"], [{"subnet_id": UUID}], [{"ip_address": "10.0.0.5"}], [{"start": "10.0.0.2", "end": "10.0.0.9"}]),
    *({"network_id": UUID}, [{"destination": "10.1.0.0/24", "nexthop": "10.0.0.1"}], ["10.0.0.0/8"], 4, 6, 80, 1500, 65536, -16),
    *("IPv4", "IPv6", "ingress", "egress", "tcp", "icmp", "17", 17, "slaac", "dhcpv6-stateful", "normal", "direct", "network"),
)
REQUIRED = {"network_id": UUID, "ip_version": 4, "cidr": "10.0.0.0/24", "floating_network_id": UUID, "security_group_id": UUID}
REQUIRED |= {"direction": "ingress", "prefixes": ["10.0.0.0/8"], "port_id": UUID, "object_type": "network", "object_id": UUID}
REQUIRED |= {"action": "access_as_shared", "target_tenant": UUID, "name": "x"}
"""A fitting value of each attribute that some resource cannot do without."""


class Compared(NamedTuple):
    """A resource of both, made or changed."""

    collection: Collection[Any]
    theirs: Entry

    @property
    def label(self) -> str:
        """In words."""
        return f"{self.theirs.method} {self.theirs.path} body"


class Difference(NamedTuple):
    """An instance that one of both accepts; ``attribute`` is what sets it apart from the least that a resource is made from."""

    compared: Compared
    attribute: str
    instance: Mapping[str, Any]
    ours: bool

    @property
    def label(self) -> str:
        """In words."""
        return f"{self.compared.label} {self.attribute}"


def compared() -> Iterator[Compared]:
    """What both have."""
    for collection in COLLECTIONS.values():
        for method, path, there in (
            ("POST", collection.path, collection.create),
            ("PUT", f"{collection.path}/{{id}}", collection.update),
        ):
            theirs = asked.find("neutron", method, path, "", "body", None)
            if theirs is not None and there is not None:
                yield Compared(collection, theirs)


def differences(pairs: list[Compared]) -> list[Difference]:
    """Every instance on which both do not agree."""
    tried = [instances(pair) for pair in pairs]
    cases = [Case(pair.theirs.key, [{pair.collection.member: one} for _, one in made]) for pair, made in zip(pairs, tried, strict=True)]
    verdicts = asked.judge("neutron", cases)
    return [
        Difference(pair, attribute, one, not theirs)
        for pair, made, answers in zip(pairs, tried, verdicts, strict=True)
        for (attribute, one), theirs in zip(made, answers, strict=True)
        if theirs is not None and accepts(pair, one) != theirs and not (theirs and loose(one.get(attribute)))
    ]


def loose(value: Any) -> bool:
    """Whether Neutron takes a value for a number only because Python's ``int()`` does: a truth value or a fraction."""
    return isinstance(value, bool | float)


def accepts(pair: Compared, given: Mapping[str, Any]) -> bool:
    """Our verdict, for an administrator."""
    prepare = prepare_create if pair.theirs.schema["create"] else prepare_update
    try:
        prepare(pair.collection.by_name, pair.collection.member, dict(given), ADMINISTRATOR)
    except Fault:
        return False
    return True


def instances(pair: Compared) -> list[tuple[str, dict[str, Any]]]:
    """The least that a resource is made from, and that with one attribute less or more, with every value; each with the attribute."""
    attributes: Mapping[str, Any] = pair.theirs.schema["attributes"]
    create = pair.theirs.schema["create"]
    needed = [name for name, one in attributes.items() if create and one["allow_post"] and "default" not in one]
    least = {name: REQUIRED[name] for name in needed if name in REQUIRED}
    names = sorted({*attributes, *pair.collection.by_name, UNKNOWN})
    made = [(name, {**least, name: value}) for name in names for value in VALUES]
    without = [(left, {name: value for name, value in least.items() if name != left}) for left in least]
    return [("", least), *without, *made]

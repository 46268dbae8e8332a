"""One host of the inventory: its variables, and the groups that it is in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from cmdb.ansible.surroundings import Surroundings
from cmdb.model import Ci, Relation

TEMPLATES: Final = ("{{", "{%", "{#")
"""What Ansible would evaluate: texts with it are marked as unsafe."""
Group = tuple[str, str]
"""The kind of a group, and what it is of: ``("cluster", "ams1-esx-01")``."""


class Placed(msgspec.Struct, frozen=True):
    """Where a host stands, by names; absent what is unknown."""

    cluster: str | None = None
    host: str | None = None
    project: str | None = None
    owner: str | None = None
    datacenter: str | None = None
    applications: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


def placed(ci: Ci, relations: Iterable[Relation], around: Surroundings) -> Placed:
    """Read it off the host's relations."""
    ends: dict[tuple[str, str], str] = {}
    applications: dict[str, str] = {}
    for one in relations:
        if one.source == ci.uid and one.target in around.known:
            ends[one.type, around.class_of(one.target)] = one.target
        elif one.type == "NEEDS" and one.target == ci.uid and one.source in around.known:
            applications[one.source] = str(one.properties.get("tier", ""))
    name = {key: around.name_of(uid) for key, uid in ends.items()}
    host = ends.get(("RUNS_ON", "Hypervisor"))
    beside = around.cluster_of(host) if host else None
    site = ci.attributes.get("site")
    return Placed(
        cluster=name.get(("MEMBER_OF", "Cluster")) or (around.name_of(beside) if beside else None),
        host=name.get(("RUNS_ON", "Hypervisor")),
        project=name.get(("OWNED_BY", "Project")),
        owner=name.get(("OWNED_BY", "Team")),
        datacenter=name.get(("LOCATED_IN", "Datacenter")) or (str(site) if site is not None else None),
        applications=tuple(sorted({around.name_of(uid) for uid in applications})),
        tiers=tuple(sorted({tier for tier in applications.values() if tier})),
        services=tuple(sorted(around.services_on(applications))),
    )


def groups_of(ci: Ci, where: Placed) -> list[Group]:
    """The groups of a host."""
    single = {"cluster": where.cluster, "project": where.project, "owner": where.owner, "datacenter": where.datacenter}
    several = {"application": where.applications, "tier": where.tiers, "service": where.services, "tag": ci.tags}
    found = [("class", ci.cls), *((kind, name) for kind, name in single.items() if name)]
    if "power" in ci.attributes:
        found.append(("power", str(ci.attributes["power"])))
    return found + [(kind, name) for kind, names in several.items() for name in names]


def variables_of(ci: Ci, where: Placed) -> dict[str, Any]:
    """``ansible_host`` where the address is known, and everything that the graph says under ``cmdb``."""
    said = {"uid": ci.uid, "class": ci.cls, "name": ci.name, "tags": ci.tags, "attributes": ci.attributes, **msgspec.structs.asdict(where)}
    address = address_of(ci)
    return {**({"ansible_host": address} if address else {}), "cmdb": safe({key: one for key, one in said.items() if one is not None})}


def address_of(ci: Ci) -> str | None:
    """Where it is reached: its management address, or the guest's first, IPv4 before IPv6."""
    given = ci.attributes.get("management_ip") or ci.attributes.get("addresses") or ()
    found = [address for address in map(_address, (given,) if isinstance(given, str) else _texts(given)) if address is not None]
    usable = [one for one in found if not (one.is_link_local or one.is_loopback)]
    return str(min(usable, key=lambda one: (one.version, int(one)))) if usable else None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:  # what a guest says of itself may be anything
        return None


def _texts(given: object) -> Sequence[str]:
    return [one for one in given if isinstance(one, str)] if isinstance(given, tuple) else []


def safe(value: Any) -> Any:
    """The value with every text that Ansible would evaluate marked as not to be."""
    if isinstance(value, str):
        return {"__ansible_unsafe": value} if any(sign in value for sign in TEMPLATES) else value
    if isinstance(value, Mapping):
        return {key: safe(one) for key, one in value.items()}
    return [safe(one) for one in value] if isinstance(value, tuple | list) else value

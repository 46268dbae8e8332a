"""Objects of the tree as the REST convenience API shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from dcsim.errors import NotFound
from dcsim.http.pages import Page, page
from emulators.ucs.domain import Domain
from emulators.ucs.mit.node import Node
from emulators.ucs.records import ConfigMo
from emulators.ucs.rest.shapes import (
    BladeView,
    ChassisView,
    DomainView,
    FabricInterconnectView,
    Query,
    RackServerView,
    ServiceProfileView,
)
from emulators.world.model import Blade, Chassis, Entity, FabricInterconnect, RackServer, UcsDomain

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Shown:
    """An object of a domain, with the entity that it is of; ``shown["operState"]`` is a property."""

    domain: Domain
    entity: Entity
    node: Node

    def __getitem__(self, name: str) -> str:
        return self.node.get(name) or ""


class Shows(NamedTuple):
    """What a list shows: the class of its objects, the kind of entity that they are of, and how."""

    class_id: str
    entity: type[Entity]
    view: Callable[[Shown], Any]


class Domains:
    """The domains that the API shows, in the order of their creation."""

    def __init__(self, domains: Iterable[Domain]) -> None:
        self._domains = list(domains)

    def all(self, named: str = "") -> list[Domain]:
        """Every domain, or the one of that uid or name; raises NotFound."""
        found = [one for one in self._domains if named in {"", one.uid, one.name}]
        if not found and named:
            raise NotFound(f"There is no UCS domain {named!r}.", field="domain")
        return found

    async def listed(self, shows: Shows, query: Query) -> Page[Any]:
        """A page of objects."""
        domains = self.all(query.domain)
        for domain in domains:
            await domain.tree.prepare([shows.class_id])
        found = sorted((one for domain in domains for one in _of(domain, shows)), key=lambda one: one.entity.number)
        return page(found, query.limit, query.cursor, lambda one: one.entity.number, shows.view)

    def one(self, shows: Shows, uid: str) -> Shown:
        """The object of an entity; raises NotFound."""
        for domain in self._domains:
            entity = domain.world.state.maybe(shows.entity, uid)
            shown = _shown(domain, entity, shows) if entity is not None else None
            if shown is not None:
                return shown
        raise NotFound(f"There is no {shows.class_id} of {uid!r}.", subject=uid)


def _of(domain: Domain, shows: Shows) -> Iterator[Shown]:
    for entity in domain.world.state.all(shows.entity):
        shown = _shown(domain, entity, shows)
        if shown is not None:
            yield shown


def _shown(domain: Domain, entity: Entity, shows: Shows) -> Shown | None:
    if isinstance(entity, ConfigMo) and entity.class_id != shows.class_id:
        return None
    dn = domain.tree.dn_of(entity.uid)
    node = domain.tree.find(dn) if dn else None
    return Shown(domain, entity, node) if node is not None and node.class_id == shows.class_id else None


# -- one view for each class -------------------------------------------------------------------------------------------------------


def domain_view(domain: Domain) -> DomainView:
    """A domain."""
    tree = domain.tree
    faults = Counter(str(fault.get("severity")) for fault in tree.of_class("faultInst"))
    return DomainView(
        uid=domain.uid,
        name=domain.name,
        address=domain.world.state.get(UcsDomain, domain.uid).address,
        version=tree.schema.version,
        chassis=len(tree.of_class("equipmentChassis")),
        blades=len(tree.of_class("computeBlade")),
        rack_servers=len(tree.of_class("computeRackUnit")),
        service_profiles=sum(profile.get("type") == "instance" for profile in tree.of_class("lsServer")),
        faults=dict(sorted(faults.items())),
    )


def _interconnect(shown: Shown) -> FabricInterconnectView:
    return FabricInterconnectView(
        uid=shown.entity.uid,
        domain=shown.domain.name,
        dn=shown.node.dn,
        id=shown["id"],
        model=shown["model"],
        serial=shown["serial"],
        operability=shown["operability"],
    )


def _chassis(shown: Shown) -> ChassisView:
    return ChassisView(
        uid=shown.entity.uid,
        domain=shown.domain.name,
        dn=shown.node.dn,
        id=int(shown["id"]),
        model=shown["model"],
        serial=shown["serial"],
        presence=shown["presence"],
        oper_state=shown["operState"],
        power=shown["power"],
        blades=len(shown.domain.tree.children(shown.node.dn, "computeBlade")),
    )


def _server(shown: Shown) -> dict[str, Any]:
    return {
        "uid": shown.entity.uid,
        "version": shown.entity.version,
        "domain": shown.domain.name,
        "dn": shown.node.dn,
        "label": shown["usrLbl"],
        "model": shown["model"],
        "serial": shown["serial"],
        "uuid": shown["uuid"],
        "cores": int(shown["numOfCores"]),
        "memory_bytes": int(shown["totalMemory"]) * MIB,
        "presence": shown["presence"],
        "discovery": shown["discovery"],
        "power": shown["operPower"],
        "oper_state": shown["operState"],
        "availability": shown["availability"],
        "association": shown["association"],
        "service_profile": shown["assignedToDn"],
    }


def _blade(shown: Shown) -> BladeView:
    return BladeView(**_server(shown), chassis=int(shown["chassisId"]), slot=int(shown["slotId"]))


def _rack_server(shown: Shown) -> RackServerView:
    return RackServerView(**_server(shown), id=int(shown["id"]))


def _profile(shown: Shown) -> ServiceProfileView:
    power = shown.domain.tree.find(f"{shown.node.dn}/power")
    return ServiceProfileView(
        uid=shown.entity.uid,
        version=shown.entity.version,
        domain=shown.domain.name,
        dn=shown.node.dn,
        name=shown["name"],
        type=shown["type"],
        label=shown["usrLbl"],
        uuid=shown["uuid"],
        template=shown["operSrcTemplName"],
        server=shown["pnDn"],
        assoc_state=shown["assocState"],
        oper_state=shown["operState"],
        desired_power=(power.get("state") or "") if power is not None else "",
    )


INTERCONNECTS = Shows("networkElement", FabricInterconnect, _interconnect)
CHASSIS = Shows("equipmentChassis", Chassis, _chassis)
BLADES = Shows("computeBlade", Blade, _blade)
RACK_SERVERS = Shows("computeRackUnit", RackServer, _rack_server)
PROFILES = Shows("lsServer", ConfigMo, _profile)

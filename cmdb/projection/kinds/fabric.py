"""UCS domains, fabric interconnects and their ports, and what hangs on a chassis or rack server: as UCS Manager sees them."""

from __future__ import annotations

from cmdb.model.classes.hardware import FabricInterconnect, FabricPort, Fan, IoModule, PowerSupply, UcsDomain
from cmdb.projection.declare import ENGINE, UCS, Link, Shape, Statements, View, projects, seen
from cmdb.projection.kinds.facility import site_of, state_of

CISCO = "Cisco Systems Inc"


class DomainShape(Shape, frozen=True, kw_only=True):
    """A UCS domain."""

    address: str = ""


class InterconnectShape(Shape, frozen=True, kw_only=True):
    """A fabric interconnect."""

    domain: str
    rack: str = ""
    leg: str = "A"
    serial: str = ""
    model: str = "UCS-FI-6454"
    operable: bool = True


class FabricPortShape(Shape, frozen=True, kw_only=True):
    """A port of one; ``peer`` is the I/O module, rack server or upstream switch at its other end."""

    fabric_interconnect: str
    slot: int = 1
    port: int
    role: str = "server"
    up: bool = True
    enabled: bool = True
    peer: str = ""


class EnclosureShape(Shape, frozen=True, kw_only=True):
    """A chassis or rack server, as far as its parts are named after it."""

    domain: str
    slot: int = 0
    unit: int = 0

    @property
    def dn(self) -> str:
        """Its distinguished name."""
        return f"sys/rack-unit-{self.unit}" if self.unit else f"sys/chassis-{self.slot}"


class PartShape(Shape, frozen=True, kw_only=True):
    """A power supply, fan or I/O module; ``chassis`` is what it is in, a rack server too."""

    chassis: str
    slot: int = 1
    operable: bool = True


class IoModuleShape(PartShape, frozen=True, kw_only=True):
    """An I/O module."""

    serial: str = ""
    leg: str = "A"
    model: str = "UCS-IOM-2208XP"


class SupplyShape(PartShape, frozen=True, kw_only=True):
    """A power supply on a feed of the site."""

    serial: str = ""
    feed: str = ""
    model: str = "UCSB-PSU-2500ACDV"


@projects("ucs_domain", DomainShape)
def ucs_domain(it: DomainShape, view: View) -> Statements:
    """One UCS Manager."""
    yield seen(UCS, it, UcsDomain(site=site_of(it, view), address=it.address, vendor=CISCO))
    yield Link(ENGINE, it.uid, "LOCATED_IN", it.site)


@projects("fabric_interconnect", InterconnectShape, indexed=("domain",))
def fabric_interconnect(it: InterconnectShape, view: View) -> Statements:
    """Fabric A or B."""
    yield seen(
        UCS,
        it,
        FabricInterconnect(
            site=site_of(it, view), dn=f"sys/switch-{it.leg}", serial=it.serial, model=it.model, vendor=CISCO, operable=it.operable,
            leg=it.leg, operational_state=state_of(it.operable),
        ),
    )  # fmt: skip
    yield Link(UCS, it.uid, "MEMBER_OF", it.domain)
    yield Link(ENGINE, it.uid, "LOCATED_IN", it.rack or it.site)


@projects("fi_port", FabricPortShape)
def fi_port(it: FabricPortShape, view: View) -> Statements:
    """A port: server ports need their interconnect, which itself needs its uplinks."""
    owner = view.look(InterconnectShape, it.fabric_interconnect)
    dn = f"sys/switch-{owner.leg}/slot-{it.slot}/switch-ether/port-{it.port}" if owner else None
    yield seen(
        UCS,
        it,
        FabricPort(
            site=site_of(it, view), dn=dn, slot=it.slot, port=it.port, role=it.role, link_up=it.up, enabled=it.enabled,
            operable=it.up and it.enabled, operational_state=state_of(it.up and it.enabled),
        ),
    )  # fmt: skip
    if it.role == "server":
        yield Link(UCS, it.uid, "PORT_OF", it.fabric_interconnect)
        yield Link(UCS, it.peer, "LINKED_BY", it.uid)
    else:
        yield Link(UCS, it.fabric_interconnect, "UPLINKS_BY", it.uid)
        yield Link(ENGINE, it.uid, "UPLINKS_TO", it.peer)


def _part_dn(it: PartShape, view: View, rest: str) -> str | None:
    enclosure = view.look(EnclosureShape, it.chassis)
    return f"{enclosure.dn}/{rest}" if enclosure else None


@projects("io_module", IoModuleShape)
def io_module(it: IoModuleShape, view: View) -> Statements:
    """A chassis' extender of one fabric."""
    yield seen(
        UCS,
        it,
        IoModule(
            site=site_of(it, view), dn=_part_dn(it, view, f"slot-{1 if it.leg == 'A' else 2}"), serial=it.serial, model=it.model,
            vendor=CISCO, operable=it.operable, leg=it.leg, operational_state=state_of(it.operable),
        ),
    )  # fmt: skip
    yield Link(UCS, it.chassis, "CONNECTED_BY", it.uid)
    enclosure = view.look(EnclosureShape, it.chassis)
    for found in view.where("fabric_interconnect", InterconnectShape, "domain", enclosure.domain) if enclosure else ():
        if found.leg == it.leg:
            yield Link(UCS, it.uid, "UPLINKS_TO", found.uid)


@projects("power_supply", SupplyShape)
def power_supply(it: SupplyShape, view: View) -> Statements:
    """A power supply."""
    yield seen(
        UCS,
        it,
        PowerSupply(
            site=site_of(it, view), dn=_part_dn(it, view, f"psu-{it.slot}"), serial=it.serial, model=it.model, vendor=CISCO,
            operable=it.operable, slot=it.slot, operational_state=state_of(it.operable),
        ),
    )  # fmt: skip
    yield Link(UCS, it.chassis, "POWERED_BY", it.uid)
    yield Link(ENGINE, it.uid, "FED_BY", it.feed)


@projects("fan", PartShape)
def fan(it: PartShape, view: View) -> Statements:
    """A fan module."""
    yield seen(
        UCS,
        it,
        Fan(
            site=site_of(it, view), dn=_part_dn(it, view, f"fan-module-1-{it.slot}"), vendor=CISCO, operable=it.operable, slot=it.slot,
            operational_state=state_of(it.operable),
        ),
    )  # fmt: skip
    yield Link(UCS, it.chassis, "COOLED_BY", it.uid)

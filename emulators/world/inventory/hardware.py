"""Sites and UCS domains of an inventory as entities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulators.world import identity
from emulators.world.inventory.making import Making
from emulators.world.inventory.spec import BladeClass, ChassisSpec, Leg, SiteSpec, UcsDomainSpec, format_size, parse_size
from emulators.world.model import (
    AdapterPort,
    Blade,
    BladePower,
    Chassis,
    CpuSpec,
    Dimm,
    Entity,
    FabricInterconnect,
    Fan,
    FiPort,
    IoModule,
    LocalDisk,
    PowerFeed,
    PowerSupply,
    Rack,
    RackServer,
    Server,
    ServiceProfile,
    Site,
    UcsDomain,
    UpstreamSwitch,
    Vhba,
    Vnic,
)

LEGS: tuple[Leg, Leg] = ("A", "B")
LINKS_PER_CHASSIS = 2
"""Cables from each I/O module to its fabric interconnect."""
UPLINK_PORTS = (49, 50)
"""The first 40/100G ports of a UCS-FI-6454."""
POWER_SUPPLIES: dict[int, Leg] = {1: "A", 2: "A", 3: "B", 4: "B"}
"""Slots of a UCSB-5108 in grid redundancy: half of them on each feed."""
FANS = 8
SLOTS = 8
"""Half-width blades of a UCSB-5108."""
MAX_CHASSIS = 20
LINKS_PER_RACK_SERVER = 1
"""Cables from a rack server to each fabric interconnect."""
RACK_FANS = 6
"""Fan modules of a UCSC-C220-M5SX."""
RACK_POWER_SUPPLY = "UCSC-PSU1-1050W"
RACK_SERVER = BladeClass(model="UCSC-C220-M5SX", memory="256GiB", dimms=8, disks=["480GiB", "480GiB"])
"""A rack server of which nothing else is said."""


def facilities(making: Making) -> Iterator[Entity]:
    """Sites with their feeds, switches and racks."""
    for spec in making.inventory.sites:
        yield from _site(making, spec)


def _site(making: Making, spec: SiteSpec) -> Iterator[Entity]:
    uid = making.uid(Site, spec.name)
    yield making.make(Site, (spec.name,), name=spec.name, site=uid, location=spec.location, time_zone=spec.time_zone)
    for leg, name in spec.power_feeds.items():
        yield making.make(PowerFeed, (name,), name=name, site=uid, leg=leg)
    for leg, name in spec.upstream_switches.items():
        yield making.make(UpstreamSwitch, (name,), name=name, site=uid, leg=leg)
    for name in spec.racks:
        yield making.make(Rack, (name,), name=name, site=uid)


def ucs_domains(making: Making, hosts: dict[str, str]) -> Iterator[Entity]:
    """Every domain with all that is in it; ``hosts`` maps associated blades (``domain/chassis/slot``) to their hosts' names."""
    for number, spec in enumerate(making.inventory.ucs_domains, 1):
        site = next(one for one in making.inventory.sites if one.name == spec.site)
        yield from _Domain(making, number, spec, site, hosts).entities()


class _Domain:
    """One UCS domain in the making."""

    def __init__(self, making: Making, number: int, spec: UcsDomainSpec, site: SiteSpec, hosts: dict[str, str]) -> None:
        self.making = making
        self.number = number
        self.spec = spec
        self.facility = site
        self.hosts = hosts
        self.site = making.uid(Site, site.name)
        self.uid = making.uid(UcsDomain, spec.name)

    def entities(self) -> Iterator[Entity]:
        yield self.making.make(UcsDomain, (self.spec.name,), name=self.spec.name, site=self.site, address=self.spec.address)
        for leg in LEGS:
            yield from self._fabric_interconnect(leg)
        for chassis in self.spec.chassis:
            yield from self._chassis(chassis)
        for unit, cls in sorted(self.spec.rack_servers.items()):
            yield from self._rack_server(unit, self.making.inventory.hardware[cls])

    def _fabric_interconnect(self, leg: str) -> Iterator[Entity]:
        make, name = self.making.make, f"{self.spec.name}-{leg}"
        yield make(
            FabricInterconnect,
            (name,),
            name=name,
            site=self.site,
            domain=self.uid,
            rack=self.making.ref(Rack, self.spec.rack),
            leg=leg,
            serial=self.making.unique(identity.fabric_interconnect_serial, name),
            model=self.spec.model,
        )
        for chassis in self.spec.chassis:
            module = self.making.uid(IoModule, self.spec.name, chassis.slot, leg)
            for link in range(1, LINKS_PER_CHASSIS + 1):
                yield self._fi_port(name, (chassis.slot - 1) * LINKS_PER_CHASSIS + link, "server", module)
        used = max((chassis.slot for chassis in self.spec.chassis), default=0) * LINKS_PER_CHASSIS
        for place, unit in enumerate(sorted(self.spec.rack_servers), 1):
            yield self._fi_port(name, used + place, "server", self.making.uid(RackServer, self.spec.name, unit))
        switches = self.facility.upstream_switches.values()
        for port, switch in zip(UPLINK_PORTS, switches, strict=False):
            yield self._fi_port(name, port, "network", self.making.uid(UpstreamSwitch, switch))

    def _fi_port(self, interconnect: str, port: int, role: str, peer: str) -> FiPort:
        return self.making.make(
            FiPort,
            (interconnect, port),
            name=f"{interconnect}/1/{port}",
            site=self.site,
            fabric_interconnect=self.making.uid(FabricInterconnect, interconnect),
            port=port,
            role=role,
            peer=peer,
        )

    def _chassis(self, spec: ChassisSpec) -> Iterator[Entity]:
        make, path = self.making.make, (self.spec.name, spec.slot)
        uid, name = self.making.uid(Chassis, *path), f"{self.spec.name}/{spec.slot}"
        yield make(
            Chassis,
            path,
            name=name,
            site=self.site,
            domain=self.uid,
            rack=self.making.ref(Rack, spec.rack),
            slot=spec.slot,
            serial=self.making.unique(identity.chassis_serial, *path),
        )
        for leg in LEGS:
            drawn = self.making.unique(io_module_serial, *path, leg)
            yield make(IoModule, (*path, leg), name=f"{name}/iom-{leg}", site=self.site, chassis=uid, leg=leg, serial=drawn)
        for slot, leg in POWER_SUPPLIES.items():
            feed = self.making.ref(PowerFeed, self.facility.power_feeds.get(leg, ""))
            drawn = self.making.unique(power_supply_serial, *path, slot)
            named = f"{name}/psu-{slot}"
            yield make(PowerSupply, (*path, slot), name=named, site=self.site, chassis=uid, feed=feed, slot=slot, serial=drawn)
        for slot in range(1, FANS + 1):
            yield make(Fan, (*path, slot), name=f"{name}/fan-{slot}", site=self.site, chassis=uid, slot=slot)
        for slot, cls in sorted(spec.blades.items()):
            yield from self._blade(spec, slot, self.making.inventory.hardware[cls])

    def _blade(self, chassis: ChassisSpec, slot: int, cls: BladeClass) -> Iterator[Entity]:
        path = (self.spec.name, chassis.slot, slot)
        name = f"{self.spec.name}/{chassis.slot}/{slot}"
        host = self.hosts.get(name, "")
        yield self.making.make(
            Blade,
            path,
            name=name,
            site=self.site,
            chassis=self.making.uid(Chassis, self.spec.name, chassis.slot),
            slot=slot,
            **server_hardware(cls, self.making.seed, path, self.making.unique),
            power=BladePower.ON if host else BladePower.OFF,
            profile=self.making.ref(ServiceProfile, host),
        )
        if host:
            yield self._profile(host, self.making.uid(Blade, *path), (chassis.slot - 1) * SLOTS + slot)

    def _rack_server(self, unit: int, cls: BladeClass) -> Iterator[Entity]:
        path, name = (self.spec.name, unit), rack_server_name(self.spec.name, unit)
        uid, host, making = self.making.uid(RackServer, self.spec.name, unit), self.hosts.get(name, ""), self.making
        made = server_hardware(cls, making.seed, ("rack", *path), making.unique)
        yield making.make(
            RackServer,
            path,
            name=name,
            site=self.site,
            domain=self.uid,
            rack=making.ref(Rack, self.spec.rack),
            unit=unit,
            **{**made, "serial": making.unique(identity.rack_server_serial, *path)},
            power=BladePower.ON if host else BladePower.OFF,
            profile=making.ref(ServiceProfile, host),
        )
        for slot, leg in enumerate(LEGS, 1):
            feed = making.ref(PowerFeed, self.facility.power_feeds.get(leg, ""))
            drawn = making.unique(power_supply_serial, "rack", *path, slot)
            given = {"chassis": uid, "feed": feed, "slot": slot, "serial": drawn, "model": RACK_POWER_SUPPLY}
            yield making.make(PowerSupply, ("rack", *path, slot), name=f"{name}/psu-{slot}", site=self.site, **given)
        for slot in range(1, RACK_FANS + 1):
            yield making.make(Fan, ("rack", *path, slot), name=f"{name}/fan-{slot}", site=self.site, chassis=uid, slot=slot)
        if host:
            yield self._profile(host, uid, MAX_CHASSIS * SLOTS + unit)

    def _profile(self, host: str, blade: str, index: int) -> ServiceProfile:
        """The profile of a host; ``index`` is the server's place in the domain, so that a pool's addresses stay with the slot."""
        return self.making.make(
            ServiceProfile,
            (host,),
            name=host,
            site=self.site,
            domain=self.uid,
            dn=f"org-root/ls-{host}",
            blade=blade,
            uuid=self.making.unique(identity.profile_uuid, host),
            vnics=tuple(
                Vnic(name=f"eth{place}", mac=identity.vnic_mac(self.number, leg, index), leg=leg, order=place + 1)
                for place, leg in enumerate(LEGS)
            ),
            vhbas=tuple(
                Vhba(name=f"fc{place}", wwpn=identity.vhba_wwpn(self.number, leg, index), leg=leg, order=place + 1)
                for place, leg in enumerate(LEGS)
            ),
            wwnn=identity.wwnn(self.number, index),
        )


def server_hardware(cls: BladeClass, seed: int, path: tuple[str | int, ...], unique: Callable[..., str]) -> dict[str, Any]:
    """The fields of a server as it leaves the factory; ``unique`` answers ``draw(seed, *path)`` in a form that nothing else has."""
    return {
        "serial": unique(identity.blade_serial, *path),
        "original_uuid": unique(identity.original_uuid, *path),
        "asset_tag": unique(identity.asset_tag, *path),
        "model": cls.model,
        "cpu": cpu_spec(cls),
        "memory_bytes": parse_size(cls.memory),
        "dimms": tuple(
            Dimm(slot=place, capacity_bytes=parse_size(cls.memory) // cls.dimms, serial=identity.dimm_serial(seed, *path, place))
            for place in range(1, cls.dimms + 1)
        ),
        "disks": tuple(
            LocalDisk(slot=place, capacity_bytes=parse_size(size), serial=identity.disk_serial(seed, *path, place))
            for place, size in enumerate(cls.disks, 1)
        ),
        "adapters": tuple(
            AdapterPort(slot=place, leg=leg, mac=unique(identity.burned_in_mac, *path, leg)) for place, leg in enumerate(LEGS, 1)
        ),
    }


def rack_server_name(domain: str, unit: int) -> str:
    """What a rack server is called: ``domain/rack-N``."""
    return f"{domain}/rack-{unit}"


def class_of(blade: Server) -> BladeClass:
    """The class of servers that have the same hardware."""
    return BladeClass(
        model=blade.model,
        cpu=blade.cpu.model,
        sockets=blade.cpu.sockets,
        cores_per_socket=blade.cpu.cores_per_socket,
        threads_per_core=blade.cpu.threads_per_core,
        mhz=blade.cpu.mhz,
        memory=format_size(blade.memory_bytes),
        dimms=len(blade.dimms),
        disks=[format_size(disk.capacity_bytes) for disk in blade.disks],
    )


def cpu_spec(cls: BladeClass) -> CpuSpec:
    """The processors of a blade class."""
    return CpuSpec(
        model=cls.cpu,
        vendor="amd" if "AMD" in cls.cpu else "intel",
        sockets=cls.sockets,
        cores_per_socket=cls.cores_per_socket,
        threads_per_core=cls.threads_per_core,
        mhz=cls.mhz,
    )


def io_module_serial(seed: int, *path: int | str) -> str:
    """Serial number of an I/O module."""
    return identity.serial("FCH", seed, "iom", *path)


def power_supply_serial(seed: int, *path: int | str) -> str:
    """Serial number of a power supply."""
    return identity.serial("DTM", seed, "psu", *path)

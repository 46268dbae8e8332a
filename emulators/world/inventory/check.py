"""Whether an inventory holds together: names are unique, every reference resolves, sizes and addresses can be read.  Pure.

The first thing wrong is raised as InvalidArgument, whose ``field`` is the place in the document (``vms[12].host``).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence

from dcsim.errors import InvalidArgument
from emulators.world.identity import MAX_DOMAINS
from emulators.world.inventory.guests import MAX_DISKS
from emulators.world.inventory.hardware import LINKS_PER_CHASSIS, LINKS_PER_RACK_SERVER, MAX_CHASSIS, UPLINK_PORTS, rack_server_name
from emulators.world.inventory.hosts import host_plans
from emulators.world.inventory.shared import gateway_of
from emulators.world.inventory.spec import (
    UNITS,
    BladeClass,
    ChassisSpec,
    DatastoreSpec,
    DiskSpec,
    Inventory,
    NetworkSpec,
    NicSpec,
    SwitchSpec,
    UcsDomainSpec,
    VmClass,
    VmSpec,
    parse_size,
)
from emulators.world.ipam import Addresses, parse_cidr

MAX_SLOT, MAX_VLAN, MAX_CPUS = 8, 4094, 768
MAX_RACK_UNIT = 160
"""UCS Manager numbers rack servers up to 254; a domain of ours has as many as of blades."""
MAX_BYTES = 1 << 60
MAX_NAME = 80
"""The longest name that vSphere takes."""
MAX_PROFILE_NAME = 32
"""The longest name of a UCS service profile, and so of a host."""
_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
_PROFILE = re.compile(rf"[A-Za-z0-9_.:-]{{2,{MAX_PROFILE_NAME}}}")


def check(inventory: Inventory) -> None:
    """Raise InvalidArgument for the first thing that is wrong, in the order of the document."""
    _Check(inventory).run()


class _Check:
    """One walk over a document; what it collects on the way are the names that later parts refer to."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.sites = {spec.name for spec in inventory.sites}
        self.racks = {rack for spec in inventory.sites for rack in spec.racks}
        self.clusters = {spec.name: spec for spec in inventory.clusters}
        self.luns = {name for spec in inventory.arrays for name in spec.luns}
        self.datastores = {spec.name for spec in inventory.datastores}
        self.networks = {spec.name for spec in inventory.networks}
        self.images = {spec.name for spec in inventory.images}
        self.blades = {f"{d.name}/{c.slot}/{slot}" for d in inventory.ucs_domains for c in d.chassis for slot in c.blades}
        self.blades |= {rack_server_name(d.name, unit) for d in inventory.ucs_domains for unit in d.rack_servers}
        self.hosts: set[str] = set()
        self.taken: dict[str, str] = {}
        self.pools: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Check part after part."""
        self.names()
        self.hardware()
        self.all_hosts()
        self.storage()
        self.segments()
        self.resource_pools()
        self.machines()
        self.tenancy()

    # -- names -------------------------------------------------------------------------------------------------------------------

    def names(self) -> None:
        """Things of a kind have different names, none of them empty."""
        inventory = self.inventory
        for part in ("sites", "ucs_domains", "arrays", "clusters", "hosts", "datastores", "switches", "networks", "images", "projects"):
            _unique(part, [spec.name for spec in getattr(inventory, part)])
        for part in ("vms", "teams", "business_services", "applications"):
            _unique(part, [spec.name for spec in getattr(inventory, part)])
        _unique("sites", [rack for spec in inventory.sites for rack in spec.racks], "racks")
        _unique("sites", [name for spec in inventory.sites for name in spec.power_feeds.values()], "power feeds")
        _unique("sites", [name for spec in inventory.sites for name in spec.upstream_switches.values()], "upstream switches")
        _unique("arrays", [name for spec in inventory.arrays for name in spec.luns], "LUNs")

    # -- hardware ------------------------------------------------------------------------------------------------------------------

    def hardware(self) -> None:
        """Blade classes, domains, chassis and blades."""
        for name, cls in self.inventory.hardware.items():
            check_blade_class(f"hardware.{name}", cls)
        if len(self.inventory.ucs_domains) > MAX_DOMAINS:
            raise InvalidArgument(f"There can be at most {MAX_DOMAINS} UCS domains.", field="ucs_domains")
        for place, domain in enumerate(self.inventory.ucs_domains):
            at = f"ucs_domains[{place}]"
            _refer(f"{at}.site", domain.site, self.sites, "site")
            _refer(f"{at}.rack", domain.rack, self.racks, "rack", optional=True)
            _unique(at, [str(chassis.slot) for chassis in domain.chassis], "chassis slots")
            for number, chassis in enumerate(domain.chassis):
                self.chassis(f"{at}.chassis[{number}]", chassis)
            self.rack_servers(f"{at}.rack_servers", domain)

    def chassis(self, at: str, spec: ChassisSpec) -> None:
        """One chassis."""
        _within(f"{at}.slot", spec.slot, 1, MAX_CHASSIS)
        _refer(f"{at}.rack", spec.rack, self.racks, "rack", optional=True)
        for slot, cls in spec.blades.items():
            _within(f"{at}.blades", slot, 1, MAX_SLOT)
            _refer(f"{at}.blades", cls, self.inventory.hardware, "blade class")

    def rack_servers(self, at: str, spec: UcsDomainSpec) -> None:
        """The rack servers of one domain; the fabric interconnects must have a port for each."""
        for unit, cls in spec.rack_servers.items():
            _within(at, unit, 1, MAX_RACK_UNIT)
            _refer(at, cls, self.inventory.hardware, "hardware class")
        links = max((one.slot for one in spec.chassis), default=0) * LINKS_PER_CHASSIS + len(spec.rack_servers) * LINKS_PER_RACK_SERVER
        if spec.rack_servers and links >= UPLINK_PORTS[0]:
            raise InvalidArgument(f"{spec.name} has no free ports for {len(spec.rack_servers)} rack servers.", field=at)

    # -- hosts ---------------------------------------------------------------------------------------------------------------------

    def all_hosts(self) -> None:
        """Clusters and hosts; every host has a blade of its own."""
        for place, cluster in enumerate(self.inventory.clusters):
            at = f"clusters[{place}]"
            _refer(f"{at}.site", cluster.site, self.sites, "site")
            _refer(f"{at}.management", cluster.management, self.networks, "network", optional=True)
            _within(f"{at}.ha.failures_to_tolerate", cluster.ha.failures_to_tolerate, 0, 31)
            for host, blade in cluster.hosts.items():
                self.host(f"{at}.hosts.{host}", host, blade)
        for place, spec in enumerate(self.inventory.hosts):
            at = f"hosts[{place}]"
            _refer(f"{at}.management", spec.management, self.networks, "network", optional=True)
            if spec.name not in self.hosts:
                self.host(at, spec.name, spec.blade)
            elif spec.blade:
                raise InvalidArgument(f"{spec.name} has its blade in its cluster already.", field=f"{at}.blade")

    def host(self, at: str, name: str, blade: str) -> None:
        """One host on its blade."""
        if name in self.hosts:
            raise InvalidArgument(f"There are two hosts called {name!r}.", field=at)
        if not _PROFILE.fullmatch(name):
            raise InvalidArgument(
                f"{name!r} cannot name a host and its profile: 2 to {MAX_PROFILE_NAME} letters, digits, '-', '_', '.', ':'.",
                field=at,
            )
        _refer(at, blade, self.blades, "blade")
        if blade in self.taken:
            raise InvalidArgument(f"Blade {blade} has two hosts, {self.taken[blade]} and {name}.", field=at)
        self.taken[blade] = name
        self.hosts.add(name)

    # -- storage and networks ------------------------------------------------------------------------------------------------------

    def storage(self) -> None:
        """Arrays and datastores; a LUN belongs to one datastore at most."""
        for place, array in enumerate(self.inventory.arrays):
            _refer(f"arrays[{place}].site", array.site, self.sites, "site")
            for name, size in array.luns.items():
                _size(f"arrays[{place}].luns.{name}", size)
        _unique("datastores", [lun for spec in self.inventory.datastores for lun in spec.luns], "LUNs")
        for place, spec in enumerate(self.inventory.datastores):
            at = f"datastores[{place}]"
            self.spanning(at, spec)
            for lun in spec.luns:
                _refer(f"{at}.luns", lun, self.luns, "LUN")
            _size(f"{at}.capacity", spec.capacity, optional=bool(spec.luns))

    def segments(self) -> None:
        """Switches and networks."""
        for place, switch in enumerate(self.inventory.switches):
            self.spanning(f"switches[{place}]", switch)
        switches = {spec.name for spec in self.inventory.switches}
        for place, spec in enumerate(self.inventory.networks):
            at = f"networks[{place}]"
            self.spanning(at, spec)
            _refer(f"{at}.switch", spec.switch, switches, "distributed switch", optional=True)
            if spec.switch and (spec.clusters or spec.hosts):
                raise InvalidArgument(f"{spec.name} is on the hosts of its switch: leave out clusters and hosts.", field=at)
            _within(f"{at}.vlan", spec.vlan, 0, MAX_VLAN)
            _network_addresses(at, spec)

    def spanning(self, at: str, spec: DatastoreSpec | SwitchSpec | NetworkSpec) -> None:
        """The site, clusters and hosts that something shared belongs to."""
        _refer(f"{at}.site", spec.site, self.sites, "site")
        for cluster in spec.clusters:
            _refer(f"{at}.clusters", cluster, self.clusters, "cluster")
        for host in spec.hosts:
            _refer(f"{at}.hosts", host, self.hosts, "host")

    # -- virtual machines ----------------------------------------------------------------------------------------------------------

    def resource_pools(self) -> None:
        """Pools stand under pools of the same cluster or host that come before them."""
        for place, spec in enumerate(self.inventory.pools):
            at, owner = f"pools[{place}]", spec.cluster or spec.host
            if bool(spec.cluster) == bool(spec.host):
                raise InvalidArgument(f"Pool {spec.name} needs a cluster or a stand-alone host, not both.", field=at)
            _refer(at, owner, self.clusters if spec.cluster else self.hosts, "cluster" if spec.cluster else "host")
            if spec.parent and (owner, spec.parent) not in self.pools:
                raise InvalidArgument(f"{owner} has no pool {spec.parent!r} before this one.", field=f"{at}.parent")
            if not spec.name or (owner, spec.name) in self.pools:
                raise InvalidArgument(f"{owner} has two pools called {spec.name!r}.", field=f"{at}.name")
            _size(f"{at}.memory_reservation", spec.memory_reservation)
            _size(f"{at}.memory_limit", spec.memory_limit, optional=True)
            self.pools.add((owner, spec.name))

    def machines(self) -> None:
        """VM classes, images and VMs."""
        for place, image in enumerate(self.inventory.images):
            _size(f"images[{place}].size", image.size)
        for name, cls in self.inventory.vm_classes.items():
            self.vm_shape(f"vm_classes.{name}", cls)
        plans = host_plans(self.inventory)
        clusters = {name: plan.cluster for name, plan in plans.items()}
        projects = {spec.name for spec in self.inventory.projects}
        addresses = self.addresses()
        macs: set[str] = set()
        for place, vm in enumerate(self.inventory.vms):
            at = f"vms[{place}]"
            _refer(f"{at}.class", vm.cls, self.inventory.vm_classes, "VM class", optional=True)
            _refer(f"{at}.project", vm.project, projects, "project", optional=True)
            self.vm_shape(at, vm)
            self.vm_place(at, vm, clusters)
            if vm.power == "on" and vm.host and not plans[vm.host].associated:
                raise InvalidArgument(f"{vm.name} cannot run on {vm.host}, whose blade has no service profile.", field=f"{at}.power")
            for number, nic in enumerate(vm.networks):
                self.nic(f"{at}.networks[{number}]", NicSpec(network=nic) if isinstance(nic, str) else nic, addresses, macs)

    def vm_shape(self, at: str, spec: VmSpec | VmClass) -> None:
        """Processors, memory, disks and image; 0 and the empty size mean the class'."""
        own = isinstance(spec, VmSpec)
        _within(f"{at}.cpus", spec.cpus, 0 if own else 1, MAX_CPUS)
        _size(f"{at}.memory", spec.memory, optional=own)
        _refer(f"{at}.image", spec.image, self.images, "image", optional=True)
        disks: Sequence[str | DiskSpec] = spec.disks or []
        if len(disks) > MAX_DISKS:
            raise InvalidArgument(f"A VM has at most {MAX_DISKS} disks.", field=f"{at}.disks")
        for number, disk in enumerate(disks):
            size, store = (disk.size, disk.datastore) if isinstance(disk, DiskSpec) else (disk, "")
            _size(f"{at}.disks[{number}]", size)
            _refer(f"{at}.disks[{number}]", store, self.datastores, "datastore", optional=True)

    def vm_place(self, at: str, vm: VmSpec, clusters: dict[str, str]) -> None:
        """Host or cluster, pool and datastore of a VM."""
        if len(vm.name) > MAX_NAME or "/" in vm.name:
            raise InvalidArgument(f"{vm.name!r} cannot be a VM's name: at most {MAX_NAME} characters, no '/'.", field=f"{at}.name")
        if not (vm.host or vm.cluster):
            raise InvalidArgument(f"{vm.name} needs a cluster or a host.", field=at)
        _refer(f"{at}.host", vm.host, self.hosts, "host", optional=True)
        _refer(f"{at}.cluster", vm.cluster, self.clusters, "cluster", optional=True)
        if vm.host and vm.cluster and clusters[vm.host] != vm.cluster:
            raise InvalidArgument(f"{vm.host} is not in {vm.cluster}.", field=f"{at}.host")
        if vm.cluster and not self.clusters[vm.cluster].hosts:
            raise InvalidArgument(f"{vm.cluster} has no hosts.", field=f"{at}.cluster")
        owner = vm.cluster or clusters[vm.host] or vm.host
        if vm.pool and (owner, vm.pool) not in self.pools:
            raise InvalidArgument(f"{owner} has no pool {vm.pool!r}.", field=f"{at}.pool")
        _refer(f"{at}.datastore", vm.datastore, self.datastores, "datastore", optional=True)
        if not vm.datastore and vm.disks != []:
            raise InvalidArgument(f"{vm.name} needs a datastore for its disks.", field=f"{at}.datastore")

    def addresses(self) -> dict[str, Addresses]:
        """What the networks have to give, less the hosts' own addresses."""
        return {spec.name: Addresses(spec.cidr, gateway_of(spec)) for spec in self.inventory.networks if spec.cidr}

    def nic(self, at: str, nic: NicSpec, addresses: dict[str, Addresses], macs: set[str]) -> None:
        """One virtual NIC: its network is known, and an address or MAC of its own is right and nobody else's."""
        _refer(at, nic.network, self.networks, "network")
        if nic.ip and not (nic.network in addresses and addresses[nic.network].claim(nic.ip)):
            raise InvalidArgument(f"{nic.ip} is not a free address of {nic.network}.", field=f"{at}.ip")
        if nic.mac and (not _MAC.fullmatch(nic.mac) or nic.mac in macs):
            raise InvalidArgument(f"{nic.mac!r} is not a MAC address of its own, such as 00:50:56:8a:00:01.", field=f"{at}.mac")
        macs.add(nic.mac)

    # -- tenancy -------------------------------------------------------------------------------------------------------------------

    def tenancy(self) -> None:
        """Teams, business services and applications."""
        teams = {spec.name for spec in self.inventory.teams}
        services = {spec.name for spec in self.inventory.business_services}
        vms = {spec.name for spec in self.inventory.vms}
        for place, service in enumerate(self.inventory.business_services):
            _refer(f"business_services[{place}].owner", service.owner, teams, "team", optional=True)
            _within(f"business_services[{place}].criticality", service.criticality, 1, 4)
        for place, app in enumerate(self.inventory.applications):
            at = f"applications[{place}]"
            _refer(f"{at}.team", app.team, teams, "team", optional=True)
            for name in app.services:
                _refer(f"{at}.services", name, services, "business service")
            for tier, names in app.tiers.items():
                for name in names:
                    _refer(f"{at}.tiers.{tier}", name, vms, "VM")
            for tier, needed in app.needed.items():
                _refer(f"{at}.needed", tier, app.tiers, "tier")
                _within(f"{at}.needed.{tier}", needed, 1, max(len(app.tiers[tier]), 1))


def _unique(part: str, names: Iterable[str], what: str = "") -> None:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if not name or name in seen:
            field = part if what else f"{part}[{place}].name"
            raise InvalidArgument(f"Two {what or part.replace('_', ' ')} are called {name!r}." if name else "A name is empty.", field=field)
        seen.add(name)


def _refer(at: str, name: str, known: Collection[str], what: str, *, optional: bool = False) -> None:
    if name in known or (optional and not name):
        return
    close = difflib.get_close_matches(name, known, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise InvalidArgument(f"There is no {what} {name!r}.{hint}", field=at)


def _within(at: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidArgument(f"{value} is not between {low} and {high}.", field=at)


def _size(at: str, text: str, *, optional: bool = False) -> int:
    if optional and not text:
        return 0
    try:
        size = parse_size(text)
    except InvalidArgument as error:
        raise InvalidArgument(error.message, field=at) from error
    if size > MAX_BYTES:
        raise InvalidArgument(f"{text[:40]} is more than an EiB.", field=at)
    return size


def check_blade_class(at: str, cls: BladeClass) -> None:
    """Refuse what no server can be; ``at`` is where it stands in the document."""
    for field in ("sockets", "cores_per_socket", "threads_per_core", "mhz", "dimms"):
        _within(f"{at}.{field}", getattr(cls, field), 1, 10_000)
    memory = _size(f"{at}.memory", cls.memory)
    if not memory or memory % (cls.dimms * UNITS["GiB"]):
        raise InvalidArgument(f"{cls.memory} cannot come in {cls.dimms} equal modules of whole GiB.", field=f"{at}.memory")
    for number, size in enumerate(cls.disks):
        _size(f"{at}.disks[{number}]", size)


def _network_addresses(at: str, spec: NetworkSpec) -> None:
    if not spec.cidr:
        return
    try:
        parse_cidr(spec.cidr)
    except InvalidArgument as error:
        raise InvalidArgument(error.message, field=f"{at}.cidr") from error
    if not Addresses(spec.cidr, "").usable(gateway_of(spec)):
        raise InvalidArgument(f"{spec.gateway} is not an address of {spec.cidr}.", field=f"{at}.gateway")

"""From a world back to the inventory that would make it: names, sizes and places, without what only running things have.

Left out are what the document has no words for: snapshots, loose volumes and ports, Neutron's networks, vendor records, and VMs that
no host or pool holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network

import msgspec

from emulators.world.inventory.export_guests import export_vms
from emulators.world.inventory.hardware import class_of
from emulators.world.inventory.hosts import MIB
from emulators.world.inventory.spec import (
    ApplicationSpec,
    ArraySpec,
    BladeClass,
    BusinessServiceSpec,
    ChassisSpec,
    ClusterSpec,
    DatastoreSpec,
    DrsSpec,
    Flavor,
    HaSpec,
    HostSpec,
    ImageSpec,
    Inventory,
    Leg,
    NetworkSpec,
    PoolSpec,
    ProjectSpec,
    Shares,
    SiteSpec,
    SwitchSpec,
    TeamSpec,
    UcsDomainSpec,
    format_size,
)
from emulators.world.model import (
    Allocation,
    Application,
    Blade,
    BusinessService,
    Chassis,
    Cluster,
    Datastore,
    DistributedSwitch,
    FabricInterconnect,
    Hypervisor,
    Image,
    Lun,
    Network,
    Owner,
    PowerFeed,
    Project,
    Rack,
    RackServer,
    ResourcePool,
    Server,
    Site,
    StorageArray,
    Team,
    UcsDomain,
    UpstreamSwitch,
)
from emulators.world.state import WorldState

FLAVORS: dict[Owner, Flavor] = {Owner.VSPHERE: "esxi", Owner.OPENSTACK: "kvm"}


def export(state: WorldState) -> Inventory:
    """The inventory of a world; ``realise`` with the world's seed makes the same things again."""
    return _Export(state).inventory()


class _Export:
    """One export; ``name`` looks up what a uid is called."""

    def __init__(self, state: WorldState) -> None:
        self.state = state
        self.hardware: dict[str, BladeClass] = {}
        self.members = {
            cluster.uid: [host.uid for host in state.where(Hypervisor, "cluster", cluster.uid)] for cluster in state.all(Cluster)
        }

    def inventory(self) -> Inventory:
        state = self.state
        domains = [self.domain(domain) for domain in state.all(UcsDomain)]
        guests = export_vms(state)
        return Inventory(
            sites=[self.site(site) for site in state.all(Site)],
            hardware=self.hardware,
            ucs_domains=domains,
            arrays=[self.array(array) for array in state.all(StorageArray)],
            clusters=[self.cluster(cluster) for cluster in state.all(Cluster)],
            hosts=list(self.hosts(guests.fixed_hosts)),
            datastores=[self.datastore(datastore) for datastore in state.all(Datastore)],
            switches=[self.switch(switch) for switch in state.all(DistributedSwitch)],
            networks=[self.network(network) for network in state.all(Network) if network.type in {"standard", "distributed"}],
            pools=self.pools(),
            images=[
                ImageSpec(name=image.name, ref=image.ref, os=image.os, guest_id=image.guest_id, size=format_size(image.size_bytes))
                for image in state.all(Image)
            ],
            vm_classes=guests.classes,
            projects=[ProjectSpec(name=one.name, description=one.description, enabled=one.enabled) for one in state.all(Project)],
            vms=guests.vms,
            teams=[TeamSpec(name=team.name, email=team.email) for team in state.all(Team)],
            business_services=[
                BusinessServiceSpec(name=one.name, criticality=one.criticality, owner=self.name(one.owner))
                for one in state.all(BusinessService)
            ],
            applications=[self.application(application, guests.names) for application in state.all(Application)],
        )

    def name(self, uid: str) -> str:
        """What the thing is called; empty for none."""
        entity = self.state.find(uid) if uid else None
        return entity.name if entity else ""

    def names(self, uids: Iterable[str]) -> list[str]:
        """The names of those of the things that there still are."""
        return [name for name in map(self.name, uids) if name]

    # -- facility and hardware -----------------------------------------------------------------------------------------------------

    def site(self, site: Site) -> SiteSpec:
        feeds: dict[Leg, str] = {_leg(feed.leg): feed.name for feed in self.state.where(PowerFeed, "site", site.uid)}
        switches: dict[Leg, str] = {_leg(switch.leg): switch.name for switch in self.state.where(UpstreamSwitch, "site", site.uid)}
        racks = [rack.name for rack in self.state.where(Rack, "site", site.uid)]
        return SiteSpec(
            name=site.name, location=site.location, time_zone=site.time_zone, power_feeds=feeds, upstream_switches=switches, racks=racks
        )

    def domain(self, domain: UcsDomain) -> UcsDomainSpec:
        interconnect = self.state.where(FabricInterconnect, "domain", domain.uid)[0]
        return UcsDomainSpec(
            name=domain.name,
            site=self.name(domain.site),
            address=domain.address,
            rack=self.name(interconnect.rack),
            model=interconnect.model,
            chassis=[self.chassis(chassis) for chassis in self.state.where(Chassis, "domain", domain.uid)],
            rack_servers={one.unit: self.blade_class(one) for one in self.state.where(RackServer, "domain", domain.uid)},
        )

    def chassis(self, chassis: Chassis) -> ChassisSpec:
        blades = self.state.where(Blade, "chassis", chassis.uid)
        return ChassisSpec(
            slot=chassis.slot, rack=self.name(chassis.rack), blades={blade.slot: self.blade_class(blade) for blade in blades}
        )

    def blade_class(self, blade: Server) -> str:
        """The name of the class of such servers; a new one for the first."""
        cls = class_of(blade)
        known = next((name for name, other in self.hardware.items() if other == cls), None)
        if known is None:
            known = _free_name(blade.model.lower().removeprefix("ucsb-").removeprefix("ucsc-"), self.hardware)
            self.hardware[known] = cls
        return known

    # -- hosts and what they share -------------------------------------------------------------------------------------------------

    def cluster(self, cluster: Cluster) -> ClusterSpec:
        hosts = self.state.where(Hypervisor, "cluster", cluster.uid)
        spec = ClusterSpec(
            name=cluster.name,
            site=self.name(cluster.site),
            flavor=FLAVORS[cluster.owner],
            management=self.management(hosts),
            hosts={host.name: self.name(host.blade) for host in hosts},
        )
        ha = msgspec.convert(cluster.ha, HaSpec, from_attributes=True)
        drs = msgspec.convert(cluster.drs, DrsSpec, from_attributes=True)
        return _with(_with(spec, "ha", ha), "drs", drs)

    def management(self, hosts: Sequence[Hypervisor]) -> str:
        """The network that the hosts' management addresses are of."""
        ips = [IPv4Address(host.management_ip) for host in hosts if host.management_ip]
        for network in self.state.all(Network):
            if network.cidr and ips and ips[0] in IPv4Network(network.cidr):
                return network.name
        return ""

    def hosts(self, fixed: set[str]) -> Iterable[HostSpec]:
        """Stand-alone hosts, those in maintenance, and those with an address of their own (``fixed``: uids)."""
        for host in self.state.all(Hypervisor):
            ip = host.management_ip if host.uid in fixed else ""
            if not host.cluster:
                flavor: Flavor = "kvm" if host.flavor == "kvm" else "esxi"
                yield HostSpec(
                    name=host.name,
                    blade=self.name(host.blade),
                    flavor=flavor,
                    management=self.management([host]),
                    ip=ip,
                    maintenance=host.maintenance,
                    associated=self.associated(host),
                )
            elif ip or host.maintenance or not self.associated(host):
                yield HostSpec(name=host.name, ip=ip, maintenance=host.maintenance, associated=self.associated(host))

    def associated(self, host: Hypervisor) -> bool:
        blade = self.state.maybe(Server, host.blade)
        return blade is None or bool(blade.profile)

    def span(self, uids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Hosts as the clusters that are wholly among them, and the rest by name."""
        whole = [cluster for cluster, members in self.members.items() if members and set(members) <= set(uids)]
        covered = {uid for cluster in whole for uid in self.members[cluster]}
        return self.names(whole), self.names(uid for uid in uids if uid not in covered)

    def array(self, array: StorageArray) -> ArraySpec:
        luns = {lun.name: format_size(lun.capacity_bytes) for lun in self.state.where(Lun, "array", array.uid)}
        return ArraySpec(name=array.name, site=self.name(array.site), vendor=array.vendor, model=array.model, luns=luns)

    def datastore(self, datastore: Datastore) -> DatastoreSpec:
        clusters, hosts = self.span(datastore.hosts)
        luns = [lun for uid in datastore.luns if (lun := self.state.maybe(Lun, uid))]
        same = luns and sum(lun.capacity_bytes for lun in luns) == datastore.capacity_bytes
        return msgspec.convert(
            {
                "name": datastore.name,
                "site": self.name(datastore.site),
                "type": datastore.type,
                "luns": [lun.name for lun in luns],
                "capacity": "" if same else format_size(datastore.capacity_bytes),
                "clusters": clusters,
                "hosts": hosts,
            },
            DatastoreSpec,
        )

    def switch(self, switch: DistributedSwitch) -> SwitchSpec:
        clusters, hosts = self.span(switch.hosts)
        return SwitchSpec(name=switch.name, site=self.name(switch.site), clusters=clusters, hosts=hosts)

    def network(self, network: Network) -> NetworkSpec:
        clusters, hosts = ([], []) if network.switch else self.span(network.hosts)
        first = str(IPv4Network(network.cidr)[1]) if network.cidr else ""
        return NetworkSpec(
            name=network.name,
            site=self.name(network.site),
            cidr=network.cidr,
            vlan=network.vlan,
            gateway="" if network.gateway == first else network.gateway,
            mtu=network.mtu,
            switch=self.name(network.switch),
            clusters=clusters,
            hosts=hosts,
        )

    # -- pools and tenancy ---------------------------------------------------------------------------------------------------------

    def pools(self) -> list[PoolSpec]:
        """Every pool but the roots, parents first."""
        pools = [(chain, pool) for pool in self.state.all(ResourcePool) if len(chain := self.chain(pool)) > 1]
        return [self.pool(pool, chain) for chain, pool in sorted(pools, key=lambda pair: len(pair[0]))]

    def chain(self, pool: ResourcePool) -> list[ResourcePool]:
        """The pool, its parent, and so on up to a root."""
        chain = [pool]
        while parent := self.state.maybe(ResourcePool, chain[-1].parent):
            chain.append(parent)
        return chain

    def pool(self, pool: ResourcePool, chain: Sequence[ResourcePool]) -> PoolSpec:
        owner = self.state.find(chain[-1].parent)
        return PoolSpec(
            name=pool.name,
            cluster=owner.name if isinstance(owner, Cluster) else "",
            host=owner.name if isinstance(owner, Hypervisor) else "",
            parent=chain[1].name if len(chain) > 2 else "",  # noqa: PLR2004 - itself, its parent and a root above
            cpu_reservation_mhz=pool.cpu.reservation,
            cpu_limit_mhz=pool.cpu.limit,
            cpu_shares=_shares(pool.cpu),
            memory_reservation=format_size(pool.memory.reservation * MIB),
            memory_limit="" if pool.memory.limit < 0 else format_size(pool.memory.limit * MIB),
            memory_shares=_shares(pool.memory),
            expandable=pool.cpu.expandable,
        )

    def application(self, application: Application, vms: Mapping[str, str]) -> ApplicationSpec:
        tiers = {tier: [vms[uid] for uid in uids if uid in vms] for tier, uids in application.tiers.items()}
        return ApplicationSpec(
            name=application.name,
            services=self.names(application.services),
            team=self.name(application.team),
            tiers=tiers,
            needed={tier: min(count, max(len(tiers[tier]), 1)) for tier, count in application.needed.items() if tier in tiers},
        )


def _leg(leg: str) -> Leg:
    return "B" if leg == "B" else "A"


def _shares(allocation: Allocation) -> Shares | int:
    return allocation.shares if allocation.level == "custom" else msgspec.convert(allocation.level, Shares)


def _with(spec: ClusterSpec, field: str, value: HaSpec | DrsSpec) -> ClusterSpec:
    """The spec with a field of its own, unless that is the default."""
    return spec if value == type(value)() else msgspec.structs.replace(spec, **{field: value})


def _free_name(base: str, taken: Iterable[str]) -> str:
    used = set(taken)
    return next(name for number in range(1, len(used) + 2) if (name := base if number == 1 else f"{base}-{number}") not in used)

"""Hypervisors and resource pools of an inventory as entities, and where VMs go that name no host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from emulators.world.inventory.making import Making
from emulators.world.inventory.spec import ClusterSpec, HostSpec, Inventory, PoolSpec, parse_size
from emulators.world.ipam import Addresses
from emulators.world.model import Allocation, Blade, Cluster, Connection, Entity, Hypervisor, RackServer, ResourcePool, Site

MIB = 1 << 20
ROOT_POOL = "Resources"
RELEASES = {"esxi": ("8.0.3", "24022510"), "kvm": ("QEMU 8.2.2", "libvirt 10.0.0")}


class HostPlan(NamedTuple):
    """A host as the document has it: its cluster's line and, when there is one, its own."""

    name: str
    cluster: str
    blade: str
    flavor: str
    site: str
    management: str
    own: HostSpec
    associated: bool = True


def host_plans(inventory: Inventory) -> dict[str, HostPlan]:
    """Every host by name: those of clusters first, then the stand-alone ones."""
    own = {spec.name: spec for spec in inventory.hosts}
    plans = {name: _member(cluster, name, own.get(name, HostSpec(name=name))) for cluster in inventory.clusters for name in cluster.hosts}
    sites = {domain.name: domain.site for domain in inventory.ucs_domains}
    for spec in inventory.hosts:
        if spec.name not in plans:
            site = sites.get(spec.blade.partition("/")[0], "")
            plans[spec.name] = HostPlan(spec.name, "", spec.blade, spec.flavor, site, spec.management, spec, spec.associated)
    return plans


def _member(cluster: ClusterSpec, name: str, own: HostSpec) -> HostPlan:
    associated = cluster.associated and own.associated
    return HostPlan(name, cluster.name, cluster.hosts[name], cluster.flavor, cluster.site, cluster.management, own, associated)


def hypervisors(making: Making, plans: dict[str, HostPlan], addresses: dict[str, Addresses]) -> Iterator[Entity]:
    """The hosts; ``addresses`` are their management networks'."""
    for plan in plans.values():
        release, build = RELEASES[plan.flavor]
        management = addresses.get(plan.own.management or plan.management)
        yield making.make(
            Hypervisor,
            (plan.name,),
            name=plan.name,
            site=making.uid(Site, plan.site),
            blade=_server(making, plan.blade),
            cluster=making.ref(Cluster, plan.cluster),
            flavor=plan.flavor,
            maintenance=plan.own.maintenance,
            management_ip=plan.own.ip or (management.take() if management else ""),
            release=release,
            build=build,
            running=plan.associated,
            connection=Connection.CONNECTED if plan.associated else Connection.NOT_RESPONDING,
            booted=making.now if plan.associated else None,
        )


def _server(making: Making, named: str) -> str:
    """The uid of ``domain/chassis/slot`` or ``domain/rack-N``."""
    domain, *place = named.split("/")
    if len(place) == 1:
        return making.uid(RackServer, domain, int(place[0].removeprefix("rack-")))
    return making.uid(Blade, domain, *map(int, place))


# -- resource pools -----------------------------------------------------------------------------------------------------------


def pools(making: Making, plans: dict[str, HostPlan]) -> Iterator[Entity]:
    """The root pool of every ESXi cluster and stand-alone ESXi host, then the document's own."""
    for cluster in making.inventory.clusters:
        if cluster.flavor == "esxi":
            yield _root(making, cluster.site, making.uid(Cluster, cluster.name), cluster.name)
    for plan in plans.values():
        if plan.flavor == "esxi" and not plan.cluster:
            yield _root(making, plan.site, making.uid(Hypervisor, plan.name), plan.name)
    sites = {cluster.name: cluster.site for cluster in making.inventory.clusters}
    for spec in making.inventory.pools:
        yield _pool(making, spec, sites.get(spec.cluster) or plans[spec.host].site)


def _root(making: Making, site: str, parent: str, owner: str) -> ResourcePool:
    return making.make(ResourcePool, (owner, ""), name=ROOT_POOL, site=making.uid(Site, site), parent=parent)


def _pool(making: Making, spec: PoolSpec, site: str) -> ResourcePool:
    owner = spec.cluster or spec.host
    return making.make(
        ResourcePool,
        (owner, spec.name),
        name=spec.name,
        site=making.uid(Site, site),
        parent=making.uid(ResourcePool, owner, spec.parent),
        cpu=_allocation(spec.cpu_reservation_mhz, spec.cpu_limit_mhz, spec.cpu_shares, expandable=spec.expandable),
        memory=_allocation(
            parse_size(spec.memory_reservation) // MIB,
            parse_size(spec.memory_limit) // MIB if spec.memory_limit else -1,
            spec.memory_shares,
            expandable=spec.expandable,
        ),
    )


def _allocation(reservation: int, limit: int, shares: str | int, *, expandable: bool) -> Allocation:
    if isinstance(shares, int):
        return Allocation(reservation=reservation, limit=limit, shares=shares, level="custom", expandable=expandable)
    return Allocation(reservation=reservation, limit=limit, level=shares, expandable=expandable)


# -- hosts for VMs that name none -----------------------------------------------------------------------------------------------


class Spread:
    """Gives each VM without a host to the host of its cluster with the most memory left."""

    def __init__(self, inventory: Inventory, plans: dict[str, HostPlan]) -> None:
        memory = {
            f"{domain.name}/{chassis.slot}/{slot}": parse_size(inventory.hardware[cls].memory)
            for domain in inventory.ucs_domains
            for chassis in domain.chassis
            for slot, cls in chassis.blades.items()
        }
        memory |= {
            f"{domain.name}/rack-{unit}": parse_size(inventory.hardware[cls].memory)
            for domain in inventory.ucs_domains
            for unit, cls in domain.rack_servers.items()
        }
        self._left = {plan.name: memory[plan.blade] for plan in plans.values()}
        self._hosts = {
            cluster.name: [name for name in cluster.hosts if plans[name].associated and not plans[name].own.maintenance]
            or list(cluster.hosts)
            for cluster in inventory.clusters
        }

    def put(self, host: str, memory_bytes: int) -> None:
        """A VM that is on has its host."""
        self._left[host] -= memory_bytes

    def choose(self, cluster: str) -> str:
        """The host with the most memory left, the first of equals."""
        return max(self._hosts[cluster], key=lambda name: self._left[name])

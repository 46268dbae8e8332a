"""How big the parts of a generated datacenter are: sites, clusters, blades, and which cluster gets which VMs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from dcsim.errors import InvalidArgument
from emulators.world.inventory.catalogue import PLACES, Place
from emulators.world.inventory.spec import UNITS, BladeClass
from emulators.world.inventory.workload import Group, Machine, applications, infrastructure, infrastructure_count

HOSTS_PER_SITE, HOSTS_PER_CLUSTER = 200, 32
MIN_HOSTS_FOR_KVM, KVM_SHARE = 4, 10
"""From four hosts on two are KVM, from 30 on one in ten."""
MAX_VMS_PER_HOST = 1024
"""vSphere's configuration maximum."""
MAX_VCPUS_PER_CORE = 8
HEADROOM = 1.3
"""Memory of the hosts that remain when each cluster has lost one, against what the VMs were given."""
BLADES = ((256, 16), (384, 12), (512, 16), (768, 24), (1024, 16), (1536, 24), (3072, 24))
"""GiB of memory and number of modules that a blade comes with."""


class SitePlan(NamedTuple):
    """A site to be, with its numbers of hosts."""

    place: Place
    esxi: int
    kvm: int

    @property
    def name(self) -> str:
        """The site's name."""
        return self.place.name

    @property
    def clusters(self) -> tuple[int, ...]:
        """How many hosts each of its ESXi clusters has."""
        return _even(self.esxi, math.ceil(self.esxi / HOSTS_PER_CLUSTER))

    def cluster_name(self, place: int) -> str:
        """The name of its ESXi cluster at that place."""
        return f"{self.name}-cluster-{place + 1:02d}"


class Placed(NamedTuple):
    """A group of VMs and the cluster (by site and place in it) that it runs on."""

    group: Group
    site: SitePlan
    cluster: int


def _even(whole: int, parts: int) -> tuple[int, ...]:
    return tuple(whole // parts + (place < whole % parts) for place in range(parts))


def site_plans(hosts: int) -> list[SitePlan]:
    """Sites for so many hosts, ESXi and KVM together; raises InvalidArgument."""
    most = HOSTS_PER_SITE * len(PLACES)
    if not 1 <= hosts <= most:
        raise InvalidArgument(f"An inventory has 1 to {most} hosts, not {hosts}.", field="hosts")
    shares = _even(hosts, math.ceil(hosts / HOSTS_PER_SITE))
    return [SitePlan(place, share - kvm_hosts(share), kvm_hosts(share)) for place, share in zip(PLACES, shares, strict=False)]


def kvm_hosts(hosts: int) -> int:
    """How many of a site's hosts run KVM."""
    return max(2, hosts // KVM_SHARE) if hosts >= MIN_HOSTS_FOR_KVM else 0


def workload(seed: int, vms: int, sites: Sequence[SitePlan]) -> list[Placed]:
    """Every VM, in groups on the clusters that were least full; one host of each cluster is a spare.  Raises InvalidArgument."""
    if vms < 0:
        raise InvalidArgument(f"There cannot be {vms} VMs.", field="vms")
    room = {(site, cluster): max(hosts - 1, 1) for site in sites for cluster, hosts in enumerate(site.clusters)}
    load = dict.fromkeys(room, 0)
    placed = []
    for group, home in _groups(seed, vms, sites):
        site, cluster = min((key for key in room if home in {None, key[0]}), key=lambda key: load[key] / room[key])
        load[site, cluster] += sum(machine.memory_on for machine in group.machines) + 1
        placed.append(Placed(group, site, cluster))
    return placed


def _groups(seed: int, vms: int, sites: Sequence[SitePlan]) -> list[tuple[Group, SitePlan | None]]:
    """Infrastructure, which has its site, then applications, which may go anywhere."""
    share = infrastructure_count(vms // len(sites))
    own = [infrastructure(site.name, share, prefixed=len(sites) > 1) for site in sites]
    left = vms - sum(len(group.machines) for group in own)
    return [*zip(own, sites, strict=True), *((group, None) for group in applications(seed, left))]


def blade_class(placed: Sequence[Placed], sites: Sequence[SitePlan]) -> BladeClass:
    """The smallest blade with which every cluster can lose a host; raises InvalidArgument naming how many hosts it would take."""
    needed = max((_needed(site, place, placed) for site in sites for place in range(len(site.clusters))), default=0)
    for memory, dimms in BLADES:
        if memory * UNITS["GiB"] >= needed:
            return BladeClass(memory=f"{memory}GiB", dimms=dimms, disks=["480GiB", "480GiB"])
    gib = needed // UNITS["GiB"]
    raise InvalidArgument(
        f"The VMs need {gib}GiB of memory on every host, and a blade has 3TiB at most. Ask for more hosts.", field="hosts"
    )


def _needed(site: SitePlan, place: int, placed: Sequence[Placed]) -> int:
    """Bytes of memory that each host of a cluster needs."""
    machines = [machine for one in placed if (one.site, one.cluster) == (site, place) for machine in one.group.machines]
    hosts = max(site.clusters[place] - 1, 1)
    _check_density(machines, hosts)
    largest = max((machine.memory_on for machine in machines), default=0)
    return int(sum(machine.memory_on for machine in machines) / hosts * HEADROOM) + largest


def _check_density(machines: Sequence[Machine], hosts: int) -> None:
    cores = BladeClass().sockets * BladeClass().cores_per_socket * hosts
    vcpus = sum(machine.cpus for machine in machines if machine.power == "on")
    if len(machines) > MAX_VMS_PER_HOST * hosts or vcpus > MAX_VCPUS_PER_CORE * cores:
        raise InvalidArgument(
            f"{len(machines)} VMs with {vcpus} vCPUs are too many for {hosts} hosts of {cores // hosts} cores. Ask for more hosts.",
            field="hosts",
        )

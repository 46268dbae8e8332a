"""The hardware and storage of a generated datacenter."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

import msgspec

from emulators.world.inventory.sizing import Placed, SitePlan
from emulators.world.inventory.spec import (
    UNITS,
    ArraySpec,
    ChassisSpec,
    ClusterSpec,
    DatastoreSpec,
    HaSpec,
    NetworkSpec,
    SiteSpec,
    UcsDomainSpec,
)

BLADE_CLASS = "b200-m5"
BLADES_PER_CHASSIS, BLADES_PER_DOMAIN, CHASSIS_PER_RACK = 8, 160, 4
UCS_ADDRESS_OFFSET = 4
"""UCS Manager's own address, counted from the management network's first; the next domain's follows."""
LUN_TIB = (2, 4, 8, 16, 32, 64)
DATASTORES_PER_CLUSTER = (2, 8)
"""Fewest and, while LUNs can grow, most."""
WRITTEN_SHARE, SPARE = 0.5, 1.7
"""What thin disks have written at most, and how much more space there is than that."""


# -- sites and UCS ------------------------------------------------------------------------------------------------------------


def site_spec(site: SitePlan) -> SiteSpec:
    """A site with both feeds, both upstream switches and racks for its chassis."""
    return SiteSpec(
        name=site.name,
        location=site.place.city,
        time_zone=site.place.time_zone,
        power_feeds={"A": f"{site.name}-feed-a", "B": f"{site.name}-feed-b"},
        upstream_switches={"A": f"{site.name}-n9k-a", "B": f"{site.name}-n9k-b"},
        racks=[_rack(site, number) for number in range(sum(math.ceil(c / CHASSIS_PER_RACK) for c in _chassis_counts(site)))],
    )


def _rack(site: SitePlan, number: int) -> str:
    return f"{site.name}-r{number + 1:02d}"


def _domain_sizes(site: SitePlan) -> list[int]:
    hosts = site.esxi + site.kvm
    domains = math.ceil(hosts / BLADES_PER_DOMAIN)
    return [hosts // domains + (place < hosts % domains) for place in range(domains)]


def _chassis_counts(site: SitePlan) -> list[int]:
    """Chassis of each domain; two at least where there are two blades, so that losing one is not losing all."""
    return [max(math.ceil(blades / BLADES_PER_CHASSIS), min(blades, 2)) for blades in _domain_sizes(site)]


def ucs_domains(site: SitePlan, management: NetworkSpec) -> Iterator[UcsDomainSpec]:
    """The site's domains, blades dealt out evenly over their chassis."""
    network, racks = IPv4Network(management.cidr), itertools.count()
    for number, (blades, chassis) in enumerate(zip(_domain_sizes(site), _chassis_counts(site), strict=True)):
        first = next(racks)
        names = [_rack(site, first)] + [_rack(site, next(racks)) for _ in range(math.ceil(chassis / CHASSIS_PER_RACK) - 1)]
        offset = UCS_ADDRESS_OFFSET + number
        yield UcsDomainSpec(
            name=_domain(site, number),
            site=site.name,
            address=str(network[offset]),
            rack=names[0],
            chassis=[
                ChassisSpec(
                    slot=place + 1,
                    rack=names[place // CHASSIS_PER_RACK],
                    blades=dict.fromkeys(range(1, len(range(place, blades, chassis)) + 1), BLADE_CLASS),
                )
                for place in range(chassis)
            ],
        )


def _domain(site: SitePlan, number: int) -> str:
    return f"{site.name}-ucs-{number + 1}"


def _blades(site: SitePlan) -> Iterator[str]:
    """The site's blades in the order in which hosts take them: one chassis after another, so that clusters spread."""
    for number, (blades, chassis) in enumerate(zip(_domain_sizes(site), _chassis_counts(site), strict=True)):
        for blade in range(blades):
            yield f"{_domain(site, number)}/{blade % chassis + 1}/{blade // chassis + 1}"


# -- clusters -----------------------------------------------------------------------------------------------------------------


def clusters(site: SitePlan, management: str) -> Iterator[ClusterSpec]:
    """The ESXi clusters, then the KVM one, on the site's blades."""
    blades = _blades(site)
    names = (_host("esx", site, number, site.esxi) for number in itertools.count(1))
    for place, size in enumerate(site.clusters):
        hosts = {next(names): next(blades) for _ in range(size)}
        spec = ClusterSpec(name=site.cluster_name(place), site=site.name, management=management, hosts=hosts)
        yield spec if size > 1 else msgspec.structs.replace(spec, ha=HaSpec(enabled=False))
    if site.kvm:
        hosts = {_host("kvm", site, number, site.kvm): next(blades) for number in range(1, site.kvm + 1)}
        yield ClusterSpec(
            name=f"{site.name}-kvm-01", site=site.name, flavor="kvm", management=management, ha=HaSpec(enabled=False), hosts=hosts
        )


def _host(prefix: str, site: SitePlan, number: int, count: int) -> str:
    return f"{prefix}-{number:0{max(2, len(str(count)))}d}.{site.name}"


# -- storage ------------------------------------------------------------------------------------------------------------------


def storage(site: SitePlan, placed: Sequence[Placed]) -> tuple[list[ArraySpec], list[DatastoreSpec]]:
    """Two arrays, and for each cluster some datastores on a LUN each, taken from the arrays in turn."""
    arrays: list[dict[str, str]] = [{}, {}]
    datastores: list[DatastoreSpec] = []
    for cluster in range(len(site.clusters)):
        count, size = _luns(_bytes_needed(site, cluster, placed))
        for _ in range(count):
            number = len(datastores) + 1
            lun = f"{site.name}-lun-{number:02d}"
            arrays[number % 2 - 1][lun] = f"{size}TiB"
            datastores.append(
                DatastoreSpec(name=f"{site.name}-vmfs-{number:02d}", site=site.name, luns=[lun], clusters=[site.cluster_name(cluster)])
            )
    specs = [ArraySpec(name=f"{site.name}-array-{place:02d}", site=site.name, luns=luns) for place, luns in enumerate(arrays, 1)]
    return specs, datastores


def _bytes_needed(site: SitePlan, cluster: int, placed: Sequence[Placed]) -> int:
    machines = [machine for one in placed if (one.site, one.cluster) == (site, cluster) for machine in one.group.machines]
    return int(sum(machine.disk_bytes * WRITTEN_SHARE + machine.memory_on for machine in machines) * SPARE)


def _luns(needed: int) -> tuple[int, int]:
    """How many LUNs of how many TiB: the smallest size of which a few are enough."""
    fewest, most = DATASTORES_PER_CLUSTER
    for size in LUN_TIB:
        count = math.ceil(needed / (size * UNITS["TiB"]))
        if count <= most:
            return max(count, fewest), size
    return math.ceil(needed / (LUN_TIB[-1] * UNITS["TiB"])), LUN_TIB[-1]

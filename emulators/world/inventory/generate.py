"""A datacenter of any size from a seed: the same arguments give the same document, byte for byte."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from emulators.world.inventory import plant
from emulators.world.inventory.catalogue import CRITICALITY, IMAGES, PROJECTS, SERVICE_OWNERS, VM_CLASSES
from emulators.world.inventory.segments import Segments, switches
from emulators.world.inventory.sizing import Placed, SitePlan, blade_class, site_plans, workload
from emulators.world.inventory.spec import (
    ApplicationSpec,
    ArraySpec,
    BladeClass,
    BusinessServiceSpec,
    ClusterSpec,
    DatastoreSpec,
    Inventory,
    NicSpec,
    PoolSpec,
    TeamSpec,
    VmSpec,
)
from emulators.world.inventory.workload import Machine

Preset = Literal["small", "medium", "large"]
NETWORK_BASE = "10.77.0.0/16"
POOLS: dict[str, Literal["normal", "high"]] = {"prod": "high", "nonprod": "normal"}
"""Resource pools of every cluster, with their shares."""


class Size(NamedTuple):
    """Hosts (ESXi and KVM together) and VMs."""

    hosts: int
    vms: int


PRESETS: dict[Preset, Size] = {"small": Size(8, 20), "medium": Size(40, 1000), "large": Size(400, 10_000)}


def generate(
    seed: int, preset: Preset = "small", *, hosts: int | None = None, vms: int | None = None, network_base: str = NETWORK_BASE
) -> Inventory:
    """An inventory of the preset's size, or of ``hosts`` and ``vms``; all its networks lie in ``network_base``.

    No host is overcommitted in memory, and every cluster of two or more can lose one host.  Raises InvalidArgument when the hosts cannot
    carry the VMs or the networks have no room.
    """
    size = PRESETS[preset]
    sites = site_plans(size.hosts if hosts is None else hosts)
    placed = workload(seed, size.vms if vms is None else vms, sites)
    blade = blade_class(placed, sites)
    return _document(sites, placed, blade, Segments(network_base, sites, placed))


def _document(sites: Sequence[SitePlan], placed: Sequence[Placed], blade: BladeClass, segments: Segments) -> Inventory:
    clusters = [spec for site in sites for spec in plant.clusters(site, segments.management(site).name)]
    arrays, datastores = _storage(sites, placed)
    applications = [one.group.app for one in placed if one.group.app]
    services = sorted({name for app in applications for name in app.services})
    return Inventory(
        sites=[plant.site_spec(site) for site in sites],
        hardware={plant.BLADE_CLASS: blade},
        ucs_domains=[domain for site in sites for domain in plant.ucs_domains(site, segments.management(site))],
        arrays=arrays,
        clusters=clusters,
        datastores=datastores,
        switches=switches(sites),
        networks=segments.networks,
        pools=list(_pools(clusters)),
        images=list(IMAGES),
        vm_classes=VM_CLASSES,
        projects=list(PROJECTS) if any(site.kvm for site in sites) else [],
        vms=list(_vms(placed, clusters, datastores, segments)),
        teams=list(_teams(applications, services)),
        business_services=[
            BusinessServiceSpec(name=name, criticality=CRITICALITY.get(name, 3), owner=SERVICE_OWNERS[name]) for name in services
        ],
        applications=applications,
    )


def _storage(sites: Sequence[SitePlan], placed: Sequence[Placed]) -> tuple[list[ArraySpec], list[DatastoreSpec]]:
    arrays: list[ArraySpec] = []
    datastores: list[DatastoreSpec] = []
    for site in sites:
        more_arrays, more_datastores = plant.storage(site, placed)
        arrays += more_arrays
        datastores += more_datastores
    return arrays, datastores


def _pools(clusters: Iterable[ClusterSpec]) -> Iterator[PoolSpec]:
    for cluster in clusters:
        if cluster.flavor == "esxi":
            for name, shares in POOLS.items():
                yield PoolSpec(name=name, cluster=cluster.name, cpu_shares=shares, memory_shares=shares)


def _teams(applications: Iterable[ApplicationSpec], services: Iterable[str]) -> Iterator[TeamSpec]:
    names = {app.team for app in applications} | {SERVICE_OWNERS[name] for name in services}
    return (TeamSpec(name=name, email=f"{name}@example.com") for name in sorted(names))


# -- virtual machines ---------------------------------------------------------------------------------------------------------


def _vms(
    placed: Iterable[Placed], clusters: Iterable[ClusterSpec], datastores: Iterable[DatastoreSpec], segments: Segments
) -> Iterator[VmSpec]:
    """Every VM on the host of its cluster with the least memory taken, its datastore the cluster's next."""
    taken = {spec.name: dict.fromkeys(spec.hosts, 0) for spec in clusters}
    stores: dict[str, list[str]] = defaultdict(list)
    for datastore in datastores:
        stores[datastore.clusters[0]].append(datastore.name)
    turns = {name: itertools.cycle(names) for name, names in stores.items()}
    for one in placed:
        cluster = one.site.cluster_name(one.cluster)
        for machine in one.group.machines:
            host = min(taken[cluster], key=taken[cluster].__getitem__)
            taken[cluster][host] += machine.memory_on or 1
            yield _vm(machine, one.site.name, host, next(turns[cluster]), segments)


def _vm(machine: Machine, site: str, host: str, datastore: str, segments: Segments) -> VmSpec:
    networks: list[str | NicSpec] = [segments.take(site, kind) for kind in machine.segments]
    return VmSpec(
        name=machine.name,
        cls=machine.cls,
        host=host,
        pool="" if machine.template else machine.pool,
        datastore=datastore,
        networks=networks,
        power="off" if machine.power == "off" else "on",
        template=machine.template,
        tags=list(machine.tags),
    )

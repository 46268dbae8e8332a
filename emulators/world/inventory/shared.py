"""What hosts share: clusters, storage and networks of an inventory as entities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emulators.world import identity
from emulators.world.inventory.making import Making
from emulators.world.inventory.spec import (
    ArraySpec,
    ClusterSpec,
    DatastoreSpec,
    Inventory,
    NetworkSpec,
    SwitchSpec,
    parse_size,
)
from emulators.world.ipam import default_gateway
from emulators.world.model import (
    Cluster,
    Datastore,
    DistributedSwitch,
    DrsConfig,
    Entity,
    HaConfig,
    Hypervisor,
    Lun,
    Network,
    Owner,
    Site,
    StorageArray,
)

OWNERS = {"esxi": Owner.VSPHERE, "kvm": Owner.OPENSTACK}


def clusters(making: Making) -> Iterator[Entity]:
    """The clusters, without their hosts."""
    for spec in making.inventory.clusters:
        yield _cluster(making, spec)


def _cluster(making: Making, spec: ClusterSpec) -> Cluster:
    return making.make(
        Cluster,
        (spec.name,),
        name=spec.name,
        site=making.uid(Site, spec.site),
        owner=OWNERS[spec.flavor],
        ha=HaConfig(
            enabled=spec.ha.enabled,
            admission_control=spec.ha.admission_control,
            failures_to_tolerate=spec.ha.failures_to_tolerate,
            restart_priority=spec.ha.restart_priority,
        ),
        drs=DrsConfig(enabled=spec.drs.enabled, automation=spec.drs.automation, vmotion_rate=spec.drs.vmotion_rate),
    )


def storage(making: Making) -> Iterator[Entity]:
    """Arrays with their LUNs, then datastores."""
    for array in making.inventory.arrays:
        yield from _array(making, array)
    sizes = lun_sizes(making.inventory)
    for datastore in making.inventory.datastores:
        yield _datastore(making, datastore, sizes)


def lun_sizes(inventory: Inventory) -> dict[str, int]:
    """Bytes of every LUN by name."""
    return {name: parse_size(size) for array in inventory.arrays for name, size in array.luns.items()}


def _array(making: Making, spec: ArraySpec) -> Iterator[Entity]:
    site, uid = making.uid(Site, spec.site), making.uid(StorageArray, spec.name)
    serial = making.unique(identity.array_serial, spec.name)
    yield making.make(StorageArray, (spec.name,), name=spec.name, site=site, vendor=spec.vendor, model=spec.model, serial=serial)
    for name, size in spec.luns.items():
        naa = making.unique(identity.naa, spec.name, name)
        yield making.make(Lun, (name,), name=name, site=site, array=uid, naa=naa, capacity_bytes=parse_size(size))


def _datastore(making: Making, spec: DatastoreSpec, sizes: dict[str, int]) -> Datastore:
    return making.make(
        Datastore,
        (spec.name,),
        name=spec.name,
        site=making.uid(Site, spec.site),
        type=spec.type,
        uuid=making.unique(identity.vmfs_uuid, spec.name),
        luns=tuple(making.uid(Lun, name) for name in spec.luns),
        hosts=_host_uids(making, spec.clusters, spec.hosts),
        capacity_bytes=parse_size(spec.capacity) if spec.capacity else sum(sizes[name] for name in spec.luns),
    )


def networks(making: Making) -> Iterator[Entity]:
    """Distributed switches, each with its uplink port group, then the networks that VMs use."""
    switches = {spec.name: spec for spec in making.inventory.switches}
    for number, switch in enumerate(switches.values(), 1):
        yield from _switch(making, number, switch)
    for network in making.inventory.networks:
        over = switches.get(network.switch, network)
        yield _network(making, network, _host_uids(making, over.clusters, over.hosts))


def uplink_name(switch: str, number: int) -> str:
    """The name that vCenter gives to the uplink port group of the ``number``-th switch."""
    return f"{switch}-DVUplinks-{number}"


def _switch(making: Making, number: int, spec: SwitchSpec) -> Iterator[Entity]:
    site, uid = making.uid(Site, spec.site), making.uid(DistributedSwitch, spec.name)
    hosts, uplink = _host_uids(making, spec.clusters, spec.hosts), uplink_name(spec.name, number)
    uuid = making.unique(identity.switch_uuid, spec.name)
    yield making.make(DistributedSwitch, (spec.name,), name=spec.name, site=site, uuid=uuid, hosts=hosts)
    yield making.make(Network, ("uplink", spec.name), name=uplink, site=site, type="uplink", switch=uid, hosts=hosts)


def _network(making: Making, spec: NetworkSpec, hosts: tuple[str, ...]) -> Network:
    return making.make(
        Network,
        (spec.name,),
        name=spec.name,
        site=making.uid(Site, spec.site),
        type="distributed" if spec.switch else "standard",
        switch=making.ref(DistributedSwitch, spec.switch),
        hosts=hosts,
        vlan=spec.vlan,
        cidr=spec.cidr,
        gateway=gateway_of(spec),
        mtu=spec.mtu,
    )


def gateway_of(spec: NetworkSpec) -> str:
    """The gateway that the document gives, else the first address; none without addresses."""
    return spec.gateway or (default_gateway(spec.cidr) if spec.cidr else "")


def _host_uids(making: Making, cluster_names: Iterable[str], host_names: Iterable[str]) -> tuple[str, ...]:
    """Hosts of the clusters, in their order, and single ones."""
    hosts = {spec.name: spec.hosts for spec in making.inventory.clusters}
    names = [name for cluster in cluster_names for name in hosts[cluster]]
    return tuple(making.uid(Hypervisor, name) for name in dict.fromkeys([*names, *host_names]))

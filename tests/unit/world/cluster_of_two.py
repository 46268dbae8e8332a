"""A world that tests of capacity and placement share: two hosts of 64 GiB and 24 cores, one datastore, one network, no VMs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from emulators.world.events import Updated
from emulators.world.inventory.load import loads
from emulators.world.inventory.realise import realise
from emulators.world.model import Cluster, Datastore, Disk, Entity, Hypervisor, Network, Port, Power, ResourcePool, Vm
from emulators.world.state import WorldState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GIB = 1 << 30
TWO_HOSTS = """
sites: [{name: ams1}]
hardware: {blade: {memory: 64GiB, dimms: 4, cores_per_socket: 12}}
ucs_domains: [{name: ucs, site: ams1, chassis: [{slot: 1, blades: {1: blade, 2: blade}}]}]
clusters: [{name: c1, site: ams1, hosts: {esx-1: ucs/1/1, esx-2: ucs/1/2}}]
datastores: [{name: ds-1, site: ams1, capacity: 1TiB, clusters: [c1]}]
networks: [{name: net-1, site: ams1, cidr: 10.0.0.0/24, clusters: [c1]}]
pools: [{name: gold, cluster: c1, cpu_reservation_mhz: 4000, memory_reservation: 8GiB, expandable: false}]
"""


class TwoHosts:
    """The world, with short ways to put VMs into it and to change things."""

    def __init__(self) -> None:
        self.state = WorldState()
        for entity in realise(loads(TWO_HOSTS), 7, NOW):
            self.state.load(entity)
        self.first, self.second = (host.uid for host in self.state.all(Hypervisor))
        (self.cluster,) = self.state.all(Cluster)
        (self.datastore,) = self.state.all(Datastore)
        (self.network,) = self.state.all(Network)
        self.root, self.gold = (pool.uid for pool in self.state.all(ResourcePool))

    def vm(self, name: str = "vm", *, host: str | None = None, power: Power = Power.ON, **fields: Any) -> Vm:
        """A VM (on the first host unless said) with one port and a thin disk of 10 GiB of which 1 is written."""
        given: dict[str, Any] = {"pool": self.root, "datastore": self.datastore.uid, "memory_bytes": 8 * GIB, "cpus": 2, **fields}
        where = self.first if host is None else host
        vm = Vm(uid=f"vm-{name}", name=name, created=NOW, uuid=name, instance_uuid=name, host=where, power=power, **given)
        disk = Disk(
            uid=f"disk-{name}",
            name="Hard disk 1",
            created=NOW,
            vm=vm.uid,
            datastore=vm.datastore,
            path=f"[ds-1] {name}/{name}.vmdk",
            uuid=name,
            capacity_bytes=10 * GIB,
            used_bytes=GIB,
        )
        port = Port(uid=f"port-{name}", name="Network adapter 1", created=NOW, vm=vm.uid, network=self.network.uid, mac=name)
        for entity in (vm, disk, port):
            self.state.load(entity)
        return vm

    def change(self, uid: str, **fields: Any) -> Entity:
        """Set fields of something."""
        old = self.state.find(uid)
        assert old is not None
        new = msgspec.structs.replace(old, **fields)
        self.state.apply(Updated(old, new, tuple(fields)))
        return new

    def host(self, uid: str) -> Hypervisor:
        """A host as it is now."""
        return self.state.get(Hypervisor, uid)

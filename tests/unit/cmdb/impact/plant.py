"""A datacenter drawn by hand: each `needs` line is one relation, written as the model has it."""

from __future__ import annotations

from datetime import UTC, datetime

from cmdb.model import Ci, Relation, Value, checked_attributes, relation_between
from cmdb.stores.port import Batch, GraphStore

AT = datetime(2026, 1, 1, tzinfo=UTC)
GIB = 1 << 30


class Plant:
    """CIs by name (their uid too), and what they need."""

    def __init__(self) -> None:
        self.cis: dict[str, Ci] = {}
        self.relations: list[Relation] = []

    def add(self, cls: str, *names: str, **attributes: Value) -> None:
        """CIs of one class."""
        for name in names:
            self.cis[name] = Ci(uid=name, cls=cls, name=name, attributes=checked_attributes(cls, attributes), created=AT, changed=AT)

    def needs(self, source: str, verb: str, *targets: str, **properties: Value) -> None:
        """``source -VERB-> target`` for each."""
        for target in targets:
            assert relation_between(self.cis[source].cls, verb, self.cis[target].cls).name == verb
            self.relations.append(Relation(source, verb, target, properties))

    async def into(self, store: GraphStore) -> None:
        """Everything into a store."""
        await store.apply(Batch(upserts=list(self.cis.values()), related=self.relations))


def datacenter(*, hosts: int = 4, vms_each: int = 2, host_gib: int = 64, reserved_gib: int = 10, ha: bool = True) -> Plant:
    """Two chassis on two feeds and two fabrics, a cluster of hosts over them, VMs on one array, an application in two tiers.

    ``host-N`` is on ``blade-N`` in ``chassis-(N % 2)`` and runs ``vm-N-0`` and on.  ``web`` needs one of vm-0-0 and vm-1-0 and both of
    vm-0-1 and vm-1-1; ``shop`` depends on it.
    """
    plant = Plant()
    plant.add("PowerFeed", "feed-A", "feed-B", energised=True)
    plant.add("Switch", "switch-A", "switch-B", operable=True)
    for leg in "AB":
        plant.add("FabricInterconnect", f"fi-{leg}", operable=True)
        plant.add("FabricPort", f"uplink-{leg}", operable=True)
        plant.needs(f"fi-{leg}", "UPLINKS_BY", f"uplink-{leg}")
        plant.needs(f"uplink-{leg}", "UPLINKS_TO", f"switch-{leg}")
    for number in range(2):
        _chassis(plant, number)
    plant.add("StorageArray", "array", operable=True)
    plant.add("Lun", "lun")
    plant.add("Datastore", "datastore", accessible=True)
    plant.add("Network", "network")
    plant.needs("datastore", "BACKED_BY", "lun")
    plant.needs("lun", "PART_OF", "array")
    plant.add("Cluster", "cluster", ha_enabled=ha, admission_control=True, failures_to_tolerate=1)
    for number in range(hosts):
        _host(plant, number, vms_each, host_gib, reserved_gib)
    plant.add("Application", "web")
    plant.add("BusinessService", "shop", criticality=1)
    plant.needs("web", "NEEDS", "vm-0-0", "vm-1-0", tier="front", needed=1)
    plant.needs("web", "NEEDS", "vm-0-1", "vm-1-1", tier="store", needed=2)
    plant.needs("shop", "DEPENDS_ON", "web")
    return plant


def _chassis(plant: Plant, number: int) -> None:
    name = f"chassis-{number}"
    plant.add("Chassis", name)
    for place, leg in enumerate("ABAB"):
        plant.add("PowerSupply", f"{name}-psu-{place}", operable=True)
        plant.needs(f"{name}-psu-{place}", "FED_BY", f"feed-{leg}")
        plant.needs(name, "POWERED_BY", f"{name}-psu-{place}")
    for leg in "AB":
        plant.add("IoModule", f"{name}-iom-{leg}", operable=True)
        plant.needs(f"{name}-iom-{leg}", "UPLINKS_TO", f"fi-{leg}")
        plant.needs(name, "CONNECTED_BY", f"{name}-iom-{leg}")


def _host(plant: Plant, number: int, vms: int, host_gib: int, reserved_gib: int) -> None:
    plant.add("Blade", f"blade-{number}", power="on", operable=True)
    plant.needs(f"blade-{number}", "MOUNTED_IN", f"chassis-{number % 2}")
    plant.add(
        "Hypervisor", f"host-{number}", running=True, connection="connected", cpu_mhz=50_000, memory_bytes=host_gib * GIB,
        cpu_reserved_mhz=0, memory_reserved_bytes=vms * reserved_gib * GIB,
    )  # fmt: skip
    plant.needs(f"host-{number}", "RUNS_ON", f"blade-{number}")
    plant.needs(f"host-{number}", "MEMBER_OF", "cluster")
    for place in range(vms):
        vm = f"vm-{number}-{place}"
        plant.add("VirtualMachine", vm, power="on", memory_bytes=reserved_gib * GIB, memory_reserved_bytes=reserved_gib * GIB)
        plant.needs(vm, "RUNS_ON", f"host-{number}")
        plant.needs(vm, "MEMBER_OF", "cluster")
        plant.needs(vm, "STORED_ON", "datastore")
        plant.needs(vm, "ATTACHED_TO", "network")

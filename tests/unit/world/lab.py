"""A world to try commands on: one cluster of three hosts in two chassis, a rack server that nobody uses, an array with a datastore, and
four VMs, two of them on.

Its clock stands still unless a test moves it, and nothing conducts its operations: ``finish`` and ``fail`` stand for the machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked
from emulators.world.commands import Command, Effect, Operation
from emulators.world.decisions.components import FAULT_KINDS
from emulators.world.decisions.operations import CompleteTask, FailTask
from emulators.world.decisions.plant import InsertBlade
from emulators.world.engine import World
from emulators.world.inventory.load import loads
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import BladeClass, encode_inventory
from emulators.world.journal import StoredRecord
from emulators.world.model import (
    Blade,
    Chassis,
    Datastore,
    Entity,
    Fault,
    Hypervisor,
    Network,
    ResourcePool,
    Task,
    TaskError,
    Vm,
    encode_entity,
)
from emulators.world.state import WorldState

E = TypeVar("E", bound=Entity)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
GIB = 1 << 30
ACTOR = Actor(principal="tester", api="test")
INVENTORY = """
sites: [{name: ams1, power_feeds: {A: feed-a, B: feed-b}, upstream_switches: {A: n9k-a, B: n9k-b}}]
hardware: {blade: {memory: 64GiB, dimms: 4, cores_per_socket: 12}}
ucs_domains:
  - {name: ucs, site: ams1, chassis: [{slot: 1, blades: {1: blade, 2: blade}}, {slot: 2, blades: {1: blade}}], rack_servers: {1: blade}}
arrays: [{name: array-1, site: ams1, luns: {lun-1: 1TiB, lun-3: 1TiB}}, {name: array-2, site: ams1, luns: {lun-2: 1TiB}}]
clusters: [{name: c1, site: ams1, hosts: {esx-1: ucs/1/1, esx-2: ucs/1/2, esx-3: ucs/2/1}}]
datastores:
  - {name: ds-1, site: ams1, luns: [lun-1], clusters: [c1]}
  - {name: ds-2, site: ams1, luns: [lun-3, lun-2], clusters: [c1]}
networks:
  - {name: net-1, site: ams1, cidr: 10.0.1.0/24, clusters: [c1]}
  - {name: net-2, site: ams1, cidr: 10.0.2.0/24, clusters: [c1]}
pools: [{name: gold, cluster: c1}]
vms:
  - {name: web, cluster: c1, host: esx-1, datastore: ds-1, networks: [net-1], disks: [10GiB, 5GiB], memory: 4GiB, cpus: 2}
  - {name: db, cluster: c1, host: esx-1, datastore: ds-1, networks: [net-1], disks: [20GiB], memory: 8GiB, cpus: 4}
  - {name: spare, cluster: c1, host: esx-2, datastore: ds-1, networks: [net-1], disks: [10GiB], memory: 2GiB, power: "off"}
  - {name: golden, cluster: c1, host: esx-2, datastore: ds-1, networks: [net-1], disks: [10GiB], power: "off", template: true}
"""


class Lab:
    """One world in one folder, with short ways to ask and to look."""

    def __init__(self, folder: Path, timing: str = "instant", inventory: str = INVENTORY) -> None:
        self.path = folder / "journal.db"
        self.clock = SimulatedClock(start=NOW, paused=True)
        self.world = World.open(self.path, self.clock, synchronous="off")
        if self.world.record is None:
            self.do(SeedWorld(inventory=encode_inventory(loads(inventory)), seed=7, timing=timing))

    @property
    def state(self) -> WorldState:
        """The world's state."""
        return self.world.state

    def breakable(self, code: str) -> Entity:
        """Something that a fault can strike; as no blade has disks, one with some is put in."""
        kind = FAULT_KINDS[code]
        if kind.part == "disks":
            hardware = BladeClass(memory="64GiB", dimms=4, disks=["480GiB", "480GiB"])
            return self.state.get(Blade, self.do(InsertBlade(chassis=self.named(Chassis, "ucs/2").uid, hardware=hardware)))
        return self.state.all(kind.subject)[0]

    # -- asking ----------------------------------------------------------------------------------------------------------------

    def do(self, command: Command) -> Any:
        """Execute a command; answers its result."""
        return self.world.execute_now(command, ACTOR).result

    def begin(self, operation: Operation) -> Task:
        """Begin an operation; answers its task."""
        return self.state.get(Task, self.do(operation))

    def finish(self, task: Task, effect: Effect | None = None) -> Task:
        """Let its effect be done."""
        self.do(CompleteTask(task=task.uid, effect=effect or Effect()))
        return self.state.get(Task, task.uid)

    def fail(self, task: Task, message: str = "the engine is on fire") -> Task:
        """Let its effect fail."""
        self.do(FailTask(task=task.uid, error=TaskError("MachineError", message)))
        return self.state.get(Task, task.uid)

    def run(self, operation: Operation, effect: Effect | None = None) -> Task:
        """Begin and finish."""
        task = self.begin(operation)
        return task if task.completed else self.finish(task, effect)

    def step(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.step(seconds)

    # -- looking ---------------------------------------------------------------------------------------------------------------

    def named(self, cls: type[E], name: str) -> E:
        """The one thing of that name, as it is now."""
        (found,) = [one for one in self.state.all(cls) if one.name == name]
        return found

    def vm(self, name: str = "web") -> Vm:
        """A VM as it is now."""
        return self.named(Vm, name)

    def host(self, name: str = "esx-1") -> Hypervisor:
        """A host as it is now."""
        return self.named(Hypervisor, name)

    @property
    def root(self) -> ResourcePool:
        """The cluster's root pool."""
        return next(pool for pool in self.state.all(ResourcePool) if pool.name != "gold")

    def datastore(self, name: str = "ds-1") -> Datastore:
        """A datastore as it is now."""
        return self.named(Datastore, name)

    def network(self, name: str = "net-1") -> Network:
        """A network as it is now."""
        return self.named(Network, name)

    def faults(self) -> list[tuple[str, str]]:
        """Code and subject's name of every fault."""
        return [(fault.code, getattr(self.state.find(fault.subject), "name", "")) for fault in self.state.all(Fault)]

    def events(self, after: int = 0) -> list[StoredRecord]:
        """What the journal has after a sequence number."""
        return self.world.journal.records(after, 100_000)

    def types(self, after: int = 0) -> list[str]:
        """The event types after a sequence number, without their common head."""
        return [record.event.type.removeprefix("dcsim.") for record in self.events(after)]

    def image(self) -> dict[str, bytes]:
        """Every entity in the journal's form: what must be equal is compared by this."""
        return image(self.state)

    # -- ending and coming back ------------------------------------------------------------------------------------------------

    def reopened(self) -> Lab:
        """The same world after a restart."""
        self.world.close()
        return Lab(self.path.parent)

    def close(self) -> None:
        """Close the journal."""
        self.world.close()


def image(entities: WorldState | Iterator[Entity]) -> dict[str, bytes]:
    """Entities by uid in the journal's form."""
    return {entity.uid: encode_entity(entity) for entity in entities}

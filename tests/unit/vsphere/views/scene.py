"""A small world seen through the property functions, with ways to change it and to read what vCenter shows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from lxml import etree

from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from emulators.vsphere.accounts import Account
from emulators.vsphere.objects import SINGLETONS, Object, Objects, declarations
from emulators.vsphere.properties.fragments import Fragment
from emulators.vsphere.properties.reader import Properties
from emulators.vsphere.properties.view import View
from emulators.vsphere.records import bootstrap
from emulators.vsphere.sessions import Origin, Sessions
from emulators.vsphere.soap import metadata, versions, vmodl
from emulators.vsphere.window import load
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked of the world
from emulators.world.commands import Command, Operation
from emulators.world.decisions.machines import AdoptSimulated
from emulators.world.decisions.operations import CompleteTask
from emulators.world.engine import World
from emulators.world.inventory.generate import generate
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import DatastoreSpec, Inventory, encode_inventory
from emulators.world.model import Entity, Hypervisor, Owner, Task, TaskState, Vm

E = TypeVar("E", bound=Entity)
START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
ACTOR = Actor(principal="VSPHERE.LOCAL\\Administrator", api="vsphere")
VERSION = versions.newest_of(vmodl.VIM25)
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


class Scene:
    """A world of ``hosts`` (ESXi and KVM) and ``vms``, its clock stopped, its guests up."""

    def __init__(self, folder: Path, *, seed: int = 7, hosts: int = 8, vms: int = 14) -> None:
        load()
        self.world = World.open(folder / "journal.db", SimulatedClock(start=START, paused=True), synchronous="off")
        inventory = with_nfs(generate(seed, hosts=hosts, vms=vms))
        self.do(SeedWorld(inventory=encode_inventory(inventory), seed=seed))
        bootstrap(self.world)
        self.do(AdoptSimulated(vms=tuple(vm.uid for vm in self.state.all(Vm))))
        self.objects = Objects(self.world)
        self.properties = Properties(self.world, self.objects)
        self.sessions = Sessions(self.properties)
        self.view: View = self.sessions.open(Account("Administrator", "vsphere.local"), Origin("192.0.2.1", "test")).view

    def close(self) -> None:
        """Let go of everything."""
        self.sessions.close()
        self.properties.close()
        self.objects.close()
        self.world.close()

    @property
    def state(self) -> Any:
        """The world's state."""
        return self.world.state

    # -- changing it -------------------------------------------------------------------------------------------------------------

    def do(self, command: Command) -> Any:
        """Execute a command; the task of an operation is completed.  Answers what it brought."""
        result = self.world.execute_now(command, ACTOR).result
        if not isinstance(command, Operation):
            return result
        task = self.state.get(Task, result)
        if task.state is TaskState.RUNNING:
            self.world.execute_now(CompleteTask(task=task.uid), ACTOR)
        return self.state.get(Task, task.uid).result

    def again(self, entity: E) -> E:
        """The entity as it is now."""
        found: E = self.state.get(type(entity), entity.uid)
        return found

    def vms(self) -> list[Vm]:
        """The VMs that vCenter shows."""
        return [vm for vm in self.state.all(Vm) if vm.owner is Owner.VSPHERE]

    def hosts(self) -> list[Hypervisor]:
        """The hosts that vCenter shows."""
        return [host for host in self.state.all(Hypervisor) if host.flavor == "esxi"]

    # -- reading it --------------------------------------------------------------------------------------------------------------

    def object(self, entity: Entity, facet: Any = None) -> Object:
        """The managed object of an entity."""
        found = self.objects.of(entity) if facet is None else self.objects.facet(entity, facet)
        assert found is not None
        return found

    def by_id(self, object_id: str) -> Object:
        """The managed object of that id."""
        found = self.objects.find(object_id)
        assert found is not None
        return found

    def everything(self) -> list[Object]:
        """Every managed object: the entities', their facets, and the singletons."""
        found = [self.objects.of(entity) for entity in self.state]
        for entity in self.state:
            found += [self.objects.facet(entity, one.type) for one in declarations() if one.facet and isinstance(entity, one.kind)]
        return [one for one in found if one is not None] + [self.objects.singleton(one) for one in SINGLETONS.values()]

    def get(self, thing: Entity | Object, path: str, facet: Any = None) -> Any:
        """The value of a property or a nested path, computed now."""
        managed = thing if isinstance(thing, Object) else self.object(thing, facet)
        self.properties.start_object()
        return self.properties.value(self.view, managed, path)

    def refs(self, uids: tuple[str, ...]) -> list[Any]:
        """References of those of the entities that vCenter shows."""
        return self.view.refs(uids)

    def fragment(self, managed: Object, path: str) -> Fragment:
        """A property as it goes out."""
        self.properties.start_object()
        return self.properties.fragment(self.view, managed, path, VERSION)

    def xml(self, thing: Entity | Object, path: str, facet: Any = None) -> Any:
        """The ``<val>`` element of a property; None when it is unset."""
        managed = thing if isinstance(thing, Object) else self.object(thing, facet)
        data = self.fragment(managed, path).data
        root = f'<r xmlns="{vmodl.VIM25}" xmlns:xsi="{vmodl.XSI}" xmlns:xsd="{vmodl.XSD}">'
        return etree.fromstring(root.encode() + data + b"</r>")[0] if data else None

    def troubles(self) -> list[str]:
        """What cannot be read, or is unset though mandatory, over every property of every object."""
        found = []
        for managed in self.everything():
            for name, field in metadata.properties_of(managed.type).items():
                fragment = self.fragment(managed, name)
                if fragment.fault is not None:
                    found.append(f"{managed}.{name}: {fragment.fault}")
                elif not fragment.data and not field.optional:
                    found.append(f"{managed}.{name} is mandatory and unset")
        return found


def with_nfs(inventory: Inventory) -> Inventory:
    """The inventory with a share and a vSAN datastore besides the VMFS ones."""
    first = inventory.datastores[0]
    made = [
        DatastoreSpec(name=f"{first.site}-{kind}", site=first.site, type=kind, capacity="2TiB", clusters=first.clusters, hosts=first.hosts)
        for kind in ("NFS", "vsan")
    ]
    return msgspec.structs.replace(inventory, datastores=[*inventory.datastores, *made])

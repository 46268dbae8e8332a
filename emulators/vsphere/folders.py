"""Changes of vCenter's inventory tree: folders made and dissolved, things renamed and moved between folders."""

from __future__ import annotations

from typing import ClassVar, Final

from dcsim.errors import AlreadyExists, InUse, InvalidArgument, InvalidState, NotSupported
from dcsim.events import EventType
from emulators.vsphere.records import ROOT, Datacenter, Folder, Holds
from emulators.vsphere.tree import CONTENTS, folder_children, folder_of
from emulators.world.commands import Command, Effect, Operation, begins, decides, finishes
from emulators.world.decide import Decision
from emulators.world.decisions import operations
from emulators.world.decisions.hardware import DISK_CHANGED
from emulators.world.decisions.pools import ConfigurePool
from emulators.world.decisions.pools import configure as configure_pool
from emulators.world.decisions.power import require_power
from emulators.world.decisions.records import RECORD_CHANGED, RECORD_CREATED, RECORD_DELETED
from emulators.world.decisions.vms import VM_MOVED, DestroyVm
from emulators.world.events import EntityChanges, declare
from emulators.world.model import Cluster, Datastore, Disk, DistributedSwitch, Entity, Hypervisor, Network, Power, ResourcePool, Vm
from emulators.world.state import WorldState

CLUSTER_RENAMED = declare("dcsim.compute.cluster.renamed", "A cluster was renamed")
DATASTORE_RENAMED = declare("dcsim.storage.datastore.renamed", "A datastore was renamed")
NETWORK_RENAMED = declare("dcsim.network.network.renamed", "A network was renamed")
SWITCH_RENAMED = declare("dcsim.network.distributed_switch.renamed", "A distributed switch was renamed")
OBJECT_MOVED = declare("dcsim.vendor.object.moved", "Something was put into another folder")

_RENAMED: Final[dict[type[Entity], EventType[EntityChanges]]] = {
    Folder: RECORD_CHANGED,
    Datacenter: RECORD_CHANGED,
    Cluster: CLUSTER_RENAMED,
    Datastore: DATASTORE_RENAMED,
    Network: NETWORK_RENAMED,
    DistributedSwitch: SWITCH_RENAMED,
}


class CreateFolder(Command, frozen=True, kw_only=True, tag="vsphere.create_folder"):
    """Make a folder inside one of the same sort; answers its uid."""

    parent: str
    name: str


class Rename(Operation, frozen=True, kw_only=True, tag="vsphere.rename"):
    """Give a folder, datacenter, cluster, pool, datastore, network or switch another name; VMs are reconfigured instead."""

    LABEL: ClassVar[str] = "Rename"
    SUBJECT: ClassVar[str] = "subject"
    SECONDS: ClassVar[float] = 0.5
    subject: str
    name: str


class MoveIntoFolder(Operation, frozen=True, kw_only=True, tag="vsphere.move_into_folder"):
    """Put things into a folder, all or nothing."""

    LABEL: ClassVar[str] = "Move entities"
    SUBJECT: ClassVar[str] = "folder"
    SECONDS: ClassVar[float] = 0.5
    folder: str
    members: tuple[str, ...]


class DestroyFolder(Operation, frozen=True, kw_only=True, tag="vsphere.destroy_folder"):
    """Dissolve a folder with the folders in it; its VMs are destroyed, or with ``keep_files`` only leave the inventory."""

    LABEL: ClassVar[str] = "Delete folder"
    SUBJECT: ClassVar[str] = "folder"
    folder: str
    keep_files: bool = False


class DestroyDatacenter(Operation, frozen=True, kw_only=True, tag="vsphere.destroy_datacenter"):
    """Remove a datacenter that nothing is left in but its folders."""

    LABEL: ClassVar[str] = "Delete datacenter"
    SUBJECT: ClassVar[str] = "datacenter"
    datacenter: str


# -- names --------------------------------------------------------------------------------------------------------------------


def container(state: WorldState, entity: Entity) -> str:
    """The uid of what a managed entity lies in."""
    if isinstance(entity, Folder):
        return entity.parent
    if isinstance(entity, Datacenter):
        return entity.folder
    if isinstance(entity, ResourcePool):
        return entity.parent
    folder = folder_of(state, entity)
    return folder.uid if folder is not None else ""


def require_free_name(state: WorldState, folder: Folder, name: str, but: str = "") -> None:
    """Raise AlreadyExists when something in the folder has the name; datastores and networks are named once in a datacenter."""
    for kind in (Folder, *((Datacenter,) if folder.holds is Holds.DATACENTER else ()), *CONTENTS[folder.holds]):
        for other in state.where(kind, "name", name):
            everywhere = folder.holds in {Holds.DATASTORE, Holds.NETWORK} and kind is not Folder and other.site == folder.site
            if other.uid != but and (everywhere or container(state, other) == folder.uid):
                raise AlreadyExists(f"The name '{name}' already exists.", subject=other.uid, field="name")


# -- folders ------------------------------------------------------------------------------------------------------------------


@decides(CreateFolder)
def create_folder(decision: Decision, command: CreateFolder) -> str:
    """The folder exists."""
    parent = decision.get(Folder, command.parent)
    require_free_name(decision.state, parent, command.name)
    made = decision.create(RECORD_CREATED, Folder, name=command.name, parent=parent.uid, holds=parent.holds, site=parent.site)
    return made.uid


@begins(Rename)
def begin_rename(decision: Decision, operation: Rename) -> None:
    """Try it, and take it back."""
    decision.rehearse(lambda: finish_rename(decision, operation, Effect()))


@finishes(Rename, effect=False)
def finish_rename(decision: Decision, operation: Rename, _: Effect) -> None:
    """It has the name; a datastore's name is part of the paths of what lies on it."""
    entity = decision.get(Entity, operation.subject)
    if isinstance(entity, ResourcePool):
        configure_pool(decision, ConfigurePool(pool=entity.uid, name=operation.name))
        return
    event = _RENAMED.get(type(entity))
    if event is None:
        raise NotSupported(f"{entity.name} cannot be renamed.", subject=entity.uid)
    within = decision.state.maybe(Folder, container(decision.state, entity))
    if within is not None:
        require_free_name(decision.state, within, operation.name, but=entity.uid)
    decision.update(event, entity, name=operation.name)
    if isinstance(entity, Datastore):
        _rename_paths(decision, entity, operation.name)


def _rename_paths(decision: Decision, datastore: Datastore, name: str) -> None:
    for vm in decision.state.where(Vm, "datastore", datastore.uid):
        decision.update(VM_MOVED, vm, path=f"[{name}] {vm.path.partition('] ')[2]}")
    for disk in decision.state.where(Disk, "datastore", datastore.uid):
        decision.update(DISK_CHANGED, disk, path=f"[{name}] {disk.path.partition('] ')[2]}")


# -- moving -------------------------------------------------------------------------------------------------------------------


@begins(MoveIntoFolder)
def begin_move(decision: Decision, operation: MoveIntoFolder) -> None:
    """Try it, and take it back."""
    decision.rehearse(lambda: finish_move(decision, operation, Effect()))


@finishes(MoveIntoFolder, effect=False)
def finish_move(decision: Decision, operation: MoveIntoFolder, _: Effect) -> None:
    """All of them are in the folder."""
    folder = decision.get(Folder, operation.folder)
    for uid in operation.members:
        _move(decision, folder, decision.get(Entity, uid))


def _move(decision: Decision, folder: Folder, entity: Entity) -> None:
    if container(decision.state, entity) == folder.uid:
        return
    _check_sort(decision.state, folder, entity)
    require_free_name(decision.state, folder, entity.name, but=entity.uid)
    if isinstance(entity, Folder):
        decision.update(RECORD_CHANGED, entity, parent=folder.uid)
    elif isinstance(entity, Datacenter):
        decision.update(RECORD_CHANGED, entity, folder=folder.uid)
    else:
        decision.update(VM_MOVED if isinstance(entity, Vm) else OBJECT_MOVED, entity, folder=folder.uid)


def _check_sort(state: WorldState, folder: Folder, entity: Entity) -> None:
    """Raise InvalidArgument for what the folder does not hold, and InvalidState for a folder that would come to lie in itself."""
    fits = isinstance(entity, CONTENTS[folder.holds]) if CONTENTS[folder.holds] else isinstance(entity, Datacenter)
    if isinstance(entity, Folder):
        own = entity.uid == ROOT or isinstance(state.find(entity.parent), Datacenter)
        fits = entity.holds is folder.holds and not own
        if _lies_in(state, folder, entity.uid):
            raise InvalidState(f"{folder.name} lies in {entity.name}.", subject=folder.uid, field="folder")
    elif isinstance(entity, Hypervisor):
        fits = fits and not entity.cluster
    if not fits or (folder.holds is not Holds.DATACENTER and entity.site != folder.site):
        raise InvalidArgument(f"{entity.name} cannot be in folder {folder.name}.", subject=entity.uid, field="members")


def _lies_in(state: WorldState, folder: Folder, uid: str) -> bool:
    above: Folder | None = folder
    while above is not None:
        if above.uid == uid:
            return True
        above = state.maybe(Folder, above.parent)
    return False


# -- dissolving ---------------------------------------------------------------------------------------------------------------


@begins(DestroyFolder)
def begin_destroy_folder(decision: Decision, operation: DestroyFolder) -> None:
    """Only VMs that are off and free can go with it; hosts, datastores and networks must have left it."""
    folder = decision.get(Folder, operation.folder)
    if folder.uid == ROOT or isinstance(decision.state.find(folder.parent), Datacenter):
        raise NotSupported(f"{folder.name} is one of vCenter's own folders.", subject=folder.uid)
    for vm in _doomed(decision.state, folder):
        require_power(vm, Power.OFF, Power.SUSPENDED, doing="delete")
        operations.require_free(decision, vm.uid, vm.name)


@finishes(DestroyFolder, effect=False)
def finish_destroy_folder(decision: Decision, operation: DestroyFolder, _: Effect) -> None:
    """The folders are gone; each VM's destruction is a task of its own, under way."""
    folder = decision.get(Folder, operation.folder)
    for vm in _doomed(decision.state, folder):
        decision.update(VM_MOVED, vm, folder="")
        operations.start(decision, DestroyVm(vm=vm.uid, keep_files=operation.keep_files))
    _dissolve(decision, folder)


def _doomed(state: WorldState, folder: Folder) -> list[Vm]:
    """The VMs in the folder and below; raises InUse when anything else is there that a folder's end cannot take along."""
    found: list[Vm] = []
    for child in folder_children(state, folder):
        if isinstance(child, Vm):
            found.append(child)
        elif isinstance(child, Folder):
            found += _doomed(state, child)
        else:
            raise InUse(f"{child.name} is still in folder {folder.name}.", subject=child.uid)
    return found


def _dissolve(decision: Decision, folder: Folder) -> None:
    for child in decision.state.where(Folder, "parent", folder.uid):
        _dissolve(decision, child)
    decision.delete(RECORD_DELETED, folder)


@begins(DestroyDatacenter)
def begin_destroy_datacenter(decision: Decision, operation: DestroyDatacenter) -> None:
    """Nothing may be left in its folders."""
    datacenter = decision.get(Datacenter, operation.datacenter)
    for folder in decision.state.where(Folder, "parent", datacenter.uid):
        left = _doomed(decision.state, folder)
        if left:
            raise InUse(f"{left[0].name} is still in datacenter {datacenter.name}.", subject=left[0].uid)


@finishes(DestroyDatacenter, effect=False)
def finish_destroy_datacenter(decision: Decision, operation: DestroyDatacenter, _: Effect) -> None:
    """The datacenter and its folders are gone."""
    datacenter = decision.get(Datacenter, operation.datacenter)
    for folder in decision.state.where(Folder, "parent", datacenter.uid):
        _dissolve(decision, folder)
    decision.delete(RECORD_DELETED, datacenter)

"""vCenter's own inventory objects that the world knows nothing of: folders and datacenters, kept as vendor records.

A datacenter stands for a site and has four folders.  What the world places nowhere (``folder=""``) lives in the default folder of its
sort, in the first datacenter of its site.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final

from dcsim.events import Actor
from dcsim.ids import uid_for
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.decisions.records import RECORD_CREATED, Record
from emulators.world.engine import World
from emulators.world.model import Site, kind
from emulators.world.state import WorldState

ROOT: Final = uid_for("vsphere_folder", "root")
"""The uid of the root folder, which every world has under this name."""


class Holds(StrEnum):
    """What a folder may contain, besides folders of its own sort."""

    DATACENTER = "datacenter"
    VM = "vm"
    HOST = "host"
    DATASTORE = "datastore"
    NETWORK = "network"


@kind
class Folder(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A folder; ``parent`` is a folder's uid, a datacenter's for its four own folders, and empty for the root."""

    KIND: ClassVar[str] = "vsphere_folder"
    INDEXED: ClassVar[tuple[str, ...]] = ("parent", "name")

    parent: str = ""
    holds: Holds = Holds.VM


@kind
class Datacenter(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A datacenter in ``folder``; it stands for ``site``."""

    KIND: ClassVar[str] = "vsphere_datacenter"
    INDEXED: ClassVar[tuple[str, ...]] = ("folder", "name", "site")

    folder: str = ""


class EnsureDatacenters(Command, frozen=True, kw_only=True, tag="vsphere.ensure_datacenters"):
    """Make the root folder, and a datacenter for each site that has none."""


class CreateDatacenter(Command, frozen=True, kw_only=True, tag="vsphere.create_datacenter"):
    """Make a datacenter with its four folders in a datacenter folder; answers its uid."""

    name: str
    folder: str
    site: str = ""


@decides(EnsureDatacenters)
def ensure_datacenters(decision: Decision, _command: EnsureDatacenters) -> None:
    """Nothing happens when all is there."""
    if decision.state.find(ROOT) is None:
        decision.create(RECORD_CREATED, Folder, uid=ROOT, name="Datacenters", holds=Holds.DATACENTER)
    for site in decision.state.all(Site):
        if not decision.state.count(Datacenter, "site", site.uid):
            create_datacenter(decision, CreateDatacenter(name=site.name, folder=ROOT, site=site.uid))


@decides(CreateDatacenter)
def create_datacenter(decision: Decision, command: CreateDatacenter) -> str:
    """The datacenter and its folders exist."""
    folder = decision.get(Folder, command.folder)
    made = decision.create(RECORD_CREATED, Datacenter, name=command.name, folder=folder.uid, site=command.site)
    for holds in (Holds.VM, Holds.HOST, Holds.DATASTORE, Holds.NETWORK):
        decision.create(RECORD_CREATED, Folder, name=holds.value, parent=made.uid, holds=holds, site=command.site)
    return made.uid


def bootstrap(world: World) -> None:
    """Give the world its root folder and a datacenter for each site; does nothing when they are there.

    Raises JournalUnavailable when they cannot be written.
    """
    sites = world.state.all(Site)
    if world.state.find(ROOT) is None or any(not world.state.count(Datacenter, "site", site.uid) for site in sites):
        world.execute_now(EnsureDatacenters(), Actor(api="vsphere", operation="bootstrap"))


def default_datacenter(state: WorldState, site: str) -> Datacenter | None:
    """The datacenter where things of a site live that name no folder; None before ``bootstrap``."""
    found = state.where(Datacenter, "site", site) if site else state.all(Datacenter)
    return found[0] if found else None


def own_folder(state: WorldState, datacenter: Datacenter, holds: Holds) -> Folder | None:
    """One of a datacenter's four folders."""
    return next((folder for folder in state.where(Folder, "parent", datacenter.uid) if folder.holds is holds), None)

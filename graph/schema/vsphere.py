"""vCenter's own objects: datacenters and folders."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection
from graph.schema.entity import Entity, shows
from graph.schema.filters import entities
from graph.schema.refs import VirtualMachineRef


@shows("vsphere_folder")
@graph_type
class Folder(Entity):
    """A folder of vCenter's inventory.  What was put into no folder is in its datacenter's own, and is not listed here."""

    moid: str = column(description="vCenter's managed object id.")
    holds: str = column(description="What it may contain: datacenter, vm, host, datastore or network.")
    parent: Folder | None = joined(EntityByKey("vsphere_folder", "parent"))
    datacenter: Datacenter | None = joined(EntityByKey("vsphere_datacenter", "parent"), description="Whose own folder it is.")
    folders: Connection[Folder] | None = entities("vsphere_folder", "parent")
    vms: Connection[VirtualMachineRef] | None = entities("vm", "folder")


@shows("vsphere_datacenter")
@graph_type
class Datacenter(Entity):
    """A datacenter of vCenter; it stands for a site."""

    moid: str = column(description="vCenter's managed object id.")
    folder: Folder | None = joined(EntityByKey("vsphere_folder", "folder"))
    folders: Connection[Folder] | None = entities("vsphere_folder", "parent", description="Its four own folders.")


@graph_type
class VsphereQuery:
    """Reading what vCenter alone has."""

    datacenters: Connection[Datacenter] | None = entities("vsphere_datacenter")
    folders: Connection[Folder] | None = entities("vsphere_folder")

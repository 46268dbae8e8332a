"""Events of hosts, datastores, datacenters and resource pools."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere import folders
from emulators.vsphere.events.arguments import datacenter_argument, datastore_argument, folder_argument, pool_argument, reference
from emulators.vsphere.events.telling import Told, tells
from emulators.vsphere.properties.view import View
from emulators.vsphere.records import Datacenter
from emulators.world.decisions import hosts, pools, records
from emulators.world.model import Connection, Datastore, Hypervisor, ResourcePool

event: Final = vim.event


def _host(told: Told) -> Hypervisor | None:
    host = told.subject()
    return host if isinstance(host, Hypervisor) and host.flavor == "esxi" else None


@tells(hosts.HOST_NOT_RESPONDING)
def connection_lost(told: Told, _: View) -> Any:
    """The heartbeat has run out."""
    return event.HostConnectionLostEvent() if _host(told) else None


@tells(hosts.HOST_BOOTED)
def booted(told: Told, _: View) -> Any:
    """It answers again."""
    return event.HostConnectedEvent() if _host(told) else None


@tells(hosts.HOST_CHANGED)
def changed(told: Told, _: View) -> Any:
    """An operator connected or disconnected it, or set its maintenance mode."""
    host, fields = _host(told), told.changed()
    if host is None:
        return None
    if "maintenance" in fields:
        return event.EnteredMaintenanceModeEvent() if host.maintenance else event.ExitMaintenanceModeEvent()
    if "connection" not in fields:
        return None
    if host.connection is Connection.CONNECTED:
        return event.HostConnectedEvent()
    return event.HostDisconnectedEvent(reason="userRequest")


@tells(folders.DATASTORE_RENAMED)
def datastore_renamed(told: Told, view: View) -> Any:
    """A datastore has another name."""
    new, old = told.subject(), told.before()
    if not isinstance(new, Datastore) or old is None:
        return None
    return event.DatastoreRenamedEvent(datastore=datastore_argument(view, new), oldName=old.name, newName=new.name)


@tells(records.RECORD_CREATED)
def record_created(told: Told, view: View) -> Any:
    """A datacenter was made; vCenter has no event for folders."""
    made = told.subject()
    parent = folder_argument(view, made.folder) if isinstance(made, Datacenter) else None
    if not isinstance(made, Datacenter) or parent is None:
        return None
    return event.DatacenterCreatedEvent(parent=parent, datacenter=datacenter_argument(view, made))


@tells(records.RECORD_CHANGED)
def record_changed(told: Told, view: View) -> Any:
    """A datacenter was renamed."""
    new, old = told.subject(), told.before()
    if not isinstance(new, Datacenter) or old is None or new.name == old.name:
        return None
    return event.DatacenterRenamedEvent(oldName=old.name, newName=new.name, datacenter=datacenter_argument(view, new))


def _pool(told: Told, view: View) -> Any:
    pool = told.subject()
    if not isinstance(pool, ResourcePool):
        return None
    return vim.event.ResourcePoolEventArgument(name=pool.name, resourcePool=reference(view, pool))


@tells(pools.POOL_CREATED)
def pool_created(told: Told, view: View) -> Any:
    """A pool was made."""
    pool = told.subject()
    parent = pool_argument(view, pool.parent) if isinstance(pool, ResourcePool) else None
    return event.ResourcePoolCreatedEvent(resourcePool=_pool(told, view), parent=parent) if parent is not None else None


@tells(pools.POOL_CHANGED)
def pool_changed(told: Told, view: View) -> Any:
    """A pool has another name or share."""
    pool = _pool(told, view)
    return event.ResourcePoolReconfiguredEvent(resourcePool=pool) if pool is not None else None


@tells(pools.POOL_MOVED)
def pool_moved(told: Told, view: View) -> Any:
    """A pool hangs under another one."""
    new, old = told.subject(), told.before()
    if not isinstance(new, ResourcePool) or not isinstance(old, ResourcePool):
        return None
    before, after = pool_argument(view, old.parent), pool_argument(view, new.parent)
    if before is None or after is None:
        return None
    return event.ResourcePoolMovedEvent(resourcePool=_pool(told, view), oldParent=before, newParent=after)


@tells(pools.POOL_DELETED)
def pool_deleted(told: Told, view: View) -> Any:
    """A pool was dissolved."""
    pool = _pool(told, view)
    return event.ResourcePoolDestroyedEvent(resourcePool=pool) if pool is not None else None

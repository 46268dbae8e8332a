"""Properties of HostDatastoreBrowser and EnvironmentBrowser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.tree import members
from emulators.world.model import Cluster, Datastore, Entity, Hypervisor, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View


@prop(vim.host.DatastoreBrowser, "datastore")
def browsed(view: View, entity: Entity) -> list[Any]:
    """The datastore that it belongs to, or all of its host's."""
    if isinstance(entity, Datastore):
        return view.refs([entity])
    return view.refs(members(view.state, Datastore, "hosts", entity.uid))


@prop(vim.host.DatastoreBrowser, "supportedType")
def supported_types(_view: View, _entity: Entity) -> list[Any]:
    """Kinds of files that can be searched for."""
    browser = vim.host.DatastoreBrowser
    return [
        browser.Query(),
        browser.FolderQuery(),
        browser.VmConfigQuery(),
        browser.TemplateVmConfigQuery(),
        browser.VmDiskQuery(),
        browser.VmSnapshotQuery(),
        browser.VmNvramQuery(),
        browser.VmLogQuery(),
        browser.IsoImageQuery(),
        browser.FloppyImageQuery(),
    ]


@prop(vim.EnvironmentBrowser, "datastoreBrowser")
def datastore_browser(view: View, entity: Entity) -> Any:
    """The browser of the host of the environment; for a cluster, of its first."""
    host: Hypervisor | None = None
    if isinstance(entity, Hypervisor):
        host = entity
    elif isinstance(entity, Vm):
        host = view.state.maybe(Hypervisor, entity.host)
    elif isinstance(entity, Cluster):
        host = next(iter(members(view.state, Hypervisor, "cluster", entity.uid)), None)
    return view.maybe_ref(host, vim.host.DatastoreBrowser) if host is not None else None

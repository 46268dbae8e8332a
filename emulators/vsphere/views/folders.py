"""Properties of Folder and Datacenter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.objects import Object
from emulators.vsphere.properties.table import prop
from emulators.vsphere.records import ROOT, Datacenter, Folder, Holds, own_folder
from emulators.vsphere.views.managed_entity import ADMINISTRATOR

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

CHILD_TYPES: Final = {
    Holds.DATACENTER: (vim.Folder, vim.Datacenter),
    Holds.VM: (vim.Folder, vim.VirtualMachine, vim.VirtualApp),
    Holds.HOST: (vim.Folder, vim.ComputeResource),
    Holds.DATASTORE: (vim.Folder, vim.Datastore, vim.StoragePod),
    Holds.NETWORK: (vim.Folder, vim.Network, vim.DistributedVirtualSwitch),
}
ADMINISTRATORS: Final = {"VSPHERE.LOCAL\\Administrator": False, "VSPHERE.LOCAL\\Administrators": True}
"""Who has the Administrator role on the root folder: a user, and a group."""


@prop(vim.Folder, "childType")
def child_type(_view: View, folder: Folder) -> list[Any]:
    """What the folder may contain."""
    return list(CHILD_TYPES[folder.holds])


@prop(vim.Folder, "childEntity")
def child_entity(view: View, folder: Folder) -> list[Any]:
    """What it contains."""
    own = view.objects.of(folder)
    return [child.ref for child in view.tree.children(own)] if own is not None else []


@prop(vim.Folder, "permission")
def folder_permission(view: View, folder: Folder) -> list[Any]:
    """The administrators' permissions, on the root folder."""
    if folder.uid != ROOT:
        return []
    return [
        vim.AuthorizationManager.Permission(entity=view.ref(folder), principal=principal, group=group, roleId=ADMINISTRATOR, propagate=True)
        for principal, group in ADMINISTRATORS.items()
    ]


# -- datacenters --------------------------------------------------------------------------------------------------------------


def _own(view: View, datacenter: Datacenter, holds: Holds) -> Any:
    folder = own_folder(view.state, datacenter, holds)
    return view.ref(folder) if folder is not None else None


@prop(vim.Datacenter, "vmFolder")
def vm_folder(view: View, datacenter: Datacenter) -> Any:
    """The folder of its VMs."""
    return _own(view, datacenter, Holds.VM)


@prop(vim.Datacenter, "hostFolder")
def host_folder(view: View, datacenter: Datacenter) -> Any:
    """The folder of its hosts and clusters."""
    return _own(view, datacenter, Holds.HOST)


@prop(vim.Datacenter, "datastoreFolder")
def datastore_folder(view: View, datacenter: Datacenter) -> Any:
    """The folder of its datastores."""
    return _own(view, datacenter, Holds.DATASTORE)


@prop(vim.Datacenter, "networkFolder")
def network_folder(view: View, datacenter: Datacenter) -> Any:
    """The folder of its networks and switches."""
    return _own(view, datacenter, Holds.NETWORK)


@prop(vim.Datacenter, "datastore")
def datacenter_datastores(view: View, datacenter: Datacenter) -> list[Any]:
    """Every datastore in it."""
    return [found.ref for found in _below(view, datacenter, Holds.DATASTORE, vim.Datastore)]


@prop(vim.Datacenter, "network")
def datacenter_networks(view: View, datacenter: Datacenter) -> list[Any]:
    """Every network in it, port groups included."""
    return [found.ref for found in _below(view, datacenter, Holds.NETWORK, vim.Network)]


def _below(view: View, datacenter: Datacenter, holds: Holds, wanted: type[Any]) -> Iterator[Object]:
    """The objects of a type in one of the datacenter's folders and the folders in it."""
    folder = own_folder(view.state, datacenter, holds)
    own = view.objects.of(folder) if folder is not None else None
    waiting = [own] if own is not None else []
    while waiting:
        for child in view.tree.children(waiting.pop(0)):
            if issubclass(child.type, wanted):
                yield child
            elif issubclass(child.type, vim.Folder):
                waiting.append(child)


@prop(vim.Datacenter, "configuration")
def datacenter_configuration(_view: View, _datacenter: Datacenter) -> vim.Datacenter.ConfigInfo:
    """Defaults for new VMs: those of each host."""
    return vim.Datacenter.ConfigInfo()


@prop(vim.Datacenter, "overallStatus")
def datacenter_status(_view: View, _datacenter: Datacenter) -> str:
    """vCenter has no opinion."""
    return "gray"


@prop(vim.Datacenter, "configStatus")
def datacenter_config_status(_view: View, _datacenter: Datacenter) -> str:
    """vCenter has no opinion."""
    return "gray"

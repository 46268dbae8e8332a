"""What a host belongs to, and what belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim, vmodl

from emulators.vsphere.properties.table import prop
from emulators.vsphere.soap.vmodl import long
from emulators.vsphere.tree import members
from emulators.vsphere.views.facets import HOST_MANAGERS
from emulators.vsphere.views.host_system.facts import facts
from emulators.vsphere.views.host_system.system_resources import system_resources
from emulators.world.model import Datastore, Hypervisor, Network, Power, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View


@prop(vim.HostSystem, "vm")
def vm(view: View, host: Hypervisor) -> list[Any]:
    """The VMs that run on it or are registered with it."""
    return view.refs(members(view.state, Vm, "host", host.uid))


@prop(vim.HostSystem, "datastore")
def datastore(view: View, host: Hypervisor) -> list[Any]:
    """The datastores that it mounts."""
    return view.refs(members(view.state, Datastore, "hosts", host.uid))


@prop(vim.HostSystem, "network")
def network(view: View, host: Hypervisor) -> list[Any]:
    """The networks that VMs on it can use."""
    return view.refs(members(view.state, Network, "hosts", host.uid))


@prop(vim.HostSystem, "configManager")
def config_manager(view: View, host: Hypervisor) -> vim.host.ConfigManager:
    """The managers of its parts."""
    return vim.host.ConfigManager(**{field: view.ref(host, kind) for field, (kind, _) in HOST_MANAGERS.items()})


@prop(vim.HostSystem, "datastoreBrowser")
def datastore_browser(view: View, host: Hypervisor) -> Any:
    """The browser of its datastores."""
    return view.ref(host, vim.host.DatastoreBrowser)


@prop(vim.HostSystem, "systemResources")
def host_system_resources(view: View, host: Hypervisor) -> vim.host.SystemResourceInfo:
    """How the hypervisor shares itself out."""
    return system_resources(facts(view.state, host))


@prop(vim.HostSystem, "licensableResource")
def licensable_resource(view: View, host: Hypervisor) -> vim.LicenseManager.LicensableResourceInfo:
    """What licences are counted by."""
    cpu = facts(view.state, host).blade.cpu
    running = sum(1 for one in view.state.where(Vm, "host", host.uid) if one.power is Power.ON)
    counts = {"numCpuPackages": cpu.sockets, "numCpuCores": cpu.cores, "numVmsStarted": running}
    return vim.LicenseManager.LicensableResourceInfo(
        resource=[vmodl.KeyAnyValue(key=key, value=long(value)) for key, value in counts.items()]
    )

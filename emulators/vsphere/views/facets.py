"""The managed objects that stand beside an entity's own: a host's managers, browsers of datastores, hosts and environments."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.objects import managed
from emulators.world.model import Cluster, Datastore, Hypervisor, Owner, Vm
from emulators.world.state import WorldState

HOST_MANAGERS: Final[dict[str, tuple[Any, str]]] = {
    "cpuScheduler": (vim.host.CpuSchedulerSystem, "cpuScheduler-"),
    "datastoreSystem": (vim.host.DatastoreSystem, "datastoreSystem-"),
    "storageSystem": (vim.host.StorageSystem, "storageSystem-"),
    "networkSystem": (vim.host.NetworkSystem, "networkSystem-"),
    "vmotionSystem": (vim.host.VMotionSystem, "vmotionSystem-"),
    "virtualNicManager": (vim.host.VirtualNicManager, "virtualNicManager-"),
    "serviceSystem": (vim.host.ServiceSystem, "serviceSystem-"),
    "firewallSystem": (vim.host.FirewallSystem, "firewallSystem-"),
    "advancedOption": (vim.option.OptionManager, "EsxHostAdvSettings-"),
    "autoStartManager": (vim.host.AutoStartManager, "autoStartManager-"),
    "snmpSystem": (vim.host.SnmpSystem, "snmpSystem-"),
    "dateTimeSystem": (vim.host.DateTimeSystem, "dateTimeSystem-"),
    "healthStatusSystem": (vim.host.HealthStatusSystem, "healthStatusSystem-"),
    "pciPassthruSystem": (vim.host.PciPassthruSystem, "pciPassthruSystem-"),
    "authenticationManager": (vim.host.AuthenticationManager, "authenticationManager-"),
    "powerSystem": (vim.host.PowerSystem, "powerSystem-"),
    "esxAgentHostManager": (vim.host.EsxAgentHostManager, "esxAgentHostManager-"),
    "vFlashManager": (vim.host.VFlashManager, "vFlashManager-"),
    "vsanSystem": (vim.host.VsanSystem, "vsanSystem-"),
    "hostAccessManager": (vim.host.HostAccessManager, "hostAccessManager-"),
    "graphicsManager": (vim.host.GraphicsManager, "graphicsManager-"),
    "certificateManager": (vim.host.CertificateManager, "ha-certificate-manager-"),
    "assignableHardwareManager": (vim.host.AssignableHardwareManager, "assignableHardwareManager-"),
}
"""Fields of HostConfigManager, the type of each manager and how its id begins; their numbers are the host's."""


def _is_esxi(_state: WorldState, host: Hypervisor) -> bool:
    return host.flavor == "esxi"


def _is_ours(_state: WorldState, entity: Cluster | Vm) -> bool:
    return entity.owner is Owner.VSPHERE


for _type, _prefix in HOST_MANAGERS.values():
    managed(_type, _prefix, Hypervisor, when=_is_esxi, facet=True)
managed(vim.host.LocalAuthentication, "localAuthentication-", Hypervisor, when=_is_esxi, facet=True)
managed(vim.host.DatastoreBrowser, "datastoreBrowser-host-", Hypervisor, when=_is_esxi, facet=True)
managed(vim.host.DatastoreBrowser, "datastoreBrowser-datastore-", Datastore, facet=True)
managed(vim.EnvironmentBrowser, "envbrowser-", Vm, when=_is_ours, facet=True)
managed(vim.EnvironmentBrowser, "envbrowser-c", Cluster, when=_is_ours, facet=True)
managed(vim.EnvironmentBrowser, "envbrowser-s", Hypervisor, when=_is_esxi, facet=True)

"""Properties of the managers of a host's parts: networkSystem, storageSystem, serviceSystem and the others of configManager."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.tree import members
from emulators.vsphere.views.host_system import network, pci, services, setup, storage, vmkernel, volumes
from emulators.vsphere.views.host_system.facts import facts, management
from emulators.vsphere.views.host_system.health import health
from emulators.world.model import Datastore, Hypervisor

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

YEARS_VALID = timedelta(days=5 * 365)


# -- network ------------------------------------------------------------------------------------------------------------------


@prop(vim.host.NetworkSystem, "networkInfo")
def network_info(view: View, host: Hypervisor) -> vim.host.NetworkInfo:
    """Switches, port groups, NICs and addresses."""
    return network.network_info(view, facts(view.state, host))


@prop(vim.host.NetworkSystem, "capabilities")
def network_capabilities(_view: View, _host: Hypervisor) -> vim.host.NetCapabilities:
    """What can be configured."""
    return network.capabilities()


@prop(vim.host.NetworkSystem, "offloadCapabilities")
def offload_capabilities(_view: View, _host: Hypervisor) -> vim.host.NetOffloadCapabilities:
    """What the NICs do for the processors."""
    return network.offload()


@prop(vim.host.NetworkSystem, "dnsConfig")
def dns_config(view: View, host: Hypervisor) -> vim.host.DnsConfig:
    """Name service."""
    return vmkernel.dns_config(facts(view.state, host), management(view.state, host))


@prop(vim.host.NetworkSystem, "ipRouteConfig")
def ip_route_config(view: View, host: Hypervisor) -> vim.host.IpRouteConfig:
    """The default gateway."""
    return vmkernel.route_config(management(view.state, host))


@prop(vim.host.VMotionSystem, "netConfig")
def vmotion_net_config(view: View, host: Hypervisor) -> vim.host.VMotionSystem.NetConfig:
    """The interface for vMotion."""
    return vmkernel.vmotion_config(view, facts(view.state, host))


@prop(vim.host.VMotionSystem, "ipConfig")
def vmotion_ip_config(view: View, host: Hypervisor) -> vim.host.IpConfig:
    """Its address."""
    return vmkernel.ip_config(management(view.state, host))


@prop(vim.host.VirtualNicManager, "info")
def virtual_nic_info(view: View, host: Hypervisor) -> vim.host.VirtualNicManagerInfo:
    """Which interface carries which kind of traffic."""
    return vmkernel.nic_manager_info(view, facts(view.state, host))


# -- storage ------------------------------------------------------------------------------------------------------------------


@prop(vim.host.StorageSystem, "storageDeviceInfo")
def storage_device_info(view: View, host: Hypervisor) -> vim.host.StorageDeviceInfo:
    """Adapters, disks and paths."""
    return storage.storage_device(view.state, facts(view.state, host))


@prop(vim.host.StorageSystem, "fileSystemVolumeInfo")
def file_system_volume_info(view: View, host: Hypervisor) -> vim.host.FileSystemVolumeInfo:
    """Mounted file systems."""
    return volumes.file_system_volumes(view.state, facts(view.state, host))


@prop(vim.host.StorageSystem, "multipathStateInfo")
def multipath_state_info(view: View, host: Hypervisor) -> vim.host.MultipathStateInfo:
    """Each path with its state."""
    return storage.multipath_state(view.state, facts(view.state, host))


@prop(vim.host.DatastoreSystem, "datastore")
def datastore(view: View, host: Hypervisor) -> list[Any]:
    """The host's datastores."""
    return view.refs(members(view.state, Datastore, "hosts", host.uid))


@prop(vim.host.DatastoreSystem, "capabilities")
def datastore_capabilities(_view: View, _host: Hypervisor) -> vim.host.DatastoreSystem.Capabilities:
    """What datastores can be made."""
    return setup.datastore_capabilities()


# -- hardware -----------------------------------------------------------------------------------------------------------------


@prop(vim.host.CpuSchedulerSystem, "cpuSchedulerInfo")
def cpu_scheduler_info(_view: View, _host: Hypervisor) -> vim.host.CpuSchedulerSystem.CpuSchedulerInfo:
    """The scheduler."""
    return vim.host.CpuSchedulerSystem.CpuSchedulerInfo(policy="systemDefault")


@prop(vim.host.CpuSchedulerSystem, "hyperthreadInfo")
def hyperthread_info(view: View, host: Hypervisor) -> vim.host.CpuSchedulerSystem.HyperThreadScheduleInfo:
    """Whether processors have several threads a core."""
    return setup.hyper_threading(facts(view.state, host).blade.cpu)


@prop(vim.host.HealthStatusSystem, "runtime")
def health_runtime(view: View, host: Hypervisor) -> vim.host.HealthStatusSystem.Runtime:
    """Sensors and the status of modules."""
    return health(view.state, facts(view.state, host), host.booted or host.created)


@prop(vim.host.PciPassthruSystem, "pciPassthruInfo")
def pci_passthru_info(view: View, host: Hypervisor) -> list[Any]:
    """Which functions VMs could own."""
    return pci.passthrough(facts(view.state, host))


@prop(vim.host.PowerSystem, "capability")
def power_capability(_view: View, _host: Hypervisor) -> vim.host.PowerSystem.Capability:
    """Power policies."""
    return setup.power_capability()


@prop(vim.host.PowerSystem, "info")
def power_info(_view: View, _host: Hypervisor) -> vim.host.PowerSystem.Info:
    """The current one."""
    return setup.power_info()


@prop(vim.host.GraphicsManager, "graphicsConfig")
def graphics_config(_view: View, _host: Hypervisor) -> vim.host.GraphicsConfig:
    """How graphics are shared."""
    return setup.graphics()


@prop(vim.host.AssignableHardwareManager, "config")
def assignable_hardware(_view: View, _host: Hypervisor) -> vim.host.AssignableHardwareConfig:
    """Devices that VMs may be given: none is set up."""
    return vim.host.AssignableHardwareConfig()


@prop(vim.host.VFlashManager, "vFlashConfigInfo")
def flash_config(_view: View, _host: Hypervisor) -> vim.host.VFlashManager.VFlashConfigInfo:
    """The flash cache: none."""
    return vim.host.VFlashManager.VFlashConfigInfo(
        vFlashCacheConfigInfo=vim.host.VFlashManager.VFlashCacheConfigInfo(defaultVFlashModule="vfc", swapCacheReservationInGB=0)
    )


# -- services and security ------------------------------------------------------------------------------------------------------


@prop(vim.host.ServiceSystem, "serviceInfo")
def service_info(view: View, host: Hypervisor) -> vim.host.ServiceInfo:
    """Services."""
    return services.service_info(powered=facts(view.state, host).powered)


@prop(vim.host.FirewallSystem, "firewallInfo")
def firewall_info(_view: View, _host: Hypervisor) -> vim.host.FirewallInfo:
    """Rules of the firewall."""
    return services.firewall_info()


@prop(vim.host.DateTimeSystem, "dateTimeInfo")
def date_time_info(_view: View, _host: Hypervisor) -> vim.host.DateTimeInfo:
    """Time zone and time service."""
    return setup.date_time("UTC")


@prop(vim.host.AutoStartManager, "config")
def auto_start_config(_view: View, _host: Hypervisor) -> vim.host.AutoStartManager.Config:
    """What starts with the host."""
    return setup.auto_start()


@prop(vim.host.AuthenticationManager, "info")
def authentication_info(_view: View, _host: Hypervisor) -> vim.host.AuthenticationManagerInfo:
    """Where users come from."""
    return setup.authentication()


@prop(vim.host.AuthenticationManager, "supportedStore")
def supported_stores(view: View, host: Hypervisor) -> list[Any]:
    """Where they could come from."""
    return [view.ref(host, vim.host.LocalAuthentication)]


@prop(vim.host.LocalAuthentication, "info")
def local_authentication_info(_view: View, _host: Hypervisor) -> vim.host.LocalAuthenticationInfo:
    """Local users are enabled."""
    return vim.host.LocalAuthenticationInfo(enabled=True)


@prop(vim.host.HostAccessManager, "lockdownMode")
def lockdown_mode(_view: View, _host: Hypervisor) -> str:
    """Whether the host may be used directly."""
    return "lockdownDisabled"


@prop(vim.host.CertificateManager, "certificateInfo")
def certificate_info(_view: View, host: Hypervisor) -> vim.host.CertificateManager.CertificateInfo:
    """The host's certificate, which vCenter's own authority issued when the host was added."""
    return vim.host.CertificateManager.CertificateInfo(
        kind="Machine",
        issuer="O=vcenter,ST=California,C=US,DC=local,DC=vsphere,CN=CA",
        notBefore=host.created,
        notAfter=host.created + YEARS_VALID,
        subject=f"emailAddress=vmca@vmware.com,CN={host.name},OU=VMware Engineering,O=VMware,L=Palo Alto,ST=California,C=US",
        status="good",
    )


@prop(vim.host.EsxAgentHostManager, "configInfo")
def agent_config(_view: View, _host: Hypervisor) -> vim.host.EsxAgentHostManager.ConfigInfo:
    """Where agent VMs go: nowhere is set."""
    return vim.host.EsxAgentHostManager.ConfigInfo()


@prop(vim.host.VsanSystem, "config")
def vsan_config(view: View, host: Hypervisor) -> vim.vsan.host.ConfigInfo:
    """vSAN is off."""
    return vim.vsan.host.ConfigInfo(enabled=False, hostSystem=view.ref(host))


@prop(vim.host.SnmpSystem, "configuration")
def snmp_configuration(_view: View, _thing: object) -> vim.host.SnmpSystem.SnmpConfigSpec:
    """SNMP of a host, or of vCenter itself: off."""
    return vim.host.SnmpSystem.SnmpConfigSpec(enabled=False, port=161)


@prop(vim.host.SnmpSystem, "limits")
def snmp_limits(_view: View, _thing: object) -> vim.host.SnmpSystem.AgentLimits:
    """What can be configured of SNMP."""
    return vim.host.SnmpSystem.AgentLimits(
        maxReadOnlyCommunities=10, maxTrapDestinations=3, maxCommunityLength=64, maxBufferSize=8192, capability="COMPLETE"
    )

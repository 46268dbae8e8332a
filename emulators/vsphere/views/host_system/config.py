"""``config``: everything that is configured about a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from dcsim.ids import digest
from emulators.vsphere.properties.table import find, prop
from emulators.vsphere.views import about
from emulators.vsphere.views.host_system import network, options, pci, services, setup, storage, vmkernel, volumes
from emulators.vsphere.views.host_system.facts import Facts, facts, management
from emulators.vsphere.views.host_system.system_resources import system_resources
from emulators.world.model import Hypervisor

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View


@prop(vim.HostSystem, "config")
def config(view: View, host: Hypervisor) -> vim.host.ConfigInfo:
    """The configuration."""
    found = facts(view.state, host)
    info = vim.host.ConfigInfo(
        host=view.ref(host),
        product=about.of_host(host),
        deploymentInfo=vim.host.DeploymentInfo(bootedFromStatelessCache=False),
        hyperThread=setup.hyper_threading(found.blade.cpu),
        cpuScheduler=vim.host.CpuSchedulerSystem.CpuSchedulerInfo(policy="systemDefault"),
        storageDevice=storage.storage_device(view.state, found),
        multipathState=storage.multipath_state(view.state, found),
        fileSystemVolume=volumes.file_system_volumes(view.state, found),
        network=network.network_info(view, found),
        vmotion=vmotion(view, found),
        virtualNicManagerInfo=vmkernel.nic_manager_info(view, found),
        capabilities=network.capabilities(),
        datastoreCapabilities=setup.datastore_capabilities(),
        offloadCapabilities=network.offload(),
        service=services.service_info(powered=found.powered),
        firewall=services.firewall_info(),
        autoStart=setup.auto_start(),
        option=_settings(view, host),
        optionDef=list(options.definitions()),
        datastorePrincipal="root",
        systemSwapConfiguration=_swap(),
        systemResources=system_resources(found),
        dateTimeInfo=setup.date_time("UTC"),
    )
    _set_rest(info, found)
    return info


def vmotion(view: View, found: Facts) -> vim.host.VMotionInfo:
    """``config.vmotion``."""
    return vim.host.VMotionInfo(
        netConfig=vmkernel.vmotion_config(view, found), ipConfig=vmkernel.ip_config(management(view.state, found.host))
    )


def _swap() -> vim.host.SystemSwapConfiguration:
    return vim.host.SystemSwapConfiguration(
        option=[vim.host.SystemSwapConfiguration.HostCacheOption(key=0), vim.host.SystemSwapConfiguration.HostLocalSwapOption(key=1)]
    )


def _settings(view: View, host: Hypervisor) -> list[Any]:
    """Advanced settings, with those that somebody has changed when their manager is there to tell."""
    manager = find(vim.option.OptionManager, "setting")
    return list(manager.function(view, host)) if manager is not None else options.settings()


def _set_rest(info: Any, found: Facts) -> None:
    """Security, devices and features."""
    info.flags = vim.host.FlagInfo()
    info.adminDisabled = False
    info.lockdownMode = "lockdownDisabled"
    info.pciPassthruInfo = pci.passthrough(found)
    info.authenticationManagerInfo = setup.authentication()
    info.powerSystemCapability = setup.power_capability()
    info.powerSystemInfo = setup.power_info()
    info.wakeOnLanCapable = False
    info.featureCapability = list(setup.features(found.blade.cpu))
    info.maskedFeatureCapability = list(setup.features(found.blade.cpu))
    info.vFlashConfigInfo = vim.host.VFlashManager.VFlashConfigInfo(
        vFlashCacheConfigInfo=vim.host.VFlashManager.VFlashCacheConfigInfo(defaultVFlashModule="vfc", swapCacheReservationInGB=0)
    )
    info.vsanHostConfig = vim.vsan.host.ConfigInfo(enabled=False)
    info.scriptCheckSum = digest("script", found.host.release)
    info.hostConfigCheckSum = digest("config", found.host.uid)
    info.descriptionTreeCheckSum = digest("description", found.host.release)
    info.graphicsConfig = setup.graphics()
    info.ioFilterInfo = list(setup.io_filters())
    info.assignableHardwareConfig = vim.host.AssignableHardwareConfig()


@prop(vim.HostSystem, "config.product")
def config_product(_view: View, host: Hypervisor) -> vim.AboutInfo:
    """The product on the host."""
    return about.of_host(host)


@prop(vim.HostSystem, "config.network")
def config_network(view: View, host: Hypervisor) -> vim.host.NetworkInfo:
    """Switches, port groups, NICs and addresses."""
    return network.network_info(view, facts(view.state, host))


@prop(vim.HostSystem, "config.storageDevice")
def config_storage_device(view: View, host: Hypervisor) -> vim.host.StorageDeviceInfo:
    """Adapters, disks and paths."""
    return storage.storage_device(view.state, facts(view.state, host))

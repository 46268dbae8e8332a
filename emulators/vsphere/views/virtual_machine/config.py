"""``config``: everything that is configured about a VM."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from dcsim.ids import digest, uuid_for
from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.about import instance_uuid
from emulators.vsphere.views.constructors import MIB, like, options, seed_of, timestamp, vm_cpu_allocation, vm_memory_allocation
from emulators.vsphere.views.guest_os import guest_os
from emulators.vsphere.views.virtual_machine.devices import hardware
from emulators.vsphere.views.virtual_machine.machine import Machine, file_stem, home, machine
from emulators.world.capacity import memory_overhead
from emulators.world.model import Datastore, Power, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

TOOLS_VERSION: Final = 12389
"""open-vm-tools 12.3.5, as Debian 12 and Photon 5 have it."""
TOOLS_TYPE: Final = "guestToolsTypeOpenVMTools"
MAX_CONSOLES: Final = 40
HOT_PLUG_FACTOR: Final = 16
"""Memory can be hot-added up to sixteen times what the VM was powered on with."""
HOT_PLUG_STEP_MIB: Final = 128


@prop(vim.VirtualMachine, "config")
def config(view: View, vm: Vm) -> vim.vm.ConfigInfo:
    """The configuration as it is now."""
    return config_info(view, machine(view.state, vm))


@prop(vim.VirtualMachine, "config.uuid")
def config_uuid(_view: View, vm: Vm) -> str:
    """The SMBIOS UUID."""
    return vm.uuid


@prop(vim.VirtualMachine, "config.instanceUuid")
def config_instance_uuid(_view: View, vm: Vm) -> str:
    """The UUID that vCenter itself gave."""
    return vm.instance_uuid


@prop(vim.VirtualMachine, "config.template")
def config_template(_view: View, vm: Vm) -> bool:
    """Is it a template?"""
    return vm.template


@prop(vim.VirtualMachine, "config.guestFullName")
def config_guest_full_name(_view: View, vm: Vm) -> str:
    """The configured guest system's name."""
    return guest_os(vm.guest_id).name


def config_info(view: View, machine: Machine) -> vim.vm.ConfigInfo:
    """The configuration of a VM as it is, or as a snapshot keeps it."""
    vm, memory_mib = machine.vm, machine.vm.memory_bytes // MIB
    overhead = memory_overhead(vm)
    return like(
        _same_for_all(),
        changeVersion=timestamp(vm.modified or vm.created),
        modified=vm.modified or vm.created,
        name=vm.name,
        guestFullName=guest_os(vm.guest_id).name,
        version=f"vmx-{vm.hardware_version:02d}",
        uuid=vm.uuid,
        createDate=vm.created,
        instanceUuid=vm.instance_uuid,
        locationId=uuid_for(seed_of(view.state), "location", vm.host),
        template=vm.template,
        guestId=vm.guest_id,
        annotation=vm.annotation,
        files=files(vm),
        tools=tools(vm),
        flags=flags(vm),
        hardware=hardware(view, machine),
        extraConfig=options(extra_config(view, machine)),
        datastoreUrl=_datastore_urls(view, machine),
        firmware=vm.firmware,
        cpuAllocation=vm_cpu_allocation(vm.cpu, vm.cpus),
        memoryAllocation=vm_memory_allocation(vm.memory, vm.memory_bytes),
        memoryHotAddEnabled=vm.memory_hot_add,
        cpuHotAddEnabled=vm.cpu_hot_add,
        hotPlugMemoryLimit=memory_mib * HOT_PLUG_FACTOR if vm.memory_hot_add else memory_mib,
        hotPlugMemoryIncrementSize=HOT_PLUG_STEP_MIB if vm.memory_hot_add else 0,
        initialOverhead=_overhead(overhead, vm.memory_bytes + overhead),
        numaInfo=_numa(vm.cpus),
        changeTrackingEnabled=_is_set(vm, "ctkEnabled"),
        nestedHVEnabled=_is_set(vm, "vhv.enable"),
        vmxConfigChecksum=digest("vmx", vm.uid, vm.change),
    )


def _is_set(vm: Vm, key: str) -> bool:
    return vm.extra_config.get(key, "").lower() == "true"


@lru_cache(maxsize=1024)
def _overhead(memory: int, swap: int) -> vim.vm.ConfigInfo.OverheadInfo:
    return vim.vm.ConfigInfo.OverheadInfo(initialMemoryReservation=memory, initialSwapReservation=swap)


@lru_cache(maxsize=256)
def _numa(cpus: int) -> vim.vm.VirtualNumaInfo:
    return vim.vm.VirtualNumaInfo(coresPerNumaNode=cpus, autoCoresPerNumaNode=True, vnumaOnCpuHotaddExposed=False)


@cache
def _same_for_all() -> vim.vm.ConfigInfo:
    """What no VM has otherwise: mostly features that it could have and doesn't use."""
    swap = vim.vm.VirtualDeviceSwap.DeviceSwapInfo(enabled=True, applicable=False, status="none")
    return vim.vm.ConfigInfo(
        npivTemporaryDisabled=True,
        alternateGuestName="",
        defaultPowerOps=power_operations(),
        rebootPowerOff=False,
        swapPlacement="inherit",
        bootOptions=boot_options(),
        maxMksConnections=MAX_CONSOLES,
        guestAutoLockEnabled=True,
        memoryReservationLockedToMax=False,
        cpuHotRemoveEnabled=False,
        vAssertsEnabled=False,
        vPMCEnabled=False,
        messageBusTunnelEnabled=False,
        migrateEncryption="opportunistic",
        ftEncryptionMode="ftEncryptionOpportunistic",
        sevEnabled=False,
        pmemFailoverEnabled=False,
        vmxStatsCollectionEnabled=True,
        vmOpNotificationToAppEnabled=False,
        vmOpNotificationTimeout=-1,
        fixedPassthruHotPlugEnabled=False,
        metroFtEnabled=False,
        latencySensitivity=vim.LatencySensitivity(level="normal"),
        sgxInfo=vim.vm.SgxInfo(epcSize=0, flcMode="unlocked", requireAttestation=False),
        scheduledHardwareUpgradeInfo=vim.vm.ScheduledHardwareUpgradeInfo(upgradePolicy="never", scheduledHardwareUpgradeStatus="none"),
        guestIntegrityInfo=vim.vm.GuestIntegrityInfo(enabled=False),
        guestMonitoringModeInfo=vim.vm.GuestMonitoringModeInfo(),
        deviceSwap=vim.vm.VirtualDeviceSwap(lsiToPvscsi=swap),
        deviceGroups=vim.vm.VirtualDeviceGroups(),
    )


def files(vm: Vm) -> vim.vm.FileInfo:
    """Where the VM's files are."""
    folder = home(vm)
    return vim.vm.FileInfo(vmPathName=vm.path, snapshotDirectory=folder, suspendDirectory=folder, logDirectory=folder)


def tools(vm: Vm) -> vim.vm.ToolsConfigInfo:
    """How VMware Tools is set up."""
    return _tools(has_tools(vm))


@cache
def _tools(installed: bool) -> vim.vm.ToolsConfigInfo:
    info = vim.vm.ToolsConfigInfo(
        toolsVersion=TOOLS_VERSION if installed else 0,
        afterPowerOn=True,
        afterResume=True,
        beforeGuestStandby=True,
        beforeGuestShutdown=True,
        toolsUpgradePolicy="manual",
        syncTimeWithHostAllowed=True,
        syncTimeWithHost=False,
        lastInstallInfo=vim.vm.ToolsConfigInfo.ToolsLastInstallInfo(counter=0),
    )
    if installed:
        info.toolsInstallType = TOOLS_TYPE
    return info


def has_tools(vm: Vm) -> bool:
    """Is VMware Tools in the guest?  Every image has it; a VM without one has what its machine reports."""
    return bool(vm.image or vm.machine) or vm.guest.tools_running


def flags(vm: Vm) -> vim.vm.FlagInfo:
    """Flags, nearly all of them as a new VM has them."""
    return _flags(_is_set(vm, "disk.EnableUUID"))


@cache
def _flags(disk_uuid: bool) -> vim.vm.FlagInfo:
    return vim.vm.FlagInfo(
        enableLogging=True,
        useToe=False,
        runWithDebugInfo=False,
        monitorType="release",
        htSharing="any",
        snapshotDisabled=False,
        snapshotLocked=False,
        diskUuidEnabled=disk_uuid,
        snapshotPowerOffBehavior="powerOff",
        recordReplayEnabled=False,
        faultToleranceType="unset",
        cbrcCacheEnabled=False,
        vvtdEnabled=False,
        vbsEnabled=False,
    )


@cache
def power_operations() -> vim.vm.DefaultPowerOpInfo:
    """What the power buttons do."""
    return vim.vm.DefaultPowerOpInfo(
        powerOffType="soft",
        suspendType="hard",
        resetType="soft",
        defaultPowerOffType="soft",
        defaultSuspendType="hard",
        defaultResetType="soft",
        standbyAction="checkpoint",
    )


@cache
def boot_options() -> vim.vm.BootOptions:
    """How it boots."""
    return vim.vm.BootOptions(
        bootDelay=0,
        enterBIOSSetup=False,
        efiSecureBootEnabled=False,
        bootRetryEnabled=False,
        bootRetryDelay=10000,
        networkBootProtocol="ipv4",
    )


def extra_config(view: View, machine: Machine) -> dict[str, str]:
    """The keys that every VM's configuration file has, then what was set, which wins."""
    vm, stem = machine.vm, file_stem(machine.vm)
    fixed = {
        "nvram": f"{stem}.nvram",
        "svga.present": "TRUE",
        "pciBridge0.present": "TRUE",
        **{f"pciBridge{bridge}.{key}": value for bridge in range(4, 8) for key, value in _BRIDGE.items()},
        "hpet0.present": "TRUE",
        "RemoteDisplay.maxConnections": str(MAX_CONSOLES),
        "log.keepOld": "10",
        "tools.guest.desktop.autolock": "TRUE",
        "viv.moid": f"{instance_uuid(view.state)}:vm-{vm.number}:",
        "vmware.tools.internalversion": str(TOOLS_VERSION if has_tools(vm) else 0),
        "vmware.tools.requiredversion": "12416",
        "migrate.hostLogState": "none",
        "migrate.migrationId": "0",
        "monitor.phys_bits_used": "45",
        "numa.autosize.cookie": f"{vm.cpus}0001",
        "numa.autosize.vcpu.maxPerVirtualNode": str(vm.cpus),
        "pciBridge0.pciSlotNumber": "17",
        **{f"pciBridge{bridge}.pciSlotNumber": str(17 + bridge) for bridge in range(4, 8)},
        "softPowerOff": "FALSE",
        "vmxstats.filename": f"{stem}.scoreboard",
    }
    if vm.power is Power.ON:
        fixed["sched.swap.derivedName"] = f"{home(vm)}{swap_name(vm)}"
    return {**fixed, **vm.extra_config}


_BRIDGE: Final = {"present": "TRUE", "virtualDev": "pcieRootPort", "functions": "8"}


def swap_name(vm: Vm) -> str:
    """The name of the swap file of a VM that runs."""
    return f"{file_stem(vm)}-{digest('swap', vm.uuid).hex()[:8]}.vswp"


def _datastore_urls(view: View, machine: Machine) -> list[Any]:
    uids = dict.fromkeys(uid for uid in (machine.vm.datastore, *(disk.datastore for disk in machine.disks)) if uid)
    stores = [store for store in (view.state.maybe(Datastore, uid) for uid in uids) if store is not None]
    return [vim.vm.ConfigInfo.DatastoreUrlPair(name=store.name, url=f"/vmfs/volumes/{store.uuid}") for store in stores]

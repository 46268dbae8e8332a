"""``capability`` and ``disabledMethod`` of a host."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.constructors import words
from emulators.world.model import Connection, Hypervisor

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

_YES: Final = words("""
recursiveResourcePoolsSupported cpuMemoryResourceConfigurationSupported rebootSupported shutdownSupported vmotionSupported
standbySupported sanSupported nfsSupported iscsiSupported vlanTaggingSupported nicTeamingSupported highGuestMemSupported
maintenanceModeSupported suspendedRelocateSupported restrictedSnapshotRelocateSupported perVmSwapFiles localSwapDatastoreSupported
unsharedSwapVMotionSupported preAssignedPCIUnitNumbersSupported screenshotSupported scaledScreenshotSupported storageVMotionSupported
vmotionWithStorageVMotionSupported vmotionAcrossNetworkSupported hbrNicSelectionSupported vrNfcNicSelectionSupported
loginBySSLThumbprintSupported cloneFromSnapshotSupported deltaDiskBackingsSupported virtualExecUsageSupported storageIORMSupported
vStorageCapable snapshotRelayoutSupported firewallIpRulesSupported servicePackageInfoSupported vmfsDatastoreMountCapable
eightPlusHostVmfsSharedAccessSupported nestedHVSupported vPMCSupported scheduledHardwareUpgradeSupported featureCapabilitiesSupported
latencySensitivitySupported storagePolicySupported reliableMemoryAware multipleNetworkStackInstanceSupported
messageBusProxySupported vFlashSupported hostAccessManagerSupported provisioningNicSelectionSupported nfs41Supported
nfs41Krb5iSupported turnDiskLocatorLedSupported virtualVolumeDatastoreSupported markAsSsdSupported markAsLocalSupported
smartCardAuthenticationSupported pMemSupported cryptoSupported oneKVolumeAPIsSupported gatewayOnNicSupported cpuHwMmuSupported
encryptedVMotionSupported encryptionMemorySaveSupported encryptionHBRSupported ftEfiSupported virtualMmuUsageIgnored
virtualExecUsageIgnored vmCreateDateSupported vmfs3EOLSupported ftVmcpSupported quickBootSupported encryptedFtSupported
assignableHardwareSupported suspendToMemorySupported useFeatureReqsForOldHWv markPerenniallyReservedSupported hppPspSupported
deviceRebindWithoutRebootSupported storagePolicyChangeSupported precisionTimeProtocolSupported remoteDeviceVMotionSupported
ahDeviceHintsSupported nvmeOverTcpSupported nvmeStorageFabricServicesSupported assignHwPciConfigSupported timeConfigSupported
nvmeBatchOperationsSupported pMemFailoverSupported hostConfigEncryptionSupported ptpConfigSupported pMemIndependentSnapshotSupported
vmknicBindingSupported ultralowFixedUnmapSupported nvmeVvolSupported fptHotplugSupported mconnectSupported vsanNicMgmtSupported
vvolNQNSupported
""")
_NO: Final = words("""
ipmiSupported datastorePrincipalSupported backgroundSnapshotsSupported recordReplaySupported ftSupported smpFtSupported
perVMNetworkTrafficShapingSupported tpmSupported vmDirectPathGen2Supported interVMCommunicationThroughVMCISupported accel3dSupported
vsanSupported pMemSnapshotSupported encryptionChangeOnAddRemoveSupported encryptionHotOperationSupported
encryptionWithSnapshotsSupported encryptionFaultToleranceSupported encryptionRDMSupported encryptionVFlashSupported
encryptionCBRCSupported sgxRegistrationSupported iommuSLDirtyCapable
""")
MAX_RUNNING_VMS: Final = 1024
MAX_VCPUS: Final = 4096


@prop(vim.HostSystem, "capability")
def capability(_view: View, _host: Hypervisor) -> vim.host.Capability:
    """What an ESXi 8 host can do."""
    return _capability()


@cache
def _capability() -> vim.host.Capability:
    made = vim.host.Capability(**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False))
    made.maxRunningVMs = 0
    made.maxSupportedVcpus = 768
    made.maxRegisteredVMs = 4 * MAX_RUNNING_VMS
    made.maxNumDisksSVMotion = 440
    made.maxVirtualDiskDescVersionSupported = 7
    made.replayUnsupportedReason = "incompatibleProduct"
    made.ftCompatibilityIssues = ["missingFTLoggingNic"]
    made.smpFtCompatibilityIssues = ["missingFTLoggingNic"]
    made.maxVcpusPerFtVm = 8
    made.vmDirectPathGen2UnsupportedReason = ["hostNptIncompatibleHardware"]
    made.supportedVmfsMajorVersion = [5, 6]
    made.maxHostRunningVms = MAX_RUNNING_VMS
    made.maxHostSupportedVcpus = MAX_VCPUS
    made.unmapMethodSupported = "fixed"
    made.maxMemMBPerFtVm = 131_072
    made.maxSupportedVmMemory = 25_149_440
    made.maxSupportedSimultaneousThreads = 1
    made.maxSupportedPtpPorts = 1
    return made


@prop(vim.HostSystem, "disabledMethod")
def disabled_method(_view: View, host: Hypervisor) -> list[str]:
    """What the host's state rules out now."""
    disabled = ["PowerUpHostFromStandBy_Task", "ReconfigureHostForDAS_Task"]
    disabled.append("EnterMaintenanceMode_Task" if host.maintenance else "ExitMaintenanceMode_Task")
    if host.connection is Connection.CONNECTED:
        disabled.append("ReconnectHost_Task")
    else:
        disabled += ["RebootHost_Task", "ShutdownHost_Task", "PowerDownHostToStandBy_Task"]
    if host.connection is Connection.DISCONNECTED:
        disabled.append("DisconnectHost_Task")
    return disabled

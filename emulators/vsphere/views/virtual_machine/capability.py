"""``capability`` and ``disabledMethod``: what can be done with a VM at all, and what its state rules out now."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.constructors import words
from emulators.world.model import Power, Snapshot, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

_YES: Final = words("""
snapshotOperationsSupported multipleSnapshotsSupported snapshotConfigSupported poweredOffSnapshotsSupported memorySnapshotsSupported
revertToSnapshotSupported quiescedSnapshotsSupported lockSnapshotsSupported cpuFeatureMaskSupported s1AcpiManagementSupported
vmNpivWwnSupported npivWwnOnNonRdmVmSupported vmNpivWwnDisableSupported vmNpivWwnUpdateSupported swapPlacementSupported
toolsSyncTimeSupported diskSharesSupported bootOptionsSupported bootRetryOptionsSupported settingVideoRamSizeSupported
changeTrackingSupported multipleCoresPerSocketSupported hostBasedReplicationSupported guestAutoLockSupported
memoryReservationLockSupported featureRequirementSupported poweredOnMonitorTypeChangeSupported seSparseDiskSupported nestedHVSupported
vPMCSupported virtualMmuUsageIgnored virtualExecUsageIgnored diskOnlySnapshotOnSuspendedVMSupported suspendToMemorySupported
toolsSyncTimeAllowSupported changeModeDisksSupported
""")
_NO: Final = words("""
disableSnapshotsSupported consolePreferencesSupported settingScreenResolutionSupported toolsAutoUpdateSupported virtualMmuUsageSupported
settingDisplayTopologySupported recordReplaySupported perVmEvcSupported sevSupported pmemFailoverSupported requireSgxAttestationSupported
vendorDeviceGroupSupported
""")


@prop(vim.VirtualMachine, "capability")
def capability(_view: View, vm: Vm) -> vim.vm.Capability:
    """The capabilities of a VM of its hardware version and firmware."""
    return _capability(vm.firmware == "efi")


@cache
def _capability(efi: bool) -> vim.vm.Capability:
    return vim.vm.Capability(**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False), secureBootSupported=efi)


_NEVER: Final = words("""
AnswerVM UpgradeTools_Task UpgradeToolsFromImage_Task ApplyEvcModeVM_Task StartRecording_Task StopRecording_Task StartReplaying_Task
StopReplaying_Task TurnOffFaultToleranceForVM_Task MakePrimaryVM_Task TerminateFaultTolerantVM_Task DisableSecondaryVM_Task
EnableSecondaryVM_Task CreateSecondaryVM_Task CreateSecondaryVMEx_Task ResetGuestInformation UnmountToolsInstaller
""")
_WHILE_ON: Final = words("Destroy_Task UnregisterVM UpgradeVM_Task CustomizeVM_Task MarkAsTemplate ExportVm PowerOnVM_Task")
_WHILE_NOT_ON: Final = words("""
PowerOffVM_Task SuspendVM_Task ResetVM_Task RebootGuest ShutdownGuest StandbyGuest MountToolsInstaller AcquireMksTicket AcquireTicket
SetScreenResolution DefragmentAllDisks
""")
_OF_TEMPLATES: Final = words("""
PowerOnVM_Task PowerOffVM_Task SuspendVM_Task ResetVM_Task MigrateVM_Task CreateSnapshot_Task CreateSnapshotEx_Task UpgradeVM_Task
MarkAsTemplate
""")
_NEEDS_SNAPSHOT: Final = ("RevertToCurrentSnapshot_Task", "RemoveAllSnapshots_Task")


@prop(vim.VirtualMachine, "disabledMethod")
def disabled_method(view: View, vm: Vm) -> list[str]:
    """The methods that this VM's power, kind or lack of snapshots rules out."""
    disabled = dict.fromkeys(_NEVER)
    disabled |= dict.fromkeys(_WHILE_ON if vm.power is Power.ON else _WHILE_NOT_ON)
    if vm.power is Power.SUSPENDED:
        del disabled["PowerOffVM_Task"]
        disabled |= dict.fromkeys(("MarkAsTemplate", "ExportVm", "UpgradeVM_Task"))
    disabled |= dict.fromkeys(_OF_TEMPLATES if vm.template else ("MarkAsVirtualMachine",))
    if not view.state.count(Snapshot, "vm", vm.uid):
        disabled |= dict.fromkeys(_NEEDS_SNAPSHOT)
    return list(disabled)

"""Advanced settings of a host: their values, and what values they may have."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.soap.vmodl import long

_TEXT: Final = """
Annotations.WelcomeMessage||The welcome message in the initial screen of the Direct Console User Interface (DCUI) and the Host Client.
Config.Defaults.security.host.ruissl|true|Require SSL on the host.
Config.HostAgent.log.level|info|Log level of the host agent.
Config.HostAgent.plugins.hostsvc.esxAdminsGroup|ESX Admins|Active Directory group whose members administer the host.
Config.HostAgent.ssl.minPrivateKeyLength|RSA-2048|Least length of a private key.
DCUI.Access|root|Users who may always use the direct console.
ScratchConfig.ConfiguredScratchLocation|/var/tmp/scratch|The directory configured for scratch space..
ScratchConfig.CurrentScratchLocation|/var/tmp/scratch|The directory currently being used for scratch space.
Security.PasswordQualityControl|retry=3 min=disabled,disabled,disabled,7,7|Raw options for pam_passwdqc.
Syslog.global.logDir|[] /scratch/log|Datastore path of the directory to output logs to.
Syslog.global.logHost||The remote host to output logs to.
Syslog.global.logDirUnique|false|Place logs in a unique subdirectory of logdir, based on hostname.
Syslog.loggers.hostd.rotate|10|Number of rotated logs to keep for this logger.
UserVars.ESXiVPsDisabledProtocols|sslv3,tlsv1,tlsv1.1|ESXi disabled protocols.
Vpx.Vpxa.config.log.level|info|Log level of the vCenter agent.
"""
"""Key, value and summary of the settings that are strings."""
_NUMBERS: Final = """
BufferCache.SoftMaxDirty|15|0|100|When to flush dirty buffers, in percent.
Config.HostAgent.vmacore.soap.sessionTimeout|30|0|2147483647|Minutes until an idle session of the host agent ends.
Cpu.CoschedCrossCall|1|0|1|Enable crosscalls for co-scheduling of virtual machines.
Cpu.Quantum|200|1|5000|Quantum that processors are given for, in milliseconds.
Cpu.UseMwait|2|0|2|Use mwait to wait for events.
Disk.MaxLUN|1024|1|16384|Maximum number of LUNs to scan for.
Disk.QFullSampleSize|0|0|64|Default I/O samples to monitor for detecting non-transient queue full condition.
Disk.SchedNumReqOutstanding|32|1|256|Number of outstanding commands to a target with competing worlds.
Disk.UseDeviceReset|1|0|1|Use device reset (instead of bus reset) to reset a SCSI device.
HBR.HbrLogRetentionDays|7|1|365|Days that logs of replication are kept.
LPage.LPageAlwaysTryForNPT|1|0|1|Try to allocate large pages whenever possible.
Mem.AllocGuestLargePage|1|0|1|Enable allocation of guest large pages.
Mem.AllocUsePSharePool|10|0|100|Enable the allocation of guest large pages from the page-sharing pool, in percent.
Mem.MemMinFreePct|0|0|50|Minimum free memory, in percent; 0 is by the host's memory.
Mem.ShareForceSalting|2|0|2|Page sharing salting mode.
Mem.ShareScanGHz|4|0|32|Scan rate of page sharing by processor speed.
Migrate.Enabled|1|0|1|Enable hot migration support.
Misc.APDHandlingEnable|1|0|1|Enable storage APD handling.
Misc.APDTimeout|140|20|99999|Number of seconds a device can be in APD before failing user-world I/O.
Misc.LogToSerial|1|0|1|Send vmkernel log messages to the serial port.
NFS.HeartbeatFrequency|12|10|300|Time in seconds between heartbeats.
NFS.MaxQueueDepth|4294967295|0|4294967295|Maximum number of outstanding I/Os of a volume.
NFS.MaxVolumes|32|8|256|Maximum number of mounted NFS v3 volumes.
NFS41.MaxVolumes|32|8|256|Maximum number of mounted NFS v4.1 volumes.
Net.BlockGuestBPDU|0|0|1|Block BPDU frames that guests send.
Net.FollowHardwareMac|1|0|1|If set to 1, the management interface's MAC follows that of the hardware.
Net.TcpipHeapMax|1024|0|2048|Maximum megabytes of the TCP/IP stack's heap.
Net.TcpipHeapSize|0|0|32|Initial megabytes of the TCP/IP stack's heap.
Numa.LargeInterleave|1|0|1|Use large pages for NUMA interleaving.
Power.CStateResidencyCoef|5|0|100|Choose C-states with residency of at least this times the latency.
Power.MaxCpuLoad|60|1|100|Use P-states only when the processor's load is at most this many percent.
Security.AccountLockFailures|5|0|100|Maximum allowed failed login attempts before locking out a user's account.
Security.AccountUnlockTime|900|0|4294967295|Duration in seconds to lock out a user's account.
Security.PasswordHistory|0|0|10|Number of passwords to remember for each user.
Security.PasswordMaxDays|99999|0|99999|Maximum number of days between password change.
Syslog.global.defaultRotate|8|1|100|Default number of rotated logs to keep.
Syslog.global.defaultSize|1024|1|10240|Default size of logs before rotation, in KiB.
UserVars.DcuiTimeOut|600|0|86400|An idle time in seconds before the DCUI is automatically logged out.
UserVars.ESXiShellInteractiveTimeOut|0|0|86400|Idle time in seconds before an interactive shell is automatically logged out.
UserVars.ESXiShellTimeOut|0|0|86400|Time in seconds before the ESXi Shell is disabled.
UserVars.HostClientCEIPOptIn|2|0|2|Whether or not to opt in for the customer experience improvement program.
UserVars.SuppressHyperthreadWarning|0|0|1|Do not show the warning for the hyperthreading vulnerability.
UserVars.SuppressShellWarning|0|0|1|Do not show the warning for enabled local and remote shell access.
VMFS3.HardwareAcceleratedLocking|1|0|1|Enable hardware accelerated VMFS locking.
VMkernel.Boot.hyperthreading|1|0|1|Enable hyperthreading if available.
VMkernel.Boot.netMaxPktsToProcess|64|1|1024|Maximum number of packets to process at once.
"""
"""Key, value, least, most and summary of the settings that are numbers."""
_SWITCHES: Final = (
    ("solo.enableMob", "Enable the managed object browser."),
    ("hostsvc.esxAdminsGroupAutoAdd", "Give the administrators' group of Active Directory its role."),
)
"""Settings of the host agent that are yes or no, and are no."""


def settings() -> list[Any]:
    """The values, by key."""
    values: dict[str, Any] = {key: value for key, value, _ in _texts()}
    values |= {key: long(value) for key, value, *_ in _numbers()}
    values |= {f"Config.HostAgent.plugins.{name}": False for name, _ in _SWITCHES}
    return [vim.option.OptionValue(key=key, value=values[key]) for key in sorted(values, key=str.lower)]


def _texts() -> list[tuple[str, str, str]]:
    rows = (line.split("|") for line in _TEXT.split("\n") if line)
    return [(key, value, summary) for key, value, summary in rows]


def _numbers() -> list[tuple[str, int, int, int, str]]:
    rows = (line.split("|") for line in _NUMBERS.split("\n") if line)
    return [(key, int(value), int(least), int(most), summary) for key, value, least, most, summary in rows]


@cache
def definitions() -> tuple[Any, ...]:
    """What values the settings may have; shared, so nobody may change them."""
    texts = [
        _definition(key, summary, vim.option.StringOption(valueIsReadonly=False, defaultValue=value)) for key, value, summary in _texts()
    ]
    numbers = [
        _definition(key, summary, vim.option.LongOption(valueIsReadonly=False, min=least, max=most, defaultValue=value))
        for key, value, least, most, summary in _numbers()
    ]
    switches = [
        _definition(
            f"Config.HostAgent.plugins.{name}", summary, vim.option.BoolOption(valueIsReadonly=False, supported=True, defaultValue=False)
        )
        for name, summary in _SWITCHES
    ]
    return tuple(sorted([*texts, *numbers, *switches], key=lambda one: one.key.lower()))


def _definition(key: str, summary: str, kind: Any) -> Any:
    return vim.option.OptionDef(label=key.rpartition(".")[2], summary=summary, key=key, optionType=kind)

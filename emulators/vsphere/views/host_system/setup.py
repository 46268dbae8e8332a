"""Smaller parts of a host's configuration: time, power policy, autostart, authentication, processors, features.

What is the same on many hosts is made once and shared, so nobody may change it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.views.constructors import words
from emulators.world.model import CpuSpec

NTP_SERVERS: Final = ("0.pool.ntp.org", "1.pool.ntp.org")
_NTP_CONFIG: Final = (
    "restrict default nomodify notrap nopeer noquery",
    "restrict 127.0.0.1",
    "restrict -6 ::1",
    "driftfile /etc/ntp.drift",
)
POLICIES: Final = ("static", "dynamic", "low", "custom")
"""High performance, balanced, low power and custom, numbered from 1."""
BALANCED: Final = 2
START_DELAY: Final = 120


@cache
def date_time(time_zone: str) -> vim.host.DateTimeInfo:
    """``config.dateTimeInfo``; a host keeps UTC whatever its site does."""
    return vim.host.DateTimeInfo(
        timeZone=vim.host.DateTimeSystem.TimeZone(key=time_zone, name=time_zone, description=time_zone, gmtOffset=0),
        systemClockProtocol="ntp",
        ntpConfig=vim.host.NtpConfig(server=list(NTP_SERVERS), configFile=[*_NTP_CONFIG, *(f"server {name}" for name in NTP_SERVERS)]),
        ptpConfig=vim.host.PtpConfig(domain=0, port=[vim.host.PtpConfig.PtpPort(index=0)]),
        enabled=True,
        disableEvents=False,
        disableFallback=True,
        inFallbackState=False,
        serviceSync=True,
    )


@cache
def power_capability() -> vim.host.PowerSystem.Capability:
    """The power policies that can be chosen."""
    return vim.host.PowerSystem.Capability(availablePolicy=[_policy(number) for number in range(1, len(POLICIES) + 1)])


@cache
def power_info() -> vim.host.PowerSystem.Info:
    """The one that is: balanced."""
    return vim.host.PowerSystem.Info(currentPolicy=_policy(BALANCED))


def _policy(number: int) -> Any:
    name = POLICIES[number - 1]
    return vim.host.PowerSystem.PowerPolicy(
        key=number, name=f"PowerPolicy.{name}.name", shortName=name, description=f"PowerPolicy.{name}.description"
    )


@cache
def auto_start() -> vim.host.AutoStartManager.Config:
    """``config.autoStart``: VMs don't start with the host."""
    return vim.host.AutoStartManager.Config(
        defaults=vim.host.AutoStartManager.SystemDefaults(
            enabled=False, startDelay=START_DELAY, stopDelay=START_DELAY, waitForHeartbeat=False, stopAction="PowerOff"
        )
    )


@cache
def authentication() -> vim.host.AuthenticationManagerInfo:
    """Local users only."""
    return vim.host.AuthenticationManagerInfo(
        authConfig=[
            vim.host.LocalAuthenticationInfo(enabled=True),
            vim.host.ActiveDirectoryInfo(enabled=False, smartCardAuthenticationEnabled=False),
        ]
    )


@cache
def hyper_threading(cpu: CpuSpec) -> vim.host.CpuSchedulerSystem.HyperThreadScheduleInfo:
    """Whether the processors have several threads a core."""
    available = cpu.threads_per_core > 1
    return vim.host.CpuSchedulerSystem.HyperThreadScheduleInfo(available=available, active=available, config=True)


@cache
def datastore_capabilities() -> vim.host.DatastoreSystem.Capabilities:
    """What datastores can be made."""
    return vim.host.DatastoreSystem.Capabilities(
        nfsMountCreationRequired=True, nfsMountCreationSupported=True, localDatastoreSupported=False, vmfsExtentExpansionSupported=True
    )


_COMMON: Final = words(
    "abm adx aes avx avx2 bmi1 bmi2 clflushopt clwb cmpxchg16b ds enfstrg f16c fma fsgsbase invpcid lahf64 lm movbe mwait nx pclmulqdq "
    "pdpe1gb popcnt rdpid rdrand rdseed rdtscp sha smap smep ss sse3 sse41 sse42 ssse3 xsave"
)
_BY_VENDOR: Final = {
    "intel": words("intel avx512bw avx512cd avx512dq avx512f avx512vl ibrs ibpb mdclear rtm ssbd stibp"),
    "amd": words("amd 3dnprefetch clzero cr8avail extapicspc misalignedsse sse4a topoext"),
}


@cache
def features(cpu: CpuSpec) -> tuple[Any, ...]:
    """``config.featureCapability``: what of the processors VMs may use."""
    names = sorted([*_COMMON, *_BY_VENDOR[cpu.vendor]])
    return tuple(vim.host.FeatureCapability(key=f"cpuid.{name}", featureName=f"cpuid.{name}", value="1") for name in names)


@cache
def graphics() -> vim.host.GraphicsConfig:
    """``config.graphicsConfig``."""
    return vim.host.GraphicsConfig(hostDefaultGraphicsType="shared", sharedPassthruAssignmentPolicy="performance")


@cache
def io_filters() -> tuple[Any, ...]:
    """``config.ioFilterInfo``: those that come with ESXi."""
    return tuple(
        vim.IoFilterManager.HostIoFilterInfo(
            id=f"VMW_{name}_1.0.0",
            name=name,
            vendor="VMW",
            version="1.0.0",
            type=kind,
            summary=summary,
            releaseDate="2016-07-21",
            available=True,
        )
        for name, kind, summary in (
            ("spm", "datastoreIoControl", "VMware Storage I/O Control"),
            ("vmwarevmcrypt", "encryption", "VMcrypt IO Filter"),
        )
    )

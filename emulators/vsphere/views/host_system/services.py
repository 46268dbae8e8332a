"""Services and firewall of a host, as the installer leaves them.

They are the same on all hosts, made once and shared, so nobody may change them.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pyVmomi import vim

BASE_PACKAGE: Final = "This VIB contains all of the base functionality of vSphere ESXi."

_SERVICES: Final = """
DCUI|Direct Console UI|running|on
TSM|ESXi Shell|stopped|off
TSM-SSH|SSH|stopped|off
apiForwarder|apiForwarder|running|on
attestd|attestd|stopped|off
dpd|dpd|stopped|off
entropyd|entropyd|stopped|off
gpuManager|gpuManager|stopped|on
hbrsrv|hbrsrv|stopped|off
infravisor|infravisor|running|on
kmxd|kmxd|stopped|off
lbtd|Load-Based Teaming Daemon|running|on
lwsmd|Active Directory Service|stopped|off
ntpd|NTP Daemon|running|on
nvmf-discoveryd|nvmf-discoveryd|stopped|off
pcscd|PC/SC Smart Card Daemon|stopped|off
ptpd|PTP Daemon|stopped|off
sfcbd-watchdog|CIM Server|stopped|on
slpd|slpd|stopped|off
snmpd|SNMP Server|stopped|on
vdtc|VDTC Service|running|on
vltd|vltd|stopped|off
vmsyslogd|Syslog Server|running|on
vpxa|VMware vCenter Agent|running|on
xorg|X.Org Server|stopped|on
"""
_RULESETS_OF: Final = {
    "TSM-SSH": ("sshServer",),
    "ntpd": ("ntpClient",),
    "ptpd": ("ptpd",),
    "sfcbd-watchdog": ("CIMHttpServer", "CIMHttpsServer"),
    "slpd": ("CIMSLP",),
    "snmpd": ("snmp",),
    "vpxa": ("vpxHeartbeats",),
    "dpd": ("dpd",),
    "vltd": ("vltd",),
}


@cache
def service_info(*, powered: bool) -> vim.host.ServiceInfo:
    """``config.service``; nothing runs on a host that is off."""
    rows = (line.split("|") for line in _SERVICES.split("\n") if line)
    return vim.host.ServiceInfo(
        service=[_service(key, label, policy, running=powered and state == "running") for key, label, state, policy in rows]
    )


def _service(key: str, label: str, policy: str, *, running: bool) -> Any:
    return vim.host.Service(
        key=key,
        label=label,
        required=key == "vmsyslogd",
        uninstallable=False,
        running=running,
        ruleset=list(_RULESETS_OF.get(key, ())),
        policy=policy,
        sourcePackage=vim.host.Service.SourcePackage(sourcePackageName="esx-base", description=BASE_PACKAGE),
    )


_FIREWALL: Final = """
CIMHttpServer|CIM Server|on|sfcbd-watchdog|5988>tcp
CIMHttpsServer|CIM Secure Server|off|sfcbd-watchdog|5989>tcp
CIMSLP|CIM SLP|off|slpd|427>udp 427<udp 427>tcp 427<tcp
DHCPv6|DHCPv6|on||547<tcp 546>tcp 547<udp 546>udp
DVFilter|DVFilter|off||2222>tcp
DVSSync|DVSSync|on||8302<udp 8301>udp 8301<udp 8302>udp
HBR|HBR|on||31031<tcp 44046<tcp
NFC|NFC|on||902>tcp 902<tcp
WOL|WOL|on||9<udp
activeDirectoryAll|Active Directory All|off||88<udp 88<tcp 123<udp 137<udp 139<tcp 389<udp 389<tcp 445<tcp 464<udp 464<tcp 3268<tcp
dhcp|DHCP Client|on||68>udp 68<udp
dns|DNS Client|on||53<udp 53<tcp
dpd|dpd|off|dpd|443<tcp
esxupdate|esxupdate|off||443<tcp
faultTolerance|Fault Tolerance|on||80<tcp 8300>tcp 8300<tcp
ftpClient|FTP Client|off||21<tcp
httpClient|httpClient|off||80<tcp 443<tcp
iSCSI|Software iSCSI Client|off||3260<tcp
iofiltervp|iofiltervp|on||9080>tcp
nfs41Client|nfs41Client|off||0-65535<tcp
nfsClient|NFS Client|off||0-65535<tcp
ntpClient|NTP Client|on|ntpd|123<udp
nvmetcp|nvmetcp|off||8009<tcp 4420<tcp
ptpd|PTP Client|off|ptpd|319-320>udp 319-320<udp
rdt|vSAN Transport|off||2233>tcp 2233<tcp
remoteSerialPort|VM serial port connected over network|off||0-65535<tcp 23>tcp 1024-65535>tcp
snmp|SNMP Server|off|snmpd|161>udp
sshClient|SSH Client|off||22<tcp
sshServer|SSH Server|on|TSM-SSH|22>tcp
syslog|syslog|off||514<udp 514<tcp 1514<tcp
updateManager|vCenter Update Manager|on||80<tcp 9000-9100<tcp
vMotion|vMotion|on||8000>tcp 8000<tcp
vSPC|VM serial port connected to vSPC|off||0-65535<tcp
vSphereClient|vSphere Web Client|on||902>tcp 443>tcp
vltd|vltd|off|vltd|1492<tcp 443<tcp
vpxHeartbeats|VMware vCenter Agent|on|vpxa|902<udp
webAccess|vSphere Web Access|on||80>tcp
"""
"""Key, label, whether it is open, its service, and its rules: ``22>tcp`` is inbound to port 22, ``22<tcp`` outbound."""


@cache
def firewall_info() -> vim.host.FirewallInfo:
    """``config.firewall``."""
    rows = (line.split("|") for line in _FIREWALL.split("\n") if line)
    return vim.host.FirewallInfo(
        defaultPolicy=vim.host.FirewallInfo.DefaultPolicy(incomingBlocked=True, outgoingBlocked=True),
        ruleset=[_ruleset(key, label, state == "on", service, rules) for key, label, state, service, rules in rows],
    )


def _ruleset(key: str, label: str, enabled: bool, service: str, rules: str) -> Any:
    made = vim.host.Ruleset(
        key=key,
        label=label,
        required=False,
        rule=[_rule(rule) for rule in rules.split()],
        enabled=enabled,
        allowedHosts=vim.host.Ruleset.IpList(allIp=True),
        userControllable=not service,
        ipListUserConfigurable=True,
    )
    if service:
        made.service = service
    return made


def _rule(rule: str) -> Any:
    inbound = ">" in rule
    ports, _, protocol = rule.partition(">" if inbound else "<")
    first, _, last = ports.partition("-")
    made = vim.host.Ruleset.Rule(port=int(first), direction="inbound" if inbound else "outbound", portType="dst", protocol=protocol)
    if last:
        made.endPort = int(last)
    return made

"""Guest operating systems: what a `guestId` of the vSphere API is called, and which family it belongs to."""

from __future__ import annotations

from typing import Final, NamedTuple

LINUX: Final = "linuxGuest"
WINDOWS: Final = "windowsGuest"
OTHER: Final = "otherGuestFamily"
DARWIN: Final = "darwinGuestFamily"


class GuestOs(NamedTuple):
    """A guest operating system."""

    id: str
    name: str
    family: str


_LINUX = """
almalinux_64Guest|AlmaLinux (64-bit)
amazonlinux2_64Guest|Amazon Linux 2 (64-bit)
amazonlinux3_64Guest|Amazon Linux 3 (64-bit)
asianux8_64Guest|Asianux 8 (64-bit)
asianux9_64Guest|Asianux 9 (64-bit)
centos6_64Guest|CentOS 6 (64-bit)
centos7_64Guest|CentOS 7 (64-bit)
centos8_64Guest|CentOS 8 (64-bit)
centos9_64Guest|CentOS 9 (64-bit)
centos64Guest|CentOS 4/5 (64-bit)
centosGuest|CentOS 4/5 (32-bit)
coreos64Guest|CoreOS Linux (64-bit)
crxPod1Guest|CRX Pod 1
crxSys1Guest|CRX System VM 1
debian8_64Guest|Debian GNU/Linux 8 (64-bit)
debian9_64Guest|Debian GNU/Linux 9 (64-bit)
debian10_64Guest|Debian GNU/Linux 10 (64-bit)
debian11_64Guest|Debian GNU/Linux 11 (64-bit)
debian12_64Guest|Debian GNU/Linux 12 (64-bit)
fedora64Guest|Red Hat Fedora (64-bit)
opensuse64Guest|SUSE openSUSE (64-bit)
oracleLinux7_64Guest|Oracle Linux 7 (64-bit)
oracleLinux8_64Guest|Oracle Linux 8 (64-bit)
oracleLinux9_64Guest|Oracle Linux 9 (64-bit)
other24xLinux64Guest|Other 2.4.x Linux (64-bit)
other26xLinux64Guest|Other 2.6.x Linux (64-bit)
other26xLinuxGuest|Other 2.6.x Linux (32-bit)
other3xLinux64Guest|Other 3.x or later Linux (64-bit)
other3xLinuxGuest|Other 3.x Linux (32-bit)
other4xLinux64Guest|Other 4.x or later Linux (64-bit)
other5xLinux64Guest|Other 5.x or later Linux (64-bit)
other6xLinux64Guest|Other 6.x or later Linux (64-bit)
otherLinux64Guest|Other Linux (64-bit)
otherLinuxGuest|Other Linux (32-bit)
rhel6_64Guest|Red Hat Enterprise Linux 6 (64-bit)
rhel7_64Guest|Red Hat Enterprise Linux 7 (64-bit)
rhel8_64Guest|Red Hat Enterprise Linux 8 (64-bit)
rhel9_64Guest|Red Hat Enterprise Linux 9 (64-bit)
rockylinux_64Guest|Rocky Linux (64-bit)
sles12_64Guest|SUSE Linux Enterprise 12 (64-bit)
sles15_64Guest|SUSE Linux Enterprise 15 (64-bit)
sles16_64Guest|SUSE Linux Enterprise 16 (64-bit)
ubuntu64Guest|Ubuntu Linux (64-bit)
ubuntuGuest|Ubuntu Linux (32-bit)
vmwarePhoton64Guest|VMware Photon OS (64-bit)
"""
_WINDOWS = """
windows7_64Guest|Microsoft Windows 7 (64-bit)
windows8_64Guest|Microsoft Windows 8.x (64-bit)
windows9_64Guest|Microsoft Windows 10 (64-bit)
windows9Server64Guest|Microsoft Windows Server 2016 (64-bit)
windows11_64Guest|Microsoft Windows 11 (64-bit)
windows12_64Guest|Microsoft Windows 12 (64-bit)
windows2019srv_64Guest|Microsoft Windows Server 2019 (64-bit)
windows2019srvNext_64Guest|Microsoft Windows Server 2022 (64-bit)
windows2022srvNext_64Guest|Microsoft Windows Server 2025 (64-bit)
windows7Server64Guest|Microsoft Windows Server 2008 R2 (64-bit)
windows8Server64Guest|Microsoft Windows Server 2012 (64-bit)
"""
_OTHER = """
dosGuest|Microsoft MS-DOS
freebsd12_64Guest|FreeBSD 12 (64-bit)
freebsd13_64Guest|FreeBSD 13 (64-bit)
freebsd14_64Guest|FreeBSD 14 or later versions (64-bit)
freebsd64Guest|FreeBSD Pre-11 versions (64-bit)
otherGuest|Other (32-bit)
otherGuest64|Other (64-bit)
solaris11_64Guest|Oracle Solaris 11 (64-bit)
vmkernel65Guest|VMware ESXi 6.5 or later
vmkernel7Guest|VMware ESXi 7.x
vmkernel8Guest|VMware ESXi 8.0 or later
"""


def _table(text: str, family: str) -> dict[str, GuestOs]:
    pairs = (line.split("|") for line in text.split("\n") if line)
    return {guest_id: GuestOs(guest_id, name, family) for guest_id, name in pairs}


GUEST_SYSTEMS: Final[dict[str, GuestOs]] = {**_table(_LINUX, LINUX), **_table(_WINDOWS, WINDOWS), **_table(_OTHER, OTHER)}


def guest_os(guest_id: str) -> GuestOs:
    """The guest system of an id; one that is not listed goes by its id."""
    known = GUEST_SYSTEMS.get(guest_id)
    if known is not None:
        return known
    lowered = guest_id.lower()
    family = WINDOWS if lowered.startswith("win") else DARWIN if lowered.startswith("darwin") else LINUX if "linux" in lowered else OTHER
    return GuestOs(guest_id, guest_id, family)

"""Who answers: the product information of vCenter and of its ESXi hosts."""

from __future__ import annotations

from functools import cache
from typing import Final

from pyVmomi import vim

from dcsim.ids import uuid_for
from emulators.vsphere.soap.versions import API_VERSION
from emulators.vsphere.views.constructors import seed_of
from emulators.world.model import Hypervisor
from emulators.world.state import WorldState

VCENTER_VERSION: Final = "9.0.0"
VCENTER_BUILD: Final = "24755230"
"""vCenter Server 9.0, which manages ESXi 8.0 hosts too."""
INSTANCE_ID: Final = 1
"""``config.vpxd.instance.id``: which of several vCenters this is."""


def instance_uuid(state: WorldState) -> str:
    """The UUID of this vCenter: the same for the same seed."""
    return uuid_for(seed_of(state), "vcenter")


def vcenter(state: WorldState) -> vim.AboutInfo:
    """What ServiceContent says of vCenter."""
    return vim.AboutInfo(
        name="VMware vCenter Server",
        fullName=f"VMware vCenter Server {VCENTER_VERSION} build-{VCENTER_BUILD}",
        vendor="VMware, Inc.",
        version=VCENTER_VERSION,
        patchLevel="00000",
        build=VCENTER_BUILD,
        localeVersion="INTL",
        localeBuild="000",
        osType="linux-x64",
        productLineId="vpx",
        apiType="VirtualCenter",
        apiVersion=API_VERSION,
        instanceUuid=instance_uuid(state),
        licenseProductName="VMware VirtualCenter Server",
        licenseProductVersion="9.0",
    )


@cache
def esxi(release: str, build: str) -> vim.AboutInfo:
    """What a host says of itself; the answer is shared, so nobody may change it."""
    return vim.AboutInfo(
        name="VMware ESXi",
        fullName=f"VMware ESXi {release} build-{build}",
        vendor="VMware, Inc.",
        version=release,
        patchLevel=f"{release.rpartition('.')[2]}.0",
        build=build,
        localeVersion="INTL",
        localeBuild="000",
        osType="vmnix-x86",
        productLineId="embeddedEsx",
        apiType="HostAgent",
        apiVersion=API_VERSION,
        licenseProductName="VMware ESX Server",
        licenseProductVersion=f"{release.partition('.')[0]}.0",
    )


def of_host(host: Hypervisor) -> vim.AboutInfo:
    """The product on a host."""
    return esxi(host.release, host.build)

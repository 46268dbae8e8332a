"""``hardware``: what the host is made of, from its blade and service profile."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.constructors import element
from emulators.vsphere.views.host_system import cpu, pci
from emulators.vsphere.views.host_system.facts import Facts, facts
from emulators.world.capacity import blade_memory_bytes
from emulators.world.model import Hypervisor

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

BIOS_VERSION: Final = "B200M5.4.3.2b.0.0222240559"
BIOS_DATE: Final = datetime(2024, 2, 22, tzinfo=UTC)
BIOS_MAJOR, BIOS_MINOR = 5, 14


@prop(vim.HostSystem, "hardware")
def hardware(view: View, host: Hypervisor) -> vim.host.HardwareInfo:
    """System, processors, memory, PCI devices and BIOS."""
    found = facts(view.state, host)
    spec, memory = found.blade.cpu, blade_memory_bytes(found.blade)
    return vim.host.HardwareInfo(
        systemInfo=system_info(found),
        cpuPowerManagementInfo=vim.host.CpuPowerManagementInfo(currentPolicy="Balanced", hardwareSupport="ACPI P-states, ACPI C-states"),
        cpuInfo=vim.host.CpuInfo(numCpuPackages=spec.sockets, numCpuCores=spec.cores, numCpuThreads=spec.threads, hz=spec.mhz * 1_000_000),
        cpuPkg=list(cpu.packages(spec)),
        memorySize=memory,
        numaInfo=cpu.numa(spec, memory),
        smcPresent=False,
        pciDevice=pci.devices(found),
        cpuFeature=list(cpu.features(spec.vendor)),
        biosInfo=_bios(found),
        reliableMemoryInfo=vim.host.ReliableMemoryInfo(memorySize=0),
        sgxInfo=vim.host.SgxInfo(
            sgxState="notPresent",
            totalEpcMemory=0,
            flcMode="off",
            registrationInfo=vim.host.SgxRegistrationInfo(status="notApplicable"),
        ),
        memoryTieringType="noTiering",
        memoryTierInfo=[vim.host.MemoryTierInfo(name="DRAM", type="DRAM", flags=["memoryTier"], size=memory)],
    )


def system_info(found: Facts) -> vim.host.SystemInfo:
    """Vendor, model, UUID and serial numbers."""
    return vim.host.SystemInfo(
        vendor=found.blade.vendor,
        model=found.blade.model,
        uuid=found.identity.uuid,
        otherIdentifyingInfo=identifiers(found),
        serialNumber=found.identity.serial,
        qualifiedName=[
            vim.host.QualifiedName(value=f"nqn.2014-08.com.vmware:nvme:{found.host.name.partition('.')[0]}", type="nvmeQualifiedName")
        ],
    )


def identifiers(found: Facts) -> list[Any]:
    """Labels on the machine: asset tag, service tag (the blade's serial), the chassis' serial, and where UCS has it."""
    return [
        _identifier("AssetTag", "Asset Tag", "Asset tag of the system", found.identity.asset_tag or "Unknown"),
        _identifier("ServiceTag", "Service tag", "Service tag of the system", found.identity.serial),
        _identifier(
            "EnclosureSerialNumberTag",
            "Enclosure serial number tag",
            "Enclosure serial number tag of the system",
            found.identity.chassis.serial or "None",
        ),
        _identifier("SerialNumberTag", "Serial number tag", "Serial number tag of the system", found.identity.serial),
        _identifier("OemSpecificString", "OEM specific string", "OEM specific string", found.identity.dn),
    ]


@lru_cache(maxsize=4096)
def _identifier(key: str, label: str, summary: str, value: str) -> Any:
    return vim.host.SystemIdentificationInfo(identifierValue=value, identifierType=element(key, label, summary))


def _bios(found: Facts) -> vim.host.BIOSInfo:
    return vim.host.BIOSInfo(
        biosVersion=BIOS_VERSION,
        releaseDate=BIOS_DATE,
        vendor=found.blade.vendor,
        majorRelease=BIOS_MAJOR,
        minorRelease=BIOS_MINOR,
        firmwareMajorRelease=255,
        firmwareMinorRelease=255,
        firmwareType="UEFI",
    )

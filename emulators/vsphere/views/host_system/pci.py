"""PCI devices of a blade: chipset, storage controller, and one function for each virtual interface of its Cisco VIC."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pyVmomi import vim

from emulators.vsphere.views.host_system.facts import Facts

INTEL: Final = 0x8086
CISCO: Final = 0x1137
LSI: Final = 0x1000
VIC_BUS: Final = 0x1D
HBA_BUS: Final = 0x1E


class Pci(NamedTuple):
    """A PCI function; ``class_id`` is base class and subclass (0x0200: Ethernet)."""

    bus: int
    slot: int
    function: int
    class_id: int
    vendor: int
    device: int
    vendor_name: str
    name: str
    class_name: str
    sub_vendor: int = CISCO
    sub_device: int = 0x0001

    @property
    def address(self) -> str:
        """``0000:1d:00.1``."""
        return f"0000:{self.bus:02x}:{self.slot:02x}.{self.function}"


_CHIPSET: Final = (
    Pci(0x00, 0x00, 0, 0x0600, INTEL, 0x2020, "Intel Corporation", "Sky Lake-E DMI3 Registers", "Host bridge"),
    Pci(0x00, 0x11, 5, 0x0106, INTEL, 0xA1D2, "Intel Corporation", "Lewisburg SATA AHCI Controller", "SATA controller"),
    Pci(0x00, 0x14, 0, 0x0C03, INTEL, 0xA1AF, "Intel Corporation", "Lewisburg USB 3.0 xHCI Controller", "USB controller"),
    Pci(0x00, 0x1F, 0, 0x0601, INTEL, 0xA1C6, "Intel Corporation", "Lewisburg LPC or eSPI Controller", "ISA bridge"),
)
RAID: Final = Pci(
    0x18,
    0x00,
    0,
    0x0104,
    LSI,
    0x0014,
    "Broadcom",
    "Cisco 12G Modular Raid Controller with 2GB cache (max 16 drives)",
    "RAID bus controller",
)


def nic(place: int) -> Pci:
    """The function of the ``place``-th Ethernet interface (from 0)."""
    return Pci(VIC_BUS, 0x00, place, 0x0200, CISCO, 0x0043, "Cisco Systems Inc", "Cisco VIC Ethernet NIC", "Ethernet controller")


def hba(place: int) -> Pci:
    """The function of the ``place``-th Fibre Channel interface (from 0)."""
    return Pci(HBA_BUS, 0x00, place, 0x0C04, CISCO, 0x0045, "Cisco Systems Inc", "Cisco UCS VIC Fnic Controller", "Fibre Channel")


def functions(found: Facts) -> list[Pci]:
    """Every PCI function of the host, by address."""
    storage = [RAID] if found.blade.disks else []
    nics = [nic(place) for place in range(len(found.identity.nics))]
    hbas = [hba(place) for place in range(len(found.identity.wwpns))]
    return [*_CHIPSET, *storage, *nics, *hbas]


def devices(found: Facts) -> list[Any]:
    """They as data objects; ids above 0x7FFF are negative, because xsd:short is signed."""
    return [
        vim.host.PciDevice(
            id=one.address,
            classId=_short(one.class_id),
            bus=_byte(one.bus),
            slot=_byte(one.slot),
            function=one.function,
            vendorId=_short(one.vendor),
            subVendorId=_short(one.sub_vendor),
            vendorName=one.vendor_name,
            deviceId=_short(one.device),
            subDeviceId=_short(one.sub_device),
            deviceName=one.name,
            deviceClassName=one.class_name,
        )
        for one in functions(found)
    ]


def _short(value: int) -> int:
    return value - (1 << 16) if value >= 1 << 15 else value


def _byte(value: int) -> int:
    return value - (1 << 8) if value >= 1 << 7 else value


def passthrough(found: Facts) -> list[Any]:
    """Which functions VMs could own: none is set up for it."""
    return [
        vim.host.PciPassthruInfo(
            id=one.address,
            dependentDevice=one.address,
            passthruEnabled=False,
            passthruCapable=one.bus in {VIC_BUS, HBA_BUS},
            passthruActive=False,
        )
        for one in functions(found)
    ]

"""What a server is made of: processors, memory, disks."""

from __future__ import annotations

from typing import Final

from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View
from emulators.ucs.projection.blades import MEMORY_MHZ, MIB, Health
from emulators.ucs.projection.condition import VENDOR, condition
from emulators.world.model import Blade, RackServer, Server

MIB_PER_ARRAY: Final = str(3 << 20)
_DIMM_MODEL: Final = {16: "UCS-MR-X16G1RT-H", 32: "UCS-MR-X32G2RT-H", 64: "UCS-MR-X64G2RT-H", 128: "UCS-MR-128G4RT-H"}
_BLOCK: Final = 512
_GHZ: Final = 1000


@live("processorUnit", Blade)
@live("processorUnit", RackServer)
def processors(view: View, blade: Server) -> Made:
    """One a socket."""
    health, cpu = Health(view, blade), blade.cpu
    for socket in range(1, cpu.sockets + 1):
        yield (
            f"{view.dn(blade)}/board/cpu-{socket}",
            {
                **condition(operable=blade.operable, present=health.present, powered=health.is_on),
                "arch": "Zen" if cpu.vendor == "amd" else "Xeon",
                "cores": str(cpu.cores_per_socket),
                "coresEnabled": str(cpu.cores_per_socket),
                "id": str(socket),
                "model": cpu.model,
                "socketDesignation": f"CPU{socket}",
                "speed": f"{cpu.mhz / _GHZ:.6f}",
                "stepping": "7",
                "threads": str(cpu.cores_per_socket * cpu.threads_per_core),
                "vendor": "AMD" if cpu.vendor == "amd" else "Intel(R) Corporation",
                "visibility": "yes",
            },
        )


@live("memoryArray", Blade)
@live("memoryArray", RackServer)
def array(view: View, blade: Server) -> Made:
    """All memory together."""
    health = Health(view, blade)
    yield (
        f"{view.dn(blade)}/board/memarray-1",
        {
            **condition(operable=blade.operable, present=health.present, powered=health.is_on),
            "adminAction": "no-op",
            "cpuId": "1",
            "currCapacity": str(blade.memory_bytes // MIB),
            "errorCorrection": "undiscovered",
            "id": "1",
            "maxCapacity": MIB_PER_ARRAY,
            "maxDevices": "24",
            "populated": str(len(blade.dimms)),
        },
    )


@live("memoryUnit", Blade)
@live("memoryUnit", RackServer)
def modules(view: View, blade: Server) -> Made:
    """One a DIMM; a broken one is disabled."""
    health = Health(view, blade)
    for dimm in blade.dimms:
        place = dimm.slot - 1
        yield (
            f"{view.dn(blade)}/board/memarray-1/mem-{dimm.slot}",
            {
                **condition(operable=dimm.operable, present=health.present, powered=health.is_on),
                "array": "1",
                "bank": str(place % 2),
                "capacity": str(dimm.capacity_bytes // MIB),
                "clock": MEMORY_MHZ,
                "formFactor": "DIMM",
                "id": str(dimm.slot),
                "latency": "0.300000",
                "location": f"DIMM_{chr(ord('A') + place // 2 % 12)}{place % 2 + 1}",
                "model": _DIMM_MODEL.get(dimm.capacity_bytes >> 30, "UCS-MR-X32G2RT-H"),
                "operQualifier": "" if dimm.operable else "uncorrectable-ecc-error",
                "serial": dimm.serial,
                "speed": MEMORY_MHZ,
                "type": "DDR4",
                "vendor": "0xCE00",
                "visibility": "yes",
            },
        )


@live("storageController", Blade)
@live("storageController", RackServer)
def controller(view: View, blade: Server) -> Made:
    """The RAID controller of the local disks."""
    health = Health(view, blade)
    yield (
        f"{view.dn(blade)}/board/storage-SAS-1",
        {
            **condition(operable=blade.operable, present=health.present, powered=health.is_on),
            "controllerStatus": "optimal" if blade.operable else "failed",
            "id": "1",
            "lc": "allocated",
            "mode": "RAID",
            "model": "UCSB-MRAID12G",
            "displayType": "SAS",
            "raidSupport": "RAID0, RAID1",
            "rebuildRate": "30",
            "serial": blade.serial,
            "type": "SAS",
            "vendor": VENDOR,
        },
    )


@live("storageLocalDisk", Blade)
@live("storageLocalDisk", RackServer)
def disks(view: View, blade: Server) -> Made:
    """The local disks."""
    health = Health(view, blade)
    for disk in blade.disks:
        state = "removed" if not health.present else "operable" if disk.operable else "inoperable"
        blocks = disk.capacity_bytes // _BLOCK
        yield (
            f"{view.dn(blade)}/board/storage-SAS-1/disk-{disk.slot}",
            {
                "adminAction": "unspecified",
                "blockSize": str(_BLOCK),
                "connectionProtocol": "SATA",
                "deviceType": "SSD",
                "diskState": "good" if disk.operable else "failed",
                "id": str(disk.slot),
                "lc": "allocated",
                "linkSpeed": "6-gbps",
                "linkState": "optimal" if disk.operable else "unknown",
                "model": disk.model,
                "numberOfBlocks": str(blocks),
                "operability": state,
                "physicalBlockSize": str(_BLOCK),
                "powerState": "active" if health.is_on else "off",
                "presence": "equipped" if health.present else "missing",
                "rawSize": str(disk.capacity_bytes // MIB),
                "serial": disk.serial,
                "size": str(disk.capacity_bytes // MIB),
                "thermal": "ok",
                "vendor": "Samsung",
            },
        )

"""Processors: packages, NUMA nodes and what CPUID says."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pyVmomi import vim

from emulators.world.model import CpuSpec

BUS_HZ: Final = 100_000_000
_HEX_DIGITS: Final = 8
_VENDORS: Final = {
    # leaf 0: highest leaf, and the vendor's name in ebx, edx, ecx
    "intel": (0x16, 0x756E6547, 0x6C65746E, 0x49656E69),
    "amd": (0x10, 0x68747541, 0x444D4163, 0x69746E65),
}
_SIGNATURES: Final = {"intel": 0x00050657, "amd": 0x00A00F11}
_ADDRESS_BITS: Final = 0x302E
_EXTENDED: Final = 0x80000000


@cache
def packages(cpu: CpuSpec) -> tuple[Any, ...]:
    """The sockets, each with its hardware threads, numbered socket by socket; shared, so nobody may change them."""
    hz = cpu.mhz * 1_000_000
    size = cpu.cores_per_socket * cpu.threads_per_core
    return tuple(
        vim.host.CpuPackage(
            index=socket,
            vendor=cpu.vendor,
            hz=hz,
            busHz=BUS_HZ,
            description=cpu.model,
            threadId=list(range(socket * size, (socket + 1) * size)),
            cpuFeature=list(features(cpu.vendor)),
            family=_family(cpu.vendor),
            model=_model(cpu.vendor),
            stepping=_SIGNATURES[cpu.vendor] & 0xF,
        )
        for socket in range(cpu.sockets)
    )


def numa(cpu: CpuSpec, memory_bytes: int) -> vim.host.NumaInfo:
    """One node a socket, with an even share of the memory."""
    size, share = cpu.cores_per_socket * cpu.threads_per_core, memory_bytes // cpu.sockets
    nodes = [
        vim.host.NumaNode(
            typeId=node,
            cpuID=list(range((node + 1) * size - 1, node * size - 1, -1)),
            memorySize=share,
            memoryRangeBegin=node * share,
            memoryRangeLength=share,
        )
        for node in range(cpu.sockets)
    ]
    return vim.host.NumaInfo(type="NUMA", numNodes=cpu.sockets, numaNode=nodes)


def _family(vendor: str) -> int:
    signature = _SIGNATURES[vendor]
    family = signature >> 8 & 0xF
    return family + (signature >> 20 & 0xFF) if family == 0xF else family  # noqa: PLR2004 - CPUID's escape to the extended family


def _model(vendor: str) -> int:
    signature = _SIGNATURES[vendor]
    return (signature >> 4 & 0xF) | (signature >> 12 & 0xF0)


@cache
def features(vendor: str) -> tuple[Any, ...]:
    """CPUID leaves of a processor of this vendor; shared, so nobody may change them."""
    top, ebx, ecx, edx = _VENDORS[vendor]
    return (
        _leaf(0, top, ebx, ecx, edx),
        _leaf(1, _SIGNATURES[vendor], 0x00400800, 0x7FFEFBFF, 0xBFEBFBFF),
        _leaf(_EXTENDED, _EXTENDED + 8, 0, 0, 0),
        _leaf(_EXTENDED + 1, 0 if vendor == "intel" else _SIGNATURES[vendor], 0, 0x00000121, 0x2C100800),
        _leaf(_EXTENDED + 8, _ADDRESS_BITS, 0, 0, 0),
    )


def _leaf(level: int, *registers: int) -> Any:
    eax, ebx, ecx, edx = (_bits(register) for register in registers)
    signed = level - (1 << 32) if level >= _EXTENDED else level
    return vim.host.CpuIdInfo(level=signed, eax=eax, ebx=ebx, ecx=ecx, edx=edx)


def _bits(register: int) -> str:
    """A register as vSphere writes it: eight groups of four bits."""
    digits = f"{register:0{_HEX_DIGITS}x}"
    return ":".join(f"{int(digit, 16):04b}" for digit in digits)

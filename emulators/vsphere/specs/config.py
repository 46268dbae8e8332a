"""``VirtualMachineConfigSpec`` → the VM's settings.

What the simulated hardware has no counterpart of (flags, tools and power options, boot options, latency sensitivity ...) is accepted and
changes nothing, as clients send it along without being asked; fault tolerance and encryption, whose absence matters, are refused.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from msgspec import UNSET, UnsetType
from pyVmomi import vim

from emulators.vsphere.soap import faults
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs.allocation import allocation
from emulators.vsphere.specs.names import entity_name
from emulators.world.decisions.hardware import VmSettings
from emulators.world.model import Allocation, Vm

MIB: Final = 1 << 20
_REFUSED: Final = ("ftInfo", "repConfig", "crypto", "migrateEncryption")
_DIRECT: Final = {
    "numCPUs": "cpus",
    "cpuHotAddEnabled": "cpu_hot_add",
    "memoryHotAddEnabled": "memory_hot_add",
    "annotation": "annotation",
}
_UUIDS: Final = {"uuid": "uuid", "instanceUuid": "instance_uuid"}
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_VERSION: Final = re.compile(r"vmx-(\d{2})\Z")
_FIRMWARE: Final = frozenset({"bios", "efi"})
OLDEST_HARDWARE, NEWEST_HARDWARE = 4, 21
"""Virtual hardware versions that vSphere 8.0 runs."""


def settings(spec: Any, vm: Vm | None, entity: Any = None) -> VmSettings:
    """What a ConfigSpec sets; ``vm`` is the VM that it changes, None for a new one, and ``entity`` its reference.

    VimFault InvalidArgument, InvalidName or NotSupported for what no VM can have.
    """
    _refuse_unsupported(spec)
    given: dict[str, Any] = {ours: value for theirs, ours in _DIRECT.items() if (value := getattr(spec, theirs)) is not None}
    if spec.name is not None:
        given["name"] = entity_name(spec.name, entity)
    if spec.guestId is not None:
        given["guest_id"] = _guest_id(spec.guestId)
    if spec.firmware is not None:
        given["firmware"] = _one_of(spec.firmware, _FIRMWARE, "configSpec.firmware")
    if spec.version is not None:
        given["hardware_version"] = hardware_version(spec.version)
    given |= _processors(spec, vm) | _memory(spec, vm) | _identifiers(spec)
    return VmSettings(**given, extra_config=extra_config(spec.extraConfig))


def _refuse_unsupported(spec: Any) -> None:
    if any(getattr(spec, name, None) is not None for name in _REFUSED):
        raise faults.not_supported()


def _identifiers(spec: Any) -> dict[str, Any]:
    values = {theirs: value.lower() for theirs in _UUIDS if (value := getattr(spec, theirs)) is not None}
    for theirs, value in values.items():
        if not _UUID.match(value):
            raise faults.invalid_argument(f"configSpec.{theirs}")
    return {_UUIDS[theirs]: value for theirs, value in values.items()}


def _processors(spec: Any, vm: Vm | None) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if spec.numCoresPerSocket is not None:
        given["cores_per_socket"] = spec.numCoresPerSocket or 1  # 0 asks for the default, since 8.0
    if spec.numCPUs is not None and (spec.numCPUs < 1 or spec.numCPUs % _cores(given, vm)):
        raise faults.invalid_argument("configSpec.numCPUs")
    if spec.cpuAllocation is not None:
        given["cpu"] = allocation(spec.cpuAllocation, vm.cpu if vm else Allocation(), "configSpec.cpuAllocation")
    return given


def _cores(given: dict[str, Any], vm: Vm | None) -> int:
    cores: int = given.get("cores_per_socket", vm.cores_per_socket if vm else 1)
    return max(cores, 1)


def _memory(spec: Any, vm: Vm | None) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if spec.memoryMB is not None:
        if spec.memoryMB < 4 or spec.memoryMB % 4:  # noqa: PLR2004 - ConfigSpec.memoryMB: a multiple of 4
            raise faults.invalid_argument("configSpec.memoryMB")
        given["memory_bytes"] = int(spec.memoryMB) * MIB
    if spec.memoryAllocation is not None:
        given["memory"] = allocation(spec.memoryAllocation, vm.memory if vm else Allocation(), "configSpec.memoryAllocation")
    return given


def extra_config(values: Any) -> dict[str, str] | UnsetType:
    """Option values as text; an empty one removes its key."""
    if not values:
        return UNSET
    return {one.key: _text(one.value) for one in values}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "" if value is None else str(value)


@cache
def _guest_ids() -> frozenset[str]:
    identifiers: Any = vim.vm.GuestOsDescriptor.GuestOsIdentifier
    return frozenset(map(str, identifiers.values))


def _guest_id(value: str) -> str:
    return _one_of(value, _guest_ids(), "configSpec.guestId")


def _one_of(value: str, allowed: frozenset[str], path: str) -> str:
    if value not in allowed:
        raise faults.invalid_argument(path)
    return value


def hardware_version(text: str) -> int:
    """The number in ``vmx-21``; VimFault InvalidArgument for a version that no host runs."""
    match = _VERSION.match(text)
    if match is None or not OLDEST_HARDWARE <= int(match[1]) <= NEWEST_HARDWARE:
        raise faults.invalid_argument("configSpec.version")
    return int(match[1])


def check_change_version(spec: Any, current: str) -> None:
    """VimFault ConcurrentAccess when the client has seen another configuration than the current one."""
    if spec.changeVersion and spec.changeVersion != current:
        raise VimFault(vim.fault.ConcurrentAccess(), "The configuration of the virtual machine was changed by another client.")

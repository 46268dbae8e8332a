"""What a reconfiguration changed, as VmReconfiguredEvent tells it: a ConfigSpec, and modified paths as text."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.events.telling import Told
from emulators.world.model import Vm

MIB: Final = 1 << 20
_PATHS: Final = {
    "name": "config.name",
    "guest_id": "config.guestId",
    "cpus": "config.hardware.numCPU",
    "cores_per_socket": "config.hardware.numCoresPerSocket",
    "memory_bytes": "config.hardware.memoryMB",
    "cpu": "config.cpuAllocation",
    "memory": "config.memoryAllocation",
    "cpu_hot_add": "config.cpuHotAddEnabled",
    "memory_hot_add": "config.memoryHotAddEnabled",
    "hardware_version": "config.version",
    "firmware": "config.firmware",
    "annotation": "config.annotation",
    "uuid": "config.uuid",
    "instance_uuid": "config.instanceUuid",
    "controllers": "config.hardware.device",
    "cdroms": "config.hardware.device",
    "extra_config": "config.extraConfig",
}
_SPEC: Final = {"name": "name", "guest_id": "guestId", "cpus": "numCPUs", "annotation": "annotation", "firmware": "firmware"}


def config_spec(old: Vm, new: Vm) -> Any:
    """The ConfigSpec that makes ``new`` of ``old``, as far as plain settings go."""
    spec: Any = vim.vm.ConfigSpec()
    for ours, theirs in _SPEC.items():
        if getattr(old, ours) != getattr(new, ours):
            setattr(spec, theirs, getattr(new, ours))
    if old.memory_bytes != new.memory_bytes:
        spec.memoryMB = new.memory_bytes // MIB
    return spec


def config_changes(told: Told, old: Vm, new: Vm) -> Any:
    """Modified paths with their values before and after; devices come and go in events of their own."""
    modified = [_line(name, old, new) for name in sorted(told.changed() & _PATHS.keys())]
    return vim.event.ChangesInfoEventArgument(modified=" \n\n".join(modified), added="", deleted="")


def _line(name: str, old: Vm, new: Vm) -> str:
    return f"{_PATHS[name]}: {_shown(name, old)} -> {_shown(name, new)};"


def _shown(name: str, vm: Vm) -> str:
    value = getattr(vm, name)
    if name == "memory_bytes":
        return str(value // MIB)
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)

"""What extra specs may be called and hold, from microversion 2.86 on (nova's extra spec validators).

Names in a namespace that Nova knows must be among those below; other namespaces are nobody's business.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from emulators.openstack.faults import Fault

_BOOLEANS: Final = frozenset(["1", "t", "true", "on", "y", "yes", "0", "f", "false", "off", "n", "no"])
_SET: Final = r"(\^?\d+((-\d+)?(,\^?\d+(-\d+)?)?)*)"
_WORD: Final = r"[a-zA-Z0-9_-]{1,64}"


class Spec(NamedTuple):
    """What a spec holds: text that fits ``pattern``, one of ``among``, or a number."""

    name: re.Pattern[str]
    pattern: str = ""
    among: tuple[str, ...] = ()
    boolean: bool = False
    number: bool = False
    lowest: int | None = None


def _text(name: str, pattern: str = ".*") -> Spec:
    return Spec(re.compile(name), pattern=pattern)


def _one_of(name: str, *among: str) -> Spec:
    return Spec(re.compile(name), among=among)


def _truth(name: str) -> Spec:
    return Spec(re.compile(name), boolean=True)


def _count(name: str, lowest: int | None = None) -> Spec:
    return Spec(re.compile(name), number=True, lowest=lowest)


SPECS: Final = (
    _text("accel:device_profile"),
    _text("aggregate_instance_extra_specs:.+"),
    _text(r"capabilities:\w+(:\w+)*"),
    _truth("hw:cpu_realtime"),
    _text("hw:cpu_realtime_mask", r"(\^)?\d+((-\d+)?(,\^?\d+(-\d+)?)?)*"),
    _truth("hw:hide_hypervisor_id"),
    _one_of("hw:cpu_policy", "dedicated", "shared", "mixed"),
    _one_of("hw:cpu_thread_policy", "prefer", "isolate", "require"),
    _one_of("hw:emulator_threads_policy", "isolate", "share"),
    _text("hw:cpu_dedicated_mask", _SET),
    _text("hw:mem_page_size", r"(large|small|any|\d+([kKMGT]i?)?(b|bit|B)?)"),
    _truth("hw:locked_memory"),
    _count("hw:numa_nodes", 1),
    _text(r"hw:numa_cpus\.\d+", r"\d+((-\d+)?(,\^?\d+(-\d+)?)?)*"),
    _count(r"hw:numa_mem\.\d+", 1),
    _one_of("hw:pci_numa_affinity_policy", "required", "preferred", "legacy", "socket"),
    _count("hw:cpu_(max_)?(sockets|cores|threads)", 1),
    _truth("hw:(boot_menu|vif_multiqueue_enabled|mem_encryption|pmu|virtio_packed_ring|ephemeral_encryption)"),
    _one_of("hw:mem_encryption_model", "amd-sev", "amd-sev-es"),
    _text("hw:pmem", r"([^ ,]+(,[^ ,]+)*)"),
    _count("hw:serial_port_count", 0),
    _one_of("hw:tpm_model", "tpm-tis", "tpm-crb"),
    _one_of("hw:tpm_version", "1.2", "2.0"),
    _one_of("hw:tpm_secret_security", "user", "host", "deployment"),
    _one_of("hw:watchdog_action", "none", "pause", "poweroff", "reset", "disabled"),
    _one_of("hw:viommu_model", "intel", "smmuv3", "virtio", "auto"),
    _one_of("hw:sound_model", "sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "virtio"),
    _one_of("hw:usb_model", "piix3-uhci", "piix4-uhci", "ehci", "ich9-ehci1", "vt82c686b-uhci", "nec-xhci", "qemu-xhci", "none"),
    _count("hw:redirected_usb_ports", 0),
    _one_of("hw:ephemeral_encryption_format", "luks", "plain"),
    _one_of("hw:maxphysaddr_mode", "passthrough", "emulate"),
    _count("hw:maxphysaddr_bits", 0),
    _truth("hw_rng:allowed"),
    _count("hw_rng:rate_(bytes|period)", 0),
    _count("hw_video:ram_max_mb", 0),
    _truth("hide_hypervisor_id"),
    _one_of("group_policy", "none", "isolate"),
    _one_of("os:secure_boot", "optional", "required", "disabled"),
    _text("pci_passthrough:alias", r"[^:]+(:\d+)?(\s*,\s*[^:]+(:\d+)?)*"),
    _count("quota:(cpu|memory|disk_io|vif)_(limit|reservation)", 0),
    _one_of("quota:(cpu|memory|disk_io|vif)_shares_level", "custom", "high", "normal", "low"),
    _count("quota:(cpu|memory|disk_io|vif)_shares(_share)?", 0),
    _count("quota:cpu_(period|quota)"),
    _count("quota:disk_(read|write|total)_(bytes|iops)_sec(_max|_max_length)?", 0),
    _count("quota:vif_(inbound|outbound)_(average|peak|burst)", 0),
    _count(rf"resources({_WORD})?:[A-Z0-9_]+", 0),
    _one_of(rf"trait({_WORD})?:[A-Z0-9_]+", "required", "forbidden"),
    _text("vmware:hw_version"),
    _text("vmware:storage_policy"),
)
NAMESPACES: Final = re.compile(
    rf"accel|aggregate_instance_extra_specs|capabilities|hw|hw_rng|hw_video|os|pci_passthrough|quota|(resources|trait)({_WORD})?|vmware"
)


def validate(name: str, value: str) -> None:
    """Raise Fault 400 for a name or value that Nova knows to be wrong."""
    spec = next((one for one in SPECS if one.name.fullmatch(name)), None)
    if spec is not None:
        _require(spec, value)
    elif ":" in name and NAMESPACES.fullmatch(name.split(":", 1)[0]):
        raise _invalid(f"extra spec '{name}' does not appear to be a valid extra spec.")


def _require(spec: Spec, value: str) -> None:
    if spec.among and value not in spec.among:
        raise _invalid(f"'{value}' is not one of: {', '.join(spec.among)}.")
    if spec.boolean and value.strip().lower() not in _BOOLEANS:
        raise _invalid(f"'{value}' is not a valid boolean-like value.")
    if spec.pattern and not re.fullmatch(spec.pattern, value):
        raise _invalid(f"'{value}' is not of the format '{spec.pattern}'.")
    if spec.number:
        _require_number(spec, value)


def _require_number(spec: Spec, value: str) -> None:
    try:
        number = int(value)
    except ValueError as error:
        raise _invalid(f"'{value}' is not a valid integer value.") from error
    if spec.lowest is not None and number < spec.lowest:
        raise _invalid(f"'{number}' is less than the min value of '{spec.lowest}'.")


def _invalid(reason: str) -> Fault:
    return Fault(400, f"Validation failed; {reason}")

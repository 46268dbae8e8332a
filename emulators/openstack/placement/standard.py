"""The resource classes and traits that every deployment knows (os-resource-classes 1.1, os-traits 3.9); others begin with ``CUSTOM_``."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

CUSTOM: Final = "CUSTOM_"
CLASSES: Final = (
    *("VCPU", "MEMORY_MB", "DISK_GB", "PCI_DEVICE", "SRIOV_NET_VF", "NUMA_SOCKET", "NUMA_CORE", "NUMA_THREAD", "NUMA_MEMORY_MB"),
    *("IPV4_ADDRESS", "VGPU", "VGPU_DISPLAY_HEAD", "NET_BW_EGR_KILOBIT_PER_SEC", "NET_BW_IGR_KILOBIT_PER_SEC", "PCPU"),
    *("MEM_ENCRYPTION_CONTEXT", "FPGA", "PGPU", "NET_PACKET_RATE_KILOPACKET_PER_SEC", "NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC"),
    "NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC",
)
COMPUTE_TRAITS: Final = (
    *("COMPUTE_ACCELERATORS", "COMPUTE_DEVICE_TAGGING", "COMPUTE_EXTEND_VOLUME", "COMPUTE_IMAGE_TYPE_QCOW2", "COMPUTE_IMAGE_TYPE_RAW"),
    *("COMPUTE_NET_ATTACH_INTERFACE", "COMPUTE_NET_ATTACH_INTERFACE_WITH_TAG", "COMPUTE_NET_VIF_MODEL_VIRTIO", "COMPUTE_NODE"),
    *("COMPUTE_RESCUE_BFV", "COMPUTE_SOCKET_PCI_NUMA_AFFINITY", "COMPUTE_STORAGE_BUS_SATA", "COMPUTE_STORAGE_BUS_VIRTIO"),
    *("COMPUTE_TRUSTED_CERTS", "COMPUTE_VOLUME_ATTACH_WITH_TAG", "COMPUTE_VOLUME_MULTI_ATTACH"),
    *("HW_CPU_X86_AESNI", "HW_CPU_X86_AVX", "HW_CPU_X86_AVX2", "HW_CPU_X86_AVX512F", "HW_CPU_X86_MMX", "HW_CPU_X86_SSE"),
    *("HW_CPU_X86_SSE2", "HW_CPU_X86_SSE41", "HW_CPU_X86_SSE42", "HW_CPU_X86_SSSE3", "HW_CPU_X86_VMX"),
)
"""What nova-compute says of a KVM host on an Intel blade."""
DISABLED_TRAIT: Final = "COMPUTE_STATUS_DISABLED"


@cache
def traits() -> tuple[str, ...]:
    """The names of the standard traits, sorted."""
    text = resources.files("emulators.openstack.placement").joinpath("traits.txt").read_text("ascii")
    return tuple(text.split())

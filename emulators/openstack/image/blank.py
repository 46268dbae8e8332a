"""Small, valid qcow2 disks: what can be downloaded of an image whose content is a guest image of the machines.

The file has the virtual size of the disk and no data, and the image's id in its first cluster, so that no two are the same.
Source of the format: QEMU's docs/interop/qcow2.txt (version 2).
"""

from __future__ import annotations

import hashlib
import struct
from functools import lru_cache
from typing import Final, NamedTuple

CLUSTER: Final = 1 << 16
_L2_ENTRIES: Final = CLUSTER // 8
_PER_L1: Final = CLUSTER * _L2_ENTRIES
_HEADER: Final = struct.Struct(">4sIQIIQIIQQIIQ")
_LABEL_AT: Final = 512


class Digests(NamedTuple):
    """Length and checksums of an image's bytes."""

    size: int
    md5: str
    sha512: str


@lru_cache(maxsize=64)
def disk(virtual_size: int, label: str) -> bytes:
    """The file of an empty disk of so many bytes."""
    entries = max(-(-virtual_size // _PER_L1), 1)
    l1_clusters = -(-entries * 8 // CLUSTER)
    header = bytearray(CLUSTER)
    header[: _HEADER.size] = _HEADER.pack(b"QFI\xfb", 2, 0, 0, 16, virtual_size, 0, entries, 3 * CLUSTER, CLUSTER, 1, 0, 0)
    text = label.encode()[:256]
    header[_LABEL_AT : _LABEL_AT + len(text)] = text
    table = bytearray(CLUSTER)
    table[:8] = struct.pack(">Q", 2 * CLUSTER)
    counts = bytearray(CLUSTER)
    for cluster in range(3 + l1_clusters):
        counts[2 * cluster : 2 * cluster + 2] = b"\x00\x01"
    return bytes(header) + bytes(table) + bytes(counts) + bytes(l1_clusters * CLUSTER)


@lru_cache(maxsize=4096)
def digests(virtual_size: int, label: str) -> Digests:
    """Length and checksums of that file."""
    data = disk(virtual_size, label)
    return Digests(len(data), hashlib.md5(data, usedforsecurity=False).hexdigest(), hashlib.sha512(data).hexdigest())

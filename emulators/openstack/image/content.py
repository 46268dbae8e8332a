"""The bytes of images: uploaded as a stream into a file, with their checksums made on the way."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from emulators.openstack.cloud import Cloud
from emulators.openstack.faults import Fault
from emulators.openstack.image import blank
from emulators.openstack.image.blank import Digests
from emulators.openstack.image.records import GlanceImage

MAX_BYTES: Final = 16 << 30
CHUNK: Final = 1 << 20
_QCOW2: Final = struct.Struct(">4sIQIIQ")


class Files:
    """The files of one cloud; ``cloud.part(Files, cloud)``."""

    def __init__(self, cloud: Cloud) -> None:
        self._folder = cloud.data_dir / "images"
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, image: str) -> Path:
        """Where an image's bytes are."""
        return self._folder / image

    def staged(self, image: str) -> Path:
        """Where they are before they are imported."""
        return self._folder / f"{image}.staged"

    async def receive(self, target: Path, stream: AsyncIterator[bytes]) -> Digests:
        """Write a stream to a file, whole or not at all; raises Fault 413 when it is too long."""
        partial = target.with_name(f"{target.name}.part")
        sink = _Sink(partial)
        try:
            async for block in _blocks(stream):
                await asyncio.to_thread(sink.write, block)
            await asyncio.to_thread(sink.close)
            partial.replace(target)
        except BaseException:
            sink.abandon()
            raise
        return sink.digests()

    async def measure(self, path: Path) -> Digests:
        """Length and checksums of a file."""
        return await asyncio.to_thread(_digests_of, path)

    async def drop(self, image: str) -> None:
        """The bytes are gone."""
        self.path(image).unlink(missing_ok=True)
        self.staged(image).unlink(missing_ok=True)

    async def copy(self, source: Path, target: Path) -> None:
        """Copy a file."""
        await asyncio.to_thread(shutil.copyfile, source, target)


class _Sink:
    """A file that is written, and what has been written to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha512 = hashlib.sha512()

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MAX_BYTES:
            raise Fault(413, f"Image exceeds the storage quota: The image is larger than {MAX_BYTES} bytes.")
        self._file.write(data)
        self._md5.update(data)
        self._sha512.update(data)

    def close(self) -> None:
        self._file.close()

    def abandon(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def digests(self) -> Digests:
        return Digests(self._size, self._md5.hexdigest(), self._sha512.hexdigest())


async def _blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream in blocks that are worth a thread's turn."""
    held, length = [], 0
    async for data in stream:
        held.append(data)
        length += len(data)
        if length >= CHUNK:
            yield b"".join(held)
            held, length = [], 0
    if held:
        yield b"".join(held)


def _digests_of(path: Path) -> Digests:
    md5, sha512, size = hashlib.md5(usedforsecurity=False), hashlib.sha512(), 0
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            md5.update(data)
            sha512.update(data)
            size += len(data)
    return Digests(size, md5.hexdigest(), sha512.hexdigest())


def virtual_size(path: Path, disk_format: str) -> int:
    """Bytes of the disk that is in the file; -1 when that cannot be told."""
    if disk_format in {"raw", "iso", "ami", "ari", "aki", "gpt"}:
        return path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_QCOW2.size)
    if disk_format == "qcow2" and len(head) == _QCOW2.size and head[:4] == b"QFI\xfb":
        size: int = _QCOW2.unpack(head)[5]
        return size if size < 1 << 62 else -1
    return -1


def blank_bytes(image: GlanceImage) -> bytes:
    """What can be downloaded of an image without a file of its own."""
    return blank.disk(image.virtual_size, image.uid)

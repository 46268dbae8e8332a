"""The bytes of objects: a file each, written as a stream, never changed afterwards, so that copies are links."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, Protocol

from emulators.openstack.cloud import Cloud
from emulators.openstack.faults import Fault

MAX_BYTES: Final = (5 << 30) + 2
BLOCK: Final = 1 << 20


class Stored(NamedTuple):
    """A file that was written: its name, its length, and its MD5."""

    file: str
    size: int
    etag: str


class Piece(NamedTuple):
    """Some bytes of a file: from ``start``, so many."""

    file: str
    start: int
    length: int


class Objects:
    """The files of one cloud; ``cloud.part(Objects, cloud)``."""

    def __init__(self, cloud: Cloud) -> None:
        self._folder = cloud.data_dir / "objects"
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, file: str) -> Path:
        """Where a file lies."""
        return self._folder / file[:2] / file

    def _new(self) -> str:
        file = secrets.token_hex(16)
        self.path(file).parent.mkdir(exist_ok=True)
        return file

    async def receive(self, stream: AsyncIterator[bytes], most: int = MAX_BYTES) -> Stored:
        """Write a stream to a new file; raises Fault 413 when it is longer than ``most``."""
        file, md5, size = self._new(), hashlib.md5(usedforsecurity=False), 0
        target = self.path(file)
        with target.open("wb") as sink:
            try:
                async for block in _blocks(stream):
                    size = _within(size + len(block), most)
                    await asyncio.to_thread(_write, sink, md5, block)
            except BaseException:
                target.unlink(missing_ok=True)
                raise
        return Stored(file, size, md5.hexdigest())

    def link(self, file: str) -> str:
        """Another file with the same bytes."""
        copy = self._new()
        os.link(self.path(file), self.path(copy))
        return copy

    def drop(self, file: str) -> None:
        """Forget a file."""
        if file:
            self.path(file).unlink(missing_ok=True)

    async def read(self, pieces: list[Piece]) -> AsyncIterator[bytes]:
        """The bytes of the pieces, one after another."""
        for piece in pieces:
            with self.path(piece.file).open("rb") as source:
                source.seek(piece.start)
                left = piece.length
                while left > 0 and (data := await asyncio.to_thread(source.read, min(BLOCK, left))):
                    left -= len(data)
                    yield data


def _within(size: int, most: int) -> int:
    if size > most:
        raise Fault(413, "The body of your request was too large for this server.")
    return size


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def _write(sink: BinaryIO, md5: _Hash, block: bytes) -> None:
    sink.write(block)
    md5.update(block)


async def _blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream in blocks that are worth a thread's turn."""
    held: list[bytes] = []
    length = 0
    async for data in stream:
        held.append(data)
        length += len(data)
        if length >= BLOCK:
            yield b"".join(held)
            held, length = [], 0
    if held:
        yield b"".join(held)

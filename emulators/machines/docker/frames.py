"""The Engine API's multiplexed byte stream: eight bytes of header (stream, three zeros, big-endian length), then the data."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Iterator

STDOUT, STDERR = 1, 2
_HEADER = struct.Struct(">BxxxL")


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The frames of a whole answer as (stream, data); a cut last frame is given as far as it goes."""
    position = 0
    while position + _HEADER.size <= len(data):
        stream, length = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        yield stream, data[position : position + length]
        position += length


def text_of(data: bytes) -> str:
    """Both streams of a whole answer, in order, as text."""
    return b"".join(chunk for _, chunk in split(data)).decode(errors="replace")


async def read(reader: asyncio.StreamReader) -> AsyncIterator[tuple[int, bytes]]:
    """The frames of a live stream until it ends."""
    while True:
        try:
            stream, length = _HEADER.unpack(await reader.readexactly(_HEADER.size))
            yield stream, await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return

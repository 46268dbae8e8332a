"""Large objects: static ones by a manifest of their segments, dynamic ones by the prefix of their segments' names."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import msgspec

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore.content import Piece
from emulators.openstack.objectstore.place import Place, expired, object_at
from emulators.openstack.objectstore.records import Segment, SwiftContainer, SwiftObject
from emulators.openstack.objectstore.storing import etag_of, joined_etag
from emulators.world.state import WorldState

MAX_SEGMENTS: Final = 1000
MAX_MANIFEST: Final = 8 << 20
MAX_DEPTH: Final = 10
_RANGE: Final = re.compile(r"\d{1,18}-\d{0,18}|-\d{1,18}", re.ASCII)


class Whole(NamedTuple):
    """What an object is, put together."""

    pieces: list[Piece]
    size: int
    etag: str


class Wish(msgspec.Struct, frozen=True):
    """A line of a manifest that is uploaded."""

    path: str
    etag: str | None = None
    size_bytes: int | None = None
    range: str | None = None


def whole(state: WorldState, account: str, one: SwiftObject, now: float, depth: int = 0) -> Whole:
    """The bytes of an object, of all its segments if it has some; raises Fault 409 when one of them is not what it was."""
    if depth > MAX_DEPTH:
        raise Fault(409, "Too many levels of manifests.")
    if one.segments:
        pieces: list[Piece] = []
        for part in one.segments:
            pieces += _part(state, account, part, now, depth)
        return Whole(pieces, sum(piece.length for piece in pieces), etag_of(one))
    if one.manifest:
        return _dynamic(state, account, one, now, depth)
    return Whole([Piece(one.file, 0, one.size)] if one.file else [], one.size, one.etag)


def _part(state: WorldState, account: str, part: Segment, now: float, depth: int) -> list[Piece]:
    container, _, name = part.path.lstrip("/").partition("/")
    found = object_at(state, Place(account, container, name))
    if found is None or expired(found, now) or etag_of(found).strip('"') != part.etag:
        raise Fault(409, f"The segment {part.path} is not what the manifest says.")
    inner = whole(state, account, found, now, depth + 1)
    first, length = _span(part.range, inner.size)
    return cut(inner.pieces, first, length)


def _dynamic(state: WorldState, account: str, one: SwiftObject, now: float, depth: int) -> Whole:
    container, _, prefix = unquote(one.manifest).lstrip("/").partition("/")
    parent = state.one(SwiftContainer, "path", f"{account}/{container}")
    found = state.where(SwiftObject, "container", parent.uid) if parent else []
    parts = sorted((part for part in found if part.name.startswith(prefix) and part.uid != one.uid), key=lambda part: part.name.encode())
    wholes = [whole(state, account, part, now, depth + 1) for part in parts if not expired(part, now)]
    pieces = [piece for part in wholes for piece in part.pieces]
    etag = joined_etag([part.etag.strip('"') for part in wholes])
    return Whole(pieces, sum(part.size for part in wholes), f'"{etag}"')


def _span(text: str, size: int) -> tuple[int, int]:
    """First byte and length of ``5-9``, ``5-`` or ``-5`` of so many bytes."""
    if not text:
        return 0, size
    first, _, last = text.partition("-")
    if not first:
        length = min(int(last), size)
        return size - length, length
    end = min(int(last), size - 1) if last else size - 1
    return int(first), max(end - int(first) + 1, 0)


def cut(pieces: list[Piece], first: int, length: int) -> list[Piece]:
    """Some bytes of the pieces."""
    found: list[Piece] = []
    for piece in pieces:
        if length <= 0:
            break
        if first >= piece.length:
            first -= piece.length
            continue
        taken = min(piece.length - first, length)
        found.append(Piece(piece.file, piece.start + first, taken))
        first, length = 0, length - taken
    return found


def segments_of(call: Call, account: str, data: bytes) -> tuple[Segment, ...]:
    """The segments of a manifest that is uploaded; raises Fault 400 naming what is wrong."""
    try:
        wishes = msgspec.json.decode(data, type=list[Wish])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Fault(400, f"Manifest must be valid JSON: {error}") from error
    if not 0 < len(wishes) <= MAX_SEGMENTS:
        raise Fault(400, f"A manifest has 1 to {MAX_SEGMENTS} segments.")
    return tuple(_segment(call, account, wish) for wish in wishes)


def _segment(call: Call, account: str, wish: Wish) -> Segment:
    container, _, name = wish.path.lstrip("/").partition("/")
    found = object_at(call.state, Place(account, container, name)) if name else None
    if found is None or expired(found, call.cloud.now().timestamp()):
        raise Fault(400, f"Errors:\n{wish.path}, 404 Not Found")
    inner = whole(call.state, account, found, call.cloud.now().timestamp(), 1)
    etag = inner.etag.strip('"')
    if wish.etag is not None and wish.etag.strip('"') != etag:
        raise Fault(400, f"Errors:\n{wish.path}, Etag Mismatch")
    if wish.size_bytes is not None and wish.size_bytes != inner.size:
        raise Fault(400, f"Errors:\n{wish.path}, Size Mismatch")
    size = inner.size
    if wish.range:
        _require_range(wish.path, wish.range)
        first, size = _span(wish.range, inner.size)
        if first >= inner.size or size <= 0:
            raise Fault(400, f"Errors:\n{wish.path}, Unsatisfiable Range")
    return Segment(path=f"/{container}/{name}", etag=etag, size=size, range=wish.range or "", content_type=found.content_type)


def _require_range(path: str, text: str) -> None:
    if _RANGE.fullmatch(text) is None:
        raise Fault(400, f"Errors:\n{path}, Invalid Range")


def manifest_rows(one: SwiftObject) -> list[dict[str, Any]]:
    """A static large object's manifest, as it is shown."""
    moment = one.updated.strftime("%Y-%m-%dT%H:%M:%S.%f")
    return [
        {"name": part.path, "hash": part.etag, "bytes": part.size, "content_type": part.content_type, "last_modified": moment}
        | ({"range": part.range} if part.range else {})
        for part in one.segments
    ]

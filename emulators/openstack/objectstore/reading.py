"""Reading an object: whole or in ranges, under conditions, streamed from its files."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote

import msgspec
from aiohttp import hdrs, web

from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore import headers
from emulators.openstack.objectstore.answering import OBJECT, answers
from emulators.openstack.objectstore.content import Objects
from emulators.openstack.objectstore.large import cut, manifest_rows, whole
from emulators.openstack.objectstore.place import Place, find_object
from emulators.openstack.objectstore.records import SwiftObject

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@answers("GET", OBJECT)
async def get_object(call: Call, place: Place) -> Reply | web.StreamResponse:
    """The object's bytes."""
    return await _answer(call, place)


@answers("HEAD", OBJECT)
async def head_object(call: Call, place: Place) -> Reply | web.StreamResponse:
    """What there is to say of the object."""
    return await _answer(call, place)


async def _answer(call: Call, place: Place) -> Reply | web.StreamResponse:
    now = call.cloud.now().timestamp()
    found = find_object(call.state, place, now)
    if found.segments and call.first("multipart-manifest") == "get":
        return Reply(msgspec.json.encode(manifest_rows(found)), 200, headers.of_object(call, found, found.etag))
    parts = whole(call.state, place.account, found, now)
    said = headers.of_object(call, found, parts.etag) | _disposition(call, place)
    condition = _condition(call, found, parts.etag)
    if condition is not None:
        return Reply(None, condition, said)
    first, length, status = _range(call, parts.size)
    said[hdrs.CONTENT_LENGTH] = str(length)
    if status == 206:  # noqa: PLR2004 - a part
        said[hdrs.CONTENT_RANGE] = f"bytes {first}-{first + length - 1}/{parts.size}"
    response = web.StreamResponse(status=status, headers={**said, **call.headers})
    await response.prepare(call.request)
    if call.request.method != hdrs.METH_HEAD:
        async for data in call.cloud.part(Objects, call.cloud).read(cut(parts.pieces, first, length)):
            await response.write(data)
    await response.write_eof()
    return response


def _disposition(call: Call, place: Place) -> dict[str, str]:
    """A temporary URL names the file that a browser saves."""
    if "temp_url_sig" not in call.query:
        return {}
    given = call.first("filename")
    if "inline" in call.query and not given:
        return {"Content-Disposition": "inline"}
    name = given or place.object.rstrip("/").rpartition("/")[2]
    kind = "inline" if "inline" in call.query else "attachment"
    plain, exact = quote(name, safe=" /"), quote(name)
    return {"Content-Disposition": f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}"}


def _condition(call: Call, found: SwiftObject, etag: str) -> int | None:
    """The status that a condition leads to: 304 or 412, or None when the object is to be sent."""
    given, bare = call.request.headers, etag.strip('"')
    if hdrs.IF_MATCH in given and not _matches(given[hdrs.IF_MATCH], bare):
        return 412
    if hdrs.IF_NONE_MATCH in given and _matches(given[hdrs.IF_NONE_MATCH], bare):
        return 304
    changed = found.updated.replace(microsecond=0)
    since, unless = _date(given.get(hdrs.IF_MODIFIED_SINCE)), _date(given.get(hdrs.IF_UNMODIFIED_SINCE))
    if since is not None and changed <= since:
        return 304
    return 412 if unless is not None and changed > unless else None


def _matches(wanted: str, etag: str) -> bool:
    return any(one.strip().removeprefix("W/").strip('"') in {"*", etag} for one in wanted.split(","))


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _range(call: Call, size: int) -> tuple[int, int, int]:
    """First byte, length and status of what is asked for; several ranges are answered with all of it.  Raises Fault 416."""
    match = _RANGE.fullmatch(call.request.headers.get(hdrs.RANGE, "").replace(" ", ""))
    if match is None or not (match[1] or match[2]):
        return 0, size, 200
    if match[1] and match[2] and int(match[1]) > int(match[2]):
        return 0, size, 200
    first = int(match[1]) if match[1] else max(size - int(match[2]), 0)
    last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
    if first > last:
        message = "The Range requested is not available."
        raise Fault(416, message, headers={hdrs.CONTENT_RANGE: f"bytes */{size}"})
    return first, last - first + 1, 206

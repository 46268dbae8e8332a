"""Objects: stored, read, described, deleted."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiohttp import hdrs

from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore import headers, storing
from emulators.openstack.objectstore.answering import OBJECT, answers
from emulators.openstack.objectstore.content import MAX_BYTES, Objects
from emulators.openstack.objectstore.copying import copy
from emulators.openstack.objectstore.large import MAX_MANIFEST, segments_of
from emulators.openstack.objectstore.place import Place, find_container, find_object
from emulators.openstack.objectstore.records import SwiftObject
from emulators.openstack.objectstore.storing import Content, etag_of

OCTETS: Final = "application/octet-stream"
MANIFEST: Final = "multipart-manifest"


def described(given: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request that are kept with an object."""
    return {name: value for name in headers.KEPT if (value := given.get(name))}


def type_of(call: Call, place: Place) -> str:
    """The content type of an upload: what is said, or what the name looks like."""
    given = call.request.headers.get(hdrs.CONTENT_TYPE, "")
    if given and call.request.headers.get("X-Detect-Content-Type", "").lower() not in {"true", "1", "yes"}:
        return given
    return mimetypes.guess_type(place.object)[0] or OCTETS


@answers("PUT", OBJECT)
async def put_object(call: Call, place: Place) -> Reply:
    """Store an object."""
    given = call.request.headers
    find_container(call.state, place)
    if given.get("X-Copy-From"):
        return await _copied_from(call, place, given["X-Copy-From"])
    _require_length(call)
    content = Content(
        size=0,
        etag="",
        content_type=type_of(call, place),
        metadata=headers.metadata(given, "object", keep_empty=True),
        headers=described(given),
        manifest=given.get("X-Object-Manifest", ""),
        delete_at=headers.delete_at(call),
    )
    files = call.cloud.part(Objects, call.cloud)
    if call.first(MANIFEST) == "put":
        return await _put_manifest(call, place, content)
    await call.invite_body()
    stored = await files.receive(call.request.content.iter_chunked(1 << 18))
    try:
        _require_etag(given, stored.etag)
        content = msgspec.structs.replace(content, size=stored.size, etag=stored.etag, file=stored.file)
        return await save(call, place, content)
    except BaseException:
        files.drop(stored.file)
        raise


def _require_length(call: Call) -> None:
    request = call.request
    chunked = "chunked" in request.headers.get(hdrs.TRANSFER_ENCODING, "").lower()
    if request.content_length is None and not chunked:
        raise Fault(411, "Missing Content-Length header.")
    if (request.content_length or 0) > MAX_BYTES:
        raise Fault(413, "Your request is too large.")


def _require_etag(given: Mapping[str, str], etag: str) -> None:
    wanted = given.get(hdrs.ETAG, "").strip('"').lower()
    if wanted and wanted != etag:
        raise Fault(422, "Unable to process the contained instructions")


async def save(call: Call, place: Place, content: Content, more: Mapping[str, str] | None = None) -> Reply:
    """Record what was stored."""
    unless = call.request.headers.get(hdrs.IF_NONE_MATCH, "").strip() == "*"
    account, container, name = place
    made, dropped = await call.ask(storing.store, account=account, container=container, name=name, content=content, unless_there=unless)
    call.cloud.part(Objects, call.cloud).drop(dropped)
    found = {hdrs.ETAG: etag_of(made), hdrs.LAST_MODIFIED: headers.http_date(made.updated), **(more or {})}
    return Reply(b"", 201, found)


async def _put_manifest(call: Call, place: Place, content: Content) -> Reply:
    data = b""
    await call.invite_body()
    async for chunk in call.request.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > MAX_MANIFEST:
            raise Fault(413, "Manifest too large.")
    segments = segments_of(call, place.account, data)
    size = sum(part.size for part in segments)
    made = msgspec.structs.replace(content, segments=segments, size=size, etag=storing.joined_etag([part.etag for part in segments]))
    return await save(call, place, made)


async def _copied_from(call: Call, place: Place, source: str) -> Reply:
    if call.request.content_length:
        raise Fault(400, "Copy requests require a zero byte body")
    account = call.request.headers.get("X-Copy-From-Account", place.account)
    return await copy(call, source, account, place)


@answers("COPY", OBJECT)
async def copy_object(call: Call, place: Place) -> Reply:
    """Copy an object to where the Destination header says."""
    destination = call.request.headers.get("Destination", "")
    if not destination:
        raise Fault(412, "Destination header required")
    account = call.request.headers.get("Destination-Account", place.account)
    return await copy(call, f"{place.container}/{place.object}", place.account, destination, account, quoted=False)


@answers("POST", OBJECT)
async def post_object(call: Call, place: Place) -> Reply:
    """Say other things of an object: what was said before is forgotten."""
    given, found = call.request.headers, find_object(call.state, place, call.cloud.now().timestamp())
    fields: dict[str, Any] = {
        "metadata": headers.metadata(given, "object", keep_empty=True),
        "headers": described(given),
        "delete_at": headers.delete_at(call),
        "manifest": given.get("X-Object-Manifest", ""),
    }
    if given.get(hdrs.CONTENT_TYPE) and given[hdrs.CONTENT_TYPE] != "application/json":
        fields["content_type"] = given[hdrs.CONTENT_TYPE]
    await call.ask(storing.describe, uid=found.uid, fields=fields)
    return Reply(b"", 202)


@answers("DELETE", OBJECT)
async def delete_object(call: Call, place: Place) -> Reply:
    """Delete an object; with ``multipart-manifest=delete`` the segments of a static large one, too."""
    found = find_object(call.state, place, call.cloud.now().timestamp())
    places = [place]
    if call.first(MANIFEST) == "delete":
        places = [*_segment_places(place, found), place]
    gone = 0
    for one in places:
        try:
            call.cloud.part(Objects, call.cloud).drop(await _remove(call, one))
            gone += 1
        except Fault as error:
            if one == place:
                raise error from None
    if len(places) == 1:
        return Reply(None, 204)
    summary = {
        "Number Deleted": gone,
        "Number Not Found": len(places) - gone,
        "Errors": [],
        "Response Status": "200 OK",
        "Response Body": "",
    }
    return Reply(msgspec.json.encode(summary), 200, {hdrs.CONTENT_TYPE: "application/json"})


async def _remove(call: Call, place: Place) -> str:
    return await call.ask(storing.remove, account=place.account, container=place.container, name=place.object)


def _segment_places(place: Place, found: SwiftObject) -> list[Place]:
    parts = (part.path.lstrip("/").partition("/") for part in found.segments)
    return list(dict.fromkeys(Place(place.account, container, name) for container, _, name in parts))

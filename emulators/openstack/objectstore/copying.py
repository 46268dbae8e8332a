"""Copies: another object with the same bytes, without moving them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import msgspec
from aiohttp import hdrs

from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore import headers, storing
from emulators.openstack.objectstore.access import require_access
from emulators.openstack.objectstore.content import MAX_BYTES, Objects
from emulators.openstack.objectstore.large import whole
from emulators.openstack.objectstore.place import Place, checked, decoded, find_container, find_object
from emulators.openstack.objectstore.records import SwiftObject
from emulators.openstack.objectstore.storing import Content, etag_of


def named(account: str, path: str, header: str, *, quoted: bool = True) -> Place:
    """The object that a header names; raises Fault 412."""
    container, _, name = (decoded(path) if quoted else path).lstrip("/").partition("/")
    if not container or not name:
        raise Fault(412, f"{header} header must be of the form <container name>/<object name>")
    return checked(Place(account, container, name))


async def copy(call: Call, source: str, source_account: str, to: Place | str, to_account: str = "", *, quoted: bool = True) -> Reply:
    """Store an object that is like another one, with what the request says of it beside."""
    origin = named(source_account, source, "X-Copy-From", quoted=quoted)
    target = to if isinstance(to, Place) else named(to_account, to, "Destination")
    for place in (origin, target):
        if place.account != call.path["account"]:
            require_access(call, place)
    now = call.cloud.now().timestamp()
    found = find_object(call.state, origin, now)
    find_container(call.state, target)
    content = await _content(call, origin, found, now)
    try:
        made, dropped = await call.ask(
            storing.store, account=target.account, container=target.container, name=target.object, content=content
        )
    except BaseException:
        call.cloud.part(Objects, call.cloud).drop(content.file)
        raise
    call.cloud.part(Objects, call.cloud).drop(dropped)
    return Reply(b"", 201, _said(origin, found, made))


async def _content(call: Call, origin: Place, found: SwiftObject, now: float) -> Content:
    """The bytes (linked, or put together of segments) and the description of the copy."""
    given, files = call.request.headers, call.cloud.part(Objects, call.cloud)
    fresh = given.get("X-Fresh-Metadata", "").lower() in {"true", "1", "yes", "on"}
    base = Content(
        size=found.size,
        etag=found.etag,
        content_type=_type(given, found),
        metadata=({} if fresh else found.metadata) | headers.metadata(given, "object", keep_empty=True),
        headers=({} if fresh else found.headers) | {name: given[name] for name in headers.KEPT if given.get(name)},
        delete_at=headers.delete_at(call) or (0 if fresh else found.delete_at),
    )
    if call.first("multipart-manifest") == "get" and (found.segments or found.manifest):
        file = files.link(found.file) if found.file else ""
        return msgspec.structs.replace(base, segments=found.segments, manifest=found.manifest, file=file)
    if not found.segments and not found.manifest:
        return msgspec.structs.replace(base, file=files.link(found.file) if found.file else "")
    parts = whole(call.state, origin.account, found, now)
    if parts.size > MAX_BYTES:
        raise Fault(413, "The copy would be too large: copy its manifest (multipart-manifest=get).")
    stored = await files.receive(files.read(parts.pieces))
    return msgspec.structs.replace(base, size=stored.size, etag=stored.etag, file=stored.file)


def _type(given: Mapping[str, str], found: SwiftObject) -> str:
    """What the request says, unless it is what clients say of a body that is none."""
    wanted = given.get(hdrs.CONTENT_TYPE, "")
    return wanted if wanted and wanted != "application/json" else found.content_type


def _said(origin: Place, found: SwiftObject, made: SwiftObject) -> dict[str, str]:
    return {
        hdrs.ETAG: etag_of(made),
        hdrs.LAST_MODIFIED: headers.http_date(made.updated),
        "X-Copied-From": quote(f"{origin.container}/{origin.object}"),
        "X-Copied-From-Account": origin.account,
        "X-Copied-From-Last-Modified": headers.http_date(found.updated),
        **headers.shown(made.metadata, "Object"),
    }

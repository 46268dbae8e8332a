"""Containers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore import events, headers
from emulators.openstack.objectstore.accounts import POLICY, ensure_account
from emulators.openstack.objectstore.answering import CONTAINER, answers
from emulators.openstack.objectstore.content import Objects
from emulators.openstack.objectstore.listing import entries, listing, wanted_of
from emulators.openstack.objectstore.place import Place, expired, find_container
from emulators.openstack.objectstore.records import SwiftContainer, SwiftObject
from emulators.openstack.objectstore.storing import drop_object, etag_of
from emulators.world.decide import Decision

OWNERS_ONLY: Final = frozenset({"temp-url-key", "temp-url-key-2"})


async def refresh(call: Call, place: Place) -> SwiftContainer:
    """The container without what has expired in it; raises Fault 404."""
    found, now = find_container(call.state, place), call.cloud.now().timestamp()
    late = [one.uid for one in call.state.where(SwiftObject, "container", found.uid) if expired(one, now)]
    if late:
        for file in await call.ask(drop_expired, objects=late):
            call.cloud.part(Objects, call.cloud).drop(file)
    return find_container(call.state, place)


@ask
def drop_expired(d: Decision, *, objects: list[str]) -> list[str]:
    """They are gone; answers their files."""
    found = [d.state.maybe(SwiftObject, uid) for uid in objects]
    return [drop_object(d, one) for one in found if one is not None]


def _said(one: SwiftContainer) -> dict[str, str]:
    found = {
        "X-Container-Object-Count": str(one.objects),
        "X-Container-Bytes-Used": str(one.bytes),
        "X-Timestamp": headers.timestamp(one.created),
        "Last-Modified": headers.http_date(one.updated),
        "X-Storage-Policy": POLICY,
        "Accept-Ranges": "bytes",
        **headers.shown(one.metadata, "Container"),
    }
    if one.read_acl:
        found["X-Container-Read"] = one.read_acl
    if one.write_acl:
        found["X-Container-Write"] = one.write_acl
    if one.versions:
        found["X-History-Location" if one.history else "X-Versions-Location"] = one.versions
    return found


@answers("GET", CONTAINER)
async def list_objects(call: Call, place: Place) -> Reply:
    """The container's objects."""
    found = await refresh(call, place)
    lines = entries(call.state.where(SwiftObject, "container", found.uid), wanted_of(call), _row)
    return listing(call, lines, root=("container", found.name), item="object", headers=_said(found))


def _row(one: SwiftObject) -> dict[str, Any]:
    return {
        "name": one.name,
        "hash": etag_of(one).strip('"') if one.segments else one.etag,
        "bytes": one.size,
        "content_type": one.content_type,
        "last_modified": one.updated.strftime("%Y-%m-%dT%H:%M:%S.%f"),
    }


@answers("HEAD", CONTAINER)
async def head_container(call: Call, place: Place) -> Reply:
    """What the container has."""
    return Reply(None, 204, {"Content-Type": headers.TEXT, **_said(await refresh(call, place))})


@answers("PUT", CONTAINER)
async def put_container(call: Call, place: Place) -> Reply:
    """Make a container, or set its metadata: 201 or 202."""
    given = _checked(call)
    if call.request.headers.get("X-Storage-Policy", POLICY) != POLICY:
        raise Fault(400, "Invalid X-Storage-Policy")
    new = await call.ask(decide_put, account=place.account, name=place.container, given=given)
    return Reply(None, 201 if new else 202, {"Last-Modified": headers.http_date(call.cloud.now())})


@answers("POST", CONTAINER)
async def post_container(call: Call, place: Place) -> Reply:
    """Set and remove metadata."""
    find_container(call.state, place)
    await call.ask(decide_put, account=place.account, name=place.container, given=_checked(call))
    return Reply(None, 204)


def _checked(call: Call) -> dict[str, str]:
    given = dict(call.request.headers)
    found = headers.metadata(given, "container")
    for name in ("quota-bytes", "quota-count"):
        value = found.get(name, "")
        if value and not (value.isascii() and value.isdigit()):
            raise Fault(400, f"Invalid {name.removeprefix('quota-')} quota.")
    for name in ("X-Container-Read", "X-Container-Write"):
        require_acl(name, call.request.headers.get(name, ""))
    return given


def require_acl(name: str, text: str) -> None:
    """Raise Fault 400 for an access list that is none."""
    for entry in filter(None, (part.strip() for part in text.split(","))):
        referrer = entry.startswith((".r:", ".referrer:", ".ref:", ".referer:"))
        if entry.startswith(".") and not referrer and entry != ".rlistings":
            raise Fault(400, f"{name}: Unknown designator {entry!r} in ACL")
        if referrer and name.endswith("Write"):
            raise Fault(400, f"{name}: Referrers not allowed in write ACL: {entry!r}")


@ask
def decide_put(d: Decision, *, account: str, name: str, given: dict[str, str]) -> bool:
    """The container is there and says so; whether it is new."""
    ensure_account(d, account)
    path = f"{account}/{name}"
    found = d.state.one(SwiftContainer, "path", path)
    fields = _settings({header.lower(): value for header, value in given.items()}, found)
    metadata = headers.merged(found.metadata if found else {}, given, "container")
    if found is not None:
        d.update(events.CONTAINER_CHANGED, found, metadata=metadata, updated=d.now, **fields)
        return False
    d.create(events.CONTAINER_CREATED, SwiftContainer, name=name, account=account, path=path, metadata=metadata, updated=d.now, **fields)
    return True


def _settings(given: Mapping[str, str], found: SwiftContainer | None) -> dict[str, Any]:
    """Access lists and the place of older versions, as a request sets or removes them."""
    fields: dict[str, Any] = {}
    for field, header in (("read_acl", "x-container-read"), ("write_acl", "x-container-write")):
        if header in given:
            fields[field] = given[header]
        if header.replace("x-", "x-remove-", 1) in given:
            fields[field] = ""
    for header, history in (("x-versions-location", False), ("x-history-location", True)):
        if header in given:
            fields |= {"versions": unquote(given[header]).strip("/"), "history": history}
        if header.replace("x-", "x-remove-", 1) in given and found is not None and found.history is history:
            fields["versions"] = ""
    return fields


@answers("DELETE", CONTAINER)
async def delete_container(call: Call, place: Place) -> Reply:
    """Delete an empty container."""
    found = await refresh(call, place)
    await call.ask(decide_delete, container=found.uid)
    return Reply(None, 204)


@ask
def decide_delete(d: Decision, *, container: str) -> None:
    """It is gone; raises Fault 409 while it has objects."""
    if d.state.count(SwiftObject, "container", container):
        raise Fault(409, "There was a conflict when trying to complete your request.")
    d.delete(events.CONTAINER_DELETED, d.get(SwiftContainer, container))

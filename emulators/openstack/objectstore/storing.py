"""What storing and deleting an object means for the records: counts, quotas, older versions."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from emulators.openstack.asks import ask
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore import events
from emulators.openstack.objectstore.place import NOT_FOUND, Place, account_of, find_container, object_at
from emulators.openstack.objectstore.records import Segment, SwiftContainer, SwiftObject
from emulators.world.decide import Decision

DELETED_TYPE: Final = "application/x-deleted;swift_versions_deleted=1"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be stored at a place."""

    size: int
    etag: str
    content_type: str
    file: str = ""
    metadata: dict[str, str] = {}
    headers: dict[str, str] = {}
    manifest: str = ""
    segments: tuple[Segment, ...] = ()
    delete_at: int = 0


def etag_of(one: SwiftObject) -> str:
    """An object's entity tag; that of a static large object is made of its segments' and stands in quotes."""
    if not one.segments:
        return one.etag
    return f'"{joined_etag([part.etag + (f":{part.range};" if part.range else "") for part in one.segments])}"'


def joined_etag(etags: list[str]) -> str:
    """The MD5 of entity tags one after another."""
    return hashlib.md5("".join(etags).encode(), usedforsecurity=False).hexdigest()


@ask
def store(d: Decision, *, account: str, container: str, name: str, content: Content, unless_there: bool = False) -> tuple[SwiftObject, str]:
    """The object, and the file that nobody needs any more.

    Raises Fault 404 (no container), 412 (it is there and should not be) or 413 (a quota).
    """
    place = Place(account, container, name)
    parent, found = find_container(d.state, place), object_at(d.state, place)
    if unless_there and found is not None:
        raise Fault(412, "A precondition for this request was not met.")
    require_quota(d, place, content.size, found)
    dropped = ""
    if found is not None and parent.versions:
        _archive(d, parent, found)
    elif found is not None:
        dropped = found.file
    fields = {name: getattr(content, name) for name in content.__struct_fields__}
    if found is None:
        made = d.create(events.OBJECT_CREATED, SwiftObject, name=name, container=parent.uid, path=place.path, updated=d.now, **fields)
    else:
        made = d.update(events.OBJECT_CHANGED, found, updated=d.now, **fields)
    _count(d, parent.uid, 0 if found else 1, content.size - (found.size if found else 0))
    return made, dropped


def require_quota(d: Decision, place: Place, size: int, found: SwiftObject | None) -> None:
    """Raise Fault 413 when the container or its account would hold too much."""
    container, account = find_container(d.state, place), account_of(d.state, place)
    more = size - (found.size if found else 0)
    one = 0 if found else 1
    limits = [
        (container.metadata.get("quota-bytes", ""), container.bytes + more, more),
        (container.metadata.get("quota-count", ""), container.objects + one, one),
    ]
    if account is not None:
        siblings = d.state.where(SwiftContainer, "account", place.account)
        limits.append((account.metadata.get("quota-bytes", ""), sum(each.bytes for each in siblings) + more, more))
        limits.append((account.quota_count, sum(each.objects for each in siblings) + one, one))
    if any(limit and added > 0 and total > int(limit) for limit, total, added in limits):
        raise Fault(413, "Upload exceeds quota.")


def _count(d: Decision, container: str, objects: int, size: int) -> None:
    found = d.get(SwiftContainer, container)
    d.update(events.CONTAINER_CHANGED, found, objects=found.objects + objects, bytes=found.bytes + size, updated=d.now)


def _archive(d: Decision, parent: SwiftContainer, one: SwiftObject) -> None:
    """Keep a version of an object in the container of older ones."""
    place = Place(parent.account, parent.versions)
    archive = d.state.one(SwiftContainer, "path", place.container_path)
    if archive is None:
        raise Fault(412, "The versions location does not exist.")
    name = f"{_prefix(one.name)}{one.updated.timestamp():016.5f}"
    fields = {field: getattr(one, field) for field in Content.__struct_fields__}
    path = f"{archive.path}/{name}"
    d.create(events.OBJECT_CREATED, SwiftObject, name=name, container=archive.uid, path=path, updated=one.updated, **fields)
    _count(d, archive.uid, 1, one.size)


def _prefix(name: str) -> str:
    return f"{len(name.encode()):03x}{name}/"


def drop_object(d: Decision, one: SwiftObject) -> str:
    """It is gone, and no longer counted; its file."""
    d.delete(events.OBJECT_DELETED, one)
    if d.state.maybe(SwiftContainer, one.container) is not None:
        _count(d, one.container, -1, -one.size)
    return one.file


@ask
def remove(d: Decision, *, account: str, container: str, name: str) -> str:
    """The object is gone, or the version before it is back; the file that nobody needs any more.  Raises Fault 404."""
    place = Place(account, container, name)
    parent, found = find_container(d.state, place), object_at(d.state, place)
    if found is None:
        raise Fault(404, NOT_FOUND)
    if not parent.versions:
        return drop_object(d, found)
    if parent.history:
        _archive(d, parent, found)
        drop_object(d, found)
        return ""
    return _restore(d, parent, found)


def _restore(d: Decision, parent: SwiftContainer, found: SwiftObject) -> str:
    archive = d.state.one(SwiftContainer, "path", f"{parent.account}/{parent.versions}")
    older = d.state.where(SwiftObject, "container", archive.uid) if archive else []
    versions = sorted((one for one in older if one.name.startswith(_prefix(found.name))), key=lambda one: one.name)
    if not versions:
        return drop_object(d, found)
    last = versions[-1]
    fields: dict[str, Any] = {field: getattr(last, field) for field in Content.__struct_fields__}
    d.update(events.OBJECT_CHANGED, found, updated=last.updated, **fields)
    _count(d, parent.uid, 0, last.size - found.size)
    d.delete(events.OBJECT_DELETED, last)
    _count(d, last.container, -1, -last.size)
    return found.file


@ask
def describe(d: Decision, *, uid: str, fields: dict[str, Any]) -> SwiftObject:
    """What is said of the object holds."""
    return d.update(events.OBJECT_CHANGED, d.get(SwiftObject, uid), updated=d.now, **fields)

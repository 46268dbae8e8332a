"""What Swift keeps: accounts, containers, and what is said of objects.  The bytes of an object lie in a file (`content`)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from emulators.world.decisions.records import Record
from emulators.world.model import kind


class Segment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a static large object: ``/container/object``, its MD5 and size, and the range of it that counts (empty: all)."""

    path: str
    etag: str
    size: int
    range: str = ""
    content_type: str = ""


@kind
class SwiftAccount(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An account (``name``: ``AUTH_`` and the project's id); ``metadata`` by lower-case header name without its prefix."""

    KIND: ClassVar[str] = "swift_account"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    quota_count: str = ""


@kind
class SwiftContainer(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A container; ``path`` is ``account/container``.  ``versions`` names the container that older versions of its objects go to."""

    KIND: ClassVar[str] = "swift_container"
    INDEXED: ClassVar[tuple[str, ...]] = ("account", "path")

    account: str
    path: str
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    read_acl: str = ""
    write_acl: str = ""
    versions: str = ""
    history: bool = False
    objects: int = 0
    bytes: int = 0
    updated: datetime


@kind
class SwiftObject(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An object; ``path`` is ``account/container/object``, ``container`` the container's uid, ``file`` the name of its content's file.

    ``headers`` are kept ones such as Content-Disposition, by lower-case name.  ``manifest`` (``container/prefix``) makes it a dynamic,
    ``segments`` a static large object.
    """

    KIND: ClassVar[str] = "swift_object"
    INDEXED: ClassVar[tuple[str, ...]] = ("container", "path")

    container: str
    path: str
    size: int
    etag: str
    content_type: str
    file: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    manifest: str = ""
    segments: tuple[Segment, ...] = ()
    delete_at: int = 0
    updated: datetime

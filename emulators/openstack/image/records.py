"""What Glance keeps: images, who shares them, tasks and metadata definitions.  The bytes of an image lie in files (`content`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import msgspec

from emulators.world.decisions.records import Record
from emulators.world.model import kind


@kind
class GlanceImage(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An image.  ``uid`` is its id, ``project`` its owner; an empty ``name`` or format is null.

    ``image`` is the world's Image once it is active.  ``size`` is -1 until there are bytes.  ``source`` says where the bytes come
    from: ``file``, or ``blank`` for a disk whose content is its machine's (`blank`).
    """

    KIND: ClassVar[str] = "glance_image"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "visibility", "image")

    project: str = ""
    user: str = ""
    visibility: str = "shared"
    status: str = "queued"
    container_format: str = ""
    disk_format: str = ""
    min_disk: int = 0
    min_ram: int = 0
    size: int = -1
    virtual_size: int = -1
    checksum: str = ""
    os_hash_algo: str = ""
    os_hash_value: str = ""
    protected: bool = False
    hidden: bool = False
    properties: dict[str, str] = msgspec.field(default_factory=dict)
    updated: datetime
    image: str = ""
    source: str = ""
    staged: int = -1


@kind
class GlanceMember(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A project that a shared image is offered to; ``name`` is the project's id."""

    KIND: ClassVar[str] = "glance_member"
    INDEXED: ClassVar[tuple[str, ...]] = ("image", "member")

    image: str
    member: str
    status: str = "pending"
    updated: datetime


@kind
class GlanceTask(Record, frozen=True, kw_only=True, omit_defaults=True):
    """An import or another long action; ``name`` is its type."""

    KIND: ClassVar[str] = "glance_task"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "image")

    project: str
    user: str = ""
    status: str = "pending"
    input: dict[str, Any] = msgspec.field(default_factory=dict)
    result: dict[str, Any] = msgspec.field(default_factory=dict)
    message: str = ""
    image: str = ""
    request_id: str = ""
    updated: datetime
    expires: datetime | None = None


@kind
class GlanceNamespace(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A namespace of metadata definitions; its objects, properties and tags by name, as they were given."""

    KIND: ClassVar[str] = "glance_namespace"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "project")

    project: str = ""
    display_name: str = ""
    description: str = ""
    visibility: str = "private"
    protected: bool = False
    updated: datetime
    objects: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    properties: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    words: dict[str, str] = msgspec.field(default_factory=dict)
    associations: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)

"""What Cinder keeps about volumes.  The storage itself is a Disk of the world (`CinderVolume.disk`).

Ids are UUIDs with dashes; empty texts are null in answers; sizes are GiB.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import msgspec

from emulators.world.decisions.records import Record
from emulators.world.model import kind


@kind
class CinderVolume(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A volume.  ``disk`` is the world's Disk, ``host`` the backend and pool that it lies on (``name@backend#pool``).

    ``before`` is the status to go back to after what is going on; ``delete_on_termination`` is Nova's wish for its server's.
    ``written``: it may have files of containers.
    """

    KIND: ClassVar[str] = "cinder_volume"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "status", "type", "source", "snapshot", "group", "disk")

    project: str
    user: str = ""
    size: int
    status: str = "creating"
    before: str = ""
    description: str = ""
    type: str = ""
    zone: str = "nova"
    host: str = ""
    bootable: bool = False
    multiattach: bool = False
    snapshot: str = ""
    source: str = ""
    backup: str = ""
    group: str = ""
    group_snapshot: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    admin_metadata: dict[str, str] = msgspec.field(default_factory=dict)
    image_metadata: dict[str, str] = msgspec.field(default_factory=dict)
    encryption_key: str = ""
    migration: str = ""
    disk: str = ""
    written: bool = False
    updated: datetime | None = None


@kind
class CinderSnapshot(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A volume's state at a time; it lies on the volume's datastore as a disk of its own."""

    KIND: ClassVar[str] = "cinder_snapshot"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "volume", "status", "group_snapshot")

    project: str
    user: str = ""
    volume: str
    size: int
    type: str = ""
    status: str = "creating"
    progress: str = "0%"
    description: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    group_snapshot: str = ""
    disk: str = ""
    written: bool = False
    updated: datetime | None = None


@kind
class CinderAttachment(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A volume's connection to a server; ``name`` is the server's id, ``vm`` the world's when its disk is plugged in."""

    KIND: ClassVar[str] = "cinder_attachment"
    INDEXED: ClassVar[tuple[str, ...]] = ("volume", "server", "project")

    volume: str
    project: str
    server: str = ""
    vm: str = ""
    status: str = "reserved"
    mode: str = ""
    device: str = ""
    host: str = ""
    connector: dict[str, Any] = msgspec.field(default_factory=dict)
    connection: dict[str, Any] = msgspec.field(default_factory=dict)
    attached: datetime | None = None
    detached: datetime | None = None
    delete_on_termination: bool = False


@kind
class CinderType(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A volume type; ``projects`` may use one that is not public.  ``encryption`` is empty, or has provider, cipher, key_size ..."""

    KIND: ClassVar[str] = "cinder_type"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "qos")

    description: str = ""
    public: bool = True
    extra_specs: dict[str, str] = msgspec.field(default_factory=dict)
    projects: tuple[str, ...] = ()
    qos: str = ""
    encryption: dict[str, Any] = msgspec.field(default_factory=dict)


@kind
class CinderQos(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Quality of service that types may have."""

    KIND: ClassVar[str] = "cinder_qos"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    consumer: str = "back-end"
    specs: dict[str, str] = msgspec.field(default_factory=dict)


@kind
class CinderTransfer(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A volume on offer to whoever knows the key, of which a salted hash is kept."""

    KIND: ClassVar[str] = "cinder_transfer"
    INDEXED: ClassVar[tuple[str, ...]] = ("volume", "project")

    volume: str
    project: str
    salt: str
    digest: str
    no_snapshots: bool = False
    source_project: str = ""
    destination_project: str = ""
    accepted: bool = False


@kind
class CinderBackup(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A volume's copy in the backup store, with what was said of the volume."""

    KIND: ClassVar[str] = "cinder_backup"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "volume", "parent", "snapshot")

    project: str
    user: str = ""
    volume: str
    snapshot: str = ""
    parent: str = ""
    incremental: bool = False
    size: int
    status: str = "creating"
    description: str = ""
    container: str = ""
    zone: str = "nova"
    fail_reason: str = ""
    objects: int = 0
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    volume_metadata: dict[str, str] = msgspec.field(default_factory=dict)
    image_metadata: dict[str, str] = msgspec.field(default_factory=dict)
    bootable: bool = False
    data_timestamp: datetime | None = None
    updated: datetime | None = None
    restoring: str = ""
    written: bool = False


@kind
class CinderGroupType(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A type of volume groups."""

    KIND: ClassVar[str] = "cinder_group_type"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    description: str = ""
    public: bool = True
    specs: dict[str, str] = msgspec.field(default_factory=dict)


@kind
class CinderGroup(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Volumes that are kept consistent together."""

    KIND: ClassVar[str] = "cinder_group"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "group_type")

    project: str
    description: str = ""
    zone: str = "nova"
    group_type: str
    volume_types: tuple[str, ...] = ()
    status: str = "creating"
    group_snapshot: str = ""
    source_group: str = ""


@kind
class CinderGroupSnapshot(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Snapshots of a group's volumes, taken together."""

    KIND: ClassVar[str] = "cinder_group_snapshot"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "group")

    project: str
    group: str
    group_type: str
    description: str = ""
    status: str = "creating"


@kind
class CinderMessage(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Why something that was accepted did not work, for its owner; ``name`` is the event's id (``VOLUME_VOLUME_002_003``)."""

    KIND: ClassVar[str] = "cinder_message"
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "resource")

    project: str
    resource: str
    resource_type: str
    text: str
    request_id: str = ""
    level: str = "ERROR"


@kind
class CinderQuota(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Limits that were set for a project, or (``name``: ``class:default``) for all; -1 is without a limit."""

    KIND: ClassVar[str] = "cinder_quota"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    limits: dict[str, int] = msgspec.field(default_factory=dict)


@kind
class CinderService(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A service (``name``: ``cinder-volume``) on a host, and whether operators let it work."""

    KIND: ClassVar[str] = "cinder_service"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "host")

    host: str
    zone: str = "nova"
    disabled: bool = False
    frozen: bool = False
    reason: str = ""
    updated: datetime | None = None


@kind
class CinderDefaultType(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The volume type that a project's volumes get when none is named; ``name`` is the project's id."""

    KIND: ClassVar[str] = "cinder_default_type"
    INDEXED: ClassVar[tuple[str, ...]] = ("name", "type")

    type: str

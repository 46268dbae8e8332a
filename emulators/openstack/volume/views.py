"""Volumes, snapshots and attachments as Cinder shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.times import micro
from emulators.openstack.volume.attaching import attachments_of
from emulators.openstack.volume.listing import Kind, links
from emulators.openstack.volume.records import CinderAttachment, CinderSnapshot, CinderType, CinderVolume

Row = dict[str, Any]
VOLUMES: Final = Kind(
    "volumes",
    {
        "id": lambda one: one.uid,
        "name": lambda one: one.name,
        "display_name": lambda one: one.name,
        "status": lambda one: one.status,
        "size": lambda one: one.size,
        "availability_zone": lambda one: one.zone,
        "bootable": lambda one: one.bootable,
        "metadata": lambda one: one.metadata,
        "glance_metadata": lambda one: one.image_metadata,
        "migration_status": lambda one: one.migration or None,
        "group_id": lambda one: one.group,
        "host": lambda one: one.host,
        "created_at": lambda one: one.created,
        "updated_at": lambda one: one.updated or one.created,
    },
)
SNAPSHOTS: Final = Kind(
    "snapshots",
    {
        "id": lambda one: one.uid,
        "name": lambda one: one.name,
        "display_name": lambda one: one.name,
        "status": lambda one: one.status,
        "volume_id": lambda one: one.volume,
        "metadata": lambda one: one.metadata,
        "volume_size": lambda one: one.size,
        "created_at": lambda one: one.created,
        "updated_at": lambda one: one.updated or one.created,
    },
)
ATTACHMENTS: Final = Kind(
    "attachments",
    {
        "id": lambda one: one.uid,
        "volume_id": lambda one: one.volume,
        "status": lambda one: one.status,
        "instance_id": lambda one: one.server,
        "attach_status": lambda one: one.status,
        "created_at": lambda one: one.created,
    },
)


def time(value: datetime | None) -> str | None:
    """A time as Cinder prints it, or null."""
    return micro(value) if value else None


def volume_summary(call: Call, volume: CinderVolume) -> Row:
    """A volume in a list."""
    return {"id": volume.uid, "name": volume.name or None, "links": links(call, f"volumes/{volume.uid}")}


def volume(call: Call, one: CinderVolume) -> Row:
    """A volume that was just made or changed."""
    type_ = call.state.maybe(CinderType, one.type)
    row = {
        "id": one.uid,
        "status": one.status,
        "size": one.size,
        "availability_zone": one.zone,
        "created_at": micro(one.created),
        "updated_at": time(one.updated),
        "name": one.name or None,
        "description": one.description or None,
        "volume_type": type_.name if type_ else None,
        "snapshot_id": one.snapshot or None,
        "source_volid": one.source or None,
        "metadata": one.metadata | one.admin_metadata,
        "links": links(call, f"volumes/{one.uid}"),
        "user_id": one.user,
        "bootable": "true" if one.bootable else "false",
        "encrypted": bool(one.encryption_key),
        "replication_status": None,
        "consistencygroup_id": None,
        "multiattach": one.multiattach,
        "attachments": _attachments(call, one),
    }
    _later_fields(call, one, row)
    return row


def _later_fields(call: Call, one: CinderVolume, row: Row) -> None:
    """What microversions added."""
    admin = call.credentials.admin
    if admin:
        row["migration_status"] = one.migration or None
    if call.since("3.13"):
        row["group_id"] = one.group or None
    if admin and call.since("3.21"):
        row["provider_id"] = None
    if call.since("3.48"):
        row |= {"shared_targets": None if call.since("3.69") else False, "service_uuid": None}
    if admin and call.since("3.61"):
        row["cluster_name"] = None
    if call.since("3.63"):
        row["volume_type_id"] = one.type or None
    if call.since("3.64") and one.encryption_key:
        row["encryption_key_id"] = one.encryption_key
    if call.since("3.65"):
        row["consumes_quota"] = True


def volume_detail(call: Call, one: CinderVolume) -> Row:
    """A volume with what extensions add when it is looked at."""
    row = volume(call, one)
    row["os-vol-tenant-attr:tenant_id"] = one.project
    if one.image_metadata:
        row["volume_image_metadata"] = one.image_metadata
    if call.credentials.admin:
        row |= {
            "os-vol-host-attr:host": one.host or None,
            "os-vol-mig-status-attr:migstat": one.migration or None,
            "os-vol-mig-status-attr:name_id": None,
        }
    return row


def _attachments(call: Call, one: CinderVolume) -> list[Row]:
    return [_attached(call, attachment) for attachment in attachments_of(call.state, one.uid) if attachment.status == "attached"]


def _attached(call: Call, one: CinderAttachment) -> Row:
    return {
        "id": one.volume,
        "attachment_id": one.uid,
        "volume_id": one.volume,
        "server_id": one.server or None,
        "host_name": (one.host or None) if call.credentials.admin else None,
        "device": one.device or None,
        "attached_at": time(one.attached),
    }


def snapshot(call: Call, one: CinderSnapshot) -> Row:
    """A snapshot in a list, or just made."""
    row: Row = {
        "id": one.uid,
        "name": one.name or None,
        "volume_id": one.volume,
        "status": one.status,
        "size": one.size,
        "metadata": one.metadata,
        "created_at": micro(one.created),
        "updated_at": time(one.updated),
        "description": one.description or None,
    }
    if call.since("3.14"):
        row["group_snapshot_id"] = one.group_snapshot or None
    if call.since("3.41"):
        row["user_id"] = one.user
    if call.since("3.65"):
        row["consumes_quota"] = True
    return row


def snapshot_detail(call: Call, one: CinderSnapshot) -> Row:
    """A snapshot with what extensions add."""
    added = {"os-extended-snapshot-attributes:progress": one.progress, "os-extended-snapshot-attributes:project_id": one.project}
    return snapshot(call, one) | added


def attachment_summary(_: Call, one: CinderAttachment) -> Row:
    """An attachment in a list."""
    return {"id": one.uid, "status": one.status, "instance": one.server or None, "volume_id": one.volume}


def attachment(call: Call, one: CinderAttachment) -> Row:
    """An attachment in full."""
    return attachment_summary(call, one) | {
        "attached_at": time(one.attached),
        "detached_at": time(one.detached),
        "attach_mode": one.mode or None,
        "connection_info": one.connection,
    }

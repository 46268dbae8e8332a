"""Volumes and their snapshots, as Cinder has them, and images, as Glance has them."""

from __future__ import annotations

from graph.backends.entities import EntityByKey
from graph.backends.keyed import Listed
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection
from graph.execution.scalars import BigInt, DateTime, Json
from graph.schema.entity import Entity, shows
from graph.schema.filters import entities
from graph.schema.inputs import paged
from graph.schema.refs import DiskRef, ImageRef, OpenStackServerRef, ProjectRef


@shows("cinder_volume")
@graph_type
class Volume(Entity):
    """A volume; its uid is its id in Cinder."""

    size_gib: int = column("size")
    status: str = column()
    type: str = column(description="The id of its volume type.")
    zone: str = column()
    description: str = column()
    bootable: bool = column()
    multiattach: bool = column()
    metadata: Json = column()
    disk: DiskRef | None = joined(EntityByKey("disk", "disk"), description="The storage itself.")
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    servers: Connection[OpenStackServerRef] | None = paged(Listed("nova_server", "servers"), description="Those it is attached to.")
    source: Volume | None = joined(EntityByKey("cinder_volume", "source"), description="The volume that it was made from.")
    snapshots: Connection[VolumeSnapshot] | None = entities("cinder_snapshot", "volume")


@shows("cinder_snapshot")
@graph_type
class VolumeSnapshot(Entity):
    """A volume's state at a time."""

    size_gib: int = column("size")
    status: str = column()
    progress: str = column()
    description: str = column()
    volume: Volume | None = joined(EntityByKey("cinder_volume", "volume"))
    project: ProjectRef | None = joined(EntityByKey("project", "project"))


@shows("glance_image")
@graph_type
class OpenStackImage(Entity):
    """An image; its uid is its id in Glance."""

    status: str = column()
    visibility: str = column()
    container_format: str = column()
    disk_format: str = column()
    size_bytes: BigInt = column("size", description="-1 until there are bytes.")
    checksum: str = column()
    protected: bool = column()
    hidden: bool = column()
    properties: Json = column()
    updated: DateTime = column()
    image: ImageRef | None = joined(EntityByKey("image", "image"), description="The guest image behind it.")
    project: ProjectRef | None = joined(EntityByKey("project", "project"))
    servers: Connection[OpenStackServerRef] | None = entities("nova_server", "image")


@graph_type
class OpenStackStorageQuery:
    """Reading what Cinder and Glance have."""

    volumes: Connection[Volume] | None = entities("cinder_volume")
    volume_snapshots: Connection[VolumeSnapshot] | None = entities("cinder_snapshot")
    openstack_images: Connection[OpenStackImage] | None = entities("glance_image")

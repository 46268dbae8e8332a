"""Arrays, LUNs, datastores, volumes and disks."""

from __future__ import annotations

from cmdb.model.declare import Flag, Integer, Item, Text, ci_class


@ci_class(table="cmdb_ci_storage_device", icon="storage", family="storage", identifiers=(("name", "site"),), abstract=True)
class Storage(Item, frozen=True, kw_only=True):
    """What keeps data."""

    capacity_bytes: Integer = None


@ci_class(table="cmdb_ci_storage_server", icon="array", identifiers=(("serial",), ("name", "site")))
class StorageArray(Storage, frozen=True, kw_only=True):
    """A storage array; all datastores on its LUNs fall with it."""

    vendor: Text = None
    model: Text = None
    serial: Text = None
    operable: Flag = None


@ci_class(table="cmdb_ci_san_lun", icon="lun", identifiers=(("naa",),))
class Lun(Storage, frozen=True, kw_only=True):
    """A block device that an array exports; ``naa`` is its world-wide id."""

    naa: Text = None
    operable: Flag = None


@ci_class(table="cmdb_ci_vcenter_datastore", icon="datastore", identifiers=(("uuid",), ("name", "site")))
class Datastore(Storage, frozen=True, kw_only=True):
    """A VMFS or NFS store for VM files."""

    uuid: Text = None
    type: Text = None
    filled_bytes: Integer = None
    accessible: Flag = None
    maintenance: Flag = None


@ci_class(table="cmdb_ci_storage_volume", icon="disk", identifiers=(("uuid",),), indexed=("project",))
class Disk(Storage, frozen=True, kw_only=True):
    """A virtual disk of a VM; ``path`` is its file on its datastore."""

    uuid: Text = None
    path: Text = None
    thin: Flag = None
    mode: Text = None
    project: Text = None


@ci_class(icon="volume")
class Volume(Disk, frozen=True, kw_only=True):
    """A disk with a life of its own: Cinder's volumes."""

    status: Text = None

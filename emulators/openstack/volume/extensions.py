"""The extensions that are announced, as every Cinder since Rocky does."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.volume.service import VOLUME


class Extension(NamedTuple):
    """An extension; ``updated`` is a day."""

    alias: str
    name: str
    description: str
    updated: str


EXTENSIONS: Final = (
    Extension("OS-SCH-HNT", "SchedulerHints", "Pass arbitrary key/value pairs to the scheduler.", "2013-04-18"),
    Extension("backups", "Backups", "Backups support.", "2012-12-12"),
    Extension("capabilities", "Capabilities", "Capabilities support.", "2015-08-31"),
    Extension("encryption", "VolumeTypeEncryption", "Encryption support for volume types.", "2013-07-01"),
    Extension("os-admin-actions", "AdminActions", "Enable admin actions.", "2012-08-25"),
    Extension("os-availability-zone", "AvailabilityZones", "Describe Availability Zones.", "2013-06-27"),
    Extension("os-extended-services", "ExtendedServices", "Extended services support.", "2014-01-10"),
    Extension("os-extended-snapshot-attributes", "ExtendedSnapshotAttributes", "Extended SnapshotAttributes support.", "2012-06-19"),
    Extension("os-hosts", "Hosts", "Admin-only host administration.", "2011-06-29"),
    Extension("os-quota-class-sets", "QuotaClasses", "Quota classes management support.", "2012-03-12"),
    Extension("os-quota-sets", "Quotas", "Quota management support.", "2011-08-08"),
    Extension("os-services", "Services", "Services support.", "2012-10-28"),
    Extension("os-snapshot-actions", "SnapshotActions", "Enable snapshot manager actions.", "2013-07-16"),
    Extension("os-snapshot-manage", "SnapshotManage", "Allows existing backend storage to be 'managed' by Cinder.", "2014-12-31"),
    Extension("os-snapshot-unmanage", "SnapshotUnmanage", "Enable volume unmanage operation.", "2014-12-31"),
    Extension("os-types-extra-specs", "TypesExtraSpecs", "Type extra specs support.", "2011-08-24"),
    Extension("os-types-manage", "TypesManage", "Types manage support.", "2011-08-24"),
    Extension("os-used-limits", "UsedLimits", "Provide data on limited resources that are being used.", "2013-10-03"),
    Extension("os-vol-host-attr", "VolumeHostAttribute", "Expose host as an attribute of a volume.", "2011-11-03"),
    Extension("os-vol-image-meta", "VolumeImageMetadata", "Show image metadata associated with the volume.", "2012-12-07"),
    Extension("os-vol-mig-status-attr", "VolumeMigStatusAttribute", "Expose migration_status as an attribute of a volume.", "2013-08-08"),
    Extension("os-vol-tenant-attr", "VolumeTenantAttribute", "Expose the internal project_id as an attribute of a volume.", "2011-11-03"),
    Extension("os-volume-actions", "VolumeActions", "Enable volume actions.", "2012-05-31"),
    Extension("os-volume-encryption-metadata", "VolumeEncryptionMetadata", "Volume encryption metadata retrieval support.", "2013-07-10"),
    Extension("os-volume-manage", "VolumeManage", "Allows existing backend storage to be 'managed' by Cinder.", "2014-02-10"),
    Extension("os-volume-transfer", "VolumeTransfer", "Volume transfer management support.", "2013-05-29"),
    Extension("os-volume-type-access", "VolumeTypeAccess", "Volume type access support.", "2014-06-26"),
    Extension("os-volume-unmanage", "VolumeUnmanage", "Enable volume unmanage operation.", "2012-05-31"),
    Extension("qos-specs", "Qos_specs_manage", "QoS specs support.", "2013-08-02"),
    Extension("scheduler-stats", "Scheduler_stats", "Scheduler stats support.", "2014-09-07"),
)


def view(one: Extension) -> dict[str, Any]:
    """An extension as Cinder shows it."""
    return {"alias": one.alias, "name": one.name, "description": one.description, "updated": f"{one.updated}T00:00:00+00:00", "links": []}


@VOLUME.get("/extensions", quality="client")
async def list_extensions(_: Call) -> dict[str, Any]:
    """All of them."""
    return {"extensions": [view(one) for one in EXTENSIONS]}


@VOLUME.get("/extensions/{alias}")
async def show_extension(call: Call) -> dict[str, Any]:
    """One of them."""
    found = next((one for one in EXTENSIONS if one.alias == call.path["alias"]), None)
    if found is None:
        raise Fault(404, f"There is no extension {call.path['alias']}.")
    return {"extension": view(found)}

"""Ten thousand requests of Cinder that are almost right."""

from __future__ import annotations

import pytest

from emulators.openstack.services import load
from emulators.openstack.volume.service import VOLUME
from tests.unit.openstack.stack import Client, Stack
from tests.unit.openstack.storm import Asking, storm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
VERSIONS = ("3.0", "3.12", "3.27", "3.42", "3.44", "3.47", "3.53", "3.54", "3.55", "3.59", "3.62", "3.66", "3.68", "3.71")
NOBODY = "11111111-1111-4111-8111-111111111111"
V3 = "/volume/v3"
QUERIES = {
    "limit": ("1", "0", "1000"),
    "marker": (NOBODY,),
    "offset": ("0", "1"),
    "sort": ("name:asc,id", "created_at"),
    "sort_key": ("name", "size"),
    "sort_dir": ("asc", "desc"),
    "name": ("a", "v"),
    "status": ("available", "error"),
    "all_tenants": ("1", "true"),
    "with_count": ("true",),
    "metadata": ("{'a': 'b'}", "{"),
    "bootable": ("true",),
    "created_at": ("gt:2026-01-01T00:00:00", "2026"),
    "cascade": ("true",),
    "force": ("true",),
    "usage": ("True",),
    "detail": ("True",),
    "is_public": ("None", "true"),
    "vol_type_id": (NOBODY,),
    "host": ("kvm-01.ams1",),
    "binary": ("cinder-volume",),
    "list_volume": ("true",),
    "project_id": (NOBODY,),
    "resource": ("volume",),
    "name~": ("a",),
}


async def known(demo: Client, admin: Client) -> dict[str, list[str]]:
    """What requests are about, by the names that paths and bodies have for it."""
    newest = {"OpenStack_API_Version": "volume 3.71"}
    quota = {"quota_set": {"volumes": 500, "snapshots": 500, "gigabytes": 100_000, "backups": 500, "groups": 500}}
    projects = {one["name"]: one["id"] for one in (await admin.ok("GET", "/identity/v3/projects"))["projects"]}
    await admin.ok("PUT", f"{V3}/os-quota-sets/{projects['demo']}", quota)
    types = (await admin.ok("GET", f"{V3}/types"))["volume_types"]
    volumes = [(await demo.ok("POST", f"{V3}/volumes", {"volume": {"size": 1, "name": "v"}}))["volume"]["id"] for _ in range(5)]
    snapshot = (await demo.ok("POST", f"{V3}/snapshots", {"snapshot": {"volume_id": volumes[0]}}))["snapshot"]["id"]
    backup = (await demo.ok("POST", f"{V3}/backups", {"backup": {"volume_id": volumes[1]}}))["backup"]["id"]
    offered = {"transfer": {"volume_id": volumes[2], "name": "t"}}
    transfer = (await demo.ok("POST", f"{V3}/os-volume-transfer", offered))["transfer"]
    qos = (await admin.ok("POST", f"{V3}/qos-specs", {"qos_specs": {"name": "q", "iops": "5"}}))["qos_specs"]["id"]
    group_types = (await admin.ok("GET", f"{V3}/group_types", **newest))["group_types"]
    wanted = {"group": {"group_type": group_types[0]["id"], "volume_types": [types[0]["id"]], "name": "g"}}
    group = (await demo.ok("POST", f"{V3}/groups", wanted, **newest))["group"]["id"]
    reserved = {"attachment": {"volume_uuid": volumes[3], "instance_uuid": NOBODY}}
    attachment = (await demo.ok("POST", f"{V3}/attachments", reserved, **newest))["attachment"]["id"]
    images = [one["id"] for one in (await demo.ok("GET", "/image/v2/images"))["images"]]
    return {
        "volume_id": volumes,
        "volume_uuid": volumes,
        "source_volid": volumes,
        "snapshot_id": [snapshot],
        "backup_id": [backup],
        "transfer_id": [transfer["id"]],
        "auth_key": [transfer["auth_key"]],
        "type_id": [one["id"] for one in types],
        "volume_type": [one["name"] for one in types],
        "new_type": [one["id"] for one in types],
        "qos_id": [qos],
        "group_id": [group],
        "group_type_id": [one["id"] for one in group_types],
        "group_type": [one["id"] for one in group_types],
        "attachment_id": [attachment],
        "project": list(projects.values()),
        "project_id": list(projects.values()),
        "imageRef": images,
        "image_id": images,
        "key": ["a", "volume_backend_name", "readonly"],
        "host": ["kvm-01.ams1@lvmdriver-1", "kvm-01.ams1"],
        "binary": ["cinder-volume"],
        "alias": ["os-hosts"],
        "instance_uuid": [NOBODY],
        "class_name": ["default"],
        "status": ["available", "error"],
        "add_volumes": [",".join(volumes)],
        "remove_volumes": [volumes[4]],
        "message_id": [NOBODY],
        "encryption_id": [NOBODY],
        "group_snapshot_id": [NOBODY],
        "mountpoint": ["/dev/vdb"],
        "image_name": ["i"],
        "description": ["d"],
        "name": ["n"],
    }


async def test_almost_right_requests_are_answered(stack: Stack, admin: Client, demo: Client) -> None:
    load()
    wild = Asking(VOLUME, await known(demo, admin), 8776, QUERIES)
    statuses = await storm(wild, "volume", VERSIONS, (admin, demo))
    assert {200, 202, 204, 400, 403, 404, 405, 409} <= statuses.keys(), statuses
    assert sum(count for status, count in statuses.items() if status < 300) > 1000, statuses

"""Snapshots, attachments, types, transfers, backups, groups: what hangs on volumes."""

from __future__ import annotations

from typing import Any

from emulators.openstack.asks import ask
from emulators.openstack.cloud import SYSTEM
from emulators.openstack.volume import face
from emulators.openstack.volume.records import CinderVolume
from emulators.world.decide import Decision
from emulators.world.model import Disk, Vm
from tests.unit.openstack.stack import Client, Stack
from tests.unit.openstack.volume.test_volumes import NOBODY, V3, gone, made, shown

NEWEST = {"OpenStack_API_Version": "volume 3.71"}


async def act(client: Client, volume: str, action: str, body: Any = None, status: int = 202) -> Any:
    """Do something with a volume."""
    answer = await client("POST", f"{V3}/volumes/{volume}/action", {action: body if body is not None else {}})
    assert answer.status == status, answer.data
    return answer.body


async def test_a_snapshot_has_the_fields_that_it_has_and_no_others(demo: Client) -> None:
    volume = await made(demo)
    answer = await demo("POST", f"{V3}/snapshots", {"snapshot": {"volume_id": volume["id"], "name": "s"}})
    keys = {"status", "description", "created_at", "metadata", "name", "volume_id", "id", "size", "updated_at"}
    assert (answer.status, set(answer.body["snapshot"]), answer.body["snapshot"]["status"]) == (202, keys, "creating")
    snapshot = (await demo.ok("GET", f"{V3}/snapshots/{answer.body['snapshot']['id']}"))["snapshot"]
    added = {"os-extended-snapshot-attributes:progress", "os-extended-snapshot-attributes:project_id"}
    assert set(snapshot) == keys | added
    assert (snapshot["status"], snapshot["os-extended-snapshot-attributes:progress"]) == ("available", "100%")
    assert (await demo.ok("GET", f"{V3}/snapshots?volume_id={NOBODY}"))["snapshots"] == []
    for unknown in (None, NOBODY):
        await demo.refused(404, "POST", f"{V3}/snapshots", {"snapshot": {"volume_id": unknown}})
    assert (await demo("DELETE", f"{V3}/snapshots/{snapshot['id']}")).status == 202
    await demo.refused(404, "GET", f"{V3}/snapshots/{snapshot['id']}")


async def test_a_snapshot_of_a_volume_in_use_needs_force_before_366(demo: Client) -> None:
    volume = await made(demo)
    await act(demo, volume["id"], "os-attach", {"instance_uuid": NOBODY, "mountpoint": "/dev/vdb"})
    wanted = {"snapshot": {"volume_id": volume["id"]}}
    await demo.refused(400, "POST", f"{V3}/snapshots", wanted)
    await demo.ok("POST", f"{V3}/snapshots", {"snapshot": {"volume_id": volume["id"], "force": True}})
    await demo.ok("POST", f"{V3}/snapshots", wanted, OpenStack_API_Version="volume 3.66")


async def test_a_volume_is_attached_and_detached_by_actions(demo: Client) -> None:
    volume = (await made(demo))["id"]
    await act(demo, volume, "os-reserve")
    assert (await shown(demo, volume))["status"] == "attaching"
    await act(demo, volume, "os-reserve", status=400)
    await act(demo, volume, "os-unreserve")
    await act(demo, volume, "os-attach", {"instance_uuid": NOBODY, "mountpoint": "/dev/vdb"})
    found = await shown(demo, volume)
    (attachment,) = found["attachments"]
    assert (found["status"], attachment["server_id"], attachment["device"], attachment["id"]) == ("in-use", NOBODY, "/dev/vdb", volume)
    assert found["metadata"] == {"readonly": "False", "attached_mode": "rw"}
    await demo.refused(400, "DELETE", f"{V3}/volumes/{volume}")
    await act(demo, volume, "os-begin_detaching")
    await act(demo, volume, "os-roll_detaching")
    await act(demo, volume, "os-detach")
    found = await shown(demo, volume)
    assert (found["status"], found["attachments"]) == ("available", [])
    await act(demo, volume, "os-detach")


async def test_flags_sizes_and_types_are_changed_by_actions(demo: Client, admin: Client) -> None:
    volume = (await made(demo))["id"]
    await act(demo, volume, "os-set_bootable", {"bootable": True}, 200)
    await act(demo, volume, "os-update_readonly_flag", {"readonly": "true"})
    found = await shown(demo, volume)
    assert (found["bootable"], found["metadata"]) == ("true", {"readonly": "True"})
    await act(demo, volume, "os-attach", {"instance_uuid": NOBODY, "mountpoint": "/dev/vdb"}, 400)
    await act(demo, volume, "os-extend", {"new_size": 1}, 400)
    await act(demo, volume, "os-extend", {"new_size": 3})
    assert (await shown(demo, volume))["size"] == 3
    await admin.ok("POST", f"{V3}/types", {"volume_type": {"name": "gold"}})
    await act(demo, volume, "os-retype", {"new_type": "gold"})
    assert (await shown(demo, volume))["volume_type"] == "gold"
    await act(demo, volume, "os-retype", {"new_type": "lead"}, 400)
    await act(demo, volume, "os-nothing", status=400)


async def test_a_volume_in_use_grows_since_342(demo: Client) -> None:
    volume = (await made(demo))["id"]
    await act(demo, volume, "os-attach", {"instance_uuid": NOBODY, "mountpoint": "/dev/vdb"})
    path, body = f"{V3}/volumes/{volume}/action", {"os-extend": {"new_size": 2}}
    await demo.refused(400, "POST", path, body)
    await demo.ok("POST", path, body, OpenStack_API_Version="volume 3.42")
    found = await shown(demo, volume)
    assert (found["status"], found["size"]) == ("in-use", 2)


async def test_an_uploaded_volume_is_an_image(demo: Client) -> None:
    volume = (await made(demo, size=2))["id"]
    body = await act(demo, volume, "os-volume_upload_image", {"image_name": "i", "disk_format": "qcow2"})
    image = await demo.ok("GET", f"/image/v2/images/{body['os-volume_upload_image']['image_id']}")
    assert (image["status"], image["disk_format"], image["virtual_size"]) == ("active", "qcow2", 2 << 30)
    data = (await demo("GET", f"/image/v2/images/{image['id']}/file")).data
    assert data.startswith(b"QFI\xfb")
    assert len(data) == image["size"]
    assert (await shown(demo, volume))["status"] == "available"


async def test_attachments_reserve_connect_and_complete(demo: Client) -> None:
    volume = (await made(demo))["id"]
    wanted = {"attachment": {"volume_uuid": volume, "instance_uuid": NOBODY}}
    await demo.refused(404, "POST", f"{V3}/attachments", wanted, OpenStack_API_Version="volume 3.26")
    attachment = (await demo.ok("POST", f"{V3}/attachments", wanted, **NEWEST))["attachment"]
    assert (attachment["status"], attachment["instance"], (await shown(demo, volume))["status"]) == ("reserved", NOBODY, "reserved")
    path = f"{V3}/attachments/{attachment['id']}"
    await demo.refused(400, "POST", f"{path}/action", {"os-complete": {}}, **NEWEST)
    connected = (await demo.ok("PUT", path, {"attachment": {"connector": {"host": "h", "mountpoint": "/dev/vdb"}}}, **NEWEST))["attachment"]
    assert connected["connection_info"]["driver_volume_type"] == "iscsi"
    assert (await demo("POST", f"{path}/action", {"os-complete": {}}, **NEWEST)).status == 204
    assert (await shown(demo, volume))["status"] == "in-use"
    await demo.refused(400, "POST", f"{V3}/attachments", wanted, **NEWEST)
    assert (await demo.ok("DELETE", path, **NEWEST))["attachments"] == []
    assert (await shown(demo, volume))["status"] == "available"


@ask
def attach(d: Decision, *, volume: str, vm: str) -> str:
    """What Nova does."""
    face.reserve(d, volume, "server")
    return face.attach(d, volume, server="server", vm=vm, device="/dev/vdb", host="kvm-01.ams1", delete_on_termination=True)


@ask
def release(d: Decision) -> None:
    """What Nova does when the server goes."""
    face.release_server(d, "server")


async def test_an_attached_volume_is_a_disk_of_the_machine(stack: Stack, demo: Client) -> None:
    volume = (await made(demo))["id"]
    state, disk = stack.cloud.state, stack.cloud.state.get(CinderVolume, volume).disk
    vm = state.all(Vm)[0]
    await stack.cloud.ask(SYSTEM, attach, volume=volume, vm=vm.uid)
    assert state.get(Disk, disk).vm == vm.uid
    assert state.get(Vm, vm.uid).change == vm.change + 1, "so that its machine is brought in line"
    assert [one.uid for one in face.volumes_of(state, "server")] == [volume]
    await stack.cloud.ask(SYSTEM, release)
    await gone(demo, f"{V3}/volumes/{volume}")
    assert state.maybe(Disk, disk) is None


async def test_types_have_specs_access_encryption_and_qos(admin: Client, demo: Client, projects: dict[str, str]) -> None:
    wanted = {"name": "secret", "os-volume-type-access:is_public": False, "extra_specs": {"a": "b"}}
    type_ = (await admin.ok("POST", f"{V3}/types", {"volume_type": wanted}))["volume_type"]
    path = f"{V3}/types/{type_['id']}"
    await admin.refused(409, "POST", f"{V3}/types", {"volume_type": wanted})
    await demo.refused(404, "GET", path)
    await demo.refused(403, "POST", f"{V3}/types", {"volume_type": wanted})
    await admin.ok("POST", f"{path}/action", {"addProjectAccess": {"project": projects["demo"]}})
    assert (await demo.ok("GET", path))["volume_type"]["extra_specs"] == {}, "specs are the operator's matter"
    assert (await admin.ok("GET", f"{path}/extra_specs/a")) == {"a": "b"}
    await admin.ok("POST", f"{path}/encryption", {"encryption": {"provider": "luks", "control_location": "front-end", "key_size": 256}})
    assert (await admin.ok("DELETE", f"{path}/extra_specs/a")) is None
    volume = (await made(demo, volume_type="secret"))["id"]
    assert (await shown(demo, volume))["encrypted"] is True
    await admin.refused(400, "DELETE", path)
    qos = (await admin.ok("POST", f"{V3}/qos-specs", {"qos_specs": {"name": "q", "iops": "5"}}))["qos_specs"]
    assert (await admin("GET", f"{V3}/qos-specs/{qos['id']}/associate?vol_type_id={type_['id']}")).status == 202
    await admin.refused(400, "DELETE", f"{V3}/qos-specs/{qos['id']}")
    assert (await admin.ok("GET", path))["volume_type"]["qos_specs_id"] == qos["id"]


async def test_a_type_that_the_backend_cannot_do_leads_to_an_error(admin: Client, demo: Client) -> None:
    await admin.ok("POST", f"{V3}/types", {"volume_type": {"name": "fc", "extra_specs": {"storage_protocol": "FC"}}})
    assert (await shown(demo, (await made(demo, volume_type="fc"))["id"]))["status"] == "error"


async def test_a_volume_is_handed_over_to_whoever_has_the_key(admin: Client, demo: Client, projects: dict[str, str]) -> None:
    volume = (await made(demo))["id"]
    offer = (await demo.ok("POST", f"{V3}/os-volume-transfer", {"transfer": {"volume_id": volume, "name": "t"}}))["transfer"]
    assert (await shown(demo, volume))["status"] == "awaiting-transfer"
    path = f"{V3}/os-volume-transfer/{offer['id']}"
    assert "auth_key" not in (await demo.ok("GET", path))["transfer"]
    await admin.refused(403, "POST", f"{path}/accept", {"accept": {"auth_key": "wrong"}})
    await admin.ok("POST", f"{path}/accept", {"accept": {"auth_key": offer["auth_key"]}})
    await demo.refused(404, "GET", f"{V3}/volumes/{volume}")
    assert (await shown(admin, volume))["os-vol-tenant-attr:tenant_id"] == projects["admin"]


async def test_a_backup_is_restored_exported_and_imported(admin: Client, demo: Client) -> None:
    volume = (await made(demo, name="v"))["id"]
    await demo.refused(400, "POST", f"{V3}/backups", {"backup": {"volume_id": volume, "incremental": True}})
    backup = (await demo.ok("POST", f"{V3}/backups", {"backup": {"volume_id": volume, "name": "b"}}))["backup"]["id"]
    assert (await demo.ok("GET", f"{V3}/backups/{backup}"))["backup"]["status"] == "available"
    assert (await shown(demo, volume))["status"] == "available"
    restored = (await demo.ok("POST", f"{V3}/backups/{backup}/restore", {"restore": {}}))["restore"]
    assert (await shown(demo, restored["volume_id"]))["status"] == "available"
    record = (await admin.ok("GET", f"{V3}/backups/{backup}/export_record"))["backup-record"]
    await admin.refused(400, "POST", f"{V3}/backups/import_record", {"backup-record": record})
    assert (await demo("DELETE", f"{V3}/backups/{backup}")).status == 202
    imported = (await admin.ok("POST", f"{V3}/backups/import_record", {"backup-record": record}))["backup"]
    assert imported["id"] == backup
    await admin.refused(400, "POST", f"{V3}/backups/import_record", {"backup-record": {**record, "backup_url": "x"}})


async def test_a_group_is_kept_together(demo: Client) -> None:
    types = {one["name"]: one["id"] for one in (await demo.ok("GET", f"{V3}/types"))["volume_types"]}
    wanted = {"group": {"name": "g", "group_type": "default_cgsnapshot_type", "volume_types": [types["lvmdriver-1"]]}}
    group = (await demo.ok("POST", f"{V3}/groups", wanted, **NEWEST))["group"]["id"]
    body = {"volume": {"size": 1, "volume_type": "lvmdriver-1", "group_id": group}}
    volume = (await demo.ok("POST", f"{V3}/volumes", body, **NEWEST))["volume"]["id"]
    snapshot = (await demo.ok("POST", f"{V3}/group_snapshots", {"group_snapshot": {"group_id": group}}, **NEWEST))["group_snapshot"]["id"]
    (part,) = (await demo.ok("GET", f"{V3}/snapshots?volume_id={volume}", **NEWEST))["snapshots"]
    assert part["group_snapshot_id"] == snapshot
    await demo.refused(400, "DELETE", f"{V3}/snapshots/{part['id']}")
    from_it = {"create-from-src": {"group_snapshot_id": snapshot, "name": "copy"}}
    copy = (await demo.ok("POST", f"{V3}/groups/action", from_it, **NEWEST))["group"]["id"]
    shown_copy = (await demo.ok("GET", f"{V3}/groups/{copy}?list_volume=true", **NEWEST))["group"]
    assert (shown_copy["status"], len(shown_copy["volumes"])) == ("available", 1)
    await demo.refused(400, "POST", f"{V3}/groups/{copy}/action", {"delete": {"delete-volumes": False}}, **NEWEST)
    await demo.ok("POST", f"{V3}/groups/{copy}/action", {"delete": {"delete-volumes": True}}, **NEWEST)
    await demo.refused(404, "GET", f"{V3}/groups/{copy}", **NEWEST)


async def test_a_volume_goes_back_to_its_latest_snapshot_only(demo: Client) -> None:
    volume = (await made(demo))["id"]
    snapshots = [(await demo.ok("POST", f"{V3}/snapshots", {"snapshot": {"volume_id": volume}}))["snapshot"]["id"] for _ in range(2)]
    path = f"{V3}/volumes/{volume}/action"
    await demo.refused(400, "POST", path, {"revert": {"snapshot_id": snapshots[0]}}, **NEWEST)
    assert (await demo("POST", path, {"revert": {"snapshot_id": snapshots[1]}}, **NEWEST)).status == 202


async def test_the_deployment_shows_its_services_and_pools(admin: Client, demo: Client) -> None:
    services = (await admin.ok("GET", f"{V3}/os-services"))["services"]
    assert {one["binary"] for one in services} == {"cinder-scheduler", "cinder-volume", "cinder-backup"}
    assert {one["state"] for one in services} == {"up"}
    await demo.refused(403, "GET", f"{V3}/os-services")
    volume_service = next(one for one in services if one["binary"] == "cinder-volume")
    body = {"host": volume_service["host"], "binary": "cinder-volume", "disabled_reason": "tired"}
    answer = await admin.ok("PUT", f"{V3}/os-services/disable-log-reason", body)
    assert (answer["status"], answer["disabled_reason"]) == ("disabled", "tired")
    (pool,) = (await admin.ok("GET", f"{V3}/scheduler-stats/get_pools?detail=True"))["pools"]
    assert pool["name"].startswith(volume_service["host"])
    assert pool["capabilities"]["free_capacity_gb"] == pool["capabilities"]["total_capacity_gb"] == 20 * 1024
    assert "Hosts" in {one["name"] for one in (await demo.ok("GET", f"{V3}/extensions"))["extensions"]}
    assert (await demo.ok("GET", f"{V3}/os-availability-zone"))["availabilityZoneInfo"][0]["zoneName"] == "nova"

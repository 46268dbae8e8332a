"""POST /servers: what may be asked, and how what may not is refused."""

from __future__ import annotations

import base64
import json
import tarfile
from io import BytesIO
from typing import Any

import pytest

from emulators.openstack.compute.servers.guest import ARCHIVE
from emulators.openstack.compute.servers.records import NovaServer
from tests.unit.openstack.servers.rig import SERVERS, Rig

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def test_the_answer_names_the_server_and_its_password(nova: Rig) -> None:
    made = (await nova.create(adminPass="s3cret"))["server"]
    assert set(made) == {"id", "links", "OS-DCF:diskConfig", "security_groups", "adminPass"}
    assert made["adminPass"] == "s3cret"
    server = await nova.wait(made["id"], "ACTIVE")
    ((address,),) = server["addresses"].values()
    assert address["addr"].startswith("10.0.0.")
    assert address["OS-EXT-IPS:type"] == "fixed"


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": 12345},
        {"name": "x" * 256},
        {"imageRef": UNKNOWN},
        {"imageRef": "-1"},
        {"imageRef": None},
        {"flavorRef": "-1"},
        {"flavorRef": ""},
        {"accessIPv4": "1.1.1.1.1.1"},
        {"accessIPv6": "notvalid"},
        {"networks": [{"uuid": "a-b-c-d-e-f"}]},
        {"networks": [{"uuid": UNKNOWN}]},
        {"networks": [{"port": UNKNOWN}]},
        {"networks": None},
        {"networks": "some"},
        {"key_name": "unknown"},
        {"security_groups": [{"name": "unknown"}]},
        {"metadata": {"a": "b" * 260}},
        {"min_count": 2, "max_count": 1},
        {"availability_zone": "elsewhere"},
        {"user_data": "***"},
        {"tags": ["a/b"]},
        {"personality": []},
        {"hostname": "a b"},
        {"block_device_mapping_v2": [{"source_type": "volume", "uuid": UNKNOWN, "destination_type": "volume", "boot_index": 1}]},
        {"block_device_mapping_v2": [{"source_type": "blank", "destination_type": "volume", "boot_index": -1}]},
        {"block_device_mapping_v2": [{"source_type": "volume", "destination_type": "volume"}]},
    ],
)
async def test_what_is_wrong_is_refused_at_once(nova: Rig, given: dict[str, Any]) -> None:
    await nova.create(status=400, **given)
    assert (await nova("GET", SERVERS))["servers"] == []


async def test_what_older_versions_took(nova: Rig) -> None:
    contents = base64.b64encode(b"hello").decode()
    made = await nova.create(version="2.1", personality=[{"path": "/etc/motd", "contents": contents}])
    await nova.wait(made["server"]["id"], "ACTIVE")
    await nova.create(version="2.18", description="no", status=400)
    shown = await nova.show(made["server"]["id"], version="2.19")
    assert shown["description"] == "web"


async def test_a_network_is_named_where_several_can_be_meant(nova: Rig, nova_admin: Rig) -> None:
    """The demo project has one of its own beside the shared one: nova takes neither; others have the shared one alone."""
    for version, networks in (("2.1", None), ("2.96", "auto")):
        refused = await nova.create(version=version, networks=networks, status=409)
        assert refused["conflictingRequest"]["message"] == "Multiple possible networks found, use a Network ID to be more specific."
    uid = await nova.boot(networks="none")
    await nova("POST", f"{uid}/os-interface", {}, status=400)
    assert list((await nova_admin.show(await nova_admin.boot(networks="auto")))["addresses"]) == ["shared"]


async def test_several_at_once_by_one_reservation(nova: Rig) -> None:
    made = await nova.create(min_count=2, max_count=3, return_reservation_id=True)
    assert set(made) == {"reservation_id"}
    found = (await nova("GET", f"{SERVERS}?reservation_id={made['reservation_id']}&sort_key=display_name&sort_dir=asc"))["servers"]
    assert [one["name"] for one in found] == ["web-1", "web-2", "web-3"]


async def test_the_quota_holds(nova: Rig) -> None:
    refusal = await nova.create(min_count=11, status=403)
    assert refusal["forbidden"]["message"] == "Quota exceeded for instances: Requested 11, but already used 0 of 10 instances"
    await nova.create(max_count=12)
    assert len((await nova("GET", SERVERS))["servers"]) == 10


async def test_an_administrator_chooses_the_host_others_may_not(nova: Rig, nova_admin: Rig) -> None:
    found = (await nova_admin("GET", "/compute/v2.1/os-hypervisors", version="2.87"))["hypervisors"]
    hosts = [one["hypervisor_hostname"] for one in found]
    for host in hosts:
        uid = await nova_admin.boot(availability_zone=f"nova:{host}", networks="none")
        assert (await nova_admin.show(uid))["OS-EXT-SRV-ATTR:host"] == host
    await nova.create(availability_zone=f"nova:{hosts[0]}", status=403)
    await nova_admin.create(availability_zone="nova:nowhere", networks="none", status=400)


async def test_servers_are_kept_apart_and_together_by_hints_and_groups(nova: Rig, nova_admin: Rig) -> None:
    async def host_of(uid: str) -> str:
        return str((await nova_admin.show(uid))["OS-EXT-SRV-ATTR:host"])

    first = await nova.boot()
    apart = await nova.boot(hints={"different_host": first})
    assert await host_of(apart) != await host_of(first)
    same = await nova.boot(hints={"same_host": [first]})
    assert await host_of(same) == await host_of(first)
    group = (await nova("POST", "/compute/v2.1/os-server-groups", {"server_group": {"name": "g", "policy": "anti-affinity"}}))[
        "server_group"
    ]
    members = [await nova.boot(hints={"group": group["id"]}) for _ in range(2)]
    assert len({await host_of(uid) for uid in members}) == 2
    third = (await nova.create(hints={"group": group["id"]}))["server"]["id"]
    failed = await nova.wait(third, "ERROR")
    assert failed["fault"]["message"].startswith("No valid host was found.")
    assert failed["server_groups"] == [group["id"]]


async def test_a_server_boots_from_a_volume_that_is_made_of_an_image(nova: Rig) -> None:
    device = {"source_type": "image", "uuid": nova.image, "destination_type": "volume", "volume_size": 1, "boot_index": 0}
    uid = await nova.boot(imageRef=None, block_device_mapping_v2=[{**device, "delete_on_termination": True}])
    server = await nova.show(uid)
    assert server["image"] == ""
    (attached,) = server["os-extended-volumes:volumes_attached"]
    assert attached["delete_on_termination"] is True
    volume = (await nova.client("GET", f"/volume/v3/volumes/{attached['id']}")).body["volume"]
    assert volume["status"] == "in-use"
    assert volume["attachments"][0]["server_id"] == uid
    await nova("DELETE", uid, status=204)
    await nova.gone(uid)
    assert (await nova.client("GET", f"/volume/v3/volumes/{attached['id']}")).status == 404


async def test_the_guest_finds_its_configuration(nova: Rig) -> None:
    user_data = base64.b64encode(b"#!/bin/sh\necho hello\n").decode()
    pair = (await nova("POST", "/compute/v2.1/os-keypairs", {"keypair": {"name": "mine"}}, status=200, version="2.1"))["keypair"]
    uid = await nova.boot(key_name="mine", user_data=user_data, metadata={"role": "db"}, hostname="db-7", config_drive=True)
    vm = nova.stack.world.state.get(NovaServer, uid).vm
    packed = await nova.stack.machines.get_file(vm, ARCHIVE)
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        files = {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]  # files only
    meta = json.loads(files["config/openstack/latest/meta_data.json"])
    assert (meta["uuid"], meta["hostname"], meta["meta"]) == (uid, "db-7.novalocal", {"role": "db"})
    assert meta["public_keys"]["mine"] == pair["public_key"]
    assert files["config/openstack/latest/user_data"] == b"#!/bin/sh\necho hello\n"
    assert files["root/.ssh/authorized_keys"].decode().strip() == pair["public_key"].strip()
    links = json.loads(files["config/openstack/latest/network_data.json"])["links"]
    assert len(links) == 1


async def test_a_deleted_server_leaves_nothing_behind(nova: Rig) -> None:
    uid = await nova.boot()
    await nova("DELETE", uid, status=204)
    await nova.gone(uid)
    ports = (await nova.client("GET", f"/networking/v2.0/ports?device_id={uid}")).body["ports"]
    assert ports == []
    await nova("DELETE", uid, status=404)
    await nova("PUT", uid, {"server": {"name": "x"}}, status=404)


async def test_update_and_access_addresses(nova: Rig) -> None:
    uid = await nova.boot()
    changed = (
        await nova(
            "PUT", uid, {"server": {"name": "other", "accessIPv4": "1.2.3.4", "accessIPv6": "0000:0000::babe:220.12.22.2"}}, version="2.1"
        )
    )["server"]
    assert (changed["name"], changed["accessIPv4"], changed["accessIPv6"]) == ("other", "1.2.3.4", "::babe:dc0c:1602")
    assert "OS-EXT-STS:vm_state" not in changed
    await nova("PUT", uid, {"server": {"name": ""}}, status=400)
    await nova("PUT", uid, {"server": {"status": "ERROR"}}, status=400)


async def test_an_administrator_uses_every_network(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova_admin.boot(networks=[{"uuid": nova.network}])
    assert list((await nova_admin.show(uid))["addresses"]) == ["private"]

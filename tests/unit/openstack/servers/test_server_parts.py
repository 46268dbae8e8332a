"""What belongs to a server: metadata, tags, ports, volumes, groups, addresses, consoles."""

from __future__ import annotations

from typing import Any

from tests.unit.openstack.servers.rig import Rig


async def test_metadata(nova: Rig) -> None:
    uid = await nova.boot(metadata={"a": "1"})
    assert await nova("POST", f"{uid}/metadata", {"metadata": {"b": "2"}}) == {"metadata": {"a": "1", "b": "2"}}
    assert await nova("PUT", f"{uid}/metadata", {"metadata": {"c": "3"}}) == {"metadata": {"c": "3"}}
    assert await nova("GET", f"{uid}/metadata/c") == {"meta": {"c": "3"}}
    assert await nova("PUT", f"{uid}/metadata/c", {"meta": {"c": "4"}}) == {"meta": {"c": "4"}}
    await nova("PUT", f"{uid}/metadata/c", {"meta": {"d": "4"}}, status=400)
    await nova("DELETE", f"{uid}/metadata/c", status=204)
    await nova("DELETE", f"{uid}/metadata/c", status=404)
    await nova("GET", f"{uid}/metadata/c", status=404)
    await nova("POST", f"{uid}/metadata", {"metadata": {"a": None}}, status=400)
    await nova("POST", f"{uid}/metadata", {"metadata": {str(one): "x" for one in range(200)}}, status=403)


async def test_tags(nova: Rig) -> None:
    uid = await nova.boot()
    assert await nova("PUT", f"{uid}/tags", {"tags": ["a", "b"]}) == {"tags": ["a", "b"]}
    await nova("PUT", f"{uid}/tags/c", status=201)
    await nova("PUT", f"{uid}/tags/c", status=204)
    await nova("GET", f"{uid}/tags/c", status=204)
    await nova("DELETE", f"{uid}/tags/a", status=204)
    await nova("GET", f"{uid}/tags/a", status=404)
    assert (await nova("GET", f"{uid}/tags"))["tags"] == ["b", "c"]
    await nova("DELETE", f"{uid}/tags", status=204)
    await nova("PUT", f"{uid}/tags", {"tags": [str(one) for one in range(51)]}, status=400)


async def test_ports_are_plugged_and_pulled(nova: Rig) -> None:
    uid = await nova.boot()
    port = (await nova.client("POST", "/networking/v2.0/ports", {"port": {"network_id": nova.network}})).body["port"]
    made = (await nova("POST", f"{uid}/os-interface", {"interfaceAttachment": {"port_id": port["id"], "tag": "second"}}))[
        "interfaceAttachment"
    ]
    assert (made["port_id"], made["mac_addr"], made["tag"]) == (port["id"], port["mac_address"], "second")
    await nova.wait(uid, "ACTIVE")
    found = (await nova("GET", f"{uid}/os-interface"))["interfaceAttachments"]
    assert {one["port_state"] for one in found} == {"ACTIVE"}
    assert len(found) == 2
    await nova("POST", f"{uid}/os-interface", {"interfaceAttachment": {"port_id": port["id"]}}, status=409)
    await nova("DELETE", f"{uid}/os-interface/{port['id']}", status=202)
    await nova("GET", f"{uid}/os-interface/{port['id']}", status=404)
    bound = (await nova.client("GET", f"/networking/v2.0/ports/{port['id']}")).body["port"]
    assert bound["device_id"] == ""


async def volume(nova: Rig, size: int = 1) -> str:
    made = await nova.client("POST", "/volume/v3/volumes", {"volume": {"size": size}})
    uid: str = made.body["volume"]["id"]
    return uid


async def test_volumes_are_attached_and_detached(nova: Rig) -> None:
    uid, first = await nova.boot(), await volume(nova)
    path = f"{uid}/os-volume_attachments"
    made = (await nova("POST", path, {"volumeAttachment": {"volumeId": first}}, version="2.1"))["volumeAttachment"]
    assert made == {"id": first, "serverId": uid, "volumeId": first, "device": "/dev/vdb"}
    await nova.wait(uid, "ACTIVE")
    shown = (await nova("GET", f"{path}/{first}"))["volumeAttachment"]
    assert set(shown) == {"volumeId", "serverId", "device", "tag", "delete_on_termination", "attachment_id", "bdm_uuid"}
    await nova("POST", path, {"volumeAttachment": {"volumeId": first}}, status=400)
    await nova("PUT", f"{path}/{first}", {"volumeAttachment": {"volumeId": first, "delete_on_termination": True}}, status=202)
    assert (await nova("GET", f"{path}/{first}"))["volumeAttachment"]["delete_on_termination"] is True
    await nova("PUT", f"{path}/{first}", {"volumeAttachment": {"volumeId": first}}, status=403, version="2.84")
    await nova("DELETE", f"{path}/{first}", status=202)
    assert (await nova("GET", path))["volumeAttachments"] == []
    await nova("DELETE", f"{path}/{first}", status=404)
    assert (await nova.client("GET", f"/volume/v3/volumes/{first}")).body["volume"]["status"] == "available"


async def test_security_groups_and_addresses(nova: Rig) -> None:
    uid = await nova.boot()
    body = {"security_group": {"name": "web"}}
    await nova.client("POST", "/networking/v2.0/security-groups", body)
    await nova.act(uid, "addSecurityGroup", {"name": "web"})
    assert {one["name"] for one in (await nova.show(uid))["security_groups"]} == {"default", "web"}
    await nova.act(uid, "removeSecurityGroup", {"name": "web"})
    await nova.act(uid, "removeSecurityGroup", {"name": "web"}, status=404)
    (name,) = (await nova("GET", f"{uid}/ips"))["addresses"]
    assert set((await nova("GET", f"{uid}/ips/{name}"))[name][0]) == {"version", "addr"}
    await nova("GET", f"{uid}/ips/other", status=404)


async def test_fixed_and_floating_addresses_by_actions_of_old(nova: Rig) -> None:
    uid = await nova.boot()

    async def addresses() -> list[dict[str, Any]]:
        return [one for rows in (await nova.show(uid))["addresses"].values() for one in rows]

    await nova.act(uid, "addFixedIp", {"networkId": nova.network}, version="2.1")
    fixed = [one["addr"] for one in await addresses()]
    assert len(fixed) == 2
    await nova.act(uid, "removeFixedIp", {"address": fixed[1]}, version="2.1")
    assert len(await addresses()) == 1
    networks = (await nova.client("GET", "/networking/v2.0/networks?router:external=True")).body["networks"]
    body = {"floatingip": {"floating_network_id": networks[0]["id"]}}
    floating = (await nova.client("POST", "/networking/v2.0/floatingips", body)).body["floatingip"]
    address = floating["floating_ip_address"]
    await nova.act(uid, "addFloatingIp", {"address": address}, version="2.1")
    assert [one["addr"] for one in await addresses() if one["OS-EXT-IPS:type"] == "floating"] == [address]
    await nova.act(uid, "removeFloatingIp", {"address": address}, version="2.1")
    assert len(await addresses()) == 1
    await nova.act(uid, "addFloatingIp", {"address": address}, status=400)


async def test_consoles(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot()
    await nova.act(uid, "reboot", {"type": "HARD"})
    await nova.wait(uid, "ACTIVE")
    output = (await nova.act(uid, "os-getConsoleOutput", {"length": 3}, status=200))["output"]
    assert len(output.split("\n")) == 3
    assert (await nova.act(uid, "os-getConsoleOutput", {}, status=200))["output"]
    console = (await nova("POST", f"{uid}/remote-consoles", {"remote_console": {"protocol": "vnc", "type": "novnc"}}))["remote_console"]
    token = console["url"].rpartition("%3D")[2]
    assert (await nova_admin("GET", f"/compute/v2.1/os-console-auth-tokens/{token}"))["console"]["instance_uuid"] == uid
    found = await nova.act(uid, "os-getVNCConsole", {"type": "novnc"}, status=200, version="2.5")
    assert found["console"]["type"] == "novnc"
    await nova.act(uid, "os-getVNCConsole", {"type": "novnc"}, status=400)
    assert (await nova_admin("GET", f"{uid}/diagnostics"))["state"] == "running"
    await nova("GET", f"{uid}/diagnostics", status=403)
    assert await nova("GET", f"{uid}/os-server-password") == {"password": ""}
    assert (await nova("GET", f"{uid}/topology"))["nodes"] == []

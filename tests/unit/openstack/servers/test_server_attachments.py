"""Volumes that servers use are for Nova to detach, whoever asks Cinder."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.openstack.servers.rig import SERVERS, Rig
from tests.unit.openstack.waiting import until

VOLUMES = "/volume/v3/volumes"


async def volume_of(nova: Rig, wanted: str, uid: str) -> Any:
    """The volume once it has a status."""

    async def there() -> bool:
        return bool((await nova.client.ok("GET", f"{VOLUMES}/{uid}"))["volume"]["status"] == wanted)

    await until(there)
    return (await nova.client.ok("GET", f"{VOLUMES}/{uid}"))["volume"]


async def made(nova: Rig) -> str:
    """A volume's id."""
    uid: str = (await nova.client.ok("POST", VOLUMES, {"volume": {"size": 1}}))["volume"]["id"]
    await volume_of(nova, "available", uid)
    return uid


@pytest.mark.parametrize("service_token", ["", "another user's", "nobody's"])
async def test_cinder_does_not_take_a_volume_from_a_server(nova: Rig, nova_admin: Rig, service_token: str) -> None:
    server, uid = await nova.boot(), await made(nova)
    await nova("POST", f"{SERVERS}/{server}/os-volume_attachments", {"volumeAttachment": {"volumeId": uid}})
    attachment = (await volume_of(nova, "in-use", uid))["attachments"][0]["attachment_id"]
    tokens = {"": "", "another user's": nova.client.token, "nobody's": nova.client.token[:-1] + "#"}
    given = {"X_Service_Token": tokens[service_token]} if service_token else {}
    await nova.client.refused(409, "DELETE", f"/volume/v3/attachments/{attachment}", **{**given, "OpenStack_API_Version": "volume 3.27"})
    refusal = await nova.client.refused(409, "POST", f"{VOLUMES}/{uid}/action", {"os-detach": {"attachment_id": attachment}}, **given)
    assert refusal["conflictingRequest"]["message"] == f"Detach volume from instance {server} using the Compute API"
    await nova.client.refused(409, "POST", f"{VOLUMES}/{uid}/action", {"os-terminate_connection": {"connector": {}}}, **given)
    force = {"os-force_detach": {"attachment_id": attachment, "connector": None}}
    await nova_admin.client.refused(409, "POST", f"{VOLUMES}/{uid}/action", force, **given)
    await nova("DELETE", f"{SERVERS}/{server}/os-volume_attachments/{uid}", status=202)
    await volume_of(nova, "available", uid)


async def test_a_volume_that_no_server_uses_is_detached_by_force_and_once_more(nova: Rig, nova_admin: Rig) -> None:
    server, uid = await nova.boot(), await made(nova)
    action = f"{VOLUMES}/{uid}/action"
    await nova.client.ok("POST", action, {"os-attach": {"instance_uuid": server, "mountpoint": "/dev/vdb"}})
    attachment = (await volume_of(nova, "in-use", uid))["attachments"][0]["attachment_id"]
    await nova_admin.client.ok("POST", action, {"os-reset_status": {"status": "error"}})
    await nova_admin.client.ok("POST", action, {"os-force_detach": {"attachment_id": attachment, "connector": None}})
    assert (await volume_of(nova, "available", uid))["attachments"] == []
    await nova.client.ok("POST", action, {"os-detach": {}})
    assert (await volume_of(nova, "available", uid))["attachments"] == []

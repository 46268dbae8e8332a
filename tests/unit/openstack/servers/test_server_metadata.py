"""What a guest reads at 169.254.169.254, without a guest: the tree of documents, and what is kept of it."""

from __future__ import annotations

import base64
import json
from typing import Any

from aiohttp import web
from aiohttp.test_utils import RawTestServer, TestClient

from emulators.openstack.compute.servers.metadata_service import answer
from tests.unit.openstack.servers.rig import Rig


class Guest:
    """A guest that asks."""

    def __init__(self, rig: Rig, uid: str) -> None:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            return await answer(rig.stack.cloud, uid, request)

        self._client: Any = TestClient(RawTestServer(handle))

    async def __aenter__(self) -> Guest:
        await self._client.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def read(self, path: str, status: int = 200, method: str = "GET", data: bytes | None = None) -> str:
        async with self._client.request(method, path, data=data) as response:
            assert response.status == status
            return str(await response.text())


async def test_both_trees_are_read(nova: Rig) -> None:
    pair = (await nova("POST", "/compute/v2.1/os-keypairs", {"keypair": {"name": "mine"}}, status=200, version="2.1"))["keypair"]
    user_data = base64.b64encode(b"#cloud-config\n").decode()
    uid = await nova.boot(key_name="mine", user_data=user_data, metadata={"role": "db"})
    address = next(iter((await nova.show(uid))["addresses"].values()))[0]["addr"]
    async with Guest(nova, uid) as guest:
        assert "2009-04-04" in (await guest.read("/")).split("\n")
        assert "public-keys/" in (await guest.read("/latest/meta-data/")).split("\n")
        assert await guest.read("/2009-04-04/meta-data/local-ipv4") == address
        assert await guest.read("/latest/meta-data/public-keys/") == "0=mine"
        assert await guest.read("/latest/meta-data/public-keys/0/openssh-key") == pair["public_key"]
        assert await guest.read("/latest/user-data") == "#cloud-config\n"
        assert "latest" in (await guest.read("/openstack")).split("\n")
        meta = json.loads(await guest.read("/openstack/latest/meta_data.json"))
        assert (meta["uuid"], meta["meta"]) == (uid, {"role": "db"})
        links = json.loads(await guest.read("/openstack/2018-08-27/network_data.json"))["links"]
        assert links[0]["ethernet_mac_address"].startswith("fa:16:3e:")
        await guest.read("/openstack/1999-01-01/meta_data.json", status=404)
        await guest.read("/latest/meta-data/nothing/here", status=404)
        await guest.read("/latest/meta-data/", status=405, method="DELETE")


async def test_a_guest_tells_its_password_once(nova: Rig) -> None:
    uid = await nova.boot()
    async with Guest(nova, uid) as guest:
        await guest.read("/openstack/latest/password", method="POST", data=b"x" * 2000, status=400)
        await guest.read("/openstack/latest/password", method="POST", data=b"encrypted")
        await guest.read("/openstack/latest/password", method="POST", data=b"again", status=409)
        assert await guest.read("/openstack/latest/password") == "encrypted"
    assert await nova("GET", f"{uid}/os-server-password") == {"password": "encrypted"}
    await nova("DELETE", f"{uid}/os-server-password", status=204)
    assert await nova("GET", f"{uid}/os-server-password") == {"password": ""}


async def test_a_deleted_servers_guest_reads_nothing(nova: Rig) -> None:
    uid = await nova.boot()
    await nova("DELETE", uid, status=204)
    await nova.gone(uid)
    async with Guest(nova, uid) as guest:
        await guest.read("/latest/meta-data/", status=404)

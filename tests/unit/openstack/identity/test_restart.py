"""What Keystone knows outlives the process, tokens too."""

from __future__ import annotations

from pathlib import Path

from tests.unit.openstack.stack import Client, Stack

V3 = "/identity/v3"


async def test_a_token_is_good_after_a_restart_and_a_revoked_one_is_not(tmp_path: Path) -> None:
    before = await Stack(tmp_path).open()
    admin, demo = await before.admin(), await before.demo()
    made = (await admin.ok("POST", f"{V3}/users", {"user": {"name": "jane", "password": "secret", "size": 3}}))["user"]
    assert (await demo("DELETE", f"{V3}/auth/tokens", X_Subject_Token=demo.token)).status == 204
    await before.close()
    after = await Stack(tmp_path).open()
    again = Client(after, admin.token)
    found = (await again.ok("GET", f"{V3}/users/{made['id']}"))["user"]
    assert found | {"links": 0} == made | {"links": 0}
    assert (await after.call("GET", f"{V3}/auth/projects", token=demo.token)).status == 401
    await after.token("jane", "secret")
    assert len((await again.ok("GET", f"{V3}/services"))["services"]) == len((await again.ok("GET", f"{V3}/auth/catalog"))["catalog"])
    await after.close()

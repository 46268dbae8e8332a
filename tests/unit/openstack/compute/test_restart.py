"""What Nova and Placement know outlives the process, and is seeded once."""

from __future__ import annotations

from pathlib import Path

from tests.unit.openstack.stack import Client, Rows, Stack

V21 = "/compute/v2.1"
UUID = "11111111-1111-4111-8111-111111111111"
READ = (
    *("flavors/detail", "os-keypairs", "os-server-groups", "os-aggregates", "os-quota-class-sets/default", "os-availability-zone"),
    *("resource_providers", f"resource_providers/{UUID}/inventories", f"resource_providers/{UUID}/traits", "resource_classes"),
    f"allocations/{UUID}",
)


def path(name: str) -> str:
    """Where it is."""
    return f"/placement/{name}" if name.startswith(("resource", "allocations")) else f"{V21}/{name}"


async def furnish(admin: Client) -> None:
    """Something of everything."""
    await admin.ok("DELETE", f"{V21}/flavors/5")
    await admin.ok("POST", f"{V21}/flavors", {"flavor": {"name": "f", "ram": 1, "vcpus": 1, "disk": 1, "id": "f"}})
    await admin.ok("POST", f"{V21}/flavors/f/os-extra_specs", {"extra_specs": {"a": "b"}})
    await admin.ok("POST", f"{V21}/os-keypairs", {"keypair": {"name": "k"}})
    await admin.ok("POST", f"{V21}/os-server-groups", {"server_group": {"name": "g", "policies": ["affinity"]}})
    made = await admin.ok("POST", f"{V21}/os-aggregates", {"aggregate": {"name": "a", "availability_zone": "z"}})
    await admin.ok("POST", f"{V21}/os-aggregates/{made['aggregate']['id']}/action", {"add_host": {"host": "kvm-01.ams1"}})
    await admin.ok("PUT", f"{V21}/os-services/disable", {"host": "kvm-02.ams1", "binary": "nova-compute"})
    await admin.ok("PUT", f"{V21}/os-quota-class-sets/default", {"quota_class_set": {"cores": 7}})
    latest = {"OpenStack_API_Version": "placement 1.39"}
    await admin.ok("POST", "/placement/resource_providers", {"name": "p", "uuid": UUID}, **latest)
    await admin("PUT", "/placement/resource_classes/CUSTOM_A", **latest)
    await admin("PUT", "/placement/traits/CUSTOM_B", **latest)
    body: Rows = {"inventories": {"CUSTOM_A": {"total": 5, "allocation_ratio": 1.5}}, "resource_provider_generation": 0}
    await admin.ok("PUT", f"/placement/resource_providers/{UUID}/inventories", body, **latest)
    await admin.ok(
        "PUT", f"/placement/resource_providers/{UUID}/traits", {"traits": ["CUSTOM_B"], "resource_provider_generation": 1}, **latest
    )
    given: Rows = {"allocations": {UUID: {"resources": {"CUSTOM_A": 2}}}, "project_id": "p", "user_id": "u", "consumer_generation": None}
    await admin.ok("PUT", f"/placement/allocations/{UUID}", {**given, "consumer_type": "TEST"}, **latest)


async def read(admin: Client) -> dict[str, str]:
    """All of it, without the address that links have."""
    found = {}
    for name in READ:
        version = "placement 1.39" if path(name).startswith("/placement") else "compute 2.61"
        answer = await admin("GET", path(name), OpenStack_API_Version=version)
        assert answer.status == 200, name
        found[name] = answer.data.decode().replace(str(admin.stack.http.make_url("")), "")
    return found


async def test_another_process_answers_the_same(tmp_path: Path) -> None:
    first = await Stack(tmp_path).open()
    admin = await first.admin()
    await furnish(admin)
    before = await read(admin)
    await first.close()
    second = await Stack(tmp_path).open()
    after = await read(await second.admin())
    await second.close()
    assert after == before
    assert '"id":"5"' not in after["flavors/detail"]

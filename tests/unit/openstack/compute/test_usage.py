"""What servers make of usage, limits, quotas, hypervisors, zones and migrations."""

from __future__ import annotations

import pytest

from tests.unit.openstack.servers.rig import Rig
from tests.unit.openstack.stack import Client, Stack

V21 = "/compute/v2.1"
USAGE = f"{V21}/os-simple-tenant-usage"
MIGRATIONS = f"{V21}/os-migrations"


@pytest.fixture
def nova(stack: Stack, demo: Client) -> Rig:
    """The demo project's servers."""
    return Rig(stack, demo)


async def test_usage_is_counted_from_servers_those_deleted_too(stack: Stack, nova: Rig, admin: Client) -> None:
    first, second = await nova.boot(name="a"), await nova.boot(name="b", flavorRef="84")
    project = (await nova.show(first))["tenant_id"]
    nova.client.version = ""
    usage = (await nova.client.ok("GET", f"{USAGE}/{project}?start=2020-01-01T00:00:00"))["tenant_usage"]
    assert [one["name"] for one in usage["server_usages"]] == ["a", "b"]
    one = usage["server_usages"][1]
    assert (one["instance_id"], one["flavor"], one["memory_mb"], one["vcpus"], one["local_gb"]) == (second, "m1.micro", 256, 1, 1)
    assert (one["state"], one["ended_at"], one["tenant_id"]) == ("active", None, project)
    assert usage["total_hours"] == pytest.approx(sum(each["hours"] for each in usage["server_usages"]))
    await nova.client.ok("DELETE", f"{V21}/servers/{first}")
    await nova.gone(first)
    (row,) = (await admin.ok("GET", f"{USAGE}?start=2020-01-01T00:00:00&detailed=1"))["tenant_usages"]
    assert [each["state"] for each in row["server_usages"]] == ["terminated", "active"]
    assert "server_usages" not in (await admin.ok("GET", f"{USAGE}?start=2020-01-01T00:00:00"))["tenant_usages"][0]
    assert (await admin.ok("GET", f"{USAGE}?start=2000-01-01T00:00:00&end=2001-01-01T00:00:00"))["tenant_usages"] == []


async def test_usage_has_pages_from_2_40_on_and_refuses_bad_periods(stack: Stack, nova: Rig, admin: Client, demo: Client) -> None:
    first = await nova.boot(name="a")
    await nova.boot(name="b")
    admin.version = "compute 2.40"
    page = await admin.ok("GET", f"{USAGE}?start=2020-01-01T00:00:00&limit=1&detailed=1")
    assert len(page["tenant_usages"][0]["server_usages"]) == 1
    assert page["tenant_usages_links"][0]["href"].endswith(f"marker={first}")
    rest = await admin.ok("GET", f"{USAGE}?start=2020-01-01T00:00:00&limit=2&detailed=1&marker={first}")
    assert [one["name"] for one in rest["tenant_usages"][0]["server_usages"]] == ["b"]
    await admin.refused(400, "GET", f"{USAGE}?marker=nothing&start=2020-01-01T00:00:00")
    await admin.refused(400, "GET", f"{USAGE}?start=yesterday")
    await admin.refused(400, "GET", f"{USAGE}?start=2020-01-02T00:00:00&end=2020-01-01T00:00:00")
    demo.version = ""
    await demo.refused(403, "GET", USAGE)
    await demo.refused(403, "GET", f"{USAGE}/somebody-elses")


async def test_servers_count_against_quotas(nova: Rig, admin: Client) -> None:
    uid = await nova.boot()
    project = (await nova.show(uid))["tenant_id"]
    nova.client.version = ""
    limits = (await nova.client.ok("GET", f"{V21}/limits"))["limits"]["absolute"]
    assert (limits["totalInstancesUsed"], limits["totalCoresUsed"], limits["totalRAMUsed"]) == (1, 1, 192)
    detail = (await nova.client.ok("GET", f"{V21}/os-quota-sets/{project}/detail"))["quota_set"]
    assert detail["ram"] == {"limit": 51200, "in_use": 192, "reserved": 0}
    await admin.refused(400, "PUT", f"{V21}/os-quota-sets/{project}", {"quota_set": {"instances": 0}})
    await admin.ok("PUT", f"{V21}/os-quota-sets/{project}", {"quota_set": {"instances": 1, "cores": 1}})
    refused = await nova.create(status=403)
    words = "Quota exceeded for cores, instances: Requested 1, 1, but already used 1, 1 of 1, 1 cores, instances"
    assert refused == {"forbidden": {"code": 403, "message": words}}


async def test_a_host_with_servers_keeps_its_service_and_its_zone(nova: Rig, admin: Client) -> None:
    await nova.boot()
    admin.version = "compute 2.53"
    hypervisors = (await admin.ok("GET", f"{V21}/os-hypervisors/detail?with_servers=true"))["hypervisors"]
    (host,) = (one for one in hypervisors if one.get("servers"))
    assert (host["vcpus_used"], host["memory_mb_used"], host["running_vms"]) == (1, 704, 1)
    refused = await admin.refused(409, "DELETE", f"{V21}/os-services/{host['service']['id']}")
    assert "hosting instances" in refused["conflictingRequest"]["message"]
    made = (await admin.ok("POST", f"{V21}/os-aggregates", {"aggregate": {"name": "a"}}))["aggregate"]
    await admin.ok("POST", f"{V21}/os-aggregates/{made['id']}/action", {"add_host": {"host": host["hypervisor_hostname"]}})
    refused = await admin.refused(400, "PUT", f"{V21}/os-aggregates/{made['id']}", {"aggregate": {"availability_zone": "north"}})
    assert "One or more hosts contain instances in this zone" in refused["badRequest"]["message"]


async def test_migrations_are_listed_with_what_their_microversion_shows(nova: Rig, admin: Client) -> None:
    uid = await nova.boot()
    await nova.act(uid, "resize", {"flavorRef": "84"})
    await nova.wait(uid, "VERIFY_RESIZE")
    (first,) = (await admin.ok("GET", MIGRATIONS))["migrations"]
    assert (first["instance_uuid"], first["status"]) == (uid, "finished")
    assert "migration_type" not in first
    assert isinstance(first["old_instance_type_id"], int)
    admin.version = "compute 2.80"
    (last,) = (await admin.ok("GET", f"{MIGRATIONS}?instance_uuid={uid}&status=finished"))["migrations"]
    assert last["migration_type"] == "resize"
    assert len(last["uuid"]) == 36
    assert {"user_id", "project_id"} < set(last)
    assert (await admin.ok("GET", f"{MIGRATIONS}?status=done"))["migrations"] == []
    assert (await admin.ok("GET", f"{MIGRATIONS}?changes-since=2999-01-01T00:00:00Z"))["migrations"] == []
    await admin.refused(400, "GET", f"{MIGRATIONS}?changes-since=2027-01-01T00:00:00Z&changes-before=2026-01-01T00:00:00Z")
    await admin.refused(400, "GET", f"{MIGRATIONS}?colour=red")
    await admin.refused(400, "GET", f"{MIGRATIONS}?marker=nothing")
    placement = {"OpenStack_API_Version": "placement 1.39"}
    held = await admin.ok("GET", f"/placement/allocations/{last['uuid']}", **placement)
    if last["source_compute"] != last["dest_compute"]:
        assert held["consumer_type"] == "MIGRATION"
        assert next(iter(held["allocations"].values()))["resources"] == {"VCPU": 1, "MEMORY_MB": 192, "DISK_GB": 1}

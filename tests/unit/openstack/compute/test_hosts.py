"""Hypervisors, services and zones: what the world's hosts look like to Nova, and what operators say of them."""

from __future__ import annotations

import asyncio

from dcsim.events import Actor
from emulators.world.decisions.components import SetBladePower
from emulators.world.identity import host_identity
from emulators.world.model import Blade, BladePower, Hypervisor
from tests.unit.openstack.stack import Client, Rows, Stack

HYPERVISORS = "/compute/v2.1/os-hypervisors"
SERVICES = "/compute/v2.1/os-services"
ZONES = "/compute/v2.1/os-availability-zone"
HOSTS = "/compute/v2.1/os-hosts"


def kvm(stack: Stack) -> list[Hypervisor]:
    """The compute hosts."""
    return [host for host in stack.world.state.all(Hypervisor) if host.flavor == "kvm"]


async def compute(admin: Client, host: str) -> Rows:
    """The service of a host, as 2.53 shows it."""
    path = f"{SERVICES}?binary=nova-compute&host={host}"
    (found,) = (await admin.ok("GET", path, OpenStack_API_Version="compute 2.53"))["services"]
    one: Rows = found
    return one


async def test_hypervisors_are_the_worlds_kvm_hosts(stack: Stack, admin: Client, demo: Client) -> None:
    await demo.refused(403, "GET", HYPERVISORS)
    found = (await admin.ok("GET", HYPERVISORS))["hypervisors"]
    assert [(one["hypervisor_hostname"], one["id"]) for one in found] == [(host.name, host.number) for host in kvm(stack)]
    assert all((one["state"], one["status"]) == ("up", "enabled") for one in found)
    admin.version = "compute 2.53"
    found = (await admin.ok("GET", HYPERVISORS))["hypervisors"]
    assert [one["id"] for one in found] == [host_identity(stack.world.state, host).uuid for host in kvm(stack)]


async def test_figures_come_from_the_blade(stack: Stack, admin: Client) -> None:
    host = kvm(stack)[0]
    blade = stack.world.state.get(Blade, host.blade)
    shown = (await admin.ok("GET", f"{HYPERVISORS}/{host.number}"))["hypervisor"]
    assert shown["vcpus"] == blade.cpu.threads
    assert shown["memory_mb"] == sum(dimm.capacity_bytes for dimm in blade.dimms) >> 20
    assert (shown["memory_mb_used"], shown["free_ram_mb"]) == (512, shown["memory_mb"] - 512)
    assert shown["running_vms"] == shown["vcpus_used"] == 0
    assert isinstance(shown["cpu_info"], str)
    admin.version = "compute 2.28"
    shown = (await admin.ok("GET", f"{HYPERVISORS}/{host.number}"))["hypervisor"]
    assert shown["cpu_info"]["topology"]["sockets"] == blade.cpu.sockets
    summed = (await admin.ok("GET", f"{HYPERVISORS}/statistics"))["hypervisor_statistics"]
    assert summed["count"] == len(kvm(stack))
    assert summed["vcpus"] == sum(stack.world.state.get(Blade, one.blade).cpu.threads for one in kvm(stack))
    admin.version = "compute 2.88"
    uuid = host_identity(stack.world.state, host).uuid
    last = (await admin.ok("GET", f"{HYPERVISORS}/{uuid}"))["hypervisor"]
    assert not {"vcpus", "cpu_info", "running_vms"} & set(last)
    assert " up 0 days" in last["uptime"]
    await admin.refused(404, "GET", f"{HYPERVISORS}/statistics/uptime")


async def test_hypervisors_are_searched_and_paged(stack: Stack, admin: Client) -> None:
    first, second = kvm(stack)
    found = await admin.ok("GET", f"{HYPERVISORS}/{first.name[:6]}/search")
    assert [one["hypervisor_hostname"] for one in found["hypervisors"]] == [first.name]
    refused = await admin.refused(404, "GET", f"{HYPERVISORS}/nothing/servers")
    assert refused["itemNotFound"]["message"] == "No hypervisor matching 'nothing' could be found."
    admin.version = "compute 2.53"
    await admin.refused(404, "GET", f"{HYPERVISORS}/{first.name}/search")
    page = await admin.ok("GET", f"{HYPERVISORS}?limit=1")
    assert len(page["hypervisors"]) == 1
    marker = page["hypervisors_links"][0]["href"].rpartition("marker=")[2]
    rest = await admin.ok("GET", f"{HYPERVISORS}?limit=2&marker={marker}")
    assert [one["hypervisor_hostname"] for one in rest["hypervisors"]] == [second.name]
    named = await admin.ok("GET", f"{HYPERVISORS}/detail?hypervisor_hostname_pattern={second.name}&with_servers=true")
    assert [one["hypervisor_hostname"] for one in named["hypervisors"]] == [second.name]
    await admin.refused(400, "GET", f"{HYPERVISORS}?hypervisor_hostname_pattern=kvm&limit=1")
    await admin.refused(404, "GET", f"{HYPERVISORS}?hypervisor_hostname_pattern=nothing")
    await admin.refused(400, "GET", f"{HYPERVISORS}?colour=red")
    await admin.refused(400, "GET", f"{HYPERVISORS}/{first.number}")
    await admin.refused(404, "GET", f"{HYPERVISORS}/11111111-1111-4111-8111-111111111111")


async def test_services_are_two_and_one_a_host(stack: Stack, admin: Client) -> None:
    found = (await admin.ok("GET", SERVICES))["services"]
    assert [one["binary"] for one in found] == ["nova-conductor", "nova-scheduler", *["nova-compute"] * len(kvm(stack))]
    assert [one["zone"] for one in found] == ["internal", "internal", *["nova"] * len(kvm(stack))]
    assert all(isinstance(one["id"], int) and "forced_down" not in one for one in found)
    assert len((await admin.ok("GET", f"{SERVICES}?host={kvm(stack)[0].name}"))["services"]) == 1


async def test_a_host_whose_blade_is_lost_is_down_and_comes_back(stack: Stack, admin: Client) -> None:
    host = kvm(stack)[0]
    await stack.world.execute(SetBladePower(blade=host.blade, power=BladePower.OFF), Actor())
    for _ in range(200):
        if (await compute(admin, host.name))["state"] == "down":
            break
        await asyncio.sleep(0.01)
    service = await compute(admin, host.name)
    assert (service["state"], service["status"]) == ("down", "enabled")
    shown = (await admin.ok("GET", f"{HYPERVISORS}/{host.number}"))["hypervisor"]
    assert shown["state"] == "down"
    await admin.refused(400, "GET", f"{HYPERVISORS}/{host.number}/uptime")
    await stack.world.execute(SetBladePower(blade=host.blade, power=BladePower.ON), Actor())
    for _ in range(200):
        if (await compute(admin, host.name))["state"] == "up":
            break
        await asyncio.sleep(0.01)
    assert (await compute(admin, host.name))["state"] == "up"
    assert " up 0 days" in (await admin.ok("GET", f"{HYPERVISORS}/{host.number}/uptime"))["hypervisor"]["uptime"]


async def test_a_compute_is_disabled_with_a_reason_the_old_way(stack: Stack, admin: Client) -> None:
    name = kvm(stack)[0].name
    body = {"host": name, "binary": "nova-compute"}
    assert await admin.ok("PUT", f"{SERVICES}/disable", body) == {"service": {**body, "status": "disabled"}}
    answer = await admin.ok("PUT", f"{SERVICES}/disable-log-reason", {**body, "disabled_reason": "dust"})
    assert answer == {"service": {**body, "status": "disabled", "disabled_reason": "dust"}}
    assert (await compute(admin, name))["disabled_reason"] == "dust"
    assert await admin.ok("PUT", f"{SERVICES}/enable", body) == {"service": {**body, "status": "enabled"}}
    assert (await compute(admin, name))["disabled_reason"] is None
    await admin.refused(404, "PUT", f"{SERVICES}/force-down", body)
    await admin.refused(404, "PUT", f"{SERVICES}/explode", body)
    await admin.refused(400, "PUT", f"{SERVICES}/disable-log-reason", body)
    refused = await admin.refused(404, "PUT", f"{SERVICES}/disable", {"host": "nobody", "binary": "nova-compute"})
    assert refused["itemNotFound"]["message"] == "Could not find binary nova-compute on host nobody."
    await admin.refused(400, "PUT", f"{SERVICES}/disable", {"host": "controller", "binary": "nova-scheduler"})
    admin.version = "compute 2.11"
    answer = await admin.ok("PUT", f"{SERVICES}/force-down", {**body, "forced_down": True})
    assert answer == {"service": {**body, "forced_down": True}}
    assert (await compute(admin, name))["state"] == "down"


async def test_a_compute_is_changed_by_its_id_from_2_53_on(stack: Stack, admin: Client) -> None:
    service = await compute(admin, kvm(stack)[0].name)
    admin.version = "compute 2.53"
    path = f"{SERVICES}/{service['id']}"
    changed = (await admin.ok("PUT", path, {"status": "disabled", "disabled_reason": "dust", "forced_down": True}))["service"]
    assert (changed["status"], changed["disabled_reason"], changed["forced_down"], changed["state"]) == ("disabled", "dust", True, "down")
    changed = (await admin.ok("PUT", path, {"status": "enabled", "forced_down": "no"}))["service"]
    assert (changed["status"], changed["state"]) == ("enabled", "up")
    await admin.refused(400, "PUT", path, {})
    await admin.refused(400, "PUT", path, {"status": "enabled", "disabled_reason": "x"})
    await admin.refused(400, "PUT", f"{SERVICES}/7", {"status": "enabled"})
    await admin.refused(404, "PUT", f"{SERVICES}/11111111-1111-4111-8111-111111111111", {"status": "enabled"})
    conductor = (await admin.ok("GET", f"{SERVICES}?binary=nova-conductor"))["services"][0]
    await admin.refused(400, "PUT", f"{SERVICES}/{conductor['id']}", {"status": "disabled"})


async def test_a_deleted_compute_is_gone_until_its_host_boots(stack: Stack, admin: Client) -> None:
    host = kvm(stack)[0]
    service = await compute(admin, host.name)
    admin.version = "compute 2.53"
    assert (await admin("DELETE", f"{SERVICES}/{service['id']}")).status == 204
    await admin.refused(404, "DELETE", f"{SERVICES}/{service['id']}")
    assert len((await admin.ok("GET", HYPERVISORS))["hypervisors"]) == len(kvm(stack)) - 1
    await stack.world.execute(SetBladePower(blade=host.blade, power=BladePower.OFF), Actor())
    await stack.world.execute(SetBladePower(blade=host.blade, power=BladePower.ON), Actor())
    for _ in range(200):
        if len((await admin.ok("GET", HYPERVISORS))["hypervisors"]) == len(kvm(stack)):
            break
        await asyncio.sleep(0.01)
    assert (await compute(admin, host.name))["state"] == "up"


async def test_zones_are_what_aggregates_make_of_hosts(stack: Stack, admin: Client, demo: Client) -> None:
    plain = {"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}
    assert await demo.ok("GET", ZONES) == {"availabilityZoneInfo": [plain]}
    await demo.refused(403, "GET", f"{ZONES}/detail")
    first, second = kvm(stack)
    made = (await admin.ok("POST", "/compute/v2.1/os-aggregates", {"aggregate": {"name": "a", "availability_zone": "north"}}))["aggregate"]
    await admin.ok("POST", f"/compute/v2.1/os-aggregates/{made['id']}/action", {"add_host": {"host": first.name}})
    assert [one["zoneName"] for one in (await demo.ok("GET", ZONES))["availabilityZoneInfo"]] == ["north", "nova"]
    detail = (await admin.ok("GET", f"{ZONES}/detail"))["availabilityZoneInfo"]
    hosts = {one["zoneName"]: one["hosts"] for one in detail}
    assert set(hosts) == {"internal", "north", "nova"}
    assert set(hosts["north"]) == {first.name}
    assert hosts["nova"][second.name]["nova-compute"].keys() == {"available", "active", "updated_at"}
    await admin.ok("PUT", f"{SERVICES}/disable", {"host": first.name, "binary": "nova-compute"})
    states = {one["zoneName"]: one["zoneState"]["available"] for one in (await demo.ok("GET", ZONES))["availabilityZoneInfo"]}
    assert states == {"north": False, "nova": True}


async def test_hosts_are_there_until_2_42(stack: Stack, admin: Client) -> None:
    name = kvm(stack)[0].name
    listed = (await admin.ok("GET", HOSTS))["hosts"]
    assert {"host_name": name, "service": "compute", "zone": "nova"} in listed
    rows = [row["resource"] for row in (await admin.ok("GET", f"{HOSTS}/{name}"))["host"]]
    assert [row["project"] for row in rows] == ["(total)", "(used_now)", "(used_max)"]
    assert await admin.ok("PUT", f"{HOSTS}/{name}", {"status": "disable"}) == {"host": name, "status": "disabled"}
    assert (await compute(admin, name))["status"] == "disabled"
    await admin.refused(501, "PUT", f"{HOSTS}/{name}", {"maintenance_mode": "enable"})
    await admin.refused(501, "GET", f"{HOSTS}/{name}/reboot")
    await admin.refused(404, "GET", f"{HOSTS}/nobody")
    await admin.refused(400, "PUT", f"{HOSTS}/{name}", {})
    admin.version = "compute 2.43"
    await admin.refused(404, "GET", HOSTS)

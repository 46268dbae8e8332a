"""Version documents, extensions, what is gone, the audit log."""

from __future__ import annotations

from tests.unit.openstack.servers.rig import Rig
from tests.unit.openstack.stack import Client, Stack

COMPUTE = "/compute/v2.1"


async def test_versions_are_open_to_all(stack: Stack) -> None:
    for path in ("/compute", "/compute/"):
        answer = await stack.call("GET", path)
        assert answer.status == 200
        legacy, current = answer.body["versions"]
        assert (legacy["id"], legacy["version"], current["id"]) == ("v2.0", "", "v2.1")
        assert (current["min_version"], current["version"], current["status"]) == ("2.1", "2.96", "CURRENT")
        assert current["links"] == [{"rel": "self", "href": str(stack.http.make_url("/compute/v2.1/"))}]


async def test_each_version_has_a_document_where_its_link_leads(stack: Stack) -> None:
    for version in (await stack.call("GET", "/compute/")).body["versions"]:
        link = version["links"][0]["href"]
        answer = await stack.call("GET", link[link.index("/compute") :])
        assert answer.status == 200
        assert answer.body["version"]["id"] == version["id"]
        assert answer.body["version"]["links"][0]["href"] == link
        assert answer.body["version"]["media-types"][0]["base"] == "application/json"


async def test_a_version_is_shown_by_its_id(demo: Client) -> None:
    assert (await demo.ok("GET", f"{COMPUTE}/versions/v2.1"))["version"]["id"] == "v2.1"
    await demo.refused(404, "GET", f"{COMPUTE}/versions/v3")


async def test_servers_have_an_old_name_for_booting_from_volumes(stack: Stack, demo: Client) -> None:
    rig = Rig(stack, demo, "2.1")
    body = {"server": {"name": "web", "imageRef": rig.image, "flavorRef": "42", "networks": [{"uuid": rig.network}]}}
    made = await rig("POST", f"{COMPUTE}/os-volumes_boot", body, status=202)
    uid = made["server"]["id"]
    await rig.wait(uid, "ACTIVE")
    assert [one["id"] for one in (await rig("GET", f"{COMPUTE}/os-volumes_boot"))["servers"]] == [uid]
    await rig("POST", f"{COMPUTE}/os-volumes_boot/{uid}/action", {"os-stop": None}, status=202)
    await rig.wait(uid, "SHUTOFF")
    await rig("DELETE", f"{COMPUTE}/os-volumes_boot/{uid}", status=204)
    await rig.gone(uid)


async def test_extensions_are_all_part_of_it(demo: Client) -> None:
    found = (await demo.ok("GET", f"{COMPUTE}/extensions"))["extensions"]
    assert len(found) > 90
    shown = (await demo.ok("GET", f"{COMPUTE}/extensions/os-agents"))["extension"]
    assert shown in found
    assert set(shown) == {"alias", "name", "description", "links", "namespace", "updated"}
    await demo.refused(404, "GET", f"{COMPUTE}/extensions/os-nothing")


async def test_what_is_gone_is_gone(demo: Client) -> None:
    for method, path in (
        ("GET", "/os-cells"),
        ("POST", "/os-agents"),
        ("POST", "/os-cells/sync_instances"),
        ("GET", "/os-fping"),
        ("GET", "/os-fixed-ips/10.0.0.1"),
        ("GET", "/servers/11111111-1111-4111-8111-111111111111/os-virtual-interfaces"),
    ):
        refused = await demo.refused(410, method, f"{COMPUTE}{path}")
        assert refused["computeFault"]["code"] == 410


async def test_no_host_audits_its_usage(admin: Client, demo: Client) -> None:
    path = f"{COMPUTE}/os-instance_usage_audit_log"
    await demo.refused(403, "GET", path)
    log = (await admin.ok("GET", path))["instance_usage_audit_logs"]
    assert (log["num_hosts"], log["num_hosts_not_run"], log["overall_status"]) == (2, 2, "0 of 2 hosts done. 0 errors.")
    old = (await admin.ok("GET", f"{path}/2012-07-05%2010:00:00"))["instance_usage_audit_log"]
    assert (old["period_beginning"], old["period_ending"]) == ("2012-06-01 00:00:00", "2012-07-01 00:00:00")
    await admin.refused(400, "GET", f"{path}/yesterday")

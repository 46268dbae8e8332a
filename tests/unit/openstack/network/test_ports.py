"""Ports and their addresses."""

from __future__ import annotations

import pytest

from tests.unit.openstack.network.api import V2, lan, listed, make, refused
from tests.unit.openstack.stack import Client, Stack


async def test_a_port_is_shown_as_it_was_made(demo: Client) -> None:
    network, subnet = await lan(demo)
    port = await make(demo, "port", network_id=network["id"], name="one")
    assert (await demo.ok("GET", f"{V2}/ports/{port['id']}"))["port"] == port
    (fixed,) = port["fixed_ips"]
    assert fixed["subnet_id"] == subnet["id"]
    assert fixed["ip_address"].startswith("192.168.7.")
    assert port["mac_address"].startswith("fa:16:3e:")
    assert (port["status"], port["device_id"], port["device_owner"]) == ("DOWN", "", "")
    assert not [name for name in port if name.startswith("binding:") and name != "binding:vnic_type"]
    (default,) = await listed(demo, "security-groups?name=default")
    assert port["security_groups"] == [default["id"]]


async def test_addresses_are_asked_for_in_every_form(demo: Client) -> None:
    network, subnet = await lan(demo)
    other = await make(demo, "subnet", network_id=network["id"], ip_version=4, cidr="192.168.9.0/24")
    forms = [{"ip_address": "192.168.7.50"}, {"subnet_id": other["id"]}, {"subnet_id": subnet["id"], "ip_address": "192.168.7.51"}]
    port = await make(demo, "port", network_id=network["id"], fixed_ips=forms)
    found = [(one["subnet_id"], one["ip_address"]) for one in port["fixed_ips"]]
    assert (found[0], found[2]) == ((subnet["id"], "192.168.7.50"), (subnet["id"], "192.168.7.51"))
    assert found[1][0] == other["id"]
    kept = {"fixed_ips": [{"subnet_id": other["id"]}]}
    changed = (await demo.ok("PUT", f"{V2}/ports/{port['id']}", {"port": kept}))["port"]
    assert [(one["subnet_id"], one["ip_address"]) for one in changed["fixed_ips"]] == [found[1]]


async def test_no_address_is_given_twice_and_they_end(demo: Client) -> None:
    network, _ = await lan(demo, "192.168.7.0/29")
    bodies = [{"network_id": network["id"]}] * 5
    made = (await demo.ok("POST", f"{V2}/ports", {"ports": bodies}))["ports"]
    assert {port["fixed_ips"][0]["ip_address"] for port in made} == {f"192.168.7.{host}" for host in range(2, 7)}
    message = await refused(demo, 409, "IpAddressGenerationFailure", "POST", "ports", {"port": {"network_id": network["id"]}})
    assert message == f"No more IP addresses available on network {network['id']}."


async def test_addresses_and_macs_that_are_taken_or_foreign(demo: Client) -> None:
    network, subnet = await lan(demo)
    port = await make(demo, "port", network_id=network["id"], fixed_ips=[{"ip_address": "192.168.7.50"}])
    for fixed, status, type_ in (
        ({"ip_address": "192.168.7.50"}, 409, "IpAddressInUse"),
        ({"ip_address": "10.1.1.1"}, 400, "InvalidIpForNetwork"),
        ({"ip_address": "10.1.1.1", "subnet_id": subnet["id"]}, 400, "InvalidIpForSubnet"),
        ({"subnet_id": "11111111-1111-1111-1111-111111111111"}, 400, "InvalidInput"),
        ({"ip_address": "nonsense"}, 400, "HTTPBadRequest"),
        ({}, 400, "InvalidInput"),
    ):
        await refused(demo, status, type_, "POST", "ports", {"port": {"network_id": network["id"], "fixed_ips": [fixed]}})
    body = {"port": {"network_id": network["id"], "mac_address": port["mac_address"].upper()}}
    await refused(demo, 409, "MacAddressInUse", "POST", "ports", body)


async def test_a_port_changes(demo: Client) -> None:
    network, _ = await lan(demo)
    port = await make(demo, "port", network_id=network["id"])
    group = await make(demo, "security_group", name="web")
    change = {
        "name": "new",
        "admin_state_up": False,
        "security_groups": [group["id"]],
        "device_id": "something",
        "dns_name": "host1",
        "allowed_address_pairs": [{"ip_address": "10.0.0.0/24", "mac_address": "fa:16:3e:00:00:01"}],
        "extra_dhcp_opts": [{"opt_name": "tftp-server", "opt_value": "10.0.0.1", "ip_version": 4}],
    }
    changed = (await demo.ok("PUT", f"{V2}/ports/{port['id']}", {"port": change}))["port"]
    assert {name: changed[name] for name in change} == change
    assert changed["dns_assignment"][0]["fqdn"] == "host1.openstacklocal."
    off = {"port_security_enabled": False, "security_groups": [], "allowed_address_pairs": []}
    await refused(
        demo,
        409,
        "PortSecurityPortHasSecurityGroup",
        "PUT",
        f"ports/{port['id']}",
        {"port": {"port_security_enabled": False, "allowed_address_pairs": []}},
    )
    assert (await demo.ok("PUT", f"{V2}/ports/{port['id']}", {"port": off}))["port"]["port_security_enabled"] is False
    await refused(demo, 404, "SecurityGroupNotFound", "PUT", f"ports/{port['id']}", {"port": {"security_groups": [network["id"]]}})


async def test_on_a_shared_network_guests_choose_less(demo: Client, admin: Client) -> None:
    (shared,) = await listed(demo, "networks?name=shared")
    port = await make(demo, "port", network_id=shared["id"])
    assert port["fixed_ips"][0]["ip_address"].startswith("192.168.233.")
    fixed = {"network_id": shared["id"], "fixed_ips": [{"ip_address": "192.168.233.77"}]}
    await refused(demo, 403, "PolicyNotAuthorized", "POST", "ports", {"port": fixed})
    await refused(demo, 403, "PolicyNotAuthorized", "POST", "ports", {"port": {"network_id": shared["id"], "binding:host_id": "x"}})
    assert (await make(admin, "port", **fixed))["binding:vif_type"] == "unbound"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("fixed_ips=ip_address%3D192.168.7.50", 1),
        ("fixed_ips=ip_address_substr%3D168.7", 2),
        ("device_id=d1&device_id=d2", 2),
        ("name=", 1),
        ("admin_state_up=false", 0),
    ],
)
async def test_ports_are_found(demo: Client, query: str, found: int) -> None:
    network, _ = await lan(demo)
    await make(demo, "port", network_id=network["id"], device_id="d1", fixed_ips=[{"ip_address": "192.168.7.50"}])
    await make(demo, "port", network_id=network["id"], device_id="d2", name="second")
    assert len(await listed(demo, f"ports?network_id={network['id']}&{query}")) == found


async def test_pages_go_both_ways(demo: Client) -> None:
    network, _ = await lan(demo)
    await demo.ok("POST", f"{V2}/ports", {"ports": [{"network_id": network["id"], "name": f"p{number}"} for number in range(5)]})
    path, seen = f"{V2}/ports?network_id={network['id']}&limit=2&sort_key=name&sort_dir=desc&fields=id&fields=name", []
    last = path
    while path:
        body = await demo.ok("GET", path)
        seen += [row["name"] for row in body["ports"]]
        last = path
        path = next((link["href"] for link in body["ports_links"] if link["rel"] == "next"), "")
        path = path[path.index("/networking") :] if path else ""
    assert seen == ["p4", "p3", "p2", "p1", "p0"]
    body = await demo.ok("GET", last)
    back = next(link["href"] for link in body["ports_links"] if link["rel"] == "previous")
    assert [row["name"] for row in (await demo.ok("GET", back[back.index("/networking") :]))["ports"]] == ["p2", "p1"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1",
        "limit=x",
        "sort_key=fixed_ips&sort_dir=asc",
        "sort_key=name",
        "sort_key=name&sort_dir=up",
        "nothing=1",
        "admin_state_up=x",
    ],
)
async def test_lists_that_cannot_be(demo: Client, query: str) -> None:
    await demo.refused(400, "GET", f"{V2}/ports?{query}")


async def test_exactly_the_asked_fields_are_shown(demo: Client) -> None:
    network, _ = await lan(demo)
    assert await listed(demo, f"networks?id={network['id']}&fields=id&fields=mtu") == [{"id": network["id"], "mtu": 1450}]
    shown = await demo.ok("GET", f"{V2}/networks/{network['id']}?fields=name")
    assert shown == {"network": {"name": "lan"}}


async def test_a_change_can_be_bound_to_a_revision(demo: Client) -> None:
    network, _ = await lan(demo)
    held = (await demo.ok("GET", f"{V2}/networks/{network['id']}"))["network"]["revision_number"]
    body, path = {"network": {"name": "x"}}, f"networks/{network['id']}"
    message = await refused(demo, 412, "RevisionNumberConstraintFailed", "PUT", path, body, If_Match=f"revision_number={held + 1}")
    assert message == f"Constrained to {held + 1}, but current revision is {held}"
    await demo.ok("PUT", f"{V2}/{path}", body, If_Match=f"revision_number={held}")


async def test_tags(demo: Client) -> None:
    network, _ = await lan(demo)
    path = f"{V2}/networks/{network['id']}/tags"
    assert (await demo.ok("PUT", path, {"tags": ["red", "blue"]}))["tags"] == ["red", "blue"]
    assert (await demo("PUT", f"{path}/green")).status == 201
    assert (await demo("GET", f"{path}/green")).status == 204
    assert (await demo("DELETE", f"{path}/red")).status == 204
    await demo.refused(404, "DELETE", f"{path}/red")
    assert (await demo.ok("GET", path))["tags"] == ["blue", "green"]
    for query, found in (
        ("tags=blue,green", 1),
        ("tags=blue,red", 0),
        ("tags-any=blue,red", 1),
        ("not-tags-any=blue", 0),
        ("not-tags=red", 1),
    ):
        assert len(await listed(demo, f"networks?id={network['id']}&{query}")) == found, query
    assert (await demo("DELETE", path)).status == 204
    assert (await demo.ok("GET", path))["tags"] == []


async def test_quotas(demo: Client, admin: Client, stack: Stack) -> None:
    network, _ = await lan(demo)
    project = network["project_id"]
    assert (await demo.ok("GET", f"{V2}/quotas/{project}"))["quota"]["port"] == 500
    await demo.refused(403, "PUT", f"{V2}/quotas/{project}", {"quota": {"port": 1}})
    await admin.ok("PUT", f"{V2}/quotas/{project}", {"quota": {"port": 3, "network": -1}})
    details = (await demo.ok("GET", f"{V2}/quotas/{project}/details.json"))["quota"]
    assert details["port"] == {"limit": 3, "used": 1, "reserved": 0}, "the router's interface is the project's, too"
    await make(demo, "port", network_id=network["id"])
    await make(demo, "port", network_id=network["id"])
    message = await refused(demo, 409, "OverQuota", "POST", "ports", {"port": {"network_id": network["id"]}})
    assert message == "Quota exceeded for resources: ['port']."
    assert (await admin("DELETE", f"{V2}/quotas/{project}")).status == 204
    await admin.refused(404, "DELETE", f"{V2}/quotas/{project}")
    assert (await demo.ok("GET", f"{V2}/quotas/{project}/default"))["quota"]["port"] == 500

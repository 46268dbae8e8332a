"""Networks and subnets."""

from __future__ import annotations

import pytest

from tests.unit.openstack.network.api import V2, lan, listed, make, public, refused
from tests.unit.openstack.stack import Client, Rows, Stack


async def test_what_devstack_has_is_there(demo: Client) -> None:
    names = {row["name"]: row for row in await listed(demo, "networks")}
    assert set(names) == {"public", "private", "shared"}
    assert names["public"]["router:external"] is True
    assert (names["shared"]["shared"], names["private"]["shared"]) == (True, False)
    (router,) = await listed(demo, "routers")
    assert router["external_gateway_info"]["network_id"] == names["public"]["id"]


async def test_the_version_and_resource_documents(stack: Stack, demo: Client) -> None:
    body = (await stack.call("GET", "/networking/")).body
    assert [version["id"] for version in body["versions"]] == ["v2.0"]
    resources = (await demo.ok("GET", f"{V2}/"))["resources"]
    assert {row["name"] for row in resources} >= {"network", "subnet", "port"}


async def test_every_extension_is_shown_as_it_is_listed(demo: Client) -> None:
    for row in await listed(demo, "extensions"):
        assert (await demo.ok("GET", f"{V2}/extensions/{row['alias']}"))["extension"] == row
    await demo.refused(404, "GET", f"{V2}/extensions/nope")


async def test_a_network_lives(demo: Client) -> None:
    network = await make(demo, "network", name="one", description="mine", mtu=1400)
    assert (network["status"], network["admin_state_up"], network["mtu"], network["subnets"]) == ("ACTIVE", True, 1400, [])
    assert network["revision_number"] == 0
    assert not {"provider:network_type"} & set(network)
    changed = (await demo.ok("PUT", f"{V2}/networks/{network['id']}", {"network": {"name": "two", "admin_state_up": False}}))["network"]
    assert (changed["name"], changed["status"], changed["revision_number"]) == ("two", "DOWN", 1)
    assert (await demo.ok("GET", f"{V2}/networks/{network['id']}"))["network"] == changed
    assert (await demo("DELETE", f"{V2}/networks/{network['id']}")).status == 204
    message = await refused(demo, 404, "NetworkNotFound", "GET", f"networks/{network['id']}")
    assert message == f"Network {network['id']} could not be found."


async def test_others_networks_are_not_there(stack: Stack, demo: Client, admin: Client) -> None:
    network = await make(admin, "network", name="hidden")
    await refused(demo, 404, "NetworkNotFound", "GET", f"networks/{network['id']}")
    await refused(demo, 404, "NetworkNotFound", "DELETE", f"networks/{network['id']}")
    shared = next(row for row in await listed(demo, "networks") if row["name"] == "shared")
    await refused(demo, 403, "PolicyNotAuthorized", "PUT", f"networks/{shared['id']}", {"network": {"name": "mine"}})


@pytest.mark.parametrize("name", ["shared", "router:external", "provider:network_type", "is_default"])
async def test_what_only_administrators_may_give(demo: Client, name: str) -> None:
    value = "vxlan" if "provider" in name else True
    message = await refused(demo, 403, "PolicyNotAuthorized", "POST", "networks", {"network": {name: value}})
    assert f"create_network:{name}" in message
    assert message.endswith("is disallowed by policy")


async def test_administrators_see_and_choose_provider_attributes(admin: Client) -> None:
    vlan: Rows = {"provider:network_type": "vlan", "provider:physical_network": "public", "provider:segmentation_id": 77}
    network = await make(admin, "network", **vlan)
    assert {name: network[name] for name in vlan} == vlan
    await refused(admin, 409, "VlanIdInUse", "POST", "networks", {"network": vlan})
    await refused(admin, 400, "InvalidInput", "POST", "networks", {"network": {**vlan, "provider:segmentation_id": 5000}})
    found = await listed(admin, "networks?provider:segmentation_id=77")
    assert [row["id"] for row in found] == [network["id"]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "Resource body required"),
        ({"subnet": {}}, "Unable to find 'network' in request body"),
        ({"network": {"nam": "x"}}, "Unrecognized attribute(s) 'nam'"),
        ({"network": {"id": "x"}}, "Attribute 'id' not allowed in POST"),
        ({"network": {"name": 7}}, "Invalid input for name. Reason: '7' is not a valid string."),
        ({"network": {"name": "x" * 256}}, "exceeds maximum length of 255"),
        ({"network": {"admin_state_up": "perhaps"}}, "'perhaps' cannot be converted to boolean"),
        ({"network": {"project_id": "other"}}, "requires admin privileges"),
    ],
)
async def test_malformed_requests_are_refused(demo: Client, body: object, said: str) -> None:
    assert said in await refused(demo, 400, "HTTPBadRequest", "POST", "networks", body)


async def test_many_are_made_at_once_or_none(demo: Client) -> None:
    made = await demo.ok("POST", f"{V2}/networks", {"networks": [{"name": "a"}, {"name": "b"}]})
    assert [row["name"] for row in made["networks"]] == ["a", "b"]
    await demo.refused(400, "POST", f"{V2}/networks", {"networks": [{"name": "c"}, {"nam": "d"}]})
    assert not [row for row in await listed(demo, "networks") if row["name"] == "c"]


async def test_a_subnet_gets_what_is_not_said(demo: Client) -> None:
    _, subnet = await lan(demo)
    assert (subnet["gateway_ip"], subnet["enable_dhcp"]) == ("192.168.7.1", True)
    assert subnet["allocation_pools"] == [{"start": "192.168.7.2", "end": "192.168.7.254"}]
    assert (subnet["dns_nameservers"], subnet["host_routes"], subnet["ipv6_ra_mode"]) == ([], [], None)


async def test_a_subnet_without_gateway_and_one_of_ipv6(demo: Client) -> None:
    network, subnet = await lan(demo, gateway_ip=None)
    assert subnet["gateway_ip"] is None
    assert subnet["allocation_pools"] == [{"start": "192.168.7.1", "end": "192.168.7.254"}]
    six = await make(demo, "subnet", network_id=network["id"], ip_version=6, cidr="2001:DB8:0::/64", ipv6_address_mode="slaac")
    assert (six["cidr"], six["gateway_ip"]) == ("2001:db8::/64", "2001:db8::1")
    port = await make(demo, "port", network_id=network["id"], mac_address="fa:16:3e:12:34:56")
    assert [one["ip_address"] for one in port["fixed_ips"]][1] == "2001:db8::f816:3eff:fe12:3456"


@pytest.mark.parametrize(
    ("given", "type_", "said"),
    [
        ({"cidr": "192.168.7.128/25"}, "InvalidInput", "overlaps with another subnet"),
        ({"cidr": "192.168.8.0/31"}, "InvalidInput", "incompatible with DHCP"),
        ({"cidr": "224.0.0.0/24"}, "InvalidInput", "Multicast"),
        ({"cidr": "0.0.0.0/0"}, "InvalidInput", "0 is not allowed as CIDR prefix length"),
        ({"cidr": "2001:db8::/64"}, "InvalidInput", "does not match the ip_version"),
        ({"cidr": "192.168.8.0/24", "gateway_ip": "192.168.8.0"}, "InvalidInput", "Gateway is not valid on subnet"),
        ({"cidr": "192.168.8.0/24", "dns_nameservers": ["2001:db8::1"]}, "InvalidInput", "dns_nameserver"),
        ({"cidr": "192.168.8.0/24", "ipv6_ra_mode": "slaac"}, "InvalidInput", "ip_version is 4"),
        (
            {"cidr": "192.168.8.0/24", "allocation_pools": [{"start": "192.168.9.1", "end": "192.168.9.5"}]},
            "OutOfBoundsAllocationPool",
            "spans beyond the subnet cidr 192.168.8.0/24",
        ),
        (
            {"cidr": "192.168.8.0/24", "allocation_pools": [{"start": "192.168.8.9", "end": "192.168.8.5"}]},
            "InvalidAllocationPool",
            "is not valid",
        ),
        ({"cidr": "nonsense"}, "HTTPBadRequest", "is not a valid IP subnet"),
    ],
)
async def test_subnets_that_cannot_be(demo: Client, given: dict[str, object], type_: str, said: str) -> None:
    network, _ = await lan(demo)
    body = {"subnet": {"network_id": network["id"], "ip_version": 4, **given}}
    assert said in await refused(demo, 400, type_, "POST", "subnets", body)


async def test_a_gateway_in_a_pool_and_pools_that_overlap(demo: Client) -> None:
    network, _ = await lan(demo)
    body = {"network_id": network["id"], "ip_version": 4, "cidr": "192.168.8.0/24"}
    pool = [{"start": "192.168.8.1", "end": "192.168.8.9"}]
    await refused(demo, 409, "GatewayConflictWithAllocationPools", "POST", "subnets", {"subnet": {**body, "allocation_pools": pool}})
    pools = [{"start": "192.168.8.2", "end": "192.168.8.9"}, {"start": "192.168.8.9", "end": "192.168.8.20"}]
    await refused(demo, 409, "OverlappingAllocationPools", "POST", "subnets", {"subnet": {**body, "allocation_pools": pools}})


async def test_a_subnet_changes_and_the_same_range_may_be_elsewhere(demo: Client) -> None:
    _, subnet = await lan(demo)
    await lan(demo)
    change = {
        "gateway_ip": "192.168.7.254",
        "allocation_pools": [{"start": "192.168.7.10", "end": "192.168.7.20"}],
        "dns_nameservers": ["9.9.9.9", "8.8.8.8"],
        "host_routes": [{"destination": "10.9.0.0/16", "nexthop": "192.168.7.253"}],
        "enable_dhcp": False,
    }
    changed = (await demo.ok("PUT", f"{V2}/subnets/{subnet['id']}", {"subnet": change}))["subnet"]
    assert {name: changed[name] for name in change} == change
    await refused(demo, 400, "HTTPBadRequest", "PUT", f"subnets/{subnet['id']}", {"subnet": {"cidr": "10.0.0.0/8"}})


async def test_what_is_in_use_stays(demo: Client) -> None:
    network, subnet = await lan(demo)
    port = await make(demo, "port", network_id=network["id"])
    message = await refused(demo, 409, "NetworkInUse", "DELETE", f"networks/{network['id']}")
    assert "There are one or more ports still in use on the network" in message
    await refused(demo, 409, "SubnetInUse", "DELETE", f"subnets/{subnet['id']}")
    assert (await demo("DELETE", f"{V2}/ports/{port['id']}")).status == 204
    assert (await demo("DELETE", f"{V2}/networks/{network['id']}")).status == 204
    await refused(demo, 404, "SubnetNotFound", "GET", f"subnets/{subnet['id']}")


async def test_members_see_the_subnets_of_external_networks(demo: Client) -> None:
    network = await public(demo)
    (subnet,) = await listed(demo, f"subnets?network_id={network['id']}")
    assert (subnet["router:external"], subnet["cidr"]) == (True, "172.24.4.0/24")


async def test_the_world_has_a_segment_behind_each_network(stack: Stack, demo: Client) -> None:
    from emulators.openstack.network.records import NeutronNetwork
    from emulators.world.model import Network

    network, subnet = await lan(demo)
    record = stack.world.state.get(NeutronNetwork, network["id"])
    segment = stack.world.state.get(Network, record.segment)
    assert (segment.type, segment.cidr, segment.gateway, segment.name) == ("tenant", "192.168.7.0/24", "192.168.7.1", "lan")
    await demo.ok("DELETE", f"{V2}/subnets/{subnet['id']}")
    assert stack.world.state.get(Network, record.segment).cidr == ""
    await demo.ok("DELETE", f"{V2}/networks/{network['id']}")
    assert stack.world.state.maybe(Network, record.segment) is None

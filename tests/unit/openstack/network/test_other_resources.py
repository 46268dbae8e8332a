"""Subnet pools, address scopes and groups, RBAC, trunks, QoS, agents and what follows from the rest."""

from __future__ import annotations

from tests.unit.openstack.network.api import V2, lan, listed, make, refused
from tests.unit.openstack.stack import Client, Stack


async def test_subnets_are_cut_from_a_pool(demo: Client) -> None:
    pool = await make(demo, "subnetpool", name="p", prefixes=["10.11.0.0/24", "10.11.1.0/24"], min_prefixlen=26, default_prefixlen=26)
    assert (pool["prefixes"], pool["ip_version"], pool["max_prefixlen"]) == (["10.11.0.0/23"], 4, 32)
    network = await make(demo, "network")
    first = await make(demo, "subnet", network_id=network["id"], ip_version=4, subnetpool_id=pool["id"])
    second = await make(demo, "subnet", network_id=network["id"], ip_version=4, subnetpool_id=pool["id"], prefixlen=27)
    assert [first["cidr"], second["cidr"]] == ["10.11.0.0/26", "10.11.0.64/27"]
    short = {"network_id": network["id"], "ip_version": 4, "subnetpool_id": pool["id"], "prefixlen": 24}
    await refused(demo, 400, "MinPrefixSubnetAllocationError", "POST", "subnets", {"subnet": short})
    third = {"network_id": network["id"], "ip_version": 4, "subnetpool_id": pool["id"], "cidr": "10.99.0.0/26"}
    await refused(demo, 500, "SubnetAllocationError", "POST", "subnets", {"subnet": third})
    await refused(demo, 400, "SubnetPoolDeleteError", "DELETE", f"subnetpools/{pool['id']}")
    await refused(
        demo, 400, "IllegalSubnetPoolPrefixUpdate", "PUT", f"subnetpools/{pool['id']}", {"subnetpool": {"prefixes": ["10.11.0.0/24"]}}
    )
    await demo.ok("DELETE", f"{V2}/networks/{network['id']}")
    assert (await demo("DELETE", f"{V2}/subnetpools/{pool['id']}")).status == 204
    await refused(demo, 404, "SubnetPoolNotFound", "GET", f"subnetpools/{pool['id']}")


async def test_pools_of_an_address_scope_do_not_overlap(demo: Client) -> None:
    scope = await make(demo, "address_scope", name="s", ip_version=4)
    await make(demo, "subnetpool", name="a", prefixes=["10.12.0.0/16"], address_scope_id=scope["id"])
    body = {"name": "b", "prefixes": ["10.12.8.0/24"], "address_scope_id": scope["id"]}
    await refused(demo, 409, "AddressScopePrefixConflict", "POST", "subnetpools", {"subnetpool": body})
    await refused(demo, 409, "AddressScopeInUse", "DELETE", f"address-scopes/{scope['id']}")


async def test_a_network_is_shared_with_one_project(demo: Client, admin: Client) -> None:
    network, _ = await lan(admin)
    (own,) = await listed(demo, "networks?name=private")
    policy = {"object_type": "network", "object_id": network["id"], "action": "access_as_shared", "target_tenant": own["project_id"]}
    made = await make(admin, "rbac_policy", "rbac-policies", **policy)
    seen = (await demo.ok("GET", f"{V2}/networks/{network['id']}"))["network"]
    assert seen["shared"] is True
    port = await make(demo, "port", network_id=network["id"])
    await refused(admin, 409, "RbacPolicyInUse", "DELETE", f"rbac-policies/{made['id']}")
    await demo.ok("DELETE", f"{V2}/ports/{port['id']}")
    assert (await admin("DELETE", f"{V2}/rbac-policies/{made['id']}")).status == 204
    await demo.refused(404, "GET", f"{V2}/networks/{network['id']}")


async def test_trunks(demo: Client) -> None:
    network, _ = await lan(demo)
    parent, child = [await make(demo, "port", network_id=network["id"]) for _ in range(2)]
    sub = {"port_id": child["id"], "segmentation_type": "vlan", "segmentation_id": 7}
    trunk = await make(demo, "trunk", port_id=parent["id"], sub_ports=[sub])
    assert trunk["sub_ports"] == [sub]
    assert (await demo.ok("GET", f"{V2}/ports/{parent['id']}"))["port"]["trunk_details"]["trunk_id"] == trunk["id"]
    await refused(demo, 409, "PortInUseAsTrunkParent", "DELETE", f"ports/{parent['id']}")
    left = await demo.ok("PUT", f"{V2}/trunks/{trunk['id']}/remove_subports", {"sub_ports": [{"port_id": child["id"]}]})
    assert left["sub_ports"] == []
    assert (await demo("DELETE", f"{V2}/trunks/{trunk['id']}")).status == 204


async def test_qos_policies(demo: Client, admin: Client) -> None:
    await demo.refused(403, "POST", f"{V2}/qos/policies", {"policy": {"name": "x"}})
    policy = await make(admin, "policy", "qos/policies", name="slow", shared=True)
    path = f"qos/policies/{policy['id']}/bandwidth_limit_rules"
    rule = await make(admin, "bandwidth_limit_rule", path, max_kbps=1000)
    assert (rule["max_kbps"], rule["direction"]) == (1000, "egress")
    await refused(admin, 409, "QoSRulesConflict", "POST", path, {"bandwidth_limit_rule": {"max_kbps": 1}})
    network, _ = await lan(demo)
    port = await make(demo, "port", network_id=network["id"], qos_policy_id=policy["id"])
    assert port["qos_policy_id"] == policy["id"]
    await refused(admin, 409, "QosPolicyInUse", "DELETE", f"qos/policies/{policy['id']}")
    shown = (await demo.ok("GET", f"{V2}/qos/policies/{policy['id']}"))["policy"]
    assert [one["type"] for one in shown["rules"]] == ["bandwidth_limit"]


async def test_agents_are_alive_as_their_hosts_are(demo: Client, admin: Client, stack: Stack) -> None:
    from emulators.world.model import Hypervisor

    assert await listed(demo, "agents") == [], "for administrators"
    agents = await listed(admin, "agents")
    hosts = {host.name for host in stack.world.state.all(Hypervisor) if host.flavor == "kvm"}
    assert {agent["host"] for agent in agents} == hosts
    assert all(agent["alive"] for agent in agents)
    one = agents[0]
    changed = await admin.ok("PUT", f"{V2}/agents/{one['id']}", {"agent": {"admin_state_up": False, "description": "being mended"}})
    assert (changed["agent"]["admin_state_up"], changed["agent"]["description"]) == (False, "being mended")
    await refused(admin, 404, "AgentNotFound", "GET", "agents/11111111-1111-1111-1111-111111111111")


async def test_use_of_addresses(demo: Client, admin: Client) -> None:
    network, _ = await lan(demo)
    await make(demo, "port", network_id=network["id"])
    row = (await admin.ok("GET", f"{V2}/network-ip-availabilities/{network['id']}"))["network_ip_availability"]
    assert (row["total_ips"], row["used_ips"], row["subnet_ip_availability"][0]["cidr"]) == (253, 1, "192.168.7.0/24")
    assert len(await listed(admin, f"network-ip-availabilities?network_id={network['id']}")) == 1


async def test_a_project_gets_a_topology_of_its_own(admin: Client) -> None:
    dry = await admin.ok("GET", f"{V2}/auto-allocated-topology/null?fields=dry-run")
    assert dry["auto_allocated_topology"]["id"] == "dry-run=pass"
    made = (await admin.ok("GET", f"{V2}/auto-allocated-topology/null"))["auto_allocated_topology"]
    again = (await admin.ok("GET", f"{V2}/auto-allocated-topology/null"))["auto_allocated_topology"]
    assert made == again
    (subnet,) = await listed(admin, f"subnets?network_id={made['id']}")
    assert subnet["cidr"].startswith("10.0.")
    assert (await admin("DELETE", f"{V2}/auto-allocated-topology/{made['tenant_id']}")).status == 204
    await admin.refused(404, "GET", f"{V2}/networks/{made['id']}")


async def test_address_groups(demo: Client) -> None:
    group = await make(demo, "address_group", name="g", addresses=["10.0.0.1/32", "10.1.0.0/16"])
    await refused(demo, 400, "HTTPBadRequest", "POST", "address-groups", {"address_group": {"addresses": ["10.0.0.1"]}})
    assert group["addresses"] == ["10.0.0.1/32", "10.1.0.0/16"]
    body = await demo.ok("PUT", f"{V2}/address-groups/{group['id']}/add_addresses", {"addresses": ["10.2.0.0/16"]})
    assert len(body["address_group"]["addresses"]) == 3
    await refused(demo, 400, "BadRequest", "PUT", f"address-groups/{group['id']}/remove_addresses", {"addresses": ["10.9.0.0/16"]})

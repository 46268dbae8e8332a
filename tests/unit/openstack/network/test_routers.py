"""Routers, their interfaces and gateways; floating IPs and port forwardings."""

from __future__ import annotations

from tests.unit.openstack.network.api import V2, lan, listed, make, public, refused
from tests.unit.openstack.stack import Client, Rows


async def joined(client: Client) -> tuple[Rows, Rows, Rows]:
    """A router between the outside and a network; the router, the network, its subnet."""
    outside = await public(client)
    router = await make(client, "router", name="r", external_gateway_info={"network_id": outside["id"]})
    network, subnet = await lan(client)
    await client.ok("PUT", f"{V2}/routers/{router['id']}/add_router_interface", {"subnet_id": subnet["id"]})
    return router, network, subnet


async def test_a_router_lives(demo: Client) -> None:
    router = await make(demo, "router", name="r", external_gateway_info={})
    assert (router["status"], router["external_gateway_info"], router["routes"]) == ("ACTIVE", None, [])
    outside = await public(demo)
    changed = {"router": {"external_gateway_info": {"network_id": outside["id"]}, "admin_state_up": False}}
    body = (await demo.ok("PUT", f"{V2}/routers/{router['id']}", changed))["router"]
    info = body["external_gateway_info"]
    assert (info["network_id"], info["enable_snat"], body["admin_state_up"]) == (outside["id"], True, False)
    assert info["external_fixed_ips"][0]["ip_address"].startswith("172.24.4.")
    cleared = (await demo.ok("PUT", f"{V2}/routers/{router['id']}", {"router": {"external_gateway_info": {}}}))["router"]
    assert cleared["external_gateway_info"] is None
    assert (await demo("DELETE", f"{V2}/routers/{router['id']}")).status == 204
    await refused(demo, 404, "RouterNotFound", "GET", f"routers/{router['id']}")


async def test_gateways_that_cannot_be(demo: Client, admin: Client) -> None:
    router = await make(demo, "router")
    network, _ = await lan(demo)
    path = f"routers/{router['id']}"
    await refused(demo, 400, "BadRequest", "PUT", path, {"router": {"external_gateway_info": {"network_id": network["id"]}}})
    unknown = {"network_id": "11111111-1111-1111-1111-111111111111"}
    await refused(demo, 404, "NetworkNotFound", "PUT", path, {"router": {"external_gateway_info": unknown}})
    outside = await public(demo)
    snat = {"network_id": outside["id"], "enable_snat": False}
    await refused(demo, 403, "PolicyNotAuthorized", "PUT", path, {"router": {"external_gateway_info": snat}})
    info = (await admin.ok("PUT", f"{V2}/{path}", {"router": {"external_gateway_info": snat}}))["router"]["external_gateway_info"]
    assert info["enable_snat"] is False


async def test_interfaces_by_subnet_and_by_port(demo: Client) -> None:
    router = await make(demo, "router")
    network, subnet = await lan(demo)
    add, remove = f"{V2}/routers/{router['id']}/add_router_interface", f"{V2}/routers/{router['id']}/remove_router_interface"
    one = await demo.ok("PUT", add, {"subnet_id": subnet["id"]})
    assert (one["id"], one["subnet_id"], one["subnet_ids"], one["network_id"]) == (
        router["id"],
        subnet["id"],
        [subnet["id"]],
        network["id"],
    )
    port = (await demo.ok("GET", f"{V2}/ports/{one['port_id']}"))["port"]
    assert (port["device_id"], port["device_owner"], port["status"]) == (router["id"], "network:router_interface", "ACTIVE")
    assert port["fixed_ips"] == [{"subnet_id": subnet["id"], "ip_address": "192.168.7.1"}]
    assert [row["id"] for row in await listed(demo, f"ports?device_id={router['id']}")] == [port["id"]]
    await refused(demo, 409, "ServicePortInUse", "DELETE", f"ports/{port['id']}")
    message = await refused(demo, 409, "RouterInUse", "DELETE", f"routers/{router['id']}")
    assert message == f"Router {router['id']} still has ports"
    await refused(demo, 400, "BadRequest", "PUT", add.removeprefix(f"{V2}/"), {"subnet_id": subnet["id"]})
    _, twin = await lan(demo)
    message = await refused(demo, 400, "BadRequest", "PUT", add.removeprefix(f"{V2}/"), {"subnet_id": twin["id"]})
    assert "overlaps with cidr" in message
    other, _ = await lan(demo, "192.168.9.0/24")
    by_port = await make(demo, "port", network_id=other["id"])
    two = await demo.ok("PUT", add, {"port_id": by_port["id"]})
    assert two["port_id"] == by_port["id"]
    await refused(demo, 404, "RouterInterfaceNotFoundForSubnet", "PUT", remove.removeprefix(f"{V2}/"), {"subnet_id": twin["id"]})
    await demo.ok("PUT", remove, {"port_id": by_port["id"]})
    await demo.ok("PUT", remove, {"subnet_id": subnet["id"]})
    assert await listed(demo, f"ports?device_id={router['id']}") == []


async def test_static_routes(demo: Client) -> None:
    router, _, subnet = await joined(demo)
    path = f"routers/{router['id']}"
    route = {"destination": "10.20.0.0/16", "nexthop": "192.168.7.99"}
    assert (await demo.ok("PUT", f"{V2}/{path}", {"router": {"routes": [route]}}))["router"]["routes"] == [route]
    far = {"destination": "10.30.0.0/16", "nexthop": "10.99.99.1"}
    await refused(demo, 400, "InvalidRoutes", "PUT", path, {"router": {"routes": [far]}})
    await refused(demo, 409, "RouterInterfaceInUseByRoute", "PUT", f"{path}/remove_router_interface", {"subnet_id": subnet["id"]})
    more = {"destination": "10.40.0.0/16", "nexthop": "192.168.7.98"}
    assert (await demo.ok("PUT", f"{V2}/{path}/add_extraroutes", {"router": {"routes": [more]}}))["router"]["routes"] == [route, more]
    assert (await demo.ok("PUT", f"{V2}/{path}/remove_extraroutes", {"router": {"routes": [route]}}))["router"]["routes"] == [more]
    assert (await demo.ok("PUT", f"{V2}/{path}", {"router": {"routes": None}}))["router"]["routes"] == []


async def test_a_floating_ip_leads_to_a_port_and_elsewhere(demo: Client) -> None:
    router, network, subnet = await joined(demo)
    outside = await public(demo)
    port = await make(demo, "port", network_id=network["id"])
    floating = await make(demo, "floatingip", floating_network_id=outside["id"])
    assert (floating["status"], floating["port_id"], floating["router_id"]) == ("DOWN", None, None)
    path = f"{V2}/floatingips/{floating['id']}"
    lead = (await demo.ok("PUT", path, {"floatingip": {"port_id": port["id"]}}))["floatingip"]
    assert (lead["status"], lead["router_id"]) == ("ACTIVE", router["id"])
    assert lead["fixed_ip_address"] == port["fixed_ips"][0]["ip_address"]
    assert lead["port_details"]["network_id"] == network["id"]
    body = {"floatingip": {"floating_network_id": outside["id"], "port_id": port["id"]}}
    await refused(demo, 409, "FloatingIPPortAlreadyAssociated", "POST", "floatingips", body)
    gateway = {"router": {"external_gateway_info": None}}
    await refused(demo, 409, "RouterExternalGatewayInUseByFloatingIp", "PUT", f"routers/{router['id']}", gateway)
    leave = {"subnet_id": subnet["id"]}
    await refused(demo, 409, "RouterInterfaceInUseByFloatingIP", "PUT", f"routers/{router['id']}/remove_router_interface", leave)
    assert (await demo("DELETE", f"{V2}/ports/{port['id']}")).status == 204
    loose = (await demo.ok("GET", path))["floatingip"]
    assert (loose["port_id"], loose["fixed_ip_address"], loose["router_id"], loose["status"]) == (None, None, None, "DOWN")
    assert (await demo("DELETE", path)).status == 204


async def test_floating_ips_that_cannot_be(demo: Client) -> None:
    outside = await public(demo)
    network, _ = await lan(demo)
    port = await make(demo, "port", network_id=network["id"])
    message = await refused(demo, 400, "BadRequest", "POST", "floatingips", {"floatingip": {"floating_network_id": network["id"]}})
    assert message == f"Bad floatingip request: Network {network['id']} is not a valid external network."
    body = {"floatingip": {"floating_network_id": outside["id"], "port_id": port["id"]}}
    message = await refused(demo, 404, "ExternalGatewayForFloatingIPNotFound", "POST", "floatingips", body)
    assert "is not reachable from subnet" in message
    body = {"floatingip": {"floating_network_id": outside["id"], "fixed_ip_address": "10.0.0.5"}}
    await refused(demo, 400, "BadRequest", "POST", "floatingips", body)
    assert len(await listed(demo, "floatingips")) == 0, "what was refused took no address"


async def test_ports_are_forwarded(demo: Client) -> None:
    _, network, _ = await joined(demo)
    outside = await public(demo)
    port = await make(demo, "port", network_id=network["id"])
    floating = await make(demo, "floatingip", floating_network_id=outside["id"])
    path = f"floatingips/{floating['id']}/port_forwardings"
    given = {"internal_port_id": port["id"], "internal_port": 80, "external_port": 8080, "protocol": "tcp"}
    made = await make(demo, "port_forwarding", path, **given)
    assert {name: made[name] for name in given} == given
    assert made["internal_ip_address"] == port["fixed_ips"][0]["ip_address"]
    await refused(demo, 409, "BadRequest", "POST", path, {"port_forwarding": given})
    assert [row["id"] for row in await listed(demo, path)] == [made["id"]]
    changed = await demo.ok("PUT", f"{V2}/{path}/{made['id']}", {"port_forwarding": {"external_port": 9090}})
    assert changed["port_forwarding"]["external_port"] == 9090
    await refused(demo, 409, "FipInUseByPortForwarding", "PUT", f"floatingips/{floating['id']}", {"floatingip": {"port_id": port["id"]}})
    assert (await demo("DELETE", f"{V2}/{path}/{made['id']}")).status == 204
    assert await listed(demo, path) == []

"""Ports of servers: their cards in the world's VMs, their floating IPs, and what their security groups let through."""

from __future__ import annotations

from emulators.machines.port import PacketRule
from emulators.openstack.network.filtering import cards_of
from emulators.world.model import Hypervisor, Port, Vm
from tests.unit.openstack.network.api import V2, lan, listed, make, public
from tests.unit.openstack.stack import Client, Rows, Stack


async def boot(stack: Stack, client: Client, **networks: str) -> tuple[Rows, Vm]:
    """A server that runs, and its VM."""
    compute = "/compute/v2.1"
    (image,) = (await client.ok("GET", "/image/v2/images"))["images"][:1]
    body = {"name": "s", "imageRef": image["id"], "flavorRef": "2", "networks": [networks]}
    made = (await client.ok("POST", f"{compute}/servers", {"server": body}))["server"]
    await stack.conductor.runner.idle()
    server: Rows = (await client.ok("GET", f"{compute}/servers/{made['id']}"))["server"]
    assert server["status"] == "ACTIVE"
    vm = stack.world.state.one(Vm, "instance_uuid", server["id"])
    assert vm is not None
    return server, vm


def cards(stack: Stack, vm: Vm) -> dict[str, str]:
    """MAC and address of a VM's cards."""
    return {port.mac: port.ip for port in stack.world.state.where(Port, "vm", vm.uid)}


async def test_a_servers_port_is_a_card_of_its_vm(stack: Stack, demo: Client, admin: Client) -> None:
    network, _ = await lan(demo)
    server, vm = await boot(stack, demo, uuid=network["id"])
    (port,) = await listed(admin, f"ports?device_id={server['id']}")
    host = stack.world.state.get(Hypervisor, vm.host)
    assert (port["status"], port["device_owner"], port["binding:host_id"]) == ("ACTIVE", "compute:nova", host.name)
    assert cards(stack, vm) == {port["mac_address"]: port["fixed_ips"][0]["ip_address"]}
    moved = {"port": {"fixed_ips": [{"ip_address": "192.168.7.200"}]}}
    await demo.ok("PUT", f"{V2}/ports/{port['id']}", moved)
    assert cards(stack, vm) == {port["mac_address"]: "192.168.7.200"}
    down = (await demo.ok("PUT", f"{V2}/ports/{port['id']}", {"port": {"admin_state_up": False}}))["port"]
    assert down["status"] == "DOWN"
    (card,) = stack.world.state.where(Port, "vm", vm.uid)
    assert not card.connected
    await demo.ok("DELETE", f"/compute/v2.1/servers/{server['id']}")
    await stack.conductor.runner.idle()
    assert await listed(demo, f"ports?network_id={network['id']}") == []


async def test_a_port_of_ones_own_outlives_the_server(stack: Stack, demo: Client) -> None:
    network, _ = await lan(demo)
    port = await make(demo, "port", network_id=network["id"])
    server, _ = await boot(stack, demo, port=port["id"])
    await demo.ok("DELETE", f"/compute/v2.1/servers/{server['id']}")
    await stack.conductor.runner.idle()
    left = (await demo.ok("GET", f"{V2}/ports/{port['id']}"))["port"]
    assert (left["device_id"], left["device_owner"], left["status"]) == ("", "", "DOWN")


async def test_a_floating_ip_is_a_card_while_it_leads_there(stack: Stack, demo: Client) -> None:
    outside = await public(demo)
    (private,) = await listed(demo, "networks?name=private")
    server, vm = await boot(stack, demo, uuid=private["id"])
    (port,) = await listed(demo, f"ports?device_id={server['id']}")
    floating = await make(demo, "floatingip", floating_network_id=outside["id"], port_id=port["id"])
    assert set(cards(stack, vm).values()) == {port["fixed_ips"][0]["ip_address"], floating["floating_ip_address"]}
    shown = (await demo.ok("GET", f"/compute/v2.1/servers/{server['id']}"))["server"]["addresses"]["private"]
    assert [(one["OS-EXT-IPS:type"], one["addr"]) for one in shown][1] == ("floating", floating["floating_ip_address"])
    await demo.ok("PUT", f"{V2}/floatingips/{floating['id']}", {"floatingip": {"port_id": None}})
    assert set(cards(stack, vm).values()) == {port["fixed_ips"][0]["ip_address"]}


async def test_what_security_groups_let_through(stack: Stack, demo: Client) -> None:
    network, _ = await lan(demo)
    group = await make(demo, "security_group", name="web")
    friends = await make(demo, "security_group", name="friends")
    friend = await make(demo, "port", network_id=network["id"], security_groups=[friends["id"]])
    for given in (
        {"protocol": "tcp", "port_range_min": 80, "port_range_max": 90, "remote_ip_prefix": "10.0.0.0/8"},
        {"protocol": "icmp"},
        {"remote_group_id": friends["id"]},
        {"ethertype": "IPv6", "protocol": "tcp"},
    ):
        await make(demo, "security_group_rule", "security-group-rules", security_group_id=group["id"], direction="ingress", **given)
    port = await make(demo, "port", network_id=network["id"], security_groups=[group["id"]])
    _, vm = await boot(stack, demo, port=port["id"])
    (card,) = cards_of(stack.world.state, vm)
    assert card.addresses == (port["fixed_ips"][0]["ip_address"],)
    assert card.rules == (
        PacketRule(inbound=False),
        PacketRule(inbound=True, protocol=6, low=80, high=90, remotes=("10.0.0.0/8",)),
        PacketRule(inbound=True, protocol=1),
        PacketRule(inbound=True, remotes=(f"{friend['fixed_ips'][0]['ip_address']}/32",)),
    )
    off = {"port": {"security_groups": [], "port_security_enabled": False}}
    await demo.ok("PUT", f"{V2}/ports/{port['id']}", off)
    assert cards_of(stack.world.state, vm) == (), "without port security everything passes"

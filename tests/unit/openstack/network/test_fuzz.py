"""Ten thousand seeded mutations of requests: whatever is sent, Neutron answers, and never with a fault of its own."""

from __future__ import annotations

import copy
import random
from collections import Counter
from typing import Any

import pytest

from tests.unit.openstack.network.api import V2, lan, listed, make
from tests.unit.openstack.stack import Client

SEED, MUTATIONS = 20, 10_000
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 65536, 1 << 31, 1 << 64, 1.5, "", " ", "x", "x" * 300, "\x00", "\ud7ff", "💥", "null", "4", "::", "::1",
    "fe80::1%eth0", "10.0.0.0/8", "10.0.0.0/99", "0.0.0.0/0", "256.1.1.1", "2001:db8::/64", "ff:ff:ff:ff:ff:ff", "fa:16:3e:00:00:01", "*",
    "11111111-1111-1111-1111-111111111111", [], [None], [[]], [{}], {}, {"a": 1}, {"": None}, ["x", "x"], [1, 2],
)  # fmt: skip
QUERIES = (
    "limit",
    "marker",
    "page_reverse",
    "sort_key",
    "sort_dir",
    "fields",
    "fixed_ips",
    "tags",
    "not-tags",
    "id",
    "name",
    "changed_since",
)


async def requests(client: Client) -> list[tuple[str, str, Any]]:
    """Sound requests to begin with: every sort of resource, made and changed."""
    network, subnet = await lan(client)
    port = await make(client, "port", network_id=network["id"])
    router = await make(client, "router", name="r")
    group = await make(client, "security_group", name="g")
    pool = await make(client, "subnetpool", name="p", prefixes=["10.44.0.0/16"])
    scope = await make(client, "address_scope", name="s", ip_version=4)
    (outside,) = await listed(client, "networks?router:external=True")
    floating = await make(client, "floatingip", floating_network_id=outside["id"])
    net, sub = network["id"], subnet["id"]
    return [
        ("POST", "networks", {"network": {"name": "n", "mtu": 1400, "admin_state_up": True, "availability_zone_hints": ["nova"]}}),
        ("POST", "networks", {"networks": [{"name": "a"}, {"name": "b"}]}),
        ("PUT", f"networks/{net}", {"network": {"name": "m", "mtu": 1400, "dns_domain": "example.org."}}),
        ("POST", "subnets", {"subnet": {
            "network_id": net, "ip_version": 4, "cidr": "10.45.0.0/24", "gateway_ip": "10.45.0.1", "enable_dhcp": True,
            "allocation_pools": [{"start": "10.45.0.10", "end": "10.45.0.20"}], "dns_nameservers": ["8.8.8.8"],
            "host_routes": [{"destination": "10.0.0.0/8", "nexthop": "10.45.0.9"}],
        }}),
        ("POST", "subnets", {"subnet": {"network_id": net, "ip_version": 4, "subnetpool_id": pool["id"], "prefixlen": 26}}),
        ("POST", "subnets", {"subnet": {"network_id": net, "ip_version": 6, "cidr": "2001:db8::/64", "ipv6_ra_mode": "slaac"}}),
        ("PUT", f"subnets/{sub}", {"subnet": {"gateway_ip": "192.168.7.9",
            "allocation_pools": [{"start": "192.168.7.20", "end": "192.168.7.99"}]}}),
        ("POST", "ports", {"port": {
            "network_id": net, "fixed_ips": [{"subnet_id": sub, "ip_address": "192.168.7.77"}], "mac_address": "fa:16:3e:00:00:09",
            "allowed_address_pairs": [{"ip_address": "10.0.0.1", "mac_address": "fa:16:3e:00:00:01"}], "security_groups": [group["id"]],
            "extra_dhcp_opts": [{"opt_name": "mtu", "opt_value": "1400", "ip_version": 4}], "dns_name": "x",
        }}),
        ("PUT", f"ports/{port['id']}", {"port": {"fixed_ips": [{"subnet_id": sub}], "security_groups": [], "device_id": "d", "name": "x"}}),
        ("POST", "routers", {"router": {"name": "r", "external_gateway_info": {"network_id": outside["id"]}}}),
        ("PUT", f"routers/{router['id']}", {"router": {"routes": [{"destination": "10.0.0.0/8", "nexthop": "192.168.7.3"}]}}),
        ("PUT", f"routers/{router['id']}/add_router_interface", {"subnet_id": sub}),
        ("PUT", f"routers/{router['id']}/remove_router_interface", {"subnet_id": sub}),
        ("PUT", f"routers/{router['id']}/add_extraroutes",
            {"router": {"routes": [{"destination": "10.0.0.0/8", "nexthop": "192.168.7.3"}]}}),
        ("POST", "floatingips", {"floatingip": {
            "floating_network_id": outside["id"], "port_id": port["id"], "fixed_ip_address": "192.168.7.5"}}),
        ("PUT", f"floatingips/{floating['id']}", {"floatingip": {"port_id": None, "description": "x"}}),
        ("POST", f"floatingips/{floating['id']}/port_forwardings", {"port_forwarding": {
            "internal_port_id": port["id"], "internal_port": 80, "external_port": 80, "protocol": "tcp",
        }}),
        ("POST", "security-groups", {"security_group": {"name": "x", "stateful": True}}),
        ("POST", "security-group-rules", {"security_group_rule": {
            "security_group_id": group["id"], "direction": "ingress", "protocol": "tcp", "port_range_min": 1, "port_range_max": 9,
            "remote_ip_prefix": "10.0.0.0/8", "ethertype": "IPv4",
        }}),
        ("POST", "subnetpools", {"subnetpool": {
            "name": "x", "prefixes": ["10.0.0.0/8"], "min_prefixlen": 20, "max_prefixlen": 30, "default_quota": 9}}),
        ("PUT", f"subnetpools/{pool['id']}", {"subnetpool": {"address_scope_id": scope["id"], "default_prefixlen": 27}}),
        ("POST", "address-scopes", {"address_scope": {"name": "x", "ip_version": 4}}),
        ("POST", "address-groups", {"address_group": {"name": "x", "addresses": ["10.0.0.0/8"]}}),
        ("POST", "rbac-policies", {"rbac_policy": {
            "object_type": "network", "object_id": net, "action": "access_as_shared", "target_tenant": "somebody",
        }}),
        ("POST", "trunks", {"trunk": {"port_id": port["id"], "sub_ports": [{"port_id": port["id"], "segmentation_id": 1}]}}),
        ("POST", "qos/policies", {"policy": {"name": "q"}}),
        ("PUT", f"networks/{net}/tags", {"tags": ["a", "b"]}),
        ("PUT", f"quotas/{network['project_id']}", {"quota": {"port": 1000}}),
    ]  # fmt: skip


def mutated(body: Any, dice: random.Random) -> Any:
    """The body with one part of it replaced, taken away, added or doubled."""
    body = copy.deepcopy(body)
    holder: Any = None
    key: Any = None
    node = body
    while isinstance(node, dict | list) and node and (holder is None or dice.random() < 0.75):
        holder = node
        key = dice.choice(list(node)) if isinstance(node, dict) else dice.randrange(len(node))
        node = node[key]
    if holder is None:
        return dice.choice(ODD)
    match dice.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[dice.choice(("id", "tenant_id", "shared", "x", "description", "revision_number", "tags"))] = dice.choice(ODD)
        case 2 if isinstance(holder, list):
            holder.append(dice.choice([*ODD, node]))
        case _:
            holder[key] = dice.choice(ODD)
    return body


def query(dice: random.Random) -> str:
    """A query string of odd parameters."""
    return "&".join(
        f"{dice.choice(QUERIES)}={dice.choice(('', 'x', '-1', '0', '5', 'id', 'asc', 'ip_address%3Dx', '%00', 'true', '💥'))}"
        for _ in range(2)
    )


@pytest.mark.slow
async def test_no_mutation_is_answered_with_a_fault_of_the_server(demo: Client, admin: Client) -> None:
    dice, statuses = random.Random(SEED), Counter[int]()
    for client in (demo, admin):
        for resource in ("network", "port", "subnet", "floatingip", "router", "security_group", "security_group_rule", "rbac_policy"):
            await admin.ok("PUT", f"{V2}/quotas/{(await listed(client, 'security-groups'))[0]['project_id']}", {"quota": {resource: -1}})
    sound = await requests(demo)
    for number in range(MUTATIONS):
        client = admin if number % 4 == 0 else demo
        if number % 10 == 0:
            method, path, body = "GET", f"{dice.choice(sound)[1]}?{query(dice)}", None
        else:
            method, path, body = dice.choice(sound)
            body = mutated(body, dice)
        answer = await client(method, f"{V2}/{path}", body)
        statuses[answer.status] += 1
        assert answer.status < 500, f"{method} {path} {body}: {answer.data[:400]!r}"
    assert statuses[400] > MUTATIONS // 4, statuses
    assert statuses[201] > 100, "some mutations are sound"

"""Security groups and their rules."""

from __future__ import annotations

import pytest

from tests.unit.openstack.network.api import V2, lan, listed, make, refused
from tests.unit.openstack.stack import Client, Rows

RULES = "security-group-rules"


async def test_every_project_has_a_default_group(demo: Client, admin: Client) -> None:
    (group,) = await listed(demo, "security-groups")
    rules = {(rule["direction"], rule["ethertype"], rule["remote_group_id"]) for rule in group["security_group_rules"]}
    assert rules == {
        *(("egress", version, None) for version in ("IPv4", "IPv6")),
        *(("ingress", version, group["id"]) for version in ("IPv4", "IPv6")),
    }
    await refused(demo, 409, "SecurityGroupDefaultAlreadyExists", "POST", "security-groups", {"security_group": {"name": "default"}})
    path = f"security-groups/{group['id']}"
    await refused(demo, 409, "SecurityGroupCannotUpdateDefault", "PUT", path, {"security_group": {"name": "other"}})
    await refused(demo, 409, "SecurityGroupCannotRemoveDefault", "DELETE", path)
    assert (await admin("DELETE", f"{V2}/{path}")).status == 204


async def test_a_group_lives(demo: Client) -> None:
    group = await make(demo, "security_group", name="web", description="servers")
    assert len(group["security_group_rules"]) == 2
    rule = await make(
        demo,
        "security_group_rule",
        RULES,
        security_group_id=group["id"],
        direction="ingress",
        protocol="tcp",
        port_range_min=80,
        port_range_max=90,
    )
    assert (await demo.ok("GET", f"{V2}/{RULES}/{rule['id']}"))["security_group_rule"] == rule
    shown = (await demo.ok("GET", f"{V2}/security-groups/{group['id']}"))["security_group"]
    assert rule in shown["security_group_rules"]
    assert shown["revision_number"] == 1
    network, _ = await lan(demo)
    port = await make(demo, "port", network_id=network["id"], security_groups=[group["id"]])
    await refused(demo, 409, "SecurityGroupInUse", "DELETE", f"security-groups/{group['id']}")
    await demo.ok("DELETE", f"{V2}/ports/{port['id']}")
    assert (await demo("DELETE", f"{V2}/security-groups/{group['id']}")).status == 204
    await refused(demo, 404, "SecurityGroupRuleNotFound", "GET", f"{RULES}/{rule['id']}")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"port_range_min": -16, "port_range_max": 80}, "Invalid value for port -16"),
        ({"port_range_min": 80, "port_range_max": 79}, "port_range_min must be <= port_range_max"),
        ({"port_range_min": None, "port_range_max": 6}, "port_range_min must be <= port_range_max"),
        ({"port_range_min": 80, "port_range_max": 65536}, "Invalid value for port 65536"),
        ({"port_range_min": 0, "port_range_max": 80}, "Invalid value for port 0"),
        ({"protocol": "icmp", "port_range_min": 1, "port_range_max": 256}, "Invalid value for ICMP code"),
        ({"protocol": "icmp", "port_range_min": None, "port_range_max": 6}, "ICMP type (port-range-min) is missing"),
        ({"protocol": "icmp", "port_range_min": 300, "port_range_max": 1}, "Invalid value for ICMP type"),
        ({"protocol": "icmp", "port_range_min": -1, "port_range_max": 25}, "Invalid value"),
        ({"protocol": None, "port_range_min": 1, "port_range_max": 5}, "Must also specify protocol"),
        ({"protocol": "bad"}, "not supported"),
        ({"ethertype": "bad"}, "not supported"),
        ({"remote_ip_prefix": "192.168.1./24"}, "Invalid CIDR"),
        ({"remote_ip_prefix": "192.168.1.1/33"}, "Invalid CIDR"),
        ({"remote_ip_prefix": "bad_prefix"}, "Invalid CIDR"),
        ({"remote_ip_prefix": "2001:db8::/64"}, "Conflicting value ethertype"),
        ({"protocol": "ipv6-icmp"}, "Invalid ethertype"),
        ({"direction": "sideways"}, "is not in"),
    ],
)
async def test_rules_that_cannot_be(demo: Client, given: dict[str, object], said: str) -> None:
    group = await make(demo, "security_group", name="web")
    body = {"security_group_id": group["id"], "direction": "ingress", "protocol": "tcp", **given}
    answer = await demo.refused(400, "POST", f"{V2}/{RULES}", {"security_group_rule": body})
    assert said in answer["NeutronError"]["message"]


async def test_rules_that_exist_and_groups_that_do_not(demo: Client) -> None:
    group = await make(demo, "security_group", name="web")
    body = {"security_group_id": group["id"], "direction": "ingress", "protocol": "6", "port_range_min": 22, "port_range_max": 22}
    rule = await make(demo, "security_group_rule", RULES, **body)
    again = {**body, "protocol": "tcp"}
    message = await refused(demo, 409, "SecurityGroupRuleExists", "POST", RULES, {"security_group_rule": again})
    assert message == f"Security group rule already exists. Rule id is {rule['id']}."
    for name in ("security_group_id", "remote_group_id"):
        await refused(demo, 404, "SecurityGroupNotFound", "POST", RULES, {"security_group_rule": {**body, name: "bad_group_id"}})
    both = {**body, "remote_ip_prefix": "10.0.0.0/8", "remote_group_id": group["id"]}
    await refused(demo, 400, "SecurityGroupMultipleRemoteEntites", "POST", RULES, {"security_group_rule": both})


async def test_protocols_are_kept_as_they_were_given(demo: Client) -> None:
    group = await make(demo, "security_group", name="web")
    made: dict[int | str | None, Rows] = {}
    for protocol in (17, "icmp", None, "ANY"):
        body = {"security_group_id": group["id"], "direction": "ingress", "protocol": protocol, "remote_ip_prefix": f"10.{len(made)}.0.1"}
        made[protocol] = await make(demo, "security_group_rule", RULES, **body)
    assert [rule["protocol"] for rule in made.values()] == ["17", "icmp", None, None]
    assert made[17]["remote_ip_prefix"] == "10.0.0.1/32"


async def test_others_use_a_group_that_is_shared_with_them(demo: Client, admin: Client) -> None:
    group = await make(admin, "security_group", name="common")
    network, _ = await lan(demo)
    body = {"port": {"network_id": network["id"], "security_groups": [group["id"]]}}
    await refused(demo, 404, "SecurityGroupNotFound", "POST", "ports", body)
    policy = {
        "object_type": "security_group",
        "object_id": group["id"],
        "action": "access_as_shared",
        "target_tenant": network["project_id"],
    }
    made = await make(admin, "rbac_policy", "rbac-policies", **policy)
    port = (await demo.ok("POST", f"{V2}/ports", body))["port"]
    assert port["security_groups"] == [group["id"]]
    await refused(demo, 404, "RbacPolicyNotFound", "GET", "rbac-policies/11111111-1111-1111-1111-111111111111")
    assert (await demo.ok("GET", f"{V2}/rbac-policies/{made['id']}"))["rbac_policy"]["target_tenant"] == network["project_id"]
    await refused(admin, 409, "DuplicateRbacPolicy", "POST", "rbac-policies", {"rbac_policy": policy})

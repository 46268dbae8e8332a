"""Security groups, floating IPs, networks, volumes and images through Nova, until 2.35."""

from __future__ import annotations

from tests.unit.openstack.stack import Client, Rows

COMPUTE = "/compute/v2.1"
GROUPS = f"{COMPUTE}/os-security-groups"
RULES = f"{COMPUTE}/os-security-group-rules"
NOBODY = "11111111-1111-4111-8111-111111111111"


async def group(demo: Client, name: str = "web") -> Rows:
    """A new security group."""
    made: Rows = (await demo.ok("POST", GROUPS, {"security_group": {"name": name, "description": "d"}}))["security_group"]
    return made


async def test_a_security_group_and_its_rules(demo: Client) -> None:
    made = await group(demo)
    assert made == {"id": made["id"], "name": "web", "description": "d", "tenant_id": made["tenant_id"], "rules": []}
    rule = {"parent_group_id": made["id"], "ip_protocol": "tcp", "from_port": 22, "to_port": "23", "cidr": "10.0.0.0/8"}
    shown = (await demo.ok("POST", RULES, {"security_group_rule": rule}))["security_group_rule"]
    assert (shown["from_port"], shown["to_port"], shown["ip_range"], shown["group"]) == (22, 23, {"cidr": "10.0.0.0/8"}, {})
    other = {"parent_group_id": made["id"], "ip_protocol": "icmp", "from_port": -1, "to_port": -1, "group_id": made["id"]}
    from_group = (await demo.ok("POST", RULES, {"security_group_rule": other}))["security_group_rule"]
    assert from_group["group"] == {"name": "web", "tenant_id": made["tenant_id"]}
    assert (from_group["from_port"], from_group["to_port"], from_group["ip_range"]) == (-1, -1, {})
    found = (await demo.ok("GET", f"{GROUPS}/{made['id']}"))["security_group"]
    assert found["rules"] == [shown, from_group]
    assert (await demo("DELETE", f"{RULES}/{shown['id']}")).status == 202
    changed = (await demo.ok("PUT", f"{GROUPS}/{made['id']}", {"security_group": {"name": "new", "description": ""}}))["security_group"]
    assert (changed["name"], changed["description"], len(changed["rules"])) == ("new", "", 1)
    names = [one["name"] for one in (await demo.ok("GET", GROUPS))["security_groups"]]
    assert names == ["default", "new"]
    assert (await demo("DELETE", f"{GROUPS}/{made['id']}")).status == 202
    await demo.refused(404, "GET", f"{GROUPS}/{made['id']}")


async def test_bad_security_groups_are_refused(demo: Client) -> None:
    made = await group(demo)
    for bad in ({}, {"name": "x"}, {"name": "x" * 256, "description": ""}, {"name": 7, "description": ""}):
        await demo.refused(400, "POST", GROUPS, {"security_group": bad})
    await demo.refused(400, "GET", f"{GROUPS}/x")
    await demo.refused(404, "GET", f"{GROUPS}/{NOBODY}")
    await demo.refused(404, "DELETE", f"{GROUPS}/{NOBODY}")
    for bad in ({}, {"parent_group_id": made["id"]}, {"parent_group_id": made["id"], "ip_protocol": "tcp", "from_port": "x", "to_port": 1}):
        await demo.refused(400, "POST", RULES, {"security_group_rule": bad})
    unknown = {"parent_group_id": NOBODY, "ip_protocol": "tcp", "from_port": 1, "to_port": 2}
    await demo.refused(404, "POST", RULES, {"security_group_rule": unknown})
    await demo.refused(404, "DELETE", f"{RULES}/{NOBODY}")


async def test_floating_ips_and_networks(demo: Client) -> None:
    assert (await demo.ok("GET", f"{COMPUTE}/os-floating-ip-pools"))["floating_ip_pools"] == [{"name": "public"}]
    made = (await demo.ok("POST", f"{COMPUTE}/os-floating-ips", {"pool": "public"}))["floating_ip"]
    assert (made["pool"], made["fixed_ip"], made["instance_id"]) == ("public", None, None)
    assert (await demo.ok("GET", f"{COMPUTE}/os-floating-ips"))["floating_ips"] == [made]
    assert (await demo.ok("GET", f"{COMPUTE}/os-floating-ips/{made['id']}"))["floating_ip"] == made
    await demo.refused(404, "POST", f"{COMPUTE}/os-floating-ips", {"pool": "nothing"})
    assert (await demo("DELETE", f"{COMPUTE}/os-floating-ips/{made['id']}")).status == 202
    await demo.refused(404, "GET", f"{COMPUTE}/os-floating-ips/{made['id']}")
    await demo.refused(400, "GET", f"{COMPUTE}/os-floating-ips/x")
    networks = (await demo.ok("GET", f"{COMPUTE}/os-networks"))["networks"]
    assert "private" in [one["label"] for one in networks]
    assert (await demo.ok("GET", f"{COMPUTE}/os-networks/{networks[0]['id']}"))["network"] == networks[0]
    tenants = (await demo.ok("GET", f"{COMPUTE}/os-tenant-networks"))["networks"]
    assert tenants[0] == {"id": networks[0]["id"], "label": networks[0]["label"], "cidr": "None"}
    await demo.refused(404, "GET", f"{COMPUTE}/os-tenant-networks/{NOBODY}")
    await demo.refused(410, "POST", f"{COMPUTE}/os-tenant-networks", {})


async def test_volumes_and_snapshots(demo: Client) -> None:
    made = (await demo.ok("POST", f"{COMPUTE}/os-volumes", {"volume": {"size": 1, "display_name": "disk"}}))["volume"]
    assert (made["displayName"], made["size"], made["attachments"]) == ("disk", 1, [{}])
    listed = (await demo.ok("GET", f"{COMPUTE}/os-volumes"))["volumes"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert (await demo.ok("GET", f"{COMPUTE}/os-volumes/{made['id']}"))["volume"]["id"] == made["id"]
    await demo.refused(404, "GET", f"{COMPUTE}/os-volumes/{NOBODY}")
    await demo.refused(404, "GET", f"{COMPUTE}/os-snapshots/{NOBODY}")
    assert (await demo.ok("GET", f"{COMPUTE}/os-snapshots"))["snapshots"] == []
    await demo.refused(400, "POST", f"{COMPUTE}/os-volumes", {"volume": {}})


async def test_images(demo: Client) -> None:
    listed = (await demo.ok("GET", f"{COMPUTE}/images"))["images"]
    image = next(one for one in listed if one["name"].startswith("cirros"))
    assert [link["rel"] for link in image["links"]] == ["self", "bookmark", "alternate"]
    shown = (await demo.ok("GET", f"{COMPUTE}/images/{image['id']}"))["image"]
    assert (shown["status"], shown["progress"], shown["minDisk"]) == ("ACTIVE", 100, 0)
    assert (await demo.ok("GET", f"{COMPUTE}/images/detail?name={image['name']}"))["images"] == [shown]
    assert (await demo.ok("GET", f"{COMPUTE}/images/{image['id']}/metadata"))["metadata"] == shown["metadata"]
    assert (await demo.ok("GET", f"{COMPUTE}/images/detail?status=saving"))["images"] == []
    await demo.refused(404, "GET", f"{COMPUTE}/images/{NOBODY}")
    await demo.refused(400, "GET", f"{COMPUTE}/images?minRam=x")


async def test_the_metadata_of_ones_own_images(admin: Client, demo: Client) -> None:
    wanted = {"name": "mine", "disk_format": "raw", "container_format": "bare", "colour": "red"}
    image = (await demo.ok("POST", "/image/v2/images", wanted))["id"]
    path = f"{COMPUTE}/images/{image}/metadata"
    assert await demo.ok("GET", path) == {"metadata": {"colour": "red"}}
    assert await demo.ok("POST", path, {"metadata": {"size_of": "x"}}) == {"metadata": {"colour": "red", "size_of": "x"}}
    assert await demo.ok("PUT", f"{path}/colour", {"meta": {"colour": "blue"}}) == {"meta": {"colour": "blue"}}
    assert await demo.ok("GET", f"{path}/colour") == {"meta": {"colour": "blue"}}
    assert await demo.ok("PUT", path, {"metadata": {"a": "b"}}) == {"metadata": {"a": "b"}}
    assert (await demo("DELETE", f"{path}/a")).status == 204
    assert await demo.ok("GET", path) == {"metadata": {}}
    await demo.refused(404, "DELETE", f"{path}/a")
    await demo.refused(404, "GET", f"{path}/a")
    await demo.refused(400, "PUT", f"{path}/a", {"meta": {"b": "c"}})
    await demo.refused(403, "POST", path, {"metadata": {"owner": "me"}})
    public = next(one["id"] for one in (await demo.ok("GET", f"{COMPUTE}/images"))["images"] if one["name"].startswith("cirros"))
    await demo.refused(403, "POST", f"{COMPUTE}/images/{public}/metadata", {"metadata": {"a": "b"}})
    await demo.refused(404, "POST", f"{COMPUTE}/images/{NOBODY}/metadata", {"metadata": {"a": "b"}})


async def test_an_empty_id_names_nothing(demo: Client) -> None:
    for method, path in (("GET", "os-volumes/"), ("DELETE", "os-security-groups/"), ("DELETE", "images/")):
        await demo.refused(404, method, f"{COMPUTE}/{path}")


async def test_from_2_36_on_none_is_left(demo: Client) -> None:
    demo.version = "compute 2.36"
    for path in ("os-security-groups", "os-floating-ips", "os-networks", "os-volumes", "images", "os-snapshots", "os-tenant-networks"):
        await demo.refused(404, "GET", f"{COMPUTE}/{path}")

"""The catalog's administration, credentials of other kinds, trusts, limits, endpoint filters, and domains' configuration."""

from __future__ import annotations

import json

from tests.unit.openstack.identity.test_people import V3, made, named
from tests.unit.openstack.identity.test_tokens import TOKENS, login, me
from tests.unit.openstack.stack import Client, Rows, Stack


async def test_services_and_endpoints_stand_in_the_catalog(admin: Client) -> None:
    service = await made(admin, "service", type="dns", name="designate", description="names")
    assert (service["enabled"], service["description"]) == (True, "names")
    given = {"interface": "public", "service_id": service["id"], "url": "http://dns.example.org/$(project_id)s", "region": "RegionTwo"}
    endpoint = await made(admin, "endpoint", **given)
    assert endpoint["region"] == endpoint["region_id"] == "RegionTwo"
    assert (await admin.ok("GET", f"{V3}/regions/RegionTwo"))["region"]["id"] == "RegionTwo"

    async def urls() -> list[str]:
        catalog = (await admin.ok("GET", f"{V3}/auth/catalog"))["catalog"]
        return [end["url"] for one in catalog if one["type"] == "dns" for end in one["endpoints"]]

    assert await urls() == [f"http://dns.example.org/{await named(admin, 'project', 'admin')}"]
    await admin.ok("PATCH", f"{V3}/endpoints/{endpoint['id']}", {"endpoint": {"enabled": False}})
    assert await urls() == []
    await admin.refused(403, "DELETE", f"{V3}/regions/RegionTwo")
    assert (await admin("DELETE", f"{V3}/services/{service['id']}")).status == 204
    await admin.refused(404, "GET", f"{V3}/endpoints/{endpoint['id']}")
    assert (await admin("DELETE", f"{V3}/regions/RegionTwo")).status == 204


async def test_endpoints_that_cannot_be(admin: Client) -> None:
    service = await named(admin, "service", "nova")
    good = {"interface": "public", "service_id": service, "url": "http://x"}
    for change in ({"service_id": "none"}, {"url": "nowhere"}, {"url": "http://$(what)s"}, {"interface": "secret"}, {"region_id": "none"}):
        await admin.refused(400, "POST", f"{V3}/endpoints", {"endpoint": good | change})


async def test_regions(admin: Client, demo: Client) -> None:
    assert (await admin("PUT", f"{V3}/regions/north", {"region": {"description": "cold"}})).status == 201
    await admin.refused(409, "POST", f"{V3}/regions", {"region": {"id": "north"}})
    await admin.refused(404, "POST", f"{V3}/regions", {"region": {"id": "x", "parent_region_id": "none"}})
    below = await made(admin, "region", parent_region_id="north")
    await admin.refused(400, "PATCH", f"{V3}/regions/north", {"region": {"parent_region_id": below["id"]}})
    assert {one["id"] for one in (await demo.ok("GET", f"{V3}/regions"))["regions"]} == {"RegionOne", "north", below["id"]}
    await demo.refused(403, "DELETE", f"{V3}/regions/north")
    assert (await admin("DELETE", f"{V3}/regions/north")).status == 204
    await admin.refused(404, "GET", f"{V3}/regions/{below['id']}")


async def test_credentials_are_their_owners(admin: Client, demo: Client) -> None:
    uid = await me(demo)
    blob = json.dumps({"access": "key", "secret": "word"})
    project = await named(admin, "project", "demo")
    mine = (await demo.ok("POST", f"{V3}/credentials", {"credential": {"type": "cert", "blob": "pem", "user_id": uid}}))["credential"]
    assert (mine["blob"], mine["project_id"]) == ("pem", None)
    ec2 = await made(admin, "credential", type="ec2", blob=blob, user_id=uid, project_id=project)
    assert len(ec2["id"]) == 64
    await admin.refused(
        409, "POST", f"{V3}/credentials", {"credential": {"type": "ec2", "blob": blob, "user_id": uid, "project_id": project}}
    )
    assert [one["id"] for one in (await demo.ok("GET", f"{V3}/credentials"))["credentials"]] == [mine["id"], ec2["id"]]
    other = await made(admin, "credential", type="cert", blob="x", user_id=await me(admin))
    await demo.refused(403, "GET", f"{V3}/credentials/{other['id']}")
    await demo.refused(400, "PATCH", f"{V3}/credentials/{mine['id']}", {"credential": {"blob": "x", "user_id": await me(admin)}})
    await demo.refused(400, "PATCH", f"{V3}/credentials/{ec2['id']}", {"credential": {"blob": "no key"}})
    assert (await demo.ok("PATCH", f"{V3}/credentials/{mine['id']}", {"credential": {"blob": "new"}}))["credential"]["blob"] == "new"
    assert (await demo("DELETE", f"{V3}/credentials/{mine['id']}")).status == 204


async def test_blobs_are_not_in_the_journal(stack: Stack, demo: Client) -> None:
    given = {"type": "cert", "blob": "very-secret-words", "user_id": await me(demo)}
    await demo.ok("POST", f"{V3}/credentials", {"credential": given})
    files = [path for path in stack.context.settings.data_dir.iterdir() if path.name.startswith("journal")]
    assert files
    assert not any(b"very-secret-words" in path.read_bytes() for path in files)


async def test_ec2_keys(admin: Client, demo: Client) -> None:
    path = f"{V3}/users/{await me(demo)}/credentials/OS-EC2"
    project = await named(admin, "project", "demo")
    key = (await demo.ok("POST", path, {"tenant_id": project}))["credential"]
    assert (await demo.ok("GET", f"{path}/{key['access']}"))["credential"] == key
    assert [one["access"] for one in (await demo.ok("GET", path))["credentials"]] == [key["access"]]
    await demo.refused(403, "POST", path, {"tenant_id": await named(admin, "project", "admin")})
    assert (await demo("DELETE", f"{path}/{key['access']}")).status == 204
    await demo.refused(404, "GET", f"{path}/{key['access']}")


async def trust_of(stack: Stack, admin: Client, demo: Client, **properties: object) -> tuple[Rows, Rows]:
    """A trust of demo's in jane for their project, and jane's identity for logins."""
    jane = await made(admin, "user", name="jane", password="secret")
    given = {"trustor_user_id": await me(demo), "trustee_user_id": jane["id"], "project_id": await named(admin, "project", "demo")}
    given |= {"impersonation": True, "roles": [{"name": "member"}], **properties}
    trust: Rows = (await demo.ok("POST", f"{V3}/OS-TRUST/trusts", {"trust": given}))["trust"]
    return trust, {"methods": ["password"], "password": {"user": {"id": jane["id"], "password": "secret"}}}


async def test_a_trust_lends_roles_until_it_ends(stack: Stack, admin: Client, demo: Client) -> None:
    trust, identity = await trust_of(stack, admin, demo)
    assert [role["name"] for role in trust["roles"]] == ["member"]
    answer = await login(stack, identity, {"OS-TRUST:trust": {"id": trust["id"]}})
    token = answer.body["token"]
    assert token["user"]["id"] == await me(demo)
    assert token["project"]["name"] == "demo"
    assert [role["name"] for role in token["roles"]] == ["member", "reader"]
    assert token["OS-TRUST:trust"]["trustee_user"]["id"] == trust["trustee_user_id"]
    borrower = Client(stack, answer.headers["X-Subject-Token"])
    assert (await borrower.ok("GET", TOKENS, X_Subject_Token=borrower.token))["token"] == token
    await borrower.refused(
        403,
        "POST",
        f"{V3}/OS-TRUST/trusts",
        {"trust": {name: trust[name] for name in ("trustor_user_id", "trustee_user_id", "impersonation")}},
    )
    assert [one["id"] for one in (await admin.ok("GET", f"{V3}/OS-TRUST/trusts/"))["trusts"]] == [trust["id"]]
    await demo.refused(403, "GET", f"{V3}/OS-TRUST/trusts")
    assert (await demo("DELETE", f"{V3}/OS-TRUST/trusts/{trust['id']}")).status == 204
    assert (await borrower("GET", f"{V3}/auth/projects")).status == 401
    assert (await login(stack, identity, {"OS-TRUST:trust": {"id": trust["id"]}})).status == 401


async def test_a_trust_without_impersonation_has_so_many_uses(stack: Stack, admin: Client, demo: Client) -> None:
    trust, identity = await trust_of(stack, admin, demo, impersonation=False, remaining_uses=1)
    scope = {"OS-TRUST:trust": {"id": trust["id"]}}
    assert (await login(stack, identity, scope)).body["token"]["user"]["name"] == "jane"
    body = (await login(stack, identity, scope)).body
    assert body["error"]["message"] == f"No remaining uses for trust: {trust['id']}."


async def test_trusts_that_cannot_be(stack: Stack, admin: Client, demo: Client) -> None:
    trust, _ = await trust_of(stack, admin, demo)
    given = {name: trust[name] for name in ("trustor_user_id", "trustee_user_id", "impersonation", "project_id")}
    path = f"{V3}/OS-TRUST/trusts"
    await admin.refused(403, "POST", path, {"trust": given})
    await demo.refused(403, "POST", path, {"trust": given})
    await demo.refused(404, "POST", path, {"trust": given | {"roles": [{"name": "admin"}]}})
    await demo.refused(404, "POST", path, {"trust": given | {"trustee_user_id": "none"}})
    await demo.refused(400, "POST", path, {"trust": given | {"roles": [{"name": "member"}], "expires_at": "2001-01-01T00:00:00Z"}})
    password = stack.context.secrets.password("openstack-admin")
    user = {"name": "alt_demo", "domain": {"id": "default"}, "password": password}
    answer = await login(stack, {"methods": ["password"], "password": {"user": user}}, {"OS-TRUST:trust": {"id": trust["id"]}})
    assert answer.status == 403


async def test_limits(admin: Client, demo: Client) -> None:
    nova, project = await named(admin, "service", "nova"), await named(admin, "project", "demo")
    place = {"service_id": nova, "resource_name": "cores", "region_id": "RegionOne"}
    body = {"registered_limits": [place | {"default_limit": 20}]}
    registered = (await admin.ok("POST", f"{V3}/registered_limits", body))["registered_limits"][0]
    await admin.refused(409, "POST", f"{V3}/registered_limits", body)
    given = {"limits": [place | {"project_id": project, "resource_limit": 5}]}
    limit = (await admin.ok("POST", f"{V3}/limits", given))["limits"][0]
    await admin.refused(409, "POST", f"{V3}/limits", given)
    await admin.refused(
        403, "POST", f"{V3}/limits", {"limits": [place | {"project_id": project, "resource_limit": 5, "resource_name": "x"}]}
    )
    assert (await demo.ok("GET", f"{V3}/limits"))["limits"] == [limit]
    assert (await demo.ok("GET", f"{V3}/limits/model"))["model"]["name"] == "flat"
    await demo.refused(403, "PATCH", f"{V3}/limits/{limit['id']}", {"limit": {"resource_limit": 500}})
    assert (await admin.ok("PATCH", f"{V3}/limits/{limit['id']}", {"limit": {"resource_limit": 6}}))["limit"]["resource_limit"] == 6
    await admin.refused(403, "DELETE", f"{V3}/registered_limits/{registered['id']}")
    assert (await admin("DELETE", f"{V3}/limits/{limit['id']}")).status == 204
    assert (await admin("DELETE", f"{V3}/registered_limits/{registered['id']}")).status == 204


async def test_a_project_that_has_chosen_endpoints_sees_no_others(stack: Stack, admin: Client) -> None:
    project, nova = await named(admin, "project", "demo"), await named(admin, "service", "nova")
    endpoint = (await admin.ok("GET", f"{V3}/endpoints?service_id={nova}"))["endpoints"][0]["id"]
    path = f"{V3}/OS-EP-FILTER/projects/{project}/endpoints"
    assert (await admin("PUT", f"{path}/{endpoint}")).status == 204
    assert (await admin("HEAD", f"{path}/{endpoint}")).status == 204
    await admin.refused(409, "PUT", f"{path}/{endpoint}")
    demo = await stack.demo()

    async def types() -> set[str]:
        return {one["type"] for one in (await demo.ok("GET", f"{V3}/auth/catalog"))["catalog"]}

    assert await types() == {"compute"}
    given = {"endpoint_group": {"name": "all images", "filters": {"service_id": await named(admin, "service", "glance")}}}
    group = (await admin.ok("POST", f"{V3}/OS-EP-FILTER/endpoint_groups", given))["endpoint_group"]
    choice = f"{V3}/OS-EP-FILTER/endpoint_groups/{group['id']}/projects/{project}"
    assert (await admin("PUT", choice)).status == 204
    assert await types() == {"compute", "image"}
    assert len((await admin.ok("GET", path))["endpoints"]) == 2
    assert (await admin.ok("GET", f"{V3}/OS-EP-FILTER/endpoint_groups/{group['id']}/projects"))["projects"][0]["id"] == project
    assert (await admin("DELETE", f"{V3}/OS-EP-FILTER/endpoint_groups/{group['id']}")).status == 204
    assert (await admin("DELETE", f"{path}/{endpoint}")).status == 204
    assert "network" in await types()


async def test_a_domains_configuration_is_kept(admin: Client) -> None:
    domain = (await made(admin, "domain", name="d"))["id"]
    path = f"{V3}/domains/{domain}/config"
    config = {"identity": {"driver": "ldap"}, "ldap": {"url": "ldap://x", "password": "hidden"}}
    assert (await admin("PUT", path, {"config": config})).status == 201
    assert (await admin.ok("GET", f"{path}/ldap"))["config"] == {"ldap": {"url": "ldap://x"}}
    changed = await admin.ok("PATCH", f"{path}/ldap/url", {"config": {"url": "ldap://y"}})
    assert changed["config"]["ldap"] == {"url": "ldap://y"}
    await admin.refused(403, "PATCH", f"{path}/ldap", {"config": {"identity": {"driver": "x"}}})
    await admin.refused(403, "PUT", path, {"config": {"nothing": {"a": 1}}})
    assert (await admin("DELETE", f"{path}/identity")).status == 204
    body = await admin.refused(404, "GET", f"{path}/identity")
    assert body["error"]["message"] == f"Could not find group identity in domain configuration for domain {domain}."
    assert (await admin.ok("GET", f"{V3}/domains/config/identity/driver/default"))["config"] == {"driver": "sql"}


async def test_consumers_and_policies(admin: Client, demo: Client) -> None:
    consumer = (await admin.ok("POST", f"{V3}/OS-OAUTH1/consumers", {"consumer": {"description": "x"}}))["consumer"]
    assert "secret" not in (await admin.ok("GET", f"{V3}/OS-OAUTH1/consumers/{consumer['id']}"))["consumer"]
    await admin.refused(400, "PATCH", f"{V3}/OS-OAUTH1/consumers/{consumer['id']}", {"consumer": {"secret": "x"}})
    await demo.refused(403, "GET", f"{V3}/OS-OAUTH1/consumers")
    policy = (await admin.ok("POST", f"{V3}/policies", {"policy": {"type": "application/json", "blob": "{}"}}))["policy"]
    assert (await admin.ok("PATCH", f"{V3}/policies/{policy['id']}", {"policy": {"blob": "[]"}}))["policy"]["blob"] == "[]"
    assert (await admin("DELETE", f"{V3}/policies/{policy['id']}")).status == 204


async def test_a_project_that_acts_as_a_domain_is_one(admin: Client) -> None:
    made_one = await made(admin, "project", name="acting", is_domain=True)
    assert (made_one["is_domain"], made_one["domain_id"], made_one["parent_id"]) == (True, None, None)
    assert (await admin.ok("GET", f"{V3}/domains/{made_one['id']}"))["domain"]["name"] == "acting"
    assert "acting" in {one["name"] for one in (await admin.ok("GET", f"{V3}/projects?is_domain=true"))["projects"]}
    path = f"{V3}/projects/{made_one['id']}"
    await admin.refused(403, "DELETE", path)
    assert (await admin.ok("PATCH", path, {"project": {"enabled": False}}))["project"]["enabled"] is False
    assert (await admin("DELETE", path)).status == 204

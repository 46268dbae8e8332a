"""Tokens after their issue: validation, revocation, expiry, other tokens got with them, and application credentials."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.openstack.stack import Answer, Client, Rows, Stack

V3 = "/identity/v3"
TOKENS = f"{V3}/auth/tokens"


async def login(stack: Stack, identity: Rows, scope: object = None) -> Answer:
    """The answer to a login by these methods."""
    auth: Rows = {"identity": identity}
    if scope is not None:
        auth["scope"] = scope
    return await stack.call("POST", TOKENS, {"auth": auth})


async def by_token(stack: Stack, token: str, scope: object = None) -> Answer:
    """The answer to a login with a token."""
    return await login(stack, {"methods": ["token"], "token": {"id": token}}, scope)


async def test_validation_answers_what_the_issue_answered(stack: Stack, admin: Client) -> None:
    unscoped = await stack.token("admin", stack.context.secrets.password("openstack-admin"))
    issued = await by_token(stack, unscoped, {"project": {"name": "demo", "domain": {"id": "default"}}})
    token = issued.headers["X-Subject-Token"]
    answer = await admin("GET", TOKENS, X_Subject_Token=token)
    assert answer.body == issued.body
    assert answer.headers["X-Subject-Token"] == token
    assert issued.body["token"]["methods"] == ["password", "token"]
    assert len(issued.body["token"]["audit_ids"]) == 2
    assert "catalog" not in (await admin("GET", f"{TOKENS}?nocatalog", X_Subject_Token=token)).body["token"]
    head = await admin("HEAD", TOKENS, X_Subject_Token=token)
    assert (head.status, head.data) == (200, b"")


async def test_tokens_that_are_got_with_one_end_with_it(stack: Stack, admin: Client) -> None:
    first = await admin.ok("GET", TOKENS, X_Subject_Token=admin.token)
    stack.world.clock.step(timedelta(minutes=30).total_seconds())
    second = (await by_token(stack, admin.token, {"project": {"name": "demo", "domain": {"id": "default"}}})).body
    assert second["token"]["expires_at"] == first["token"]["expires_at"]
    assert second["token"]["audit_ids"][1] == first["token"]["audit_ids"][0]


async def test_a_revoked_token_is_none(stack: Stack, admin: Client) -> None:
    token = await stack.token("demo", stack.context.secrets.password("openstack-admin"), "demo")
    demo = Client(stack, token)
    assert (await demo("DELETE", TOKENS, X_Subject_Token=token)).status == 204
    for method in ("GET", "HEAD"):
        assert (await admin(method, TOKENS, X_Subject_Token=token)).status == 404
    assert (await demo("GET", f"{V3}/auth/projects")).status == 401
    assert (await by_token(stack, token)).status == 401


async def test_an_expired_token_is_none_but_services_may_still_read_it(stack: Stack, admin: Client) -> None:
    stack.world.clock.step(timedelta(hours=4, seconds=1).total_seconds())
    assert (await admin("GET", f"{V3}/auth/projects")).status == 401
    later = await stack.admin()
    assert (await later("GET", TOKENS, X_Subject_Token=admin.token)).status == 404
    assert (await later("GET", f"{TOKENS}?allow_expired=1", X_Subject_Token=admin.token)).status == 200
    stack.world.clock.step(timedelta(days=2).total_seconds())
    latest = await stack.admin()
    assert (await latest("GET", f"{TOKENS}?allow_expired=1", X_Subject_Token=admin.token)).status == 404


async def test_whose_tokens_one_may_look_at(stack: Stack, admin: Client, demo: Client) -> None:
    assert (await demo("GET", TOKENS, X_Subject_Token=demo.token)).status == 200
    body = await demo.refused(403, "GET", TOKENS, X_Subject_Token=admin.token)
    assert body["error"]["message"] == "You are not authorized to perform the requested action: identity:validate_token."
    await demo.refused(403, "DELETE", TOKENS, X_Subject_Token=admin.token)
    await demo.refused(404, "GET", TOKENS, X_Subject_Token="gAAAAAno")
    await demo.refused(400, "GET", TOKENS)


async def test_the_catalog_and_the_scopes_of_the_caller(demo: Client, admin: Client) -> None:
    catalog = (await demo.ok("GET", f"{V3}/auth/catalog"))["catalog"]
    assert {"identity", "compute", "network", "image", "block-storage", "placement", "object-store"} <= {one["type"] for one in catalog}
    assert all({"id", "interface", "region", "region_id", "url"} == set(end) for one in catalog for end in one["endpoints"])
    assert (await demo.ok("GET", f"{V3}/auth/domains"))["domains"] == []
    assert (await demo.ok("GET", f"{V3}/auth/system"))["system"] == []
    assert (await admin.ok("GET", f"{V3}/auth/system"))["system"] == [{"all": True}]
    assert [one["id"] for one in (await admin.ok("GET", f"{V3}/auth/domains"))["domains"]] == ["default"]


async def me(client: Client) -> str:
    """The caller's id."""
    found: str = (await client.ok("GET", TOKENS, X_Subject_Token=client.token))["token"]["user"]["id"]
    return found


async def app_credential(client: Client, **properties: object) -> Rows:
    """A new application credential of the caller's."""
    path = f"{V3}/users/{await me(client)}/application_credentials"
    made: Rows = (await client.ok("POST", path, {"application_credential": {"name": "ci", **properties}}))["application_credential"]
    return made


def by_secret(credential: Rows, secret: str = "") -> Rows:
    """The identity of a login with an application credential."""
    given = {"id": credential["id"], "secret": secret or credential["secret"]}
    return {"methods": ["application_credential"], "application_credential": given}


async def test_an_application_credential_stands_for_some_of_its_owners_roles(stack: Stack, demo: Client, admin: Client) -> None:
    made = await app_credential(demo, roles=[{"name": "reader"}], description="for CI")
    assert [role["name"] for role in made["roles"]] == ["reader"]
    answer = await login(stack, by_secret(made))
    token = answer.body["token"]
    assert answer.status == 201
    assert token["methods"] == ["application_credential"]
    assert token["project"]["name"] == "demo"
    assert [role["name"] for role in token["roles"]] == ["reader"]
    assert token["application_credential"] == {"id": made["id"], "name": "ci", "restricted": True}
    robot = Client(stack, answer.headers["X-Subject-Token"])
    path = f"{V3}/users/{await me(demo)}/application_credentials"
    shown = (await robot.ok("GET", f"{path}/{made['id']}"))["application_credential"]
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    await robot.refused(403, "POST", path, {"application_credential": {"name": "more"}})
    assert (await login(stack, by_secret(made, "wrong"))).status == 401
    assert (await login(stack, by_secret(made), {"project": {"id": made["project_id"]}})).status == 401
    assert (await demo("DELETE", f"{path}/{made['id']}")).status == 204
    assert (await robot("GET", path)).status == 401
    assert (await login(stack, by_secret(made))).status == 401
    assert (await demo("GET", f"{path}/{made['id']}")).status == 404


async def test_application_credentials_that_are_refused(stack: Stack, demo: Client, admin: Client) -> None:
    path = f"{V3}/users/{await me(demo)}/application_credentials"
    await app_credential(demo)
    for status, given in (
        (409, {"name": "ci"}),
        (400, {"name": "a", "roles": [{"name": "admin"}]}),
        (404, {"name": "a", "roles": [{"name": "nothing"}]}),
        (400, {"name": "a", "expires_at": "yesterday"}),
        (400, {"name": "a", "expires_at": "2001-01-01T00:00:00Z"}),
        (400, {"name": "a", "secret": ""}),
        (400, {"roles": []}),
        (400, {"name": "a", "access_rules": [{"path": "no-slash", "method": "GET", "service": "compute"}]}),
    ):
        await demo.refused(status, "POST", path, {"application_credential": given})
    await admin.refused(403, "POST", path, {"application_credential": {"name": "x"}})
    unscoped = Client(stack, await stack.token("demo", stack.context.secrets.password("openstack-admin")))
    await unscoped.refused(400, "POST", path, {"application_credential": {"name": "x"}})


async def test_an_application_credential_ends(stack: Stack, demo: Client) -> None:
    ends = stack.cloud.now() + timedelta(minutes=10)
    made = await app_credential(demo, expires_at=ends.strftime("%Y-%m-%dT%H:%M:%SZ"), unrestricted=True)
    answer = await login(stack, by_secret(made))
    assert answer.body["token"]["expires_at"] == ends.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    stack.world.clock.step(timedelta(minutes=11).total_seconds())
    assert (await login(stack, by_secret(made))).status == 401
    assert (await stack.call("GET", f"{V3}/auth/projects", token=answer.headers["X-Subject-Token"])).status == 401


async def test_an_application_credential_goes_with_the_role_it_rests_on(stack: Stack, admin: Client) -> None:
    user = (await admin.ok("POST", f"{V3}/users", {"user": {"name": "jane", "password": "secret"}}))["user"]
    demo = (await admin.ok("GET", f"{V3}/projects?name=demo"))["projects"][0]["id"]
    role = (await admin.ok("GET", f"{V3}/roles?name=member"))["roles"][0]["id"]
    grant = f"{V3}/projects/{demo}/users/{user['id']}/roles/{role}"
    await admin("PUT", grant)
    made = await app_credential(Client(stack, await stack.token("jane", "secret", "demo")))
    assert (await login(stack, by_secret(made))).status == 201
    await admin("DELETE", grant)
    await admin("PUT", grant)
    assert (await login(stack, by_secret(made))).status == 401


async def test_access_rules_are_kept_once_and_while_they_are_used(demo: Client) -> None:
    rule = {"path": "/v2.1/servers", "method": "GET", "service": "compute"}
    one = await app_credential(demo, access_rules=[rule])
    two = (
        await demo.ok(
            "POST",
            f"{V3}/users/{await me(demo)}/application_credentials",
            {"application_credential": {"name": "two", "access_rules": [rule]}},
        )
    )["application_credential"]
    assert one["access_rules"] == two["access_rules"]
    path = f"{V3}/users/{await me(demo)}/access_rules"
    listed = (await demo.ok("GET", path))["access_rules"]
    assert [(found["path"], found["id"]) for found in listed] == [("/v2.1/servers", one["access_rules"][0]["id"])]
    await demo.refused(403, "DELETE", f"{path}/{listed[0]['id']}")
    for made in (one, two):
        await demo("DELETE", f"{V3}/users/{await me(demo)}/application_credentials/{made['id']}")
    assert (await demo("DELETE", f"{path}/{listed[0]['id']}")).status == 204
    await demo.refused(404, "GET", f"{path}/{listed[0]['id']}")


async def test_access_rules_are_all_that_a_token_is_good_for(stack: Stack, demo: Client) -> None:
    rules = [
        {"path": "/v2.1/flavors", "method": "GET", "service": "compute"},
        {"path": "/identity/v3/users/*/application_credentials", "method": "GET", "service": "identity"},
    ]
    made = await app_credential(demo, access_rules=rules)
    answer = await login(stack, by_secret(made))
    assert answer.body["token"]["application_credential"]["access_rules"] == made["access_rules"]
    robot = Client(stack, answer.headers["X-Subject-Token"])
    assert (await robot("GET", "/compute/v2.1/flavors")).status == 200
    assert (await robot("GET", f"{V3}/users/{await me(demo)}/application_credentials")).status == 200
    for method, path in (("POST", "/compute/v2.1/flavors"), ("GET", "/compute/v2.1/flavors/1"), ("GET", f"{V3}/auth/projects")):
        assert (await robot(method, path, {} if method == "POST" else None)).status == 401, path
    path, given = f"{V3}/users/{await me(demo)}/application_credentials", {"application_credential": {"name": "n", "access_rules": []}}
    none = (await demo.ok("POST", path, given))["application_credential"]
    shut = Client(stack, (await login(stack, by_secret(none))).headers["X-Subject-Token"])
    assert (await shut("GET", "/compute/v2.1/flavors")).status == 401


async def test_methods_and_scopes_that_there_are_not(stack: Stack) -> None:
    for status, auth in (
        (400, {}),
        (400, {"identity": {}}),
        (400, {"identity": {"methods": "password"}}),
        (401, {"identity": {"methods": []}}),
        (401, {"identity": {"methods": ["magic"]}}),
        (400, {"identity": {"methods": ["password"]}}),
        (400, {"identity": {"methods": ["password"], "password": {}}}),
        (400, {"identity": {"methods": ["password"], "password": {"user": {"name": "admin"}}}}),
        (400, {"identity": {"methods": ["password"], "password": {"user": {"name": "admin", "password": "x"}}}}),
        (401, {"identity": {"methods": ["token"], "token": {"id": "nothing"}}}),
        (400, {"identity": {"methods": ["application_credential"], "application_credential": {"secret": "x"}}}),
    ):
        answer = await stack.call("POST", TOKENS, {"auth": auth})
        assert answer.status == status, auth
        assert answer.body["error"]["code"] == status


async def test_the_version_documents(stack: Stack) -> None:
    answer = await stack.call("GET", "/identity/")
    assert answer.status == 300
    assert [one["id"] for one in answer.body["versions"]["values"]] == ["v3.14"]
    for path in ("/identity/v3", "/identity/v3/"):
        document = (await stack.call("GET", path)).body["version"]
        assert document["links"][0]["href"].endswith("/identity/v3/")
        assert document["media-types"][0]["type"] == "application/vnd.openstack.identity-v3+json"


async def test_tokens_of_a_project_or_domain_that_was_disabled_stay_none_when_it_is_enabled_again(stack: Stack, admin: Client) -> None:
    domain = (await admin.ok("POST", f"{V3}/domains", {"domain": {"name": "d"}}))["domain"]["id"]
    project = (await admin.ok("POST", f"{V3}/projects", {"project": {"name": "p", "domain_id": domain}}))["project"]["id"]
    given = {"user": {"name": "u", "domain_id": domain, "password": "Passw0rd", "default_project_id": project}}
    user = (await admin.ok("POST", f"{V3}/users", given))["user"]["id"]
    role = (await admin.ok("GET", f"{V3}/roles?name=member"))["roles"][0]["id"]
    await admin.ok("PUT", f"{V3}/projects/{project}/users/{user}/roles/{role}")
    own = f"{V3}/auth/projects"
    for path, body in ((f"{V3}/projects/{project}", "project"), (f"{V3}/domains/{domain}", "domain")):
        scoped = Client(stack, await stack.token("u", "Passw0rd", "p", domain))
        await scoped.ok("GET", own)
        await admin.ok("PATCH", path, {body: {"enabled": False}})
        await scoped.refused(401, "GET", own)
        await admin.ok("PATCH", path, {body: {"enabled": True}})
        await scoped.refused(401, "GET", own)
        await admin.ok("PATCH", path, {body: {"description": "enabled still"}})
        again = Client(stack, await stack.token("u", "Passw0rd", "p", domain))
        await again.ok("GET", own)

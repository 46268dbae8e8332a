"""Users, groups, roles and what is given to them."""

from __future__ import annotations

import pytest

from emulators.openstack.identity.seeds import ADMIN_PASSWORD
from tests.unit.openstack.stack import Client, Rows, Stack

V3 = "/identity/v3"


async def made(admin: Client, noun: str, **properties: object) -> Rows:
    """A new thing."""
    body = await admin.ok("POST", f"{V3}/{noun}s", {noun: properties})
    found: Rows = body[noun]
    return found


async def named(admin: Client, noun: str, name: str) -> str:
    """The id of the thing of that name."""
    found: str = (await admin.ok("GET", f"{V3}/{noun}s?name={name}"))[f"{noun}s"][0]["id"]
    return found


async def test_a_user_lives(stack: Stack, admin: Client) -> None:
    user = await made(admin, "user", name="jane", password="secret", email="jane@example.org", description=None)
    assert user["password_expires_at"] is None
    assert user["email"] == "jane@example.org"
    assert {"password", "default_project_id"}.isdisjoint(user)
    path = f"{V3}/users/{user['id']}"
    assert (await admin.ok("GET", path))["user"] == user
    jane = Client(stack, await stack.token("jane", "secret"))
    assert (await jane.ok("GET", path))["user"] == user
    await jane.refused(403, "PATCH", path, {"user": {"email": "x"}})
    changed = (await admin.ok("PATCH", path, {"user": {"name": "joan", "email": "j@example.org"}}))["user"]
    assert (changed["name"], changed["email"]) == ("joan", "j@example.org")
    assert (await jane("GET", path)).status == 200
    assert (await admin("DELETE", path)).status == 204
    assert (await jane("GET", path)).status == 401
    await admin.refused(404, "GET", path)


async def test_a_disabled_user_is_out_and_their_tokens_stay_so(stack: Stack, admin: Client) -> None:
    user = await made(admin, "user", name="jane", password="secret")
    jane = Client(stack, await stack.token("jane", "secret"))
    path = f"{V3}/users/{user['id']}"
    for enabled in (False, True):
        await admin.ok("PATCH", path, {"user": {"enabled": enabled}})
        assert (await jane("GET", path)).status == 401
    await stack.token("jane", "secret")


async def test_who_knows_the_old_password_sets_a_new_one(stack: Stack, admin: Client) -> None:
    user = await made(admin, "user", name="jane", password="secret")
    before = Client(stack, await stack.token("jane", "secret"))
    path = f"{V3}/users/{user['id']}/password"
    assert (await stack.call("POST", path, {"user": {"original_password": "wrong", "password": "new"}})).status == 401
    assert (await stack.call("POST", path, {"user": {"original_password": "secret"}})).status == 400
    assert (await stack.call("POST", path, {"user": {"original_password": "secret", "password": "new"}})).status == 204
    await stack.token("jane", "new")
    assert (await before("GET", f"{V3}/users/{user['id']}")).status == 401
    await admin.ok("PATCH", f"{V3}/users/{user['id']}", {"user": {"options": {"lock_password": True}}})
    answer = await stack.call("POST", path, {"user": {"original_password": "new", "password": "newer"}})
    assert answer.status == 400


async def test_the_default_project_is_the_scope_of_who_asks_for_none(stack: Stack, admin: Client) -> None:
    demo, member = await named(admin, "project", "demo"), await named(admin, "role", "member")
    user = await made(admin, "user", name="jane", password="secret", default_project_id=demo)
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {"id": user["id"], "password": "secret"}}}}}
    assert "project" not in (await stack.call("POST", f"{V3}/auth/tokens", body)).body["token"]
    await admin("PUT", f"{V3}/projects/{demo}/users/{user['id']}/roles/{member}")
    assert (await stack.call("POST", f"{V3}/auth/tokens", body)).body["token"]["project"]["id"] == demo
    body["auth"]["scope"] = "unscoped"  # type: ignore[assignment]
    assert "project" not in (await stack.call("POST", f"{V3}/auth/tokens", body)).body["token"]


async def test_a_group_gives_its_members_its_roles(stack: Stack, admin: Client) -> None:
    user = await made(admin, "user", name="jane", password="secret")
    group = await made(admin, "group", name="team", description="of one")
    demo, reader = await named(admin, "project", "demo"), await named(admin, "role", "reader")
    membership = f"{V3}/groups/{group['id']}/users/{user['id']}"
    assert (await admin("HEAD", membership)).status == 404
    assert [(await admin("PUT", membership)).status for _ in range(2)] == [204, 204]
    assert (await admin("HEAD", membership)).status == 204
    assert (await admin.ok("GET", f"{V3}/groups/{group['id']}/users"))["users"] == [user]
    assert (await admin.ok("GET", f"{V3}/users/{user['id']}/groups"))["groups"] == [group]
    assert (await admin("PUT", f"{V3}/projects/{demo}/groups/{group['id']}/roles/{reader}")).status == 204
    jane = Client(stack, await stack.token("jane", "secret", "demo"))
    assert (await jane("GET", f"{V3}/projects/{demo}")).status == 200
    assert (await admin("DELETE", membership)).status == 204
    assert (await jane("GET", f"{V3}/projects/{demo}")).status == 401


async def test_a_role_that_is_taken_away_is_gone_from_tokens_at_once(stack: Stack, admin: Client) -> None:
    user = await made(admin, "user", name="jane", password="secret")
    demo = await named(admin, "project", "demo")
    grants = f"{V3}/projects/{demo}/users/{user['id']}/roles"
    member, reader = await named(admin, "role", "member"), await named(admin, "role", "reader")
    for role in (member, reader):
        assert (await admin("PUT", f"{grants}/{role}")).status == 204
    assert {one["id"] for one in (await admin.ok("GET", grants))["roles"]} == {member, reader}
    jane = Client(stack, await stack.token("jane", "secret", "demo"))
    token = (await admin.ok("GET", f"{V3}/auth/tokens", X_Subject_Token=jane.token))["token"]
    assert [one["name"] for one in token["roles"]] == ["member", "reader"]
    assert (await admin("DELETE", f"{grants}/{member}")).status == 204
    assert (await admin("HEAD", f"{grants}/{member}")).status == 404
    token = (await admin.ok("GET", f"{V3}/auth/tokens", X_Subject_Token=jane.token))["token"]
    assert [one["name"] for one in token["roles"]] == ["reader"]
    assert (await admin("DELETE", f"{grants}/{reader}")).status == 204
    assert (await jane("GET", f"{V3}/projects/{demo}")).status == 401


async def test_inherited_roles_hold_below(stack: Stack, admin: Client) -> None:
    user = await made(admin, "user", name="jane", password="secret")
    top = await made(admin, "project", name="top")
    await made(admin, "project", name="below", parent_id=top["id"])
    member = await named(admin, "role", "member")
    path = f"{V3}/OS-INHERIT/projects/{top['id']}/users/{user['id']}/roles/{member}/inherited_to_projects"
    assert (await admin("PUT", path)).status == 204
    assert (await admin("HEAD", path)).status == 204
    await stack.token("jane", "secret", "below")
    body: Rows = {"auth": {"identity": {"methods": ["password"], "password": {"user": {"id": user["id"], "password": "secret"}}}}}
    body["auth"]["scope"] = {"project": {"id": top["id"]}}
    assert (await stack.call("POST", f"{V3}/auth/tokens", body)).status == 401
    held = await admin.ok("GET", f"{V3}/role_assignments?user.id={user['id']}&effective&include_names")
    found = [(one["scope"]["project"]["name"], one["role"]["name"]) for one in held["role_assignments"]]
    assert found == [("below", "member"), ("below", "reader")]
    assert (await admin("DELETE", path)).status == 204
    assert (await admin("DELETE", path)).status == 404


async def test_assignments_as_they_were_made_and_as_they_work_out(admin: Client) -> None:
    demo, group = await named(admin, "project", "demo"), await named(admin, "group", "nonadmins")
    raw = (await admin.ok("GET", f"{V3}/role_assignments?scope.project.id={demo}"))["role_assignments"]
    assert {"group" in one for one in raw} == {True, False}
    by_group = [one for one in raw if one.get("group") == {"id": group}]
    assert by_group[0]["links"]["assignment"].endswith(f"/projects/{demo}/groups/{group}/roles/{by_group[0]['role']['id']}")
    worked = (await admin.ok("GET", f"{V3}/role_assignments?scope.project.id={demo}&effective"))["role_assignments"]
    assert not any("group" in one for one in worked)
    assert any("membership" in one["links"] for one in worked)
    assert any("prior_role" in one["links"] for one in worked)
    system = (await admin.ok("GET", f"{V3}/role_assignments?scope.system=all&include_names"))["role_assignments"]
    assert {one["user"]["name"] for one in system} == {"admin", "system_member", "system_reader"}
    for query in ("user.id=a&group.id=b", "scope.project.id=a&scope.domain.id=b", "effective&group.id=a", "include_subtree"):
        await admin.refused(400, "GET", f"{V3}/role_assignments?{query}")


async def test_roles_imply_others(stack: Stack, admin: Client) -> None:
    first, second = await made(admin, "role", name="one"), await made(admin, "role", name="other")
    path = f"{V3}/roles/{first['id']}/implies/{second['id']}"
    assert (await admin("PUT", path)).status == 201
    assert (await admin("HEAD", path)).status == 204
    inference = (await admin.ok("GET", f"{V3}/roles/{first['id']}/implies"))["role_inference"]
    assert [role["name"] for role in inference["implies"]] == ["other"]
    assert "one" in {rule["prior_role"]["name"] for rule in (await admin.ok("GET", f"{V3}/role_inferences"))["role_inferences"]}
    await admin.refused(403, "PUT", f"{V3}/roles/{first['id']}/implies/{await named(admin, 'role', 'admin')}")
    demo, user = await named(admin, "project", "demo"), await named(admin, "user", "demo")
    await admin("PUT", f"{V3}/projects/{demo}/users/{user}/roles/{first['id']}")
    token = await stack.token("demo", stack.context.secrets.password(ADMIN_PASSWORD), "demo")
    roles = (await admin.ok("GET", f"{V3}/auth/tokens", X_Subject_Token=token))["token"]["roles"]
    assert {"one", "other"} <= {role["name"] for role in roles}
    assert (await admin("DELETE", path)).status == 204
    await admin.refused(404, "GET", path)


async def test_a_domains_own_role_stands_in_no_token_but_gives_what_it_implies(stack: Stack, admin: Client) -> None:
    domain = await made(admin, "domain", name="d")
    project = await made(admin, "project", name="p", domain_id=domain["id"])
    user = await made(admin, "user", name="u", domain_id=domain["id"], password="secret")
    role = await made(admin, "role", name="boss", domain_id=domain["id"])
    reader, demo = await named(admin, "role", "reader"), await named(admin, "project", "demo")
    assert (await admin("PUT", f"{V3}/roles/{role['id']}/implies/{reader}")).status == 201
    await admin.refused(403, "PUT", f"{V3}/projects/{demo}/users/{user['id']}/roles/{role['id']}")
    assert (await admin("PUT", f"{V3}/projects/{project['id']}/users/{user['id']}/roles/{role['id']}")).status == 204
    token = await stack.token("u", "secret", "p", domain["id"])
    roles = (await admin.ok("GET", f"{V3}/auth/tokens", X_Subject_Token=token))["token"]["roles"]
    assert [one["name"] for one in roles] == ["reader"]
    assert "boss" not in {one["name"] for one in (await admin.ok("GET", f"{V3}/roles"))["roles"]}
    assert [one["name"] for one in (await admin.ok("GET", f"{V3}/roles?domain_id={domain['id']}"))["roles"]] == ["boss"]


async def test_a_domains_manager_manages_it_and_nothing_else(stack: Stack, admin: Client) -> None:
    domain = await made(admin, "domain", name="d")
    user = await made(admin, "user", name="boss", domain_id=domain["id"], password="secret")
    manager, member = await named(admin, "role", "manager"), await named(admin, "role", "member")
    assert (await admin("PUT", f"{V3}/domains/{domain['id']}/users/{user['id']}/roles/{manager}")).status == 204
    unscoped = await stack.token("boss", "secret", domain=domain["id"])
    body = {"auth": {"identity": {"methods": ["token"], "token": {"id": unscoped}}, "scope": {"domain": {"id": domain["id"]}}}}
    boss = Client(stack, (await stack.call("POST", f"{V3}/auth/tokens", body)).headers["X-Subject-Token"])
    project = await made(boss, "project", name="own")
    assert project["domain_id"] == domain["id"]
    worker = await made(boss, "user", name="worker")
    grants = f"{V3}/projects/{project['id']}/users/{worker['id']}/roles"
    assert (await boss("PUT", f"{grants}/{member}")).status == 204
    await boss.refused(403, "PUT", f"{grants}/{await named(admin, 'role', 'admin')}")
    assert {one["name"] for one in (await boss.ok("GET", f"{V3}/users"))["users"]} == {"boss", "worker"}
    await boss.refused(403, "POST", f"{V3}/users", {"user": {"name": "x", "domain_id": "default"}})
    await boss.refused(403, "DELETE", f"{V3}/users/{await named(admin, 'user', 'demo')}")


@pytest.mark.parametrize("noun", ["user", "group", "role"])
async def test_names_that_are_taken_and_names_that_are_none(admin: Client, noun: str) -> None:
    one = await made(admin, noun, name="twice")
    body = await admin.refused(409, "POST", f"{V3}/{noun}s", {noun: {"name": "twice"}})
    assert body["error"]["message"].startswith(f"Conflict occurred attempting to store {noun} - Duplicate entry")
    for name in ("", "   ", "x" * 256, 7, None):
        await admin.refused(400, "POST", f"{V3}/{noun}s", {noun: {"name": name}})
    await admin.refused(400, "PATCH", f"{V3}/{noun}s/{one['id']}", {noun: {}})
    await admin.refused(400, "PATCH", f"{V3}/{noun}s/{one['id']}", {noun: {"id": "another"}})
    await admin.refused(404, "PATCH", f"{V3}/{noun}s/none", {noun: {"name": "x"}})
    await admin.refused(404, "DELETE", f"{V3}/{noun}s/none")


async def test_an_immutable_role_stays(admin: Client) -> None:
    role = await made(admin, "role", name="stone", options={"immutable": True})
    path = f"{V3}/roles/{role['id']}"
    await admin.refused(403, "DELETE", path)
    await admin.refused(403, "PATCH", path, {"role": {"name": "sand"}})
    assert (await admin.ok("PATCH", path, {"role": {"options": {"immutable": False}}}))["role"]["options"] == {"immutable": False}
    assert (await admin("DELETE", path)).status == 204

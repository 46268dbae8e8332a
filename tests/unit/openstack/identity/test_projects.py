"""Domains and projects: their life, their tree, their tags, and who may touch them."""

from __future__ import annotations

from tests.unit.openstack.stack import Client, Rows

V3 = "/identity/v3"


async def project(admin: Client, name: str, **properties: object) -> Rows:
    """A new project."""
    body: Rows = await admin.ok("POST", f"{V3}/projects", {"project": {"name": name, **properties}})
    made: Rows = body["project"]
    return made


async def test_a_project_lives(admin: Client) -> None:
    made = await project(admin, "björk 🎻", description="of one", colour="blue", tags=["a", "b"])
    assert made["domain_id"] == made["parent_id"] == "default"
    assert (made["enabled"], made["is_domain"], made["colour"], made["options"]) == (True, False, "blue", {})
    assert made["links"]["self"].endswith(f"/identity/v3/projects/{made['id']}")
    path = f"{V3}/projects/{made['id']}"
    assert (await admin.ok("GET", path))["project"] == made
    changed = (await admin.ok("PATCH", path, {"project": {"name": "b", "enabled": False, "size": 3}}))["project"]
    assert (changed["name"], changed["enabled"], changed["colour"], changed["size"]) == ("b", False, "blue", 3)
    assert [one["id"] for one in (await admin.ok("GET", f"{V3}/projects?name=b&enabled=0"))["projects"]] == [made["id"]]
    assert (await admin("DELETE", path)).status == 204
    body = await admin.refused(404, "GET", path)
    assert body == {"error": {"code": 404, "message": f"Could not find project: {made['id']}.", "title": "Not Found"}}


async def test_a_name_is_free_in_another_domain_only(admin: Client) -> None:
    await project(admin, "one")
    body = await admin.refused(409, "POST", f"{V3}/projects", {"project": {"name": "one"}})
    assert body["error"]["message"].startswith("Conflict occurred attempting to store project - it is not permitted to have two projects")
    domain = (await admin.ok("POST", f"{V3}/domains", {"domain": {"name": "elsewhere"}}))["domain"]
    assert (await project(admin, "one", domain_id=domain["id"]))["parent_id"] == domain["id"]


async def test_the_tree_of_projects(admin: Client) -> None:
    top = await project(admin, "top")
    mid = await project(admin, "mid", parent_id=top["id"])
    leaf = await project(admin, "leaf", parent_id=mid["id"])
    found = (await admin.ok("GET", f"{V3}/projects/{mid['id']}?parents_as_ids&subtree_as_ids"))["project"]
    assert found["parents"] == {top["id"]: {"default": None}}
    assert found["subtree"] == {leaf["id"]: None}
    await admin.refused(400, "GET", f"{V3}/projects/{mid['id']}?parents_as_ids&parents_as_list")
    assert "not a leaf" in (await admin.refused(403, "DELETE", f"{V3}/projects/{top['id']}"))["error"]["message"]
    await admin.refused(403, "PATCH", f"{V3}/projects/{top['id']}", {"project": {"enabled": False}})
    await admin.refused(403, "PATCH", f"{V3}/projects/{leaf['id']}", {"project": {"parent_id": top["id"]}})
    four = await project(admin, "four", parent_id=leaf["id"])
    five = await project(admin, "five", parent_id=four["id"])
    body = await admin.refused(403, "POST", f"{V3}/projects", {"project": {"name": "six", "parent_id": five["id"]}})
    assert body["error"]["message"] == f"Max hierarchy depth reached for {five['id']} branch."


async def test_lists_of_the_tree_hold_what_the_caller_has_a_role_in(admin: Client) -> None:
    top = await project(admin, "top")
    leaf = await project(admin, "leaf", parent_id=top["id"])
    assert (await admin.ok("GET", f"{V3}/projects/{leaf['id']}?parents_as_list"))["project"]["parents"] == []
    user = (await admin.ok("GET", f"{V3}/users?name=admin"))["users"][0]["id"]
    role = (await admin.ok("GET", f"{V3}/roles?name=admin"))["roles"][0]["id"]
    assert (await admin("PUT", f"{V3}/projects/{top['id']}/users/{user}/roles/{role}")).status == 204
    parents = (await admin.ok("GET", f"{V3}/projects/{leaf['id']}?parents_as_list"))["project"]["parents"]
    assert [one["project"]["id"] for one in parents] == [top["id"]]


async def test_tags(admin: Client) -> None:
    red = await project(admin, "red", tags=["x", "red"])
    blue = await project(admin, "blue", tags=["x", "blue"])

    async def names(query: str) -> set[str]:
        return {one["name"] for one in (await admin.ok("GET", f"{V3}/projects?{query}"))["projects"]} & {"red", "blue", "demo"}

    assert await names("tags=x,red") == {"red"}
    assert await names("tags-any=red,blue") == {"red", "blue"}
    assert await names("not-tags=x,red") == {"blue", "demo"}
    assert await names("not-tags-any=x") == {"demo"}
    path = f"{V3}/projects/{red['id']}/tags"
    assert (await admin("PUT", f"{path}/new")).status == 201
    assert (await admin("PUT", f"{path}/%00%0A")).headers["Location"].endswith("/tags/%00%0A")
    assert (await admin("DELETE", f"{path}/%00%0A")).status == 204
    assert (await admin("GET", f"{path}/new")).status == 204
    assert (await admin.ok("GET", path))["tags"] == ["x", "red", "new"]
    assert (await admin("DELETE", f"{path}/x")).status == 204
    assert (await admin("DELETE", f"{path}/x")).status == 404
    assert (await admin("DELETE", path)).status == 204
    await admin.refused(400, "PUT", f"{V3}/projects/{blue['id']}/tags", {"tags": ["a,b"]})


async def test_a_domain_is_disabled_before_it_is_deleted_with_all_that_is_in_it(admin: Client) -> None:
    domain = (await admin.ok("POST", f"{V3}/domains", {"domain": {"name": "d", "description": "x"}}))["domain"]
    inside = await project(admin, "inside", domain_id=domain["id"])
    user = (await admin.ok("POST", f"{V3}/users", {"user": {"name": "u", "domain_id": domain["id"]}}))["user"]
    path = f"{V3}/domains/{domain['id']}"
    body = await admin.refused(403, "DELETE", path)
    assert body["error"]["message"] == "Cannot delete a domain that is enabled, please disable it first."
    assert (await admin.ok("PATCH", path, {"domain": {"enabled": False}}))["domain"]["enabled"] is False
    assert (await admin("DELETE", path)).status == 204
    for gone in (path, f"{V3}/projects/{inside['id']}", f"{V3}/users/{user['id']}"):
        assert (await admin("GET", gone)).status == 404


async def test_members_see_their_own_project_and_no_more(admin: Client, demo: Client) -> None:
    own, other = await project_id(admin, "demo"), await project_id(admin, "admin")
    assert (await demo.ok("GET", f"{V3}/projects/{own}"))["project"]["name"] == "demo"
    body = await demo.refused(403, "GET", f"{V3}/projects/{other}")
    assert body["error"]["message"] == "You are not authorized to perform the requested action: identity:get_project."
    body = await demo.refused(403, "GET", f"{V3}/projects")
    assert body["error"]["message"] == "You are not authorized to perform the requested action: identity:list_projects."
    await demo.refused(403, "POST", f"{V3}/projects", {"project": {"name": "mine"}})
    assert (await demo.ok("GET", f"{V3}/domains/default"))["domain"]["enabled"] is True
    assert {one["name"] for one in (await demo.ok("GET", f"{V3}/auth/projects"))["projects"]} == {"demo", "alt_demo", "invisible_to_admin"}


async def project_id(admin: Client, name: str) -> str:
    """A project's id."""
    found: str = (await admin.ok("GET", f"{V3}/projects?name={name}"))["projects"][0]["id"]
    return found


async def test_bad_projects_are_refused_with_the_path_of_what_is_wrong(admin: Client) -> None:
    for given, words in (
        ({"project": {}}, "Invalid input for field 'project': 'name' is a required property"),
        ({}, "'project' is a required property"),
        ({"project": {"name": ""}}, "Invalid input for field 'project/name'"),
        ({"project": {"name": "x" * 65}}, "Invalid input for field 'project/name'"),
        ({"project": {"name": "x", "enabled": "maybe"}}, "Invalid input for field 'project/enabled'"),
        ({"project": {"name": "x", "tags": ["a", "a"]}}, "Invalid input for field 'project/tags'"),
        ({"project": {"name": "x", "parent_id": "0" * 32}}, "Could not find project"),
        ({"project": {"name": "x", "domain_id": "0" * 32}}, "Could not find domain"),
    ):
        body = await admin.refused(400, "POST", f"{V3}/projects", given)
        assert body["error"]["message"].startswith(words), given


async def test_lists_compare_and_page(admin: Client) -> None:
    for name in ("page-a", "page-b", "Page-c"):
        await project(admin, name)
    for query, names in (
        ("name__startswith=page", ["page-a", "page-b"]),
        ("name__istartswith=page", ["page-a", "page-b", "Page-c"]),
        ("name__endswith=-c", ["Page-c"]),
        ("name__contains=ge-b", ["page-b"]),
    ):
        found = (await admin.ok("GET", f"{V3}/projects?{query}"))["projects"]
        assert [one["name"] for one in found] == names
    body = await admin.ok("GET", f"{V3}/projects?name__istartswith=page&limit=2")
    assert [one["name"] for one in body["projects"]] == ["page-a", "page-b"]
    assert body["truncated"] is True
    following = await admin.ok("GET", body["links"]["next"].partition("://")[2].partition("/")[2].join(("/", "")))
    assert [one["name"] for one in following["projects"]] == ["Page-c"]
    assert following["links"]["next"] is None

"""Roles, accounts, API tokens, and the record of what was done."""

from __future__ import annotations

from typing import Any

import pytest

from graph.auth.assembly import Auth
from graph.auth.roles import ROLES
from tests.contract.accounts.conftest import Client


def test_every_role_may_what_the_one_before_it_may() -> None:
    viewer, operator, approver = (set(ROLES[role]) for role in ("viewer", "operator", "approver"))
    assert viewer < operator < approver
    assert "sim:write" not in viewer
    assert "itsm:approve" not in operator
    assert ROLES["admin"] == ("admin",)


async def test_only_administrators_manage_accounts(client: Client) -> None:
    alice = (await client.person("alice", "operator"))["access_token"]
    for method, path, body in (
        ("GET", "/auth/users", {}), ("POST", "/auth/users", {"name": "bob", "role": "admin"}), ("GET", "/auth/users/admin", {}),
        ("PATCH", "/auth/users/alice", {"role": "admin"}), ("DELETE", "/auth/users/admin", {}), ("GET", "/auth/audit", {}),
    ):  # fmt: skip
        assert (await client.call(method, path, alice, **body))[0] == 403, (method, path)
        assert (await client.call(method, path, **body))[0] == 401, (method, path)
    assert (await client.call("GET", "/auth/users/alice", alice))[1]["role"] == "operator"


async def test_a_role_that_is_taken_away_is_gone_at_once(client: Client) -> None:
    pair = await client.person("alice", "operator")
    assert (await client.call("GET", "/room", pair["access_token"]))[0] == 200
    assert (await client.call("PATCH", "/auth/users/alice", client.root, role="viewer"))[1]["version"] == 2
    assert (await client.call("GET", "/room", pair["access_token"]))[0] == 401
    _, refreshed = await client.call("POST", "/auth/refresh", refresh_token=pair["refresh_token"])
    assert "sim:write" not in refreshed["scope"]
    assert (await client.call("GET", "/room", refreshed["access_token"]))[0] == 200
    await client.call("PATCH", "/auth/users/alice", client.root, enabled=False)
    assert (await client.call("GET", "/room", refreshed["access_token"]))[0] == 401
    assert (await client.call("DELETE", "/auth/users/alice", client.root))[0] == 204
    assert (await client.call("GET", "/auth/users/alice", client.root))[0] == 404


async def test_the_last_administrator_stays(client: Client) -> None:
    assert (await client.call("PATCH", "/auth/users/admin", client.root, role="viewer"))[0] == 409
    assert (await client.call("DELETE", "/auth/users/admin", client.root))[0] == 409
    await client.person("second", "admin")
    assert (await client.call("DELETE", "/auth/users/admin", client.root))[0] == 204
    assert (await client.call("PATCH", "/auth/users/second", client.root, enabled=False))[0] == 409


async def test_versions_guard_changes(client: Client) -> None:
    await client.person("alice", "viewer")
    headers = {"Authorization": f"Bearer {client.root}", "If-Match": '"7"'}
    async with client.http.patch(f"{client.url}/auth/users/alice", json={"role": "operator"}, headers=headers) as answer:
        assert answer.status == 412
    status, problem = await client.call("POST", "/auth/users", client.root, name="alice", role="viewer")
    assert (status, problem["field"]) == (409, "name")


@pytest.mark.parametrize(
    "wrong",
    [{"name": "Alice"}, {"name": "system"}, {"role": "root"}, {"password": "short"}, {"kind": "service", "password": "long enough it is"}],
)
async def test_accounts_that_cannot_be(client: Client, wrong: dict[str, Any]) -> None:
    assert (await client.call("POST", "/auth/users", client.root, **({"name": "bob", "role": "viewer"} | wrong)))[0] == 400


async def test_pages_of_accounts(client: Client) -> None:
    for name in ("a1", "a2", "a3"):
        await client.call("POST", "/auth/users", client.root, name=name, role="viewer", kind="service")
    _, first = await client.call("GET", "/auth/users?limit=2", client.root)
    _, rest = await client.call("GET", f"/auth/users?cursor={first['next']}", client.root)
    assert [user["name"] for user in first["items"] + rest["items"]] == ["a1", "a2", "a3", "admin"]
    assert rest["next"] is None


async def test_a_service_account_works_with_an_api_token(client: Client) -> None:
    await client.call("POST", "/auth/users", client.root, name="pipeline", role="operator", kind="service")
    status, made = await client.call("POST", "/auth/tokens", client.root, title="CI", scopes=["sim:read"], user="pipeline")
    assert status == 201
    status, body = await client.call("GET", "/room", made["secret"])
    assert (status, body["subject"]) == (200, "pipeline")
    claims = client.context.tokens.verify(body["token"])
    assert (claims.subject, claims.scopes) == ("pipeline", frozenset({"sim:read"})), "services are shown a short token of that account"
    _, listed = await client.call("GET", "/auth/tokens?user=pipeline", client.root)
    assert [token["id"] for token in listed["items"]] == [made["token"]["id"]]
    assert listed["items"][0]["used"] is not None
    assert made["secret"] not in str(listed)
    assert (await client.call("DELETE", f"/auth/tokens/{made['token']['id']}", client.root))[0] == 204
    for token in (made["secret"], body["token"]):
        assert (await client.call("GET", "/room", token))[0] == 401


async def test_api_tokens_have_no_more_than_their_maker(client: Client) -> None:
    alice = (await client.person("alice", "viewer"))["access_token"]
    assert (await client.call("POST", "/auth/tokens", alice, title="t", scopes=["sim:write"]))[0] == 403
    assert (await client.call("POST", "/auth/tokens", alice, title="t", user="admin"))[0] == 403
    assert (await client.call("POST", "/auth/tokens", client.root, title="t", user="alice", scopes=["admin"]))[0] == 403
    assert (await client.call("POST", "/auth/tokens", alice, title="t", scopes=["no:such"]))[0] == 400
    _, made = await client.call("POST", "/auth/tokens", alice, title="t")
    assert set(made["token"]["scopes"]) == set(ROLES["viewer"])
    assert (await client.call("POST", "/auth/tokens", made["secret"], title="another"))[0] == 403, "tokens make no tokens"
    await client.call("PATCH", "/auth/users/alice", client.root, enabled=False)
    assert (await client.call("GET", "/room", made["secret"]))[0] == 401


async def test_an_api_token_of_somebody_who_lost_rights_lost_them_too(client: Client) -> None:
    alice = (await client.person("alice", "operator"))["access_token"]
    _, made = await client.call("POST", "/auth/tokens", alice, title="t", scopes=["sim:read", "sim:write"])
    await client.call("PATCH", "/auth/users/alice", client.root, role="viewer")
    _, body = await client.call("GET", "/room", made["secret"])
    assert client.context.tokens.verify(body["token"]).scopes == frozenset({"sim:read"})


async def test_the_audit_has_logins_and_writes(client: Client) -> None:
    alice = (await client.person("alice", "operator"))["access_token"]
    await client.call("POST", "/auth/login", username="alice", password="wrong")
    await client.call("POST", "/room", alice)
    await client.call("GET", "/room", alice)
    _, page = await client.call("GET", "/auth/audit?limit=3", client.root)
    assert [(entry["principal"], entry["action"], entry["target"], entry["status"]) for entry in page["items"]] == [
        ("alice", "http.post", "/room", 200),
        ("anonymous", "auth.login", "alice", 401),
        ("alice", "auth.login", page["items"][2]["target"], 200),
    ]
    assert page["items"][0]["address"] == "127.0.0.1"
    _, older = await client.call("GET", f"/auth/audit?cursor={page['next']}&action=auth.user", client.root)
    assert [(entry["principal"], entry["target"]) for entry in older["items"]] == [("cli", "alice"), ("system", "admin")]
    assert (await client.call("GET", "/auth/audit?principal=alice", client.root))[1]["items"][-1]["action"] == "auth.login"


async def test_another_start_knows_its_accounts(client: Client) -> None:
    again = Auth(client.context)
    await again.open()
    assert again.shown_password == client.admin_password
    await again.close()

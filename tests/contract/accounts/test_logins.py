"""Logging in, staying in, being thrown out."""

from __future__ import annotations

import asyncio
import time

import jwt
import pytest

from tests.contract.accounts.conftest import Client


async def test_the_first_administrator_logs_in_and_refreshes(client: Client) -> None:
    pair = await client.login("admin", client.admin_password)
    status, me = await client.call("GET", "/auth/me", pair["access_token"])
    assert (status, me["subject"], me["scopes"], me["user"]["role"]) == (200, "admin", ["admin"], "admin")
    status, next_pair = await client.call("POST", "/auth/refresh", refresh_token=pair["refresh_token"])
    assert status == 200
    assert next_pair["refresh_token"] != pair["refresh_token"]
    assert (await client.call("GET", "/auth/me", next_pair["access_token"]))[0] == 200


async def test_a_refresh_token_that_comes_twice_ends_the_session(client: Client) -> None:
    first = await client.login("admin", client.admin_password)
    _, second = await client.call("POST", "/auth/refresh", refresh_token=first["refresh_token"])
    assert (await client.call("POST", "/auth/refresh", refresh_token=first["refresh_token"]))[0] == 401
    assert (await client.call("POST", "/auth/refresh", refresh_token=second["refresh_token"]))[0] == 401
    assert (await client.call("GET", "/auth/me", second["access_token"]))[0] == 401


async def test_of_many_at_once_one_refreshes(client: Client) -> None:
    pair = await client.login("admin", client.admin_password)
    answers = await asyncio.gather(*(client.call("POST", "/auth/refresh", refresh_token=pair["refresh_token"]) for _ in range(8)))
    assert sorted(status for status, _ in answers) == [200] + [401] * 7


async def test_logout_ends_tokens_at_once(client: Client) -> None:
    pair = await client.login("admin", client.admin_password)
    assert (await client.call("GET", "/room", pair["access_token"]))[0] == 200
    assert (await client.call("POST", "/auth/logout", pair["access_token"]))[0] == 204
    assert (await client.call("GET", "/room", pair["access_token"]))[0] == 401
    assert (await client.call("POST", "/auth/refresh", refresh_token=pair["refresh_token"]))[0] == 401


async def test_guessing_is_slowed_for_account_and_owner_alike(client: Client) -> None:
    answers = [await client.call("POST", "/auth/login", username="admin", password="wrong") for _ in range(5)]
    assert [status for status, _ in answers] == [401] * 5
    status, problem = await client.call("POST", "/auth/login", username="admin", password=client.admin_password)
    assert (status, problem["title"], client.headers["Retry-After"]) == (429, "Too many requests", "1")
    await asyncio.sleep(1.1)
    await client.login("admin", client.admin_password)
    status, _ = await client.call("POST", "/auth/login", username="admin", password="wrong")
    assert status == 401, "a login that succeeded forgets the account's failures"


async def test_many_guesses_at_once_are_counted_before_they_are_judged(client: Client) -> None:
    answers = await asyncio.gather(*(client.call("POST", "/auth/login", username="admin", password=f"p{n}") for n in range(15)))
    assert sum(status == 401 for status, _ in answers) <= 6
    assert sum(status == 429 for status, _ in answers) >= 9


async def test_who_does_not_exist_looks_like_who_mistypes(client: Client) -> None:
    async def refused(name: str) -> tuple[int, str]:
        status, problem = await client.call("POST", "/auth/login", username=name, password="wrong")
        return status, problem["detail"]

    assert await refused("admin") == await refused("nobody") == await refused("no\0body")


async def test_a_new_password_ends_other_sessions(client: Client) -> None:
    other = await client.login("admin", client.admin_password)
    pair = await client.login("admin", client.admin_password)
    body = {"current": client.admin_password, "new": "a longer password"}
    assert (await client.call("POST", "/auth/password", pair["access_token"], current="wrong", new=body["new"]))[0] == 401
    assert (await client.call("POST", "/auth/password", pair["access_token"], **body))[0] == 204
    assert (await client.call("GET", "/room", other["access_token"]))[0] == 401
    assert (await client.call("GET", "/room", pair["access_token"]))[0] == 200
    await client.login("admin", body["new"])
    assert await client.auth.accounts.initial_password() is None, "no longer the one that `dcsim up` may show"


async def test_sessions_are_listed_and_ended(client: Client) -> None:
    pair, other = await client.person("alice", "viewer"), await client.login("admin", client.admin_password)
    _, listed = await client.call("GET", "/auth/sessions", pair["access_token"])
    [session] = listed["items"]
    assert (await client.call("GET", "/auth/sessions?user=admin", pair["access_token"]))[0] == 403
    assert (await client.call("DELETE", f"/auth/sessions/{session['id']}", other["access_token"]))[0] == 204
    assert (await client.call("GET", "/room", pair["access_token"]))[0] == 401


async def test_the_key_set_verifies_access_tokens(client: Client) -> None:
    pair = await client.login("admin", client.admin_password)
    _, keys = await client.call("GET", "/.well-known/jwks.json")
    key = jwt.PyJWK(keys["keys"][0])
    claims = jwt.decode(pair["access_token"], key.key, algorithms=["EdDSA"], audience="dcsim", issuer="dcsim")
    assert claims["sub"] == "admin"
    assert claims["exp"] - claims["iat"] == 600


async def test_tokens_of_the_command_line_still_open_the_door(client: Client) -> None:
    status, body = await client.call("GET", "/room", client.root)
    assert (status, body) == (200, {"subject": "cli", "token": client.root})
    assert (await client.call("GET", "/room"))[0] == 401


@pytest.mark.parametrize("body", [b"", b"[]", b'{"username": 1}', b'{"username": "a"}', b"\xff", b'{"username":"a","password":"b","x":1}'])
async def test_other_bodies_are_refused(client: Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with client.http.post(f"{client.url}/auth/login", data=body, headers=headers) as answer:
        assert answer.status == 400


async def test_a_login_takes_no_longer_for_the_loop_than_a_moment(client: Client) -> None:
    """The slow hash is computed in a thread: others are answered meanwhile."""
    logins = [asyncio.create_task(client.login("admin", client.admin_password)) for _ in range(4)]
    slowest = 0.0
    while not all(task.done() for task in logins):
        before = time.thread_time()
        await asyncio.sleep(0)
        slowest = max(slowest, time.thread_time() - before)
    await asyncio.gather(*logins)
    assert slowest < 0.1

"""Tokens by password, in every scope, and what is refused."""

from __future__ import annotations

import pytest

from emulators.openstack.identity.seeds import ADMIN_PASSWORD
from tests.unit.openstack.stack import Client, Rows, Stack

TOKENS = "/identity/v3/auth/tokens"


def by_password(name: str, password: str, **scope: object) -> Rows:
    """The body for a user of the default domain."""
    user = {"name": name, "domain": {"id": "default"}, "password": password}
    auth: Rows = {"identity": {"methods": ["password"], "password": {"user": user}}}
    return {"auth": auth | ({"scope": scope} if scope else {})}


@pytest.fixture
def password(stack: Stack) -> str:
    """Everybody's."""
    return stack.context.secrets.password(ADMIN_PASSWORD)


async def test_a_token_of_a_project_has_its_roles_and_the_catalog_of_the_address_that_was_used(stack: Stack, password: str) -> None:
    answer = await stack.call("POST", TOKENS, by_password("admin", password, project={"name": "admin", "domain": {"name": "Default"}}))
    assert answer.status == 201
    assert len(answer.headers["X-Subject-Token"]) < 255
    token = answer.body["token"]
    assert token["methods"] == ["password"]
    assert token["user"]["name"] == "admin"
    assert token["user"]["domain"] == {"id": "default", "name": "Default"}
    assert token["project"]["name"] == "admin"
    assert [role["name"] for role in token["roles"]] == ["admin", "manager", "member", "reader"]
    assert token["issued_at"] < token["expires_at"]
    urls = {service["type"]: service["endpoints"][0]["url"] for service in token["catalog"]}
    origin = str(stack.http.make_url("")).rstrip("/")
    assert urls["compute"] == f"{origin}/compute/v2.1"
    assert urls["volumev3"] == urls["block-storage"]
    assert urls["object-store"].endswith("AUTH_" + token["project"]["id"])


async def test_every_scope(stack: Stack, password: str) -> None:
    unscoped = (await stack.call("POST", TOKENS, by_password("admin", password))).body["token"]
    assert "roles" not in unscoped
    assert "catalog" not in unscoped
    domain = (await stack.call("POST", TOKENS, by_password("admin", password, domain={"id": "default"}))).body["token"]
    assert domain["domain"] == {"id": "default", "name": "Default"}
    system = (await stack.call("POST", TOKENS, by_password("admin", password, system={"all": True}))).body["token"]
    assert system["system"] == {"all": True}


@pytest.mark.parametrize(
    ("name", "given", "scope"),
    [
        ("admin", "wrong", {}),
        ("nobody", "wrong", {}),
        ("nova", "wrong", {}),
        ("demo", "", {"project": {"name": "admin", "domain": {"id": "default"}}}),
        ("demo", "", {"project": {"id": "0" * 32}}),
        ("demo", "", {"project": {"name": "demo", "domain": {"name": "nowhere"}}}),
        ("demo", "", {"system": {"all": True}}),
        ("demo", "", {"domain": {"id": "default"}}),
    ],
)
async def test_whatever_is_wrong_the_answer_is_the_same(stack: Stack, password: str, name: str, given: str, scope: Rows) -> None:
    answer = await stack.call("POST", TOKENS, by_password(name, given or password, **scope))
    assert answer.status == 401
    assert answer.body == {"error": {"code": 401, "message": "The request you have made requires authentication.", "title": "Unauthorized"}}


async def test_a_token_lets_one_in(admin: Client) -> None:
    assert (await admin("GET", "/compute/v2.1/nothing")).status == 404


async def test_a_token_that_was_tampered_with_does_not(admin: Client) -> None:
    last = "A" if admin.token[-1] != "A" else "B"
    for token in (admin.token[:-1] + last, admin.token[:60], "gAAAAA", "x", "gAAAAA" + "é"):
        answer = await admin.stack.call("GET", "/compute/v2.1/servers", X_Auth_Token=token.encode().decode("latin-1"))
        assert answer.status == 401, token

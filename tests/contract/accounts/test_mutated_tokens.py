"""A thousand tokens that nobody issued: neither the gateway nor a service lets one in."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from pathlib import Path

import jwt
import msgspec
import pytest
from aiohttp import web

from dcsim.errors import OperationalError, Unauthenticated
from dcsim.security.secrets import Secrets
from dcsim.security.tokens import Tokens
from tests.contract.accounts.conftest import Client


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def mutations(good: str, public: bytes, foreign: Tokens) -> Iterator[str]:
    """Yield a thousand of them; the order depends on nothing but the seed."""
    header, payload, signature = good.split(".")
    claims, head = jwt.decode(good, options={"verify_signature": False}), jwt.get_unverified_header(good)
    for algorithm in ("none", "None", "NONE", "nOnE", "", None):
        yield f"{part(head | {'alg': algorithm})}.{payload}."
        yield f"{part(head | {'alg': algorithm})}.{payload}.{signature}"
    for algorithm in ("HS256", "HS384", "HS512"):
        yield jwt.encode(claims, public * 2, algorithm=algorithm, headers={"kid": head["kid"]})
        yield jwt.encode(claims, head["kid"] * 8, algorithm=algorithm, headers={"kid": head["kid"]})
    for kid in ("", "../../dev/null", "0' OR '1'='1", "\0", head["kid"].upper(), None, 7, ["x"], {"a": 1}):
        yield f"{part(head | {'kid': kid})}.{payload}.{signature}"
    extras: tuple[dict[str, object], ...] = (
        {"jwk": {}},
        {"jku": "http://127.0.0.1/keys"},
        {"x5u": "http://127.0.0.1/"},
        {"crit": ["exp"]},
        {"b64": False},
    )
    for extra in extras:
        yield f"{part(head | extra)}.{payload}.{signature}"
    for change in (
        {"sub": "root"},
        {"scope": "admin"},
        {"aud": "other"},
        {"iss": "other"},
        {"exp": 9999999999},
        {"exp": 1},
        {"iat": 9999999999},
    ):
        yield f"{header}.{part(claims | change)}.{signature}"
    yield foreign.issue("mallory", scopes=["admin"])
    yield from (good + "=", good + ".", " ".join(good.split(".")), good.replace(".", ".."), f"{header}.{payload}", "." * 2, "a" * 9000)
    chance = random.Random(7)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in alphabet:  # other spellings of the last byte of the signature
        if last != good[-1]:
            yield good[:-1] + last
    for _ in range(960):
        place = chance.randrange(len(good))
        if good[place] != ".":
            yield good[:place] + chance.choice(alphabet.replace(good[place], "")) + good[place + 1 :]


async def keys_served(tokens: Tokens) -> tuple[web.AppRunner, str]:
    """Serve the key set of *tokens* as a gateway does."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(json.loads(msgspec.json.encode(tokens.key_set())))

    app = web.Application()
    app.router.add_get("/keys", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/keys"


async def test_neither_the_gateway_nor_a_service_lets_one_in(client: Client, tmp_path: Path) -> None:
    good = (await client.login("admin", client.admin_password))["access_token"]
    runner, url = await keys_served(client.context.tokens)
    service = Tokens(Secrets(tmp_path / "service.json"), jwks_url=url)
    assert (await service.verified(good)).subject == "admin", "another data directory's service verifies by the set of keys"
    public = client.context.tokens.key_set().keys[0].x.encode()
    bad = list(mutations(good, public, Tokens(Secrets(tmp_path / "foreign.json"))))
    assert len(bad) >= 1000
    for token in bad:
        with pytest.raises(Unauthenticated):
            await client.auth.door.bearer(token)
        with pytest.raises(Unauthenticated):
            await service.verified(token)
    for token in bad[::50]:
        if token.isprintable():
            async with client.http.get(f"{client.url}/room", headers={"Authorization": f"Bearer {token}"}) as answer:
                assert answer.status == 401
    assert (await client.call("GET", "/room", good))[0] == 200
    await runner.cleanup()


async def test_a_service_says_when_the_keys_cannot_be_read(client: Client, tmp_path: Path) -> None:
    service = Tokens(Secrets(tmp_path / "service.json"), jwks_url="http://127.0.0.1:1/keys")
    with pytest.raises(OperationalError, match="key set"):
        await service.verified(client.root)
    own = service.issue("cli", scopes=["sim:read"])
    assert (await service.verified(own)).subject == "cli", "its own directory's tokens need no set"

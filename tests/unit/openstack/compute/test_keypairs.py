"""Key pairs: imported, generated, whose they are, and what is refused."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509 import load_pem_x509_certificate

from tests.unit.openstack.stack import Client, Rows

PAIRS = "/compute/v2.1/os-keypairs"


def public_key() -> str:
    """A fresh key in one line."""
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def pair(name: str = "mine", **fields: object) -> Rows:
    """The body that imports a key."""
    return {"keypair": {"name": name, "public_key": public_key(), **fields}}


async def test_an_imported_key_is_shown_with_its_md5(demo: Client) -> None:
    body = pair()
    answer = await demo("POST", PAIRS, body)
    assert answer.status == 200
    made = answer.body["keypair"]
    key = base64.b64decode(body["keypair"]["public_key"].split()[1])
    assert made["fingerprint"].replace(":", "") == hashlib.md5(key, usedforsecurity=False).hexdigest()
    assert set(made) == {"name", "public_key", "fingerprint", "user_id"}
    shown = (await demo.ok("GET", f"{PAIRS}/mine"))["keypair"]
    assert {name: shown[name] for name in made} == made
    assert set(shown) - set(made) == {"id", "created_at", "deleted", "deleted_at", "updated_at"}
    assert isinstance(shown["id"], int)
    assert (await demo.ok("GET", PAIRS))["keypairs"] == [{"keypair": {name: made[name] for name in ("name", "public_key", "fingerprint")}}]


async def test_a_generated_key_opens_what_its_public_half_locks(demo: Client) -> None:
    made = (await demo.ok("POST", PAIRS, {"keypair": {"name": "new"}}))["keypair"]
    private = serialization.load_pem_private_key(made["private_key"].encode(), password=None)
    public = private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    assert made["public_key"] == f"{public} Generated-by-Nova"
    assert "private_key" not in (await demo.ok("GET", f"{PAIRS}/new"))["keypair"]


async def test_certificates_are_made_and_imported_from_2_2_on(demo: Client) -> None:
    await demo.refused(400, "POST", PAIRS, {"keypair": {"name": "windows", "type": "x509"}})
    demo.version = "compute 2.2"
    answer = await demo("POST", PAIRS, {"keypair": {"name": "windows", "type": "x509"}})
    assert answer.status == 201
    made = answer.body["keypair"]
    certificate = load_pem_x509_certificate(made["public_key"].encode())
    assert made["type"] == "x509"
    assert len(made["fingerprint"]) == 59
    assert certificate.subject.rfc4514_string() == f"CN={made['user_id']}"
    imported = await demo.ok("POST", PAIRS, {"keypair": {"name": "again", "type": "x509", "public_key": made["public_key"]}})
    assert imported["keypair"]["fingerprint"] == made["fingerprint"]
    await demo.refused(400, "POST", PAIRS, {"keypair": {"name": "bad", "type": "x509", "public_key": public_key()}})


async def test_from_2_92_on_keys_are_not_generated(demo: Client) -> None:
    demo.version = "compute 2.92"
    await demo.refused(400, "POST", PAIRS, {"keypair": {"name": "new"}})
    assert (await demo.ok("POST", PAIRS, pair("me@home.example")))["keypair"]["type"] == "ssh"
    demo.version = "compute 2.91"
    await demo.refused(400, "POST", PAIRS, pair("you@home.example"))


async def test_what_is_no_key_or_has_no_name_is_refused(demo: Client) -> None:
    refused = await demo.refused(400, "POST", PAIRS, pair(public_key="ssh-rsa nothing"))
    assert refused["badRequest"]["message"] == "Keypair data is invalid: failed to generate fingerprint"
    for bad in ("", " mine", "a/b", "x" * 256):
        await demo.refused(400, "POST", PAIRS, pair(bad))
    await demo.refused(400, "POST", PAIRS, {"keypair": {"public_key": public_key()}})
    await demo.refused(400, "POST", PAIRS, pair(type="ssh"))
    await demo.ok("POST", PAIRS, pair())
    refused = await demo.refused(409, "POST", PAIRS, pair())
    assert refused == {"conflictingRequest": {"code": 409, "message": "Key pair 'mine' already exists."}}


async def test_key_pairs_are_their_users_own(admin: Client, demo: Client) -> None:
    made = (await demo.ok("POST", PAIRS, pair()))["keypair"]
    refused = await admin.refused(404, "GET", f"{PAIRS}/mine")
    assert refused["itemNotFound"]["message"].startswith("Keypair mine not found for user ")
    user = made["user_id"]
    admin.version = demo.version = "compute 2.10"
    assert (await admin.ok("GET", f"{PAIRS}/mine?user_id={user}"))["keypair"]["name"] == "mine"
    other = (await admin.ok("POST", PAIRS, pair("given", user_id=user)))["keypair"]
    assert other["user_id"] == user
    assert len((await demo.ok("GET", PAIRS))["keypairs"]) == 2
    await demo.refused(403, "GET", f"{PAIRS}?user_id=somebody")
    await demo.refused(403, "POST", PAIRS, pair("x", user_id="somebody"))


async def test_deleting_answers_202_and_from_2_2_on_204(demo: Client) -> None:
    for version, status in (("compute 2.1", 202), ("compute 2.2", 204)):
        demo.version = version
        await demo.ok("POST", PAIRS, pair())
        answer = await demo("DELETE", f"{PAIRS}/mine")
        assert (answer.status, answer.data) == (status, b"")
        await demo.refused(404, "DELETE", f"{PAIRS}/mine")


async def test_lists_have_pages_from_2_35_on(demo: Client) -> None:
    for name in ("b", "c", "a"):
        await demo.ok("POST", PAIRS, pair(name))
    assert len((await demo.ok("GET", f"{PAIRS}?limit=1"))["keypairs"]) == 3
    demo.version = "compute 2.35"
    page = await demo.ok("GET", f"{PAIRS}?limit=2")
    assert [one["keypair"]["name"] for one in page["keypairs"]] == ["a", "b"]
    assert page["keypairs_links"][0]["href"].endswith("/compute/v2.1/os-keypairs?limit=2&marker=b")
    last = await demo.ok("GET", f"{PAIRS}?limit=2&marker=b")
    assert [one["keypair"]["name"] for one in last["keypairs"]] == ["c"]
    assert "keypairs_links" not in last
    await demo.refused(400, "GET", f"{PAIRS}?marker=z")


async def test_the_quota_of_key_pairs_holds(admin: Client, demo: Client) -> None:
    project = (await demo.ok("GET", "/identity/v3/auth/projects"))["projects"][0]["id"]
    await admin.ok("PUT", f"/compute/v2.1/os-quota-sets/{project}", {"quota_set": {"key_pairs": 1}})
    await demo.ok("POST", PAIRS, pair("one"))
    refused = await demo.refused(403, "POST", PAIRS, pair("two"))
    assert refused == {"forbidden": {"code": 403, "message": "Quota exceeded, too many key pairs."}}

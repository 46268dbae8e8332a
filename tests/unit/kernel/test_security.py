"""Secrets, passwords, tokens and certificates."""

from __future__ import annotations

import ssl
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography import x509

from dcsim.errors import SettingsError, Unauthenticated
from dcsim.security.passwords import hash_password, same_secret, verify_password
from dcsim.security.secrets import Secrets
from dcsim.security.tls import TlsFiles
from dcsim.security.tokens import Tokens


def test_passwords_are_generated_once_and_differ(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "deep" / "secrets.json")
    first = secrets.password("vsphere/administrator", well_known="VMware1!")
    assert first != "VMware1!"
    assert len(first) == 20
    assert secrets.password("ucs/admin") != first
    assert Secrets(tmp_path / "deep" / "secrets.json").password("vsphere/administrator") == first
    assert stat.S_IMODE((tmp_path / "deep" / "secrets.json").stat().st_mode) == 0o600


def test_demo_uses_well_known_passwords_where_there_are_any(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets.json", demo=True)
    assert secrets.password("vsphere/administrator", well_known="VMware1!") == "VMware1!"
    assert len(secrets.password("other")) == 20


def test_readable_or_damaged_secrets_are_refused_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text("{}")
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        Secrets(file)
    file.chmod(0o600)
    for content in ("{", "[]", '{"a": 1}'):
        file.write_text(content)
        with pytest.raises(SettingsError, match="delete it to get new ones"):
            Secrets(file)


async def test_password_hashes() -> None:
    stored = await hash_password("correct horse")
    assert stored.startswith("$argon2id$")
    assert await verify_password(stored, "correct horse")
    assert not await verify_password(stored, "battery staple")
    assert not await verify_password("not a hash", "correct horse")


async def test_unknown_user_costs_as_much_as_a_wrong_password() -> None:
    stored = await hash_password("correct horse")
    assert not await verify_password(None, "warm up")

    async def best(hash_or_none: str | None) -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            assert not await verify_password(hash_or_none, "wrong")
            times.append(time.perf_counter() - started)
        return min(times)

    known, unknown = await best(stored), await best(None)
    assert 0.4 < known / unknown < 2.5


def test_same_secret() -> None:
    assert same_secret("pässword", "pässword")
    assert not same_secret("pässword", "password")


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(Secrets(tmp_path / "secrets.json"))


def test_token_carries_subject_and_scopes(tokens: Tokens, tmp_path: Path) -> None:
    token = tokens.issue("alice", scopes=["sim:read", "itsm:write"], lifetime=timedelta(hours=1))
    claims = Tokens(Secrets(tmp_path / "secrets.json")).verify(token)
    assert (claims.subject, set(claims.scopes)) == ("alice", {"sim:read", "itsm:write"})
    assert claims.allows("sim:read")
    assert not claims.allows("sim:write")
    assert tokens.verify(tokens.issue("root", scopes=["admin"])).allows("anything:write")
    assert jwt.get_unverified_header(token)["alg"] == "EdDSA"


def test_bad_tokens_are_refused(tokens: Tokens, tmp_path: Path) -> None:
    good = tokens.issue("alice", scopes=["admin"])
    foreign = Tokens(Secrets(tmp_path / "other.json")).issue("mallory", scopes=["admin"])
    header, payload, signature = good.split(".")
    unsigned = jwt.encode({"sub": "alice"}, "", algorithm="none", headers={"kid": jwt.get_unverified_header(good)["kid"]})
    forged = ".".join([header, foreign.split(".")[1], signature])
    for bad in ("", "a.b.c", good[:-4], foreign, unsigned, forged, f"{header}.{payload}."):
        with pytest.raises(Unauthenticated):
            tokens.verify(bad)


def test_expired_token_says_so(tokens: Tokens) -> None:
    old = tokens.issue("alice", scopes=["admin"], lifetime=timedelta(hours=1), now=datetime.now(UTC) - timedelta(hours=2))
    with pytest.raises(Unauthenticated, match="expired"):
        tokens.verify(old)


def test_certificates_are_made_once(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path, names=["dc.example", "192.0.2.7"])
    files.ensure()
    before = files.certificate.read_bytes(), files.key.read_bytes(), files.ca.read_bytes()
    TlsFiles(tmp_path, names=["dc.example", "192.0.2.7"]).ensure()
    assert (files.certificate.read_bytes(), files.key.read_bytes(), files.ca.read_bytes()) == before
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    names = x509.load_pem_x509_certificate(before[0]).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "dc.example"} <= set(names.get_values_for_type(x509.DNSName))
    assert {"127.0.0.1", "::1", "192.0.2.7"} <= {str(address) for address in names.get_values_for_type(x509.IPAddress)}


def test_server_certificate_is_renewed_in_time_under_the_same_authority(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path)
    files.ensure()
    authority, first = files.ca.read_bytes(), files.certificate.read_bytes()
    files.ensure(datetime.now(UTC) + timedelta(days=380))
    assert files.ca.read_bytes() == authority
    assert files.certificate.read_bytes() != first


def test_damage_and_new_names_are_repaired(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path)
    files.ensure()
    files.key.write_text("rubbish")
    files.ensure()
    first = files.certificate.read_bytes()
    TlsFiles(tmp_path, names=["new.example"]).ensure()
    assert files.certificate.read_bytes() != first


def test_context_refuses_old_tls(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path)
    assert files.context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert len(files.thumbprint.split(":")) == 20

"""TLS for the vendors' HTTPS ports: a certificate authority of this data directory, and a server certificate from it."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFETIME: Final = timedelta(days=3650)
SERVER_LIFETIME: Final = timedelta(days=397)
"""What browsers accept at most is 398 days."""
RENEW_BEFORE: Final = timedelta(days=30)
BACKDATED: Final = timedelta(days=1)


class TlsFiles:
    """The PEM files under *directory*, made or renewed at first use.

    The server certificate is for localhost, 127.0.0.1, ::1, this machine's host name, and *names* (host names or IP addresses).
    """

    def __init__(self, directory: Path, *, names: Sequence[str] = ()) -> None:
        self._directory = directory
        self._names = list(dict.fromkeys(["localhost", "127.0.0.1", "::1", socket.gethostname(), *names]))

    @property
    def ca(self) -> Path:
        """The authority's certificate: what clients may be told to trust.  It exists after `ensure`."""
        return self._directory / "ca.pem"

    @property
    def certificate(self) -> Path:
        """The server's certificate, followed by the authority's."""
        return self._directory / "server.pem"

    @property
    def key(self) -> Path:
        """The server's private key, mode 0600."""
        return self._directory / "server.key"

    @property
    def thumbprint(self) -> str:
        """SHA-1 of the server certificate as vSphere clients write it: upper-case pairs with colons."""
        self.ensure()
        der = x509.load_pem_x509_certificate(self.certificate.read_bytes()).public_bytes(serialization.Encoding.DER)
        return hashlib.sha1(der, usedforsecurity=False).digest().hex(":").upper()

    def ensure(self, now: datetime | None = None) -> None:
        """Make what is missing, for other names, damaged, or expires within 30 days."""
        moment = now or datetime.now(UTC)
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = _load(self.ca, self._directory / "ca.key")
        if authority is None or _expires_soon(authority[0], moment):
            authority = _make_authority(moment)
            _save(self._directory / "ca.key", _key_pem(authority[1]))
            _save(self.ca, _certificate_pem(authority[0]))
        server = _load(self.certificate, self.key)
        if server is None or _expires_soon(server[0], moment) or not _fits(server[0], self._names, authority[0]):
            certificate, key = _make_server(self._names, authority, moment)
            _save(self.key, _key_pem(key))
            _save(self.certificate, _certificate_pem(certificate) + _certificate_pem(authority[0]))

    @cached_property
    def context(self) -> ssl.SSLContext:
        """The server side, TLS 1.2 or newer; made once."""
        self.ensure()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        return context


Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _load(certificate: Path, key: Path) -> Pair | None:
    """The pair in those files; None when a file is missing or damaged, or they don't belong together."""
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != found.public_key():
        return None
    return found, private


def _expires_soon(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_after_utc - now < RENEW_BEFORE


def _fits(certificate: x509.Certificate, names: Sequence[str], authority: x509.Certificate) -> bool:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(found) == set(_alternative_names(names)) and certificate.issuer == authority.subject


def _make_authority(now: datetime) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    # A number in the name keeps a browser from mixing up the authorities of two data directories.
    name = _name(f"dc-sim local CA {x509.random_serial_number() % 10**8:08d}")
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(name, name, key, now, CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return builder.sign(key, hashes.SHA256()), key


def _make_server(names: Sequence[str], authority: Pair, now: datetime) -> Pair:
    issuer, issuer_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_name("localhost"), issuer.subject, key, now, SERVER_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(names)), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256()), key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dc-sim")])


def _alternative_names(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_alternative_name(name) for name in names]


def _alternative_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _save(file: Path, content: bytes) -> None:
    """Replace *file* in one step; keys are private from the beginning, certificates readable."""
    mode = 0o600 if file.suffix == ".key" else 0o644
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    temporary.replace(file)

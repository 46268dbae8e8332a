"""SSH keys and certificates: how they are made, and how they are told apart."""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from emulators.openstack.faults import Fault

BITS: Final = 2048
_YEARS: Final = timedelta(days=3650)
_USER_PRINCIPAL: Final = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_UTF8: Final = 0x0C


class Pair(NamedTuple):
    """A key pair as text; ``private`` is PEM."""

    private: str
    public: str
    fingerprint: str


def generate(key_type: str, user: str) -> Pair:
    """A new pair of ``ssh`` or ``x509`` keys; takes a good part of a second of CPU, so run it in a thread."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
    if key_type == "x509":
        public = _certificate(key, user)
        return Pair(private, public, fingerprint("x509", public))
    line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    public = f"{line} Generated-by-Nova"
    return Pair(private, public, fingerprint("ssh", public))


def fingerprint(key_type: str, public: str) -> str:
    """MD5 of an SSH key, SHA-1 of a certificate, in pairs of digits; raises Fault 400 for what is neither."""
    if key_type == "x509":
        return _pairs(_certificate_digest(public))
    try:
        serialization.load_ssh_public_key(public.encode())
        data = base64.b64decode(public.split(" ")[1])
    except (ValueError, IndexError, UnsupportedAlgorithm, binascii.Error) as error:
        raise Fault(400, "Keypair data is invalid: failed to generate fingerprint") from error
    return _pairs(hashlib.md5(data, usedforsecurity=False).hexdigest())


def _certificate_digest(pem: str) -> str:
    try:
        return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex()  # noqa: S303 - what nova shows
    except (ValueError, UnsupportedAlgorithm) as error:
        message = f"Keypair data is invalid: failed to generate X509 fingerprint. Error message: {error}"
        raise Fault(400, message) from error


def _pairs(digits: str) -> str:
    return ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def _certificate(key: rsa.RSAPrivateKey, user: str) -> str:
    """A certificate for logging in to Windows guests: its user principal name says who."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)])
    principal = f"{user}@localhost".encode()
    now = datetime.now(UTC)
    other = x509.OtherName(_USER_PRINCIPAL, bytes([_UTF8, len(principal)]) + principal)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + _YEARS)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([other]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()

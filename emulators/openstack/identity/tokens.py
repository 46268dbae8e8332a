"""Tokens: what Keystone has signed, so that nothing has to be stored for them.

A token is ``gAAAAA`` and, in URL-safe base64 without padding, an HMAC-SHA256 and the claims that it covers in msgpack.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

PREFIX: Final = "gAAAAA"
METHODS: Final = ("password", "token", "application_credential", "totp", "external", "oauth1", "mapped")
_MAC: Final = 32
_HEX_ID: Final = 32
_DIGITS: Final = frozenset("0123456789abcdef")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_HEX, _TEXT = b"x", b"t"


class Claims(msgspec.Struct, frozen=True, array_like=True):
    """What a token says.  Ids of 32 hexadecimal digits take 17 bytes (`packed`); times are microseconds since 1970.

    ``scope`` is one of "", "project", "domain", "system" and ``target`` the id of the first two's; ``via`` is the application
    credential (``methods`` says so) or else the trust that it was got with.
    """

    user: bytes
    generation: int
    methods: int
    scope: str
    target: bytes
    issued: int
    expires: int
    audit: bytes
    parent_audit: bytes = b""
    via: bytes = b""


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Claims).decode


def sign(key: bytes, claims: Claims) -> str:
    """The token."""
    data = _encode(claims)
    return PREFIX + _text(hmac.digest(key, data, hashlib.sha256) + data)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(key: bytes, token: str) -> Claims | None:
    """A token's claims; None when it was not signed with the key."""
    text = token.removeprefix(PREFIX)
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    mac, data = raw[:_MAC], raw[_MAC:]
    if PREFIX + _text(raw) != token or not hmac.compare_digest(mac, hmac.digest(key, data, hashlib.sha256)):
        return None
    return _decode(data)


def packed(uid: str) -> bytes:
    """An id as the claims have it: marked, and in half the bytes when it is hexadecimal; empty for none."""
    if len(uid) == _HEX_ID and _DIGITS.issuperset(uid):
        return _HEX + bytes.fromhex(uid)
    return _TEXT + uid.encode() if uid else b""


def unpacked(packed_id: bytes) -> str:
    """The id again."""
    mark, rest = packed_id[:1], packed_id[1:]
    return rest.hex() if mark == _HEX else rest.decode()


def bits(methods: tuple[str, ...]) -> int:
    """Methods as the claims have them."""
    return sum(1 << METHODS.index(method) for method in set(methods))


def methods_of(claims: Claims) -> tuple[str, ...]:
    """The methods that a token was got by."""
    return tuple(method for place, method in enumerate(METHODS) if claims.methods & 1 << place)


def micros(time: datetime) -> int:
    """A time as the claims have it."""
    return (time - _EPOCH) // _MICRO


def time_of(value: int) -> datetime:
    """The time again."""
    return _EPOCH + timedelta(microseconds=value)


def audit_text(audit: bytes) -> str:
    """An audit id as clients see it: 22 characters."""
    return _text(audit)

"""JSON Web Key Sets (RFC 7517) of Ed25519 keys (RFC 8037): ours as others read it, and another server's as we do."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from dcsim.errors import OperationalError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

log = structlog.get_logger(__name__)

FETCH_SECONDS: Final = 5.0
FRESH_SECONDS: Final = 300.0
"""A key that its server no longer lists is trusted no longer than that."""
AGAIN_SECONDS: Final = 5.0
"""Tokens with unknown keys make nobody ask more often than that."""
MAX_BYTES: Final = 64 * 1024


class Jwk(msgspec.Struct, frozen=True):
    """One public key."""

    kid: str = ""
    x: str = ""
    kty: str = "OKP"
    crv: str = "Ed25519"
    use: str = "sig"
    alg: str = "EdDSA"


class KeySet(msgspec.Struct, frozen=True):
    """The keys that a server signs with."""

    keys: tuple[Jwk, ...] = ()


class RemoteKeys:
    """The key set at a URL, read when it is needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._read_at = self._tried_at = -FRESH_SECONDS
        self._trouble = ""
        self._lock = asyncio.Lock()

    def get(self, key_id: str) -> Ed25519PublicKey | None:
        """The key of that id, as far as the set has been read."""
        return self._keys.get(key_id)

    async def refresh_for(self, key_id: str) -> None:
        """Read the set if the key is unknown or the set old.  Raises OperationalError when it has never been readable."""
        if self._needed(key_id):
            async with self._lock:
                if self._needed(key_id):  # nobody has read it while we waited
                    await self._read()
        if not self._keys and self._trouble:
            raise OperationalError(f"The key set {self._url} cannot be read ({self._trouble}), so tokens cannot be verified.")

    def _needed(self, key_id: str) -> bool:
        now = time.monotonic()
        known = key_id in self._keys and now - self._read_at < FRESH_SECONDS
        return not known and now - self._tried_at >= AGAIN_SECONDS

    async def _read(self) -> None:
        """Read the set; when that fails, the keys of the last time go on being used."""
        self._tried_at = time.monotonic()
        try:
            self._keys = _usable(await _fetch(self._url))
        except (OSError, ValueError) as error:  # ValueError: what came makes no sense
            self._trouble = str(error) or type(error).__name__
            log.warning("keyset.unreadable", url=self._url, reason=self._trouble)
        else:
            self._read_at, self._trouble = self._tried_at, ""


async def _fetch(url: str) -> KeySet:
    import aiohttp  # noqa: PLC0415 - only services apart from the gateway's data directory ask

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS)) as session,
            session.get(url, raise_for_status=True) as response,
        ):
            return msgspec.json.decode(await response.content.read(MAX_BYTES), type=KeySet)
    except aiohttp.ClientError as error:
        raise ConnectionError(str(error) or type(error).__name__) from error


def _usable(found: KeySet) -> dict[str, Ed25519PublicKey]:
    """The keys of the kind that we verify with; others are none of ours."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - slow to import

    return {
        key.kid: Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key.x + "=="))
        for key in found.keys
        if key.kid and (key.kty, key.crv, key.alg) == ("OKP", "Ed25519", "EdDSA")
    }


def jwk_of(key_id: str, public: bytes) -> Jwk:
    """An Ed25519 public key (32 bytes) as it stands in a set."""
    return Jwk(key_id, base64.urlsafe_b64encode(public).rstrip(b"=").decode())

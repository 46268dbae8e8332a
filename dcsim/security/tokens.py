"""Bearer tokens: JWTs signed with Ed25519, and what they let their bearer do."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets as randomness
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dcsim.errors import Unauthenticated
from dcsim.security.keysets import KeySet, RemoteKeys, jwk_of
from dcsim.security.secrets import Secrets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ISSUER: Final = "dcsim"
AUDIENCE: Final = "dcsim"
ALGORITHM: Final = "EdDSA"
KEY_NAME: Final = "token-key"
LEEWAY_SECONDS: Final = 10
DEFAULT_LIFETIME: Final = timedelta(hours=12)
MAX_LENGTH: Final = 8192
REMEMBERED: Final = 4096
"""Tokens whose signature need not be computed again."""
HEADER: Final = frozenset({"alg", "kid", "typ"})
"""What the header of our tokens has; nothing else (``jku``, ``jwk``, ``x5u``, ``crit`` ...) is ever looked at, or let in."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Who bears a token, and what for; ``admin`` among the scopes stands for every scope.

    ``session`` is the login, or the API token, that it was issued for; ending that ends the token at the gateway.
    """

    subject: str
    scopes: frozenset[str]
    expires: datetime
    token_id: str = ""
    session: str = ""
    issued: datetime | None = None

    def allows(self, scope: str) -> bool:
        """Whether the bearer may do what *scope* names (``sim:read``, ``sim:write`` ...)."""
        return scope in self.scopes or "admin" in self.scopes


class Tokens:
    """Issues and verifies the tokens of one data directory.  Token times are the wall's: they guard real access.

    With *jwks_url*, tokens signed by the keys of that set are verified as well, by `verified`.
    """

    def __init__(self, secrets: Secrets, *, jwks_url: str | None = None) -> None:
        self._secrets = secrets
        self._remote = RemoteKeys(jwks_url) if jwks_url else None
        self._loaded: tuple[Ed25519PrivateKey, str] | None = None
        self._remembered: dict[str, tuple[float, Claims]] = {}

    def issue(
        self,
        subject: str,
        *,
        scopes: Sequence[str],
        lifetime: timedelta = DEFAULT_LIFETIME,
        now: datetime | None = None,
        session: str = "",
    ) -> str:
        """A token for *subject* that expires after *lifetime*."""
        import jwt  # noqa: PLC0415 - slow to import, and not needed until someone asks

        key, key_id = self._key()
        issued = now or datetime.now(UTC)
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": issued, "exp": issued + lifetime, "scope": " ".join(scopes)}
        claims["jti"] = randomness.token_urlsafe(12)
        return jwt.encode(claims | ({"sid": session} if session else {}), key, algorithm=ALGORITHM, headers={"kid": key_id})

    async def verified(self, token: str) -> Claims:
        """As `verify`, after reading the set of keys at ``security.jwks_url`` where that is needed.

        Raises OperationalError as well, when the set cannot be read.
        """
        if self._remote is not None and self._recalled(token) is None:
            key_id = str(_header(token).get("kid"))
            if key_id != self._key()[1]:
                await self._remote.refresh_for(key_id)
        return self.verify(token)

    def verify(self, token: str) -> Claims:
        """The claims of *token*.  Raises Unauthenticated when it is not ours, expired, or for something else."""
        if (recalled := self._recalled(token)) is not None:
            return recalled
        header = _header(token)
        key = self._public(str(header.get("kid")))
        if not header.keys() <= HEADER or header.get("alg") != ALGORITHM:
            raise Unauthenticated("The token is not valid.")
        claims = _claims(token, key)
        self._remember(token, claims)
        return claims

    def key_set(self) -> KeySet:
        """The public key that our tokens are signed with."""
        key, key_id = self._key()
        return KeySet((jwk_of(key_id, key.public_key().public_bytes_raw()),))

    def _recalled(self, token: str) -> Claims | None:
        until, claims = self._remembered.get(token, (0.0, None))
        return claims if time.time() < until else None

    def _remember(self, token: str, claims: Claims) -> None:
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        # Tokens by other keys are looked at again after a minute: their server may have withdrawn the key.
        until = claims.expires.timestamp() + LEEWAY_SECONDS
        self._remembered[token] = (until if self._remote is None else min(until, time.time() + 60), claims)

    def _public(self, key_id: str) -> Ed25519PublicKey:
        key, own = self._key()
        if key_id == own:
            return key.public_key()
        found = self._remote.get(key_id) if self._remote is not None else None
        if found is None:
            raise Unauthenticated("The token was signed with a key that is not in use; get a new one with `dcsim token issue`.")
        return found

    def _key(self) -> tuple[Ed25519PrivateKey, str]:
        """The signing key and its id, made at first use."""
        if self._loaded is None:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - see `issue`

            seed = self._secrets.value(KEY_NAME, lambda: Ed25519PrivateKey.generate().private_bytes_raw().hex())
            key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
            self._loaded = key, hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
        return self._loaded


def _header(token: str) -> dict[str, Any]:
    """The header of what may be a token.  Raises Unauthenticated.

    base64 can write the same bytes in several ways; only the one that its signer wrote is let in.
    """
    segments = token.split(".")
    try:
        if len(token) > MAX_LENGTH or len(segments) != 3 or not all(_canonical(segment) for segment in segments):  # noqa: PLR2004
            raise Unauthenticated("The token is not valid.")
        return msgspec.json.decode(_decoded(segments[0]), type=dict[str, Any])
    except (binascii.Error, ValueError) as error:
        raise Unauthenticated("The token is not valid.") from error


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _canonical(segment: str) -> bool:
    return base64.urlsafe_b64encode(_decoded(segment)).rstrip(b"=").decode() == segment


def _claims(token: str, key: Ed25519PublicKey) -> Claims:
    import jwt  # noqa: PLC0415 - see `Tokens.issue`

    try:
        found: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "sub", "iss", "aud"]},
        )
        return Claims(
            subject=str(found["sub"]),
            scopes=frozenset(str(found.get("scope", "")).split()),
            expires=datetime.fromtimestamp(found["exp"], UTC),
            token_id=str(found.get("jti", "")),
            session=str(found.get("sid", "")),
            issued=datetime.fromtimestamp(found["iat"], UTC),
        )
    except jwt.ExpiredSignatureError as error:
        raise Unauthenticated("The token has expired; get a new one with `dcsim token issue`.") from error
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError) as error:
        raise Unauthenticated("The token is not valid.") from error

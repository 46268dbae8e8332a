"""Bearer tokens: JWTs signed with Ed25519, and what they let their bearer do."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dcsim.errors import Unauthenticated
from dcsim.security.secrets import Secrets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ISSUER: Final = "dcsim"
AUDIENCE: Final = "dcsim"
ALGORITHM: Final = "EdDSA"
KEY_NAME: Final = "token-key"
LEEWAY_SECONDS: Final = 10
DEFAULT_LIFETIME: Final = timedelta(hours=12)


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Who bears a token, and what for; ``admin`` among the scopes stands for every scope."""

    subject: str
    scopes: frozenset[str]
    expires: datetime
    token_id: str = ""

    def allows(self, scope: str) -> bool:
        """Whether the bearer may do what *scope* names (``sim:read``, ``sim:write`` ...)."""
        return scope in self.scopes or "admin" in self.scopes


class Tokens:
    """Issues and verifies the tokens of one data directory.  Token times are the wall's: they guard real access."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._loaded: tuple[Ed25519PrivateKey, str] | None = None

    def issue(self, subject: str, *, scopes: Sequence[str], lifetime: timedelta = DEFAULT_LIFETIME, now: datetime | None = None) -> str:
        """A token for *subject* that expires after *lifetime*."""
        import jwt  # noqa: PLC0415 - slow to import, and not needed until someone asks

        key, key_id = self._key()
        issued = now or datetime.now(UTC)
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": issued, "exp": issued + lifetime, "scope": " ".join(scopes)}
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_id})

    def verify(self, token: str) -> Claims:
        """The claims of *token*.  Raises Unauthenticated when it is not ours, expired, or for something else."""
        import jwt  # noqa: PLC0415 - see `issue`

        key, key_id = self._key()
        try:
            if jwt.get_unverified_header(token).get("kid") != key_id:
                raise Unauthenticated("The token was signed with a key that is not in use; get a new one with `dcsim token issue`.")
            found: dict[str, Any] = jwt.decode(
                token,
                key.public_key(),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "iss", "aud"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("The token has expired; get a new one with `dcsim token issue`.") from error
        except jwt.InvalidTokenError as error:
            raise Unauthenticated("The token is not valid.") from error
        expires = datetime.fromtimestamp(found["exp"], UTC)
        return Claims(subject=found["sub"], scopes=frozenset(str(found.get("scope", "")).split()), expires=expires)

    def _key(self) -> tuple[Ed25519PrivateKey, str]:
        """The signing key and its id, made at first use."""
        if self._loaded is None:
            from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - see `issue`
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

            seed = self._secrets.value(KEY_NAME, lambda: Ed25519PrivateKey.generate().private_bytes_raw().hex())
            key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
            public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            self._loaded = key, hashlib.sha256(public).hexdigest()[:16]
        return self._loaded

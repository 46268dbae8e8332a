"""Secrets that must be given back in the clear (EC2 keys, guests' passwords), as the journal may have them: encrypted."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from cryptography.fernet import Fernet

from emulators.openstack.cloud import Cloud

SECRET: Final = "openstack-credential-key"  # noqa: S105 - the secret's name


class Sealing:
    """Encrypts with a key of the data directory.  ``cloud.part(Sealing, cloud)`` is the one of the cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._key = cloud.context.secrets.value(SECRET, lambda: Fernet.generate_key().decode()).encode()
        self._fernet = Fernet(self._key)

    def seal(self, text: str) -> str:
        """The text, encrypted."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again."""
        return self._fernet.decrypt(sealed.encode()).decode()

    def derived(self, text: str) -> bytes:
        """32 bytes that are always the same for a text, and that nobody knows who has not the key."""
        return hmac.digest(self._key, text.encode(), hashlib.sha256)

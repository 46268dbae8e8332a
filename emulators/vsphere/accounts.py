"""Who may log in: user names with the hashes of their passwords."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from dcsim.clock import Clock
from dcsim.security.passwords import hash_password, verify_password

REMEMBERED: Final = timedelta(minutes=5)
"""How long, by the wall's clock, a verified password needs no second hashing."""
_MOST_REMEMBERED: Final = 256


class Account(msgspec.Struct, frozen=True):
    """A user of vCenter Single Sign-On."""

    user: str
    domain: str

    @property
    def principal(self) -> str:
        """As sessions and events show it: ``VSPHERE.LOCAL\\Administrator``."""
        return f"{self.domain.upper()}\\{self.user}"

    @property
    def full_name(self) -> str:
        """The name for people."""
        return f"{self.user} {self.domain}"

    @classmethod
    def parse(cls, name: str, default_domain: str = "vsphere.local") -> Account:
        """An account from what people type: ``administrator@vsphere.local``, ``VSPHERE.LOCAL\\Administrator``, ``administrator``."""
        if "\\" in name:
            domain, _, user = name.partition("\\")
        else:
            user, _, domain = name.rpartition("@") if "@" in name else (name, "", default_domain)
        return cls(user[:1].upper() + user[1:].lower(), domain.lower())


class Accounts:
    """Checks names and passwords; the work is the same whether the user exists or not."""

    def __init__(self, clock: Clock, hashes: Mapping[str, str]) -> None:
        """``hashes``: user name (``administrator@vsphere.local``) → argon2id hash."""
        self._clock = clock
        self._hashes = {Account.parse(name): stored for name, stored in hashes.items()}
        self._secret = secrets.token_bytes(32)
        self._verified: dict[bytes, datetime] = {}

    @classmethod
    async def of_passwords(cls, clock: Clock, passwords: Mapping[str, str]) -> Accounts:
        """From passwords in the clear, as the secret store has them."""
        return cls(clock, {name: await hash_password(password) for name, password in passwords.items()})

    def find(self, name: str) -> Account | None:
        """The account of that name, if there is one."""
        account = Account.parse(name)
        return account if account in self._hashes else None

    async def check(self, name: str, password: str) -> Account | None:
        """The account, when the password is its own.  A password that was right a moment ago costs one HMAC instead of a hash."""
        account = Account.parse(name)
        stored = self._hashes.get(account)
        token = hmac.digest(self._secret, f"{account.principal}\0{stored}\0{password}".encode(errors="surrogatepass"), hashlib.sha256)
        if self._verified.get(token, datetime.min.replace(tzinfo=self._clock.wall().tzinfo)) > self._clock.wall():
            return account
        if not await verify_password(stored, password):
            return None
        if len(self._verified) >= _MOST_REMEMBERED:
            self._verified.clear()
        self._verified[token] = self._clock.wall() + REMEMBERED
        return account

"""Who may log in to a domain and what they may do: the administrator, and the local users that configuration has.

A user's password is kept as an argon2id hash beside its ``aaaUser``; until it is changed, the administrator's is the data directory's.
What a user may write is what the privileges of its roles and the metadata's access lists have in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcsim.security.passwords import same_secret, verify_password
from emulators.ucs import records
from emulators.ucs.config.accounts import SEALED
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema import naming
from emulators.world.state import WorldState

HOME: Final = "sys/user-ext"
READ_ONLY: Final = "read-only"
"""The privilege that everybody has, and that lets nobody write."""


class Users:
    """The users of one domain; ``passwords`` are those that it began with, in the clear."""

    def __init__(self, state: WorldState, domain: str, passwords: Mapping[str, str]) -> None:
        self._state = state
        self._domain = domain
        self._passwords = passwords

    async def knows(self, user: str, password: str) -> bool:
        """Whether that is the password of a user whose account is active."""
        record = self._record(user)
        if record is None or record.props.get("accountStatus") == "inactive":
            return False
        if record.props.get(SEALED):
            return await verify_password(record.props[SEALED], password)
        return user in self._passwords and same_secret(self._passwords[user], password)

    def privileges(self, user: str) -> frozenset[str]:
        """What a user's roles allow."""
        children = records.children(self._state, self._domain, f"{HOME}/user-{user}") if self._record(user) is not None else []
        roles = [self._role(child.name.removeprefix("role-")) for child in children if child.class_id == "aaaUserRole"]
        allowed = ",".join(role.props.get("priv", "") for role in roles if role is not None)
        return frozenset({READ_ONLY, *filter(None, allowed.split(","))})

    def _record(self, user: str) -> ConfigMo | None:
        dn = f"{HOME}/user-{user}"
        return records.find(self._state, self._domain, dn) if naming.divide(dn)[0] == HOME else None

    def _role(self, name: str) -> ConfigMo | None:
        return records.find(self._state, self._domain, f"{HOME}/role-{name}")

"""Local users: their passwords are kept as hashes only, and must be strong while the domain says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from emulators.ucs.config.hooks import guards
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal
from emulators.ucs.schema import naming
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision

SEALED: Final = "_pwd"
"""The property of an ``aaaUser``'s record that holds the password's hash; no client sees it."""
SHORTEST: Final = 8
KINDS: Final = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
KINDS_NEEDED: Final = 3
_REPEATED: Final = re.compile(r"(.)\1{3}")


class ChangePassword(Command, frozen=True, kw_only=True, tag="ucs.change_password"):
    """A user has another password: ``sealed`` is its hash."""

    domain: str
    user: str
    sealed: str


@decides(ChangePassword)
def change_password(decision: Decision, command: ChangePassword) -> None:
    """It holds from the next login on."""
    tx = Transaction.of(decision, command.domain)
    user = tx.get(f"sys/user-ext/user-{command.user}")
    tx.set(user, {SEALED: command.sealed, "pwdSet": "yes"})


def seal(tx: Transaction, dn: str, props: dict[str, str], sealed: Mapping[str, str]) -> dict[str, str]:
    """A user's properties with the hash (``sealed`` has it by password) in the place of the password; a Refusal (100) for a weak one."""
    if not props.get("pwd"):
        return props
    require_strength(tx, naming.divide(dn)[1].removeprefix("user-"), props["pwd"])
    kept = {name: value for name, value in props.items() if name != "pwd"}
    return {**kept, SEALED: sealed.get(props["pwd"], ""), "pwdSet": "yes"}


def require_strength(tx: Transaction, user: str, password: str) -> None:
    """Refuse (100) what UCS Manager calls weak, unless its check is switched off."""
    settings = tx.find("sys/user-ext")
    if settings is not None and settings.props.get("pwdStrengthCheck") in {"no", "false"}:
        return
    weakness = weakness_of(user, password)
    if weakness:
        raise Refusal(100, f"Password strength check: {weakness}")


def weakness_of(user: str, password: str) -> str:
    """What is wrong with a password, as a sentence; empty for a strong one."""
    if len(password) < SHORTEST:
        return f"the password must have at least {SHORTEST} characters"
    if sum(re.search(kind, password) is not None for kind in KINDS) < KINDS_NEEDED:
        return "the password must have three of lower case letters, upper case letters, digits and special characters"
    if user.lower() in {password.lower(), password.lower()[::-1]}:
        return "the password must not be the user name or its reverse"
    return "the password must not have a character more than three times in a row" if _REPEATED.search(password) else ""


@guards("aaaUser")
def keep_administrator(_tx: Transaction, user: ConfigMo) -> None:
    """The administrator stays."""
    if user.dn == "sys/user-ext/user-admin":
        raise Refusal(105, f"{user.dn} cannot be deleted.")

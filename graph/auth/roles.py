"""Roles, and the scopes that each has: every role may do what the one before it may."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, Literal

Role = Literal["viewer", "operator", "approver", "admin"]

SERVICES: Final = ("gateway", "sim", "cmdb", "itsm", "patch", "drift")
DECIDED: Final = ("itsm", "patch", "drift")
"""Services that let people approve what others ask for."""
_READ = tuple(f"{service}:read" for service in SERVICES)
_WRITE = tuple(f"{service}:write" for service in SERVICES)
_APPROVE = tuple(f"{service}:approve" for service in DECIDED)

ROLES: Final[dict[Role, tuple[str, ...]]] = {
    "viewer": _READ,
    "operator": (*_READ, *_WRITE),
    "approver": (*_READ, *_WRITE, *_APPROVE),
    "admin": ("admin",),
}
"""``admin`` as a scope stands for every scope, and for the management of accounts."""
SCOPES: Final = frozenset((*_READ, *_WRITE, *_APPROVE, "admin"))


def granted(wanted: Iterable[str], held: Collection[str]) -> tuple[str, ...]:
    """Of the scopes *wanted*, those that whoever has *held* may give away."""
    return tuple(scope for scope in wanted if scope in held or "admin" in held)

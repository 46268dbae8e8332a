"""CIs and relations for the contract, in as few words as their meaning needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cmdb.model import Ci, Claim, Relation, Value

T0 = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def ci(uid: str, cls: str = "VirtualMachine", *, name: str = "", version: int = 1, minutes: int = 0, **attributes: Value) -> Ci:
    """Return a CI that the engine has told of."""
    at = T0 + timedelta(minutes=minutes)
    claim = Claim(f"key-of-{uid}", version, attributes)
    return Ci(uid=uid, cls=cls, name=name or uid, attributes=attributes, sources={"engine": claim}, created=T0, changed=at, version=version)


def runs_on(vm: str, host: str, **properties: Value) -> Relation:
    """Return the relation between a VM and its host."""
    return Relation(vm, "RUNS_ON", host, properties, ("engine",))


def sparse(n: int) -> dict[str, Any]:
    """Return attributes that not every CI has."""
    return ({"cpus": n % 4} if n % 7 else {}) | ({"power": "on"} if n % 2 else {})

"""A small graph whose texts are as bad as texts come."""

from __future__ import annotations

from datetime import UTC, datetime

from cmdb.model import Ci, Claim, Relation, Value

T0 = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
NASTY = '=HYPERLINK("x")\\u0027 \' \\ <b>&amp;\r\n\t\x01 {{ 7*7 }} \u2028 \U0001f600; \\'


def ci(uid: str, cls: str = "VirtualMachine", name: str = "", tags: tuple[str, ...] = (), **attributes: Value) -> Ci:
    """Return a CI that the engine tells of."""
    claim = Claim(f"key-{uid}", 1, attributes)
    return Ci(uid=uid, cls=cls, name=name or uid, attributes=attributes, sources={"engine": claim}, tags=tags, created=T0, changed=T0)


CIS = [
    ci("app", "Application", criticality=1),
    ci("host", "Hypervisor", connection="connected", cpu_mhz=1 << 40),
    ci("vm-1", name=NASTY, tags=("env:prod", NASTY), annotation=NASTY, addresses=("10.0.0.1", NASTY), template=False, cpus=2),
    ci("vm-2", name="-2+3", description="@cmd", power="off"),
]
RELATIONS = [
    Relation("app", "NEEDS", "vm-1", {"tier": "web", "needed": 1, "not an `identifier\\u0060": NASTY}, ("engine",)),
    Relation("app", "NEEDS", "vm-2", {"tier": "db", "needed": 1}, ("engine", "person")),
    Relation("vm-1", "RUNS_ON", "host", {}, ("engine",)),
    Relation("vm-1", "MADE_FROM", "vm-2", {}, ("engine",)),
]

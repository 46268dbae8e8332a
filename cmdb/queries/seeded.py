"""Queries that come with dc-sim.  Each is exact: it answers what its description says, no more and no less."""

from __future__ import annotations

from typing import Final

from cmdb.queries.shapes import Condition, ListQuestion, Related, SavedQuery
from dcsim.comparison import Op

OWNER: Final = "dc-sim"
BIG: Final = 100 << 30
_IN_USE: Final = Condition("template", Op.NE, value=True)


def _query(name: str, description: str, question: ListQuestion) -> SavedQuery:
    return SavedQuery(name=name, owner=OWNER, description=description, shared=True, question=question)


SEEDED: Final = (
    _query(
        "broken-hardware",
        "Hardware that reports itself inoperable.",
        ListQuestion(cls="Hardware", filters=[Condition("operable", Op.EQ, value=False)], columns=["name", "cls", "site", "dn", "serial"]),
    ),
    _query(
        "hosts-without-ha",
        "Hypervisors that are in no cluster with HA: their VMs stay down when they fail.",
        ListQuestion(
            cls="Hypervisor",
            related=[Related(type="MEMBER_OF", cls="Cluster", filters=[Condition("ha_enabled", Op.EQ, value=True)], exists=False)],
            columns=["name", "site", "owner"],
        ),
    ),
    _query(
        "off-with-big-disks",
        "VMs that are off and have a disk of 100 GiB or more.",
        ListQuestion(
            cls="VirtualMachine",
            filters=[Condition("power", Op.EQ, "off"), _IN_USE],
            related=[Related(type="USES", cls="Disk", filters=[Condition("capacity_bytes", Op.GE, BIG)])],
            columns=["name", "site", "owner", "project"],
        ),
    ),
    _query(
        "vms-of-nobody",
        "VMs that no team or project owns and no application needs.",
        ListQuestion(
            cls="VirtualMachine",
            filters=[_IN_USE],
            related=[Related(type="OWNED_BY", exists=False), Related(type="NEEDS", direction="in", exists=False)],
            columns=["name", "site", "power"],
        ),
    ),
    _query(
        "vms-on-lost-hosts",
        "VMs on hypervisors that are not connected.",
        ListQuestion(
            cls="VirtualMachine",
            related=[Related(type="RUNS_ON", cls="Hypervisor", filters=[Condition("connection", Op.NE, "connected")])],
            columns=["name", "site", "power"],
        ),
    ),
)

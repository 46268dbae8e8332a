"""Faults of the world about configuration objects, in UCS Manager's codes: profiles that cannot be associated, empty pools."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulators.ucs import records
from emulators.ucs.mit.declare import Made, anchor, live
from emulators.ucs.mit.view import View, stamp
from emulators.ucs.projection.faults import fault_id, fault_mark
from emulators.ucs.records import ConfigMo
from emulators.world.model import Fault
from emulators.world.state import WorldState


class Told(NamedTuple):
    """How UCS Manager calls a problem: code, cause, rule, type."""

    code: str
    cause: str
    rule: str
    kind: str = "configuration"


_OTHER: Final = Told("F0327", "configuration-failure", "ls-server-config-failure")
_TOLD: Final[dict[str, Told]] = {
    "service-profile-configuration-failed": _OTHER,
    "service-profile-association-failed": Told("F0324", "server-failed", "ls-server-failed", "server"),
    "named-network-unresolved": Told("F0169", "configuration-failed", "vnic-ether-config-failed"),
    "server-pool-empty": Told("F0463", "empty-pool", "compute-pool-empty", "server"),
}
_POOLS: Final[dict[str, Told]] = {
    "uuidpoolPool": Told("F0464", "empty-pool", "uuidpool-pool-empty", "server"),
    "ippoolPool": Told("F0465", "empty-pool", "ippool-pool-empty", "server"),
    "macpoolPool": Told("F0466", "empty-pool", "macpool-pool-empty", "network"),
    "fcpoolInitiators": Told("F0476", "empty-pool", "fcpool-initiators-empty", "server"),
}


def told(fault: Fault, record: ConfigMo) -> Told:
    """The problem of a record in UCS Manager's words."""
    if fault.code == "identity-pool-empty":
        return _POOLS.get(record.class_id, _OTHER)
    return _TOLD.get(fault.code, _OTHER)


@anchor(Fault)
def fault_place(state: WorldState, fault: Fault) -> tuple[str, str] | None:
    """Under the object that has it; the hardware's faults come from its state."""
    record = state.find(fault.subject)
    if not isinstance(record, ConfigMo) or record.overrides:
        return None
    return record.domain, f"{record.dn}/fault-{told(fault, record).code}"


@live("faultInst", Fault)
def configuration_fault(view: View, fault: Fault) -> Made:
    """A problem of a configuration object."""
    record = view.state.find(fault.subject)
    if not isinstance(record, ConfigMo):
        return
    how, dn = told(fault, record), view.dn(fault)
    number = fault_id(record.domain, dn, fault.created)
    yield (
        dn,
        {
            "ack": "yes" if records.find(view.state, record.domain, fault_mark(number)) is not None else "no",
            "cause": how.cause,
            "code": how.code,
            "created": stamp(fault.created),
            "descr": fault.description[:384],
            "highestSeverity": fault.severity,
            "id": number,
            "lastTransition": stamp(fault.created),
            "occur": "1",
            "origSeverity": fault.severity,
            "prevSeverity": fault.severity,
            "rule": how.rule,
            "severity": fault.severity,
            "tags": "server",
            "type": how.kind,
        },
    )

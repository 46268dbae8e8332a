"""Faults of configuration objects: what is wrong with profiles, their interfaces, and the pools that they draw from."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulators.ucs.config import problems
from emulators.ucs.mit.declare import Made, live
from emulators.ucs.mit.view import View
from emulators.ucs.projection.faults import Condition, faults_of
from emulators.ucs.records import ConfigMo
from emulators.world.model import Fault


class _Words(NamedTuple):
    code: str
    cause: str
    rule: str
    kind: str


WORDS: Final[dict[tuple[str, str], _Words]] = {
    ("lsServer", problems.CONFIGURATION_FAILED.code): _Words("F0327", "config-error", "ls-server-config-failure", "server"),
    ("lsServer", problems.ASSOCIATION_FAILED.code): _Words(
        "F0337", "assignment-failed", "ls-compute-binding-assignment-requirements-not-met", "server"
    ),
    ("vnicEther", problems.UNRESOLVED_NETWORK.code): _Words("F0169", "configuration-failed", "vnic-ether-config-failed", "configuration"),
    ("vnicFc", problems.UNRESOLVED_NETWORK.code): _Words("F0170", "configuration-failed", "vnic-fc-config-failed", "configuration"),
    ("computePool", problems.SERVER_POOL_EMPTY.code): _Words("F0463", "empty-pool", "compute-pool-empty", "configuration"),
    ("uuidpoolPool", problems.POOL_EMPTY.code): _Words("F0464", "empty-pool", "uuidpool-pool-empty", "configuration"),
    ("macpoolPool", problems.POOL_EMPTY.code): _Words("F0466", "empty-pool", "macpool-pool-empty", "configuration"),
    ("ippoolPool", problems.POOL_EMPTY.code): _Words("F0821", "empty-pool", "ippool-pool-empty", "configuration"),
    ("fcpoolInitiators", problems.POOL_EMPTY.code): _Words("F0476", "empty-pool", "fcpool-initiators-empty", "configuration"),
}
"""UCS Manager's code, cause, rule and type for the problems of each class."""


def _faults(view: View, record: ConfigMo) -> Made:
    """The object's faults."""
    found = view.state.where(Fault, "subject", record.uid)
    words = ((fault, WORDS.get((record.class_id, fault.code))) for fault in found)
    conditions = (
        Condition(one.code, one.cause, one.rule, fault.severity, one.kind, fault.description) for fault, one in words if one is not None
    )
    return faults_of(view, record, conditions)


for _class_id in dict.fromkeys(class_id for class_id, _ in WORDS):
    live("faultInst", ConfigMo, of=_class_id)(_faults)

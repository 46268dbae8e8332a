"""Problems of configuration as faults of the world, raised while they last."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.world.decisions.components import clear_faults, raise_fault
from emulators.world.model import Fault


class Problem(NamedTuple):
    """A kind of problem: the code of its faults, how severe they are."""

    code: str
    severity: str


CONFIGURATION_FAILED: Final = Problem("service-profile-configuration-failed", "major")
ASSOCIATION_FAILED: Final = Problem("service-profile-association-failed", "critical")
POOL_EMPTY: Final = Problem("identity-pool-empty", "minor")
SERVER_POOL_EMPTY: Final = Problem("server-pool-empty", "minor")
UNRESOLVED_NETWORK: Final = Problem("named-network-unresolved", "warning")


def report(tx: Transaction, record: ConfigMo, problem: Problem, description: str) -> None:
    """The object has the problem, described so, or (an empty description) has it no more."""
    present = [fault for fault in tx.state.where(Fault, "subject", record.uid) if fault.code == problem.code]
    if any(fault.description == description for fault in present):
        return
    clear_faults(tx.decision, record, problem.code)
    if description:
        raise_fault(tx.decision, record, problem.code, problem.severity, description)


def forget(tx: Transaction, record: ConfigMo) -> None:
    """The object goes, and its problems with it."""
    for fault in tx.state.where(Fault, "subject", record.uid):
        clear_faults(tx.decision, record, fault.code)

"""Files for Cisco's support: ordered by an object, ready after a while.  What is in them is ``emulators.ucs.backups``'."""

from __future__ import annotations

from typing import Final

from emulators.ucs.config.hooks import on_create, on_delete, on_set
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.mit.view import stamp
from emulators.ucs.records import ConfigMo
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.decisions import timers
from emulators.world.model import UcsDomain

SECONDS: Final = 60.0


class FinishTechSupport(Command, frozen=True, kw_only=True, tag="ucs.finish_tech_support"):
    """The file is ready."""

    domain: str
    dn: str


@on_create("sysdebugTechSupport")
def order(tx: Transaction, wanted: ConfigMo) -> None:
    """One that is started from the beginning is made at once."""
    act(tx, wanted, tx.value(wanted, "adminState"))


@on_set("sysdebugTechSupport", "adminState")
def act(tx: Transaction, wanted: ConfigMo, value: str) -> None:
    """``start`` makes the file, ``delete`` takes it away with its object."""
    if value == "start":
        timers.cancel(tx.decision, wanted.uid)
        name = wanted.props.get("name") or f"{wanted.props['creationTS']}_{tx.state.get(UcsDomain, tx.domain).name}_UCSM.tar"
        tx.set(wanted, name=name, operState="in-progress", switchId="A", ts=stamp(tx.decision.now))
        timers.later(tx.decision, wanted.uid, SECONDS, FinishTechSupport(domain=tx.domain, dn=wanted.dn))
    elif value == "delete":
        tx.remove(wanted.dn)


@decides(FinishTechSupport)
def finish(decision: Decision, command: FinishTechSupport) -> None:
    """The file can be fetched."""
    tx = Transaction(decision, command.domain)
    wanted = tx.find(command.dn)
    if wanted is not None:
        tx.set(wanted, adminState="created", operState="available", uri=f"/techsupport/{wanted.props['name']}")


@on_delete("sysdebugTechSupport")
def forget(tx: Transaction, wanted: ConfigMo) -> None:
    """What is under way ends."""
    timers.cancel(tx.decision, wanted.uid)

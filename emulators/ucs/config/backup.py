"""Backups as UCS Manager makes them: ordered by an object, ready after a while.  The document itself is ``emulators.ucs.backups``'."""

from __future__ import annotations

from typing import Final

from emulators.ucs.config.hooks import on_create, on_delete, on_set
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.mit.view import stamp
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import malformed
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.decisions import timers

SECONDS: Final = 20.0
LOCAL: Final = frozenset({"http", "none"})
"""Ways to get the file that need no other machine."""


class FinishBackup(Command, frozen=True, kw_only=True, tag="ucs.finish_backup"):
    """A backup is ready, or has failed."""

    domain: str
    dn: str


@on_create("mgmtBackup")
def order(tx: Transaction, backup: ConfigMo) -> None:
    """One that is enabled from the beginning is made at once."""
    start(tx, backup, tx.value(backup, "adminState"))


@on_set("mgmtBackup", "adminState")
def start(tx: Transaction, backup: ConfigMo, value: str) -> None:
    """Enabling one makes it."""
    timers.cancel(tx.decision, backup.uid)
    if value != "enabled":
        return
    if not backup.props.get("remoteFile"):
        raise malformed("missing property remoteFile, class mgmtBackup")
    tx.set(
        backup,
        backupstatus="in-progress",
        fsmRmtInvErrDescr="",
        fsmProgr="20",
        fsmStatus="backupBackupLocal",
        fsmStamp=stamp(tx.decision.now),
    )
    timers.later(tx.decision, backup.uid, SECONDS, FinishBackup(domain=tx.domain, dn=backup.dn))


@decides(FinishBackup)
def finish(decision: Decision, command: FinishBackup) -> None:
    """The backup is disabled again; one that should go to another machine has failed, because there is none."""
    tx = Transaction(decision, command.domain)
    backup = tx.find(command.dn)
    if backup is None:
        return
    proto = tx.value(backup, "proto")
    done = proto in LOCAL
    tx.set(
        backup,
        adminState="disabled",
        backupstatus="success" if done else "fail",
        fsmRmtInvErrDescr="" if done else f"{proto}: {backup.props.get('hostname', '')} does not answer",
        fsmPrev="backupSuccess" if done else "backupFail",
        fsmProgr="100",
        fsmStatus="nop",
    )


@on_delete("mgmtBackup")
def forget(tx: Transaction, backup: ConfigMo) -> None:
    """What is under way ends."""
    timers.cancel(tx.decision, backup.uid)

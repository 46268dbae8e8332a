"""Imports of configuration, as far as they go: a file must come from another machine, and none answers, so each ends in failure."""

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

SECONDS: Final = 10.0


class FinishImport(Command, frozen=True, kw_only=True, tag="ucs.finish_import"):
    """The file could not be had."""

    domain: str
    dn: str


@on_create("mgmtImporter")
def order(tx: Transaction, importer: ConfigMo) -> None:
    """One that is enabled from the beginning is tried at once."""
    start(tx, importer, tx.value(importer, "adminState"))


@on_set("mgmtImporter", "adminState")
def start(tx: Transaction, importer: ConfigMo, value: str) -> None:
    """Enabling one tries to fetch its file."""
    timers.cancel(tx.decision, importer.uid)
    if value != "enabled":
        return
    if not importer.props.get("remoteFile"):
        raise malformed("missing property remoteFile, class mgmtImporter")
    now = stamp(tx.decision.now)
    tx.set(importer, fsmRmtInvErrDescr="", fsmProgr="20", fsmStatus="importDownloadLocal", fsmStamp=now)
    timers.later(tx.decision, importer.uid, SECONDS, FinishImport(domain=tx.domain, dn=importer.dn))


@decides(FinishImport)
def finish(decision: Decision, command: FinishImport) -> None:
    """The importer is disabled again and has failed; the configuration is as it was."""
    tx = Transaction(decision, command.domain)
    importer = tx.find(command.dn)
    if importer is not None:
        reason = f"{tx.value(importer, 'proto')}: {importer.props.get('remoteFile', '')} cannot be fetched"
        tx.set(importer, adminState="disabled", fsmRmtInvErrDescr=reason, fsmPrev="importFail", fsmProgr="100", fsmStatus="nop")


@on_delete("mgmtImporter")
def forget(tx: Transaction, importer: ConfigMo) -> None:
    """What is under way ends."""
    timers.cancel(tx.decision, importer.uid)

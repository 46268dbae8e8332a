"""Renaming a service profile: it and all under it move to another DN, and whoever means them follows."""

from __future__ import annotations

from emulators.ucs import records
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal, exists
from emulators.ucs.schema import naming
from emulators.ucs.schema.validation import check_properties
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.decisions.profiles import PROFILE_CHANGED
from emulators.world.decisions.records import RECORD_CHANGED
from emulators.world.model import ServiceProfile


class RenameMo(Command, frozen=True, kw_only=True, tag="ucs.rename"):
    """Give the service profile of a DN another name; its result is the new DN."""

    domain: str
    dn: str
    name: str


@decides(RenameMo)
def rename(decision: Decision, command: RenameMo) -> str:
    """Refused for what is no service profile, is on its way to a server, or a name that is taken."""
    tx = Transaction(decision, command.domain)
    profile = tx.find(command.dn)
    if profile is None:
        raise Refusal(102, f"configured object ({command.dn}) not found")
    if profile.class_id != "lsServer":
        raise Refusal(105, f"Objects of class:{profile.class_id} cannot be renamed")
    if profile.props.get("_machine"):
        raise Refusal(106, f"{profile.dn} is being associated; wait for it to end.")
    check_properties(tx.meta("lsServer"), {"name": command.name}, creating=True)
    dn = naming.join(naming.parent_of(profile.dn), f"ls-{command.name}")
    if tx.find(dn) is not None:
        raise exists(dn)
    _move(tx, profile, dn, command.name)
    _follow(tx, profile.dn, dn)
    tx.mark(dn)
    tx.settle()
    return dn


def _move(tx: Transaction, profile: ConfigMo, dn: str, name: str) -> None:
    for record in list(tx.subtree(profile.dn)):
        records.delete(tx.decision, record)
        moved = dn + record.dn[len(profile.dn) :]
        props = {**record.props, "name": name} if record.dn == profile.dn else record.props
        records.create(tx.decision, tx.domain, record.class_id, moved, props)
    for entity in tx.state.where(ServiceProfile, "dn", profile.dn):
        if entity.domain == tx.domain:
            tx.decision.update(PROFILE_CHANGED, entity, name=name, dn=dn)


def _follow(tx: Transaction, old: str, new: str) -> None:
    for record in tx.state.where(ConfigMo, "domain", tx.domain):
        changed = {key: new + value[len(old) :] for key, value in record.props.items() if value == old or value.startswith(f"{old}/")}
        if changed:
            tx.decision.update(RECORD_CHANGED, record, props={**record.props, **changed})

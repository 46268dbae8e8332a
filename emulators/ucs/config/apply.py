"""Making a client's changes: which objects they create, modify or delete, and every reason to refuse them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from emulators.ucs import records
from emulators.ucs.config import accounts, backup, bound, hardware, importing, network, ports, power, profiles, techsupport  # noqa: F401 - importing registers what objects mean
from emulators.ucs.config.changes import ConfigureMos, EstimateImpact, Impact, MoChange
from emulators.ucs.config.hooks import GUARDS, ON_SET
from emulators.ucs.config.initial import ALWAYS_THERE
from emulators.ucs.config.pools import blocks  # noqa: F401
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.mit.declare import BY_CLASS
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal, exists, malformed, missing
from emulators.ucs.schema import naming
from emulators.ucs.schema.defaults import defaults
from emulators.ucs.schema.metadata import ROOT, Access, ClassMeta
from emulators.ucs.schema.validation import check_properties, check_value
from emulators.world.commands import decides
from emulators.world.decide import Decision
from emulators.world.events import Updated

STATUSES: Final = frozenset({"created", "modified", "deleted", "removed", "replaced"})
"""What ``status`` may list."""
MAY_BE_MADE: Final = frozenset({"fabricEthLanEp", "fabricDceSwSrvEp"})
"""Classes of which the world has objects and users may make more: roles for ports without a cable."""
READ_ONLY: Final = frozenset({("read-only",), ("",), ()})
"""The access lists of classes that are nobody's to write."""


@decides(ConfigureMos)
def configure(decision: Decision, command: ConfigureMos) -> tuple[str, ...]:
    """All of it or nothing; answers the DNs of the changes."""
    applying = _Applying(Transaction(decision, command.domain, command.version), command.shown, command.sealed)
    found = applying.apply_all(command.changes)
    applying.tx.settle()
    return found


@decides(EstimateImpact)
def estimate(decision: Decision, command: EstimateImpact) -> Impact:
    """What the changes would set off; nothing is changed.  Refuses what ``ConfigureMos`` would."""
    found: list[Impact] = []

    def rehearsal() -> None:
        mark = len(decision.events)
        configure(decision, ConfigureMos(domain=command.domain, changes=command.changes, shown=command.shown, version=command.version))
        found.append(_impact(decision, mark))

    decision.rehearse(rehearsal)
    return found[0]


def _impact(decision: Decision, mark: int) -> Impact:
    """Which profiles the events since the ``mark``-th sent to a server, took from one, or made wait."""
    affected: dict[str, None] = {}
    waiting: dict[str, None] = {}
    for event in decision.events[mark:]:
        for change in event.changes:
            record = change.new if isinstance(change, Updated) else change.entity
            if isinstance(record, ConfigMo) and record.class_id == "lsServer" and record.props.get("_machine"):
                affected[record.dn] = None
            elif isinstance(record, ConfigMo) and record.class_id == "lsmaintAck":
                waiting[naming.parent_of(record.dn)] = None
    return Impact(tuple(affected), tuple(waiting))


class _Applying:
    """One client's changes on their way; ``shown`` and ``sealed`` as in ``ConfigureMos``."""

    def __init__(self, tx: Transaction, shown: Mapping[str, str], sealed: Mapping[str, str]) -> None:
        self.tx = tx
        self.shown = shown
        self.sealed = sealed

    def apply_all(self, changes: Sequence[MoChange]) -> tuple[str, ...]:
        """Make all changes, what stands in another of them after that; answers their DNs in the order given."""
        found: dict[int, str] = {}
        while len(found) < len(changes):
            ready = [place for place, change in enumerate(changes) if place not in found and self._has_place(change)]
            for place in ready or [place for place in range(len(changes)) if place not in found]:
                found[place] = self.apply(changes[place], "")
        return tuple(found[place] for place in range(len(changes)))

    def _has_place(self, change: MoChange) -> bool:
        return self.class_of(naming.parent_of(change.dn)) is not None

    def apply(self, change: MoChange, parent: str) -> str:
        """Make one change and those under it; answers its DN."""
        meta = self.tx.meta(change.class_id)
        dn = dn_of(meta, change, parent)
        status = _status(change)
        if status & {"deleted", "removed"}:
            self._delete(meta, dn)
            return dn
        present = self.class_of(dn)
        if present is None:
            if status == {"modified"}:
                raise not_found(dn)
            self._create(meta, dn, change)
        elif present != meta.id or (status == {"created"} and dn not in self.tx.made):  # clients name what they nest once more
            raise exists(dn)
        else:
            self._modify(meta, dn, change)
        for child in change.children:
            self.apply(child, dn)
        return dn

    def class_of(self, dn: str) -> str | None:
        """The class of the object of a DN; None when there is none."""
        if not dn:
            return ROOT
        record = records.find(self.tx.state, self.tx.domain, dn)
        return record.class_id if record is not None else self.shown.get(dn)

    # -- creating ----------------------------------------------------------------------------------------------------------------

    def _create(self, meta: ClassMeta, dn: str, change: MoChange) -> None:
        parent_dn = naming.divide(dn)[0]
        parent = self.class_of(parent_dn)
        if parent is None:
            raise not_found(dn)
        if not self._may_stand(meta, parent):
            raise Refusal(105, f"Cannot create non-creatable object of class:{meta.id} under {parent}")
        props = self._sealed(dn, meta, check_properties(meta, _said(meta, change.props), creating=True))
        bound.refuse_change(self.tx, dn, meta.id)
        self.tx.create(meta.id, dn, props)

    def _may_stand(self, meta: ClassMeta, parent: str) -> bool:
        made_by_world = meta.id in BY_CLASS and meta.id not in MAY_BE_MADE
        creatable = meta.is_writable and meta.privileges not in READ_ONLY and meta.id not in ALWAYS_THERE and not made_by_world
        return creatable and naming.is_parent(self.tx.meta(parent), meta)

    # -- modifying ---------------------------------------------------------------------------------------------------------------

    def _modify(self, meta: ClassMeta, dn: str, change: MoChange) -> None:
        record = self.tx.find(dn)
        if record is None:
            setting = self.tx.setting(dn)
            props = check_properties(meta, _news(meta, change.props, setting.props if setting is not None else {}), creating=False)
            if props:
                self.tx.override(meta.id, dn, props)
                self._run_setters(meta.id, dn, props)
            return
        props = self._sealed(dn, meta, check_properties(meta, _news(meta, change.props, record.props), creating=False))
        changed = {name: value for name, value in props.items() if self.tx.value(record, name) != value}
        if changed:
            bound.refuse_change(self.tx, dn, meta.id, changed)
            self.tx.set(record, changed)
        self._run_setters(meta.id, dn, props)

    def _sealed(self, dn: str, meta: ClassMeta, props: dict[str, str]) -> dict[str, str]:
        return accounts.seal(self.tx, dn, props, self.sealed) if meta.id == "aaaUser" else props

    def _run_setters(self, class_id: str, dn: str, props: Mapping[str, str]) -> None:
        for name, value in props.items():
            for setter in ON_SET.get((class_id, name), ()):
                record = records.find(self.tx.state, self.tx.domain, dn)
                if record is not None:
                    setter(self.tx, record, value)

    # -- deleting ----------------------------------------------------------------------------------------------------------------

    def _delete(self, meta: ClassMeta, dn: str) -> None:
        record = self.tx.find(dn)
        if record is None and dn in self.tx.gone:
            return  # it went with what it stood under
        if record is None and self.class_of(dn) is None:
            raise missing(dn, "delete")
        if record is None or meta.id in ALWAYS_THERE:
            raise Refusal(105, f"Cannot delete non-deletable object of class:{meta.id}, dn {dn}")
        if record.class_id != meta.id:
            raise missing(dn, "delete")
        bound.refuse_change(self.tx, dn, meta.id)
        for guard in GUARDS.get(meta.id, ()):
            guard(self.tx, record)
        self.tx.remove(dn)


def not_found(dn: str) -> Refusal:
    """102: what should be configured, or where it should stand, is not there."""
    return Refusal(102, f"configured object ({dn}) not found")


def _status(change: MoChange) -> set[str]:
    found = {one.strip() for one in change.status.split(",") if one.strip()}
    if found - STATUSES:
        raise malformed(f"unknown property value {change.status[:80]}, name status, class {change.class_id}")
    return found


def dn_of(meta: ClassMeta, change: MoChange, parent: str) -> str:
    """Where the object stands; a Refusal when what says so disagrees."""
    stated = change.dn or change.props.get("dn", "")
    rn = change.rn or change.props.get("rn", "")
    if stated:
        above, own = naming.divide(stated)
        if (parent and above != parent) or (rn and rn != own):
            raise malformed(f"illegal naming: dn {stated[:256]}, rn {rn[:80]}, parent {parent[:256]}, class {meta.id}")
    else:
        own = rn or naming.rn_of(meta, change.props)
        above = parent
    named = naming.naming_of(meta, own)
    if named is None:
        raise malformed(f"illegal naming: rn {own[:80]}, class {meta.id}")
    for name, value in named.items():
        check_value(meta, meta.props[name], value)
        if change.props.get(name, value) != value:
            raise malformed(f"naming property {name} of {stated[:256] or own[:80]} cannot be {change.props[name][:80]}, class {meta.id}")
    return naming.join(above, own)


def _news(meta: ClassMeta, given: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """What a client says again is no change: naming properties, and those fixed at creation that keep their value."""
    fixed = {name for name, prop in meta.props.items() if prop.access is Access.CREATE_ONLY}
    known = {**defaults(meta), **present}
    said = _said(meta, given, present)
    return {name: value for name, value in said.items() if name not in meta.naming and not (name in fixed and known.get(name) == value)}


def _said(meta: ClassMeta, given: Mapping[str, str], present: Mapping[str, str] | None = None) -> dict[str, str]:
    """Without what says nothing: clients name many properties with no value, where none is what they have."""
    known = {**defaults(meta), **(present or {})}
    return {name: value for name, value in given.items() if value or known.get(name) != ""}

"""One transaction over the configuration of a domain: reading and writing its objects, and bringing in order what depends on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final
from weakref import WeakKeyDictionary

from emulators.ucs import records
from emulators.ucs.config import references
from emulators.ucs.config.hooks import ON_CREATE, ON_DELETE, SETTLERS
from emulators.ucs.config.initial import IMPLICIT, INITIAL
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema import naming
from emulators.ucs.schema.defaults import defaults
from emulators.ucs.schema.metadata import ANNOUNCED, ClassMeta, schema
from emulators.world.decide import Decision
from emulators.world.decisions.records import RECORD_CHANGED
from emulators.world.state import WorldState

_SETTLING: Final[WeakKeyDictionary[Decision, dict[str, Transaction]]] = WeakKeyDictionary()
"""The transactions that are being brought in order, by decision and domain."""
MOST_ROUNDS: Final = 20_000
"""Units that one transaction may settle: far more than a domain has, so only a circle gets there."""


class Transaction:
    """The configuration of one domain within a decision; what it changes is noted, and ``settle`` brings the rest in order."""

    def __init__(self, decision: Decision, domain: str, version: str = ANNOUNCED) -> None:
        self.decision = decision
        self.domain = domain
        self.schema = schema(version)
        self.made: set[str] = set()
        """The DNs that this transaction has created."""
        self.gone: set[str] = set()
        """The DNs that this transaction has deleted."""
        self._dirty: dict[int, dict[str, str]] = {}
        self._settling = ""

    @property
    def state(self) -> WorldState:
        """The world, as this transaction has changed it."""
        return self.decision.state

    @classmethod
    def of(cls, decision: Decision, domain: str) -> Transaction:
        """The transaction that is being brought in order within the decision, else a new one.

        What follows in the same moment, one thing from another, is done by one of them in turn, however long the chain.
        """
        found = _SETTLING.get(decision, {}).get(domain)
        return cls(decision, domain) if found is None else found

    # -- reading -------------------------------------------------------------------------------------------------------------------

    def find(self, dn: str) -> ConfigMo | None:
        """The configuration object of a DN; None when there is none, or when only settings of a physical object have it."""
        record = records.find(self.state, self.domain, dn) if dn else None
        return record if record is not None and not record.overrides else None

    def setting(self, dn: str) -> ConfigMo | None:
        """What is set on the physical object of a DN."""
        record = records.find(self.state, self.domain, dn)
        return record if record is not None and record.overrides else None

    def children(self, dn: str, class_id: str = "") -> list[ConfigMo]:
        """The configuration objects under a DN, of one class when it is named."""
        found = records.children(self.state, self.domain, dn)
        return [one for one in found if not one.overrides and class_id in {"", one.class_id}]

    def child(self, dn: str, class_id: str) -> ConfigMo | None:
        """The one object of a class under a DN."""
        return next(iter(self.children(dn, class_id)), None)

    def of_class(self, class_id: str) -> list[ConfigMo]:
        """The configuration objects of a class."""
        return records.of_class(self.state, self.domain, class_id)

    def subtree(self, dn: str) -> Iterator[ConfigMo]:
        """The configuration object of a DN and all under it, parents first."""
        return (record for record in records.subtree(self.state, self.domain, dn) if not record.overrides)

    def meta(self, class_id: str) -> ClassMeta:
        """A class; a Refusal when there is none."""
        return self.schema.get(class_id)

    def value(self, record: ConfigMo, prop: str) -> str:
        """A property, its default when nothing has set it."""
        found = record.props.get(prop)
        return defaults(self.meta(record.class_id)).get(prop, "") if found is None else found

    # -- writing -------------------------------------------------------------------------------------------------------------------

    def create(self, class_id: str, dn: str, props: Mapping[str, str] | None = None) -> ConfigMo:
        """Make an object with its initial properties and the objects that are always under it."""
        meta = self.meta(class_id)
        named = naming.naming_of(meta, naming.divide(dn)[1]) or {}
        given = {**INITIAL.get(class_id, {}), **(props or {}), **named}
        record = records.create(self.decision, self.domain, class_id, dn, given)
        self.made.add(dn)
        record = self._noted(references.resolved(self, record), appeared=True)
        for child, rn, initial in IMPLICIT.get(class_id, ()):
            self.create(child, naming.join(dn, rn), initial)
        for hook in ON_CREATE.get(class_id, ()):
            hook(self, self.get(dn))
        return self.get(dn)

    def get(self, dn: str) -> ConfigMo:
        """The configuration object of a DN that is known to be there."""
        return self.state.get(ConfigMo, records.mo_uid(self.domain, dn))

    def set(self, record: ConfigMo, props: Mapping[str, str] | None = None, /, **more: str) -> ConfigMo:
        """Set properties of an object as it is now; says nothing when that changes none."""
        current = self.get(record.dn)
        wanted = {**(props or {}), **more}
        changed = {name: value for name, value in wanted.items() if current.props.get(name) != value}
        if not changed:
            return current
        return self._noted(references.resolved(self, records.change(self.decision, current, **changed)))

    def put(self, class_id: str, dn: str, props: Mapping[str, str]) -> ConfigMo:
        """The object with these properties, made if it is not there."""
        record = self.find(dn)
        return self.create(class_id, dn, props) if record is None else self.set(record, props)

    def override(
        self, class_id: str, dn: str, props: Mapping[str, str] | None = None, /, *, without: Collection[str] = (), **more: str
    ) -> ConfigMo:
        """Set properties on a physical object, and leave those in ``without`` to the world again."""
        wanted = {**(props or {}), **more}
        record = self.setting(dn)
        if record is None:
            return records.create(self.decision, self.domain, class_id, dn, wanted, overrides=True)
        kept = {name: value for name, value in record.props.items() if name not in without}
        return self.decision.update(RECORD_CHANGED, record, props={**kept, **wanted})

    def remove(self, dn: str) -> None:
        """Delete an object and all under it: those under it first, and service profiles before the pools that they draw from."""
        doomed = list(reversed(list(self.subtree(dn))))
        profiles = tuple(f"{record.dn}/" for record in doomed if record.class_id == "lsServer")
        for record in sorted(doomed, key=lambda one: not f"{one.dn}/".startswith(profiles)):
            self._remove_one(record.dn)

    def _remove_one(self, dn: str) -> None:
        record = self.find(dn)
        for hook in ON_DELETE.get(record.class_id, ()) if record is not None else ():
            hook(self, self.get(dn))
        current = self.find(dn)
        if current is not None:
            self._mark_unit_of(current)
            records.delete(self.decision, current)
            self.gone.add(dn)
            references.disappeared(self, current)

    def _noted(self, record: ConfigMo, *, appeared: bool = False) -> ConfigMo:
        self._mark_unit_of(record)
        if appeared:
            references.appeared(self, record)
        return record

    # -- bringing in order -----------------------------------------------------------------------------------------------------------

    def mark(self, dn: str, *, even_now: bool = False) -> None:
        """Look at a unit again before the transaction ends; ``even_now``: also when it is being looked at."""
        record = self.find(dn)
        if record is not None and record.class_id in SETTLERS and (even_now or dn != self._settling):
            self._mark(record)

    def _mark_unit_of(self, record: ConfigMo) -> None:
        above: ConfigMo | None = record
        while above is not None and above.class_id not in SETTLERS:
            above = self.find(naming.parent_of(above.dn))
        if above is not None and above.dn != self._settling:
            self._mark(above)

    def _mark(self, unit: ConfigMo) -> None:
        self._dirty.setdefault(SETTLERS[unit.class_id].rank, {})[unit.dn] = unit.class_id

    def settle(self) -> None:
        """Bring every unit in order that changed, and those that depend on them; nothing to do where that is under way."""
        under_way = _SETTLING.setdefault(self.decision, {})
        if under_way.get(self.domain) is self:
            return
        outer, under_way[self.domain] = under_way.get(self.domain), self
        try:
            self._settle_all()
        finally:
            if outer is None:
                del under_way[self.domain]
            else:
                under_way[self.domain] = outer

    def _settle_all(self) -> None:
        rounds = 0
        while self._dirty:
            rounds += 1
            if rounds > MOST_ROUNDS:
                raise RecursionError(f"{self._dirty} are never in order")
            dn, class_id = self._next()
            outer, self._settling = self._settling, dn
            SETTLERS[class_id].settle(self, dn)
            self._settling = outer

    def _next(self) -> tuple[str, str]:
        rank = min(self._dirty)
        units = self._dirty[rank]
        dn = next(iter(units))
        class_id = units.pop(dn)
        if not units:
            del self._dirty[rank]
        return dn, class_id

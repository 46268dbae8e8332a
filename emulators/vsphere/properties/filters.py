"""A property filter: what it selects, what its client knows of that, and what it has to be told.

The rows of its objects are pinned, so that every change of what they show is heard of (``note``); what was heard is kept as object ids
until ``updates`` turns it into ObjectUpdates.  Only real differences become updates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vmodl as api

from emulators.vsphere.objects import Object
from emulators.vsphere.pace import Pace
from emulators.vsphere.properties.fragments import LINKS, Changed, Fragment, Row
from emulators.vsphere.properties.partial import Values
from emulators.vsphere.properties.selection import Selection
from emulators.vsphere.properties.specs import Columns, Plan
from emulators.vsphere.properties.states import State, state_of
from emulators.vsphere.soap import envelope, faults

if TYPE_CHECKING:
    from emulators.vsphere.sessions import Session

_MISSING: Final[Any] = api.query.PropertyCollector.MissingObject
_MOST_PARTIAL: Final = 500
"""Objects for which a filter keeps values to find partial updates; above, whole properties are sent."""


class Filter:
    """A PropertyFilter of a session."""

    type: Any = api.query.PropertyCollector.Filter

    def __init__(self, session: Session, spec: Any, plan: Plan, *, partial: bool, closed: Callable[[Filter], None]) -> None:
        self.id = session.new_id()
        self.spec = spec
        self.partial = partial
        self._plan = plan
        self._view = session.view
        self._closed = closed
        self._known: dict[str, State] = {}
        self._rows: dict[Row, str] = {}
        self._links: dict[Row, None] = {}
        self._volatile: dict[str, float] = {}
        self._values = Values(session.view)
        self._missing: list[Any] = []
        self._told_missing: set[str] = set()
        self._open = True
        self._reselect = True
        self._entering: dict[str, Object] = {}
        self._leaving: dict[str, None] = {}
        self._dirty: dict[str, None] = {}

    def close(self) -> None:
        """Forget everything; an answer that is being made ends with what it has."""
        self._open = False
        self.reset()
        self._closed(self)

    def reset(self) -> None:
        """Begin anew: the client knows nothing."""
        for object_id in tuple(self._known):
            self._forget(object_id)
        self._follow({})
        self._told_missing.clear()
        self._entering.clear()
        self._leaving.clear()
        self._dirty.clear()
        self._reselect = True

    # -- hearing of changes ----------------------------------------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """Is there anything to look at?"""
        return bool(self._reselect or self._dirty or self._entering or self._leaving or self._missing)

    def note(self, changed: Changed) -> bool:
        """Hear which paths of which rows have to be looked at again; answers whether that matters here."""
        mine = changed.keys() & self._rows.keys()
        for row in mine:
            self._dirty[self._rows[row]] = None
        if not self._reselect:
            self._reselect = any(path.endswith(LINKS) for row in changed.keys() & self._links.keys() for path in changed[row])
        return bool(mine) or self._reselect

    @property
    def expires(self) -> float | None:
        """When the first of the volatile properties has to be looked at again (simulated seconds since the epoch)."""
        return min(self._volatile.values(), default=None)

    def expire(self, now: float) -> None:
        """Look at those volatile properties again whose time has come."""
        for object_id in [one for one, until in self._volatile.items() if until <= now]:
            del self._volatile[object_id]
            self._dirty[object_id] = None

    # -- telling -----------------------------------------------------------------------------------------------------------------

    async def updates(self, most: int, pace: Pace) -> tuple[list[bytes], list[bytes]]:
        """Up to ``most`` ObjectUpdates, and MissingObjects; what doesn't fit stays pending."""
        if self._reselect:
            await self._select(pace)
        found: list[bytes] = []
        for queue, tell in ((self._leaving, self._leave), (self._entering, self._enter), (self._dirty, self._modify)):
            while queue and len(found) < most:
                update = tell(next(iter(queue)))
                if update is not None:
                    found.append(update)
                if pace.due():
                    await pace.rest()
        return found, self._report_missing()

    async def _select(self, pace: Pace) -> None:
        self._reselect = False
        selection = Selection()
        try:
            await selection.run(self._view, self._plan, pace)
        except faults.VimFault:
            selection = Selection()  # where it starts is gone: nothing is selected any more
        if not self._open:
            return
        self._follow(selection.links)
        chosen = selection.objects
        new = [one for one in chosen if one not in self._known] if self._known else chosen  # in their order: clients show what comes last
        self._entering = {one: chosen[one] for one in new if self._plan.columns(chosen[one].type) is not None}
        self._leaving = {one: None for one in self._known if one not in chosen}
        self._missing = [one for one in selection.missing if one._moId not in self._told_missing]

    def _leave(self, object_id: str) -> bytes | None:
        del self._leaving[object_id]
        state = self._forget(object_id)
        return state.leave() if state is not None else None

    def _enter(self, object_id: str) -> bytes | None:
        managed = self._entering.pop(object_id)
        columns = self._plan.columns(managed.type)
        state = self._look(managed, columns) if columns is not None else None
        return state.enter() if state is not None else None

    def _modify(self, object_id: str) -> bytes | None:
        del self._dirty[object_id]
        before = self._known.get(object_id)
        if before is None:
            return None
        state = self._look(before.managed, before.columns)
        if state is None:
            self._reselect = True  # gone: the next selection lets it leave
            return None
        changes = state.changes(before)
        if not changes:
            return None
        told = [part for path, fragment in changes for part in self._changes(state.managed, path, fragment)]
        missing = [(path, fragment.fault) for path, fragment in changes if fragment.fault is not None]
        return envelope.object_update(state.managed.kind, object_id, "modify", told, missing) if told or missing else None

    def _changes(self, managed: Object, path: str, fragment: Fragment) -> list[tuple[str, str, bytes | None]]:
        """A changed property as PropertyChanges: whole, or in parts."""
        if fragment.fault is not None:
            return []
        if self._keeps_values:
            parts = self._values.changes(managed, path, self._plan.version)
            if parts is not None:
                return parts
        if not fragment.data:
            return [(path, "indirectRemove" if "." in path else "assign", None)]
        return [(path, "assign", fragment.data)]

    @property
    def _keeps_values(self) -> bool:
        return self.partial and len(self._known) <= _MOST_PARTIAL

    def _report_missing(self) -> list[bytes]:
        told = []
        for reference in self._missing:
            self._told_missing.add(reference._moId)
            fault = faults.managed_object_not_found(type(reference), reference._moId).fault
            missing = _MISSING(obj=reference, fault=fault)
            told.append(envelope.encode_value("missingSet", missing, _MISSING))
        self._missing = []
        return told

    # -- what the client knows -----------------------------------------------------------------------------------------------------

    def _look(self, managed: Object, columns: Columns) -> State | None:
        """The object's state now, remembered as what the client knows; its rows are pinned."""
        state = state_of(self._view, managed, columns, self._plan.version)
        if state is None:
            return None
        before = self._known.get(managed.id)
        self._known[managed.id] = state
        for row in state.rows:
            if row not in self._rows:
                row.pins += 1
                self._rows[row] = managed.id
        if before is not None:
            self._unpin(row for row in before.rows if row not in state.rows)
        elif self._keeps_values:
            self._values.remember(managed, columns)
        if state.expires is not None:
            self._volatile[managed.id] = state.expires
        return state

    def _forget(self, object_id: str) -> State | None:
        state = self._known.pop(object_id, None)
        self._volatile.pop(object_id, None)
        self._dirty.pop(object_id, None)
        self._values.forget(object_id)
        if state is not None:
            self._unpin(state.rows)
        return state

    def _unpin(self, rows: Any) -> None:
        for row in rows:
            if self._rows.pop(row, None) is not None:
                row.pins -= 1

    def _follow(self, links: dict[Row, None]) -> None:
        """Keep an ear on the properties that lead to the selected objects."""
        for row in links:
            row.pins += 1
        for row in self._links:
            row.pins -= 1
        self._links = links

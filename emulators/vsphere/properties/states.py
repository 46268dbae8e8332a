"""What a filter has last told its client of an object: its fragments, shared by all filters that want the same of it."""

from __future__ import annotations

from collections.abc import Iterator

from pyVmomi import vim

from emulators.vsphere.objects import Object
from emulators.vsphere.properties.fragments import Fragment, Row
from emulators.vsphere.properties.specs import Columns
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap import envelope, metadata

_ANONYMOUS = "System.Anonymous"


class State:
    """The fragments of an object in the order of ``columns.paths``, and the rows that they lie in."""

    __slots__ = ("columns", "common", "expires", "fragments", "managed", "rows")

    def __init__(self, managed: Object, columns: Columns, read: list[tuple[Row | None, Fragment]]) -> None:
        self.managed = managed
        self.columns = columns
        self.fragments = tuple(fragment for _, fragment in read)
        self.rows = tuple(dict.fromkeys(row for row, _ in read if row is not None))
        self.common = all(row is not None and row.id == managed.id for row, _ in read)
        self.expires = min((fragment.expires for fragment in self.fragments if fragment.expires is not None), default=None)

    def content(self, tag: bytes) -> bytes:
        """As an ObjectContent."""
        return envelope.object_content(self.managed.kind, self.managed.id, self._set(), self._missing(), tag)

    def enter(self) -> bytes:
        """As the ObjectUpdate of an object that is new to the client."""
        changes = ((path, "assign", data) for path, data in self._set())
        return envelope.object_update(self.managed.kind, self.managed.id, "enter", changes, self._missing())

    def leave(self) -> bytes:
        """As the ObjectUpdate of an object that is no longer selected."""
        return envelope.object_update(self.managed.kind, self.managed.id, "leave", ())

    def changes(self, before: State) -> list[tuple[str, Fragment]]:
        """The paths whose bytes or faults differ from an earlier state with the same columns."""
        pairs = zip(self.columns.paths, before.fragments, self.fragments, strict=True)
        return [(path, new) for path, old, new in pairs if old is not new and _differ(old, new)]

    def _set(self) -> Iterator[tuple[str, bytes]]:
        return ((path, one.data) for path, one in zip(self.columns.paths, self.fragments, strict=True) if one.data)

    def _missing(self) -> Iterator[tuple[str, object]]:
        return ((path, one.fault) for path, one in zip(self.columns.paths, self.fragments, strict=True) if one.fault is not None)


def _differ(old: Fragment, new: Fragment) -> bool:
    return old.data != new.data or type(old.fault) is not type(new.fault)


def state_of(view: View, managed: Object, columns: Columns, version: str) -> State | None:
    """An object's state now; None when it is gone, or this session cannot see it."""
    properties = view.properties
    row = properties.fragments.home(version).get(managed.id)
    known = row.states.get(columns) if row is not None else None
    if row is not None and isinstance(known, State) and view.key and (known.expires is None or known.expires > properties.now()):
        row.used = True
        return known
    if view.find(managed.ref) is not managed:
        return None
    properties.start_object()
    state = State(managed, columns, [_read(view, managed, path, version) for path in columns.paths])
    if state.common:
        properties.fragments.row(version, managed.id).states[columns] = state
    return state


def _read(view: View, managed: Object, path: str, version: str) -> tuple[Row | None, Fragment]:
    if not view.key and not is_public(managed, path):
        fault = vim.fault.NotAuthenticated(object=managed.ref, privilegeId="System.View")
        return None, Fragment(b"", frozenset(), None, fault)
    return view.properties.row(view, managed, path, version)


def is_public(managed: Object, path: str) -> bool:
    """May somebody read this property who is not logged in?"""
    field = metadata.properties_of(managed.type).get(path.partition(".")[0].partition("[")[0])
    return field is not None and field.privilege == _ANONYMOUS

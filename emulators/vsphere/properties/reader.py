"""Reading properties: the function, the steps of a nested path, the encoding, and the fragment that remembers the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import structlog
from pyVmomi import vmodl as api

from emulators.vsphere.objects import Object, Objects, ids_of
from emulators.vsphere.properties import table
from emulators.vsphere.properties.fragments import BUDGET, LINKS, Changed, Fragment, Fragments, Links, Row
from emulators.vsphere.properties.view import Evaluation, View
from emulators.vsphere.soap import envelope, faults, metadata, paths, vmodl
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.soap.paths import Step
from emulators.world.engine import Committed, World
from emulators.world.events import Deleted
from emulators.world.state import Key

log = structlog.get_logger(__name__)
Listener = Callable[[Changed], None]


class Found(NamedTuple):
    """A value and its declared type."""

    value: Any
    declared: Any


class Properties:
    """The properties of one world's managed objects."""

    def __init__(self, world: World, objects: Objects, budget: int = BUDGET) -> None:
        self.world = world
        self.objects = objects
        self.fragments = Fragments(budget)
        self.anonymous = View(self)
        self._listeners: list[Listener] = []
        self._memo: dict[str, tuple[Any, Evaluation]] = {}
        self._unwatch = world.watch(self._committed)

    def close(self) -> None:
        """Stop following the world."""
        self._unwatch()

    def now(self) -> float:
        """Simulated time in seconds since the epoch, as fragments' ``expires`` count it."""
        return self.world.clock.now().timestamp()

    # -- reading ---------------------------------------------------------------------------------------------------------------

    def value(self, view: View, managed: Object, path: str) -> Any:
        """The value of a property or nested path, None when unset; computed afresh.

        Called by a property function, its dependencies become the caller's.  Raises VimFault InvalidProperty, or ManagedObjectNotFound.
        """
        outer = view.evaluation
        found, evaluation = self._evaluate(view, managed, path)
        if outer is not None:
            outer.absorb(evaluation)
        return found.value

    def row(self, view: View, managed: Object, path: str, version: str) -> tuple[Row, Fragment]:
        """The fragment of a path, from the cache or computed now, and the row that keeps it."""
        row, fragment = self._kept(view, managed, path, version)
        return (row, fragment) if fragment is not None else self._compute(view, managed, path, version)

    def _kept(self, view: View, managed: Object, path: str, version: str) -> tuple[Row, Fragment | None]:
        """What the cache has, common to all or the session's own, if it still holds."""
        row = self.fragments.row(version, managed.id)
        fragment = row.fragments.get(path)
        if fragment is None and view.key:
            own = self.fragments.home(version).get(f"{managed.id}@{view.key}")
            if own is not None and path in own.fragments:
                row, fragment = own, own.fragments[path]
        if fragment is not None and fragment.expires is not None and fragment.expires <= self.now():
            fragment = None
        return row, fragment

    def fragment(self, view: View, managed: Object, path: str, version: str) -> Fragment:
        """The fragment of a path, from the cache or computed now."""
        return self.row(view, managed, path, version)[1]

    def links(self, view: View, managed: Object, path: str, version: str) -> tuple[Row, Links]:
        """The objects that a property refers to, and the row that keeps that under ``path`` + ``LINKS``.

        What cannot be read refers to nothing.  A property is followed with the rights of the session; a dangling reference is left out.
        """
        row, links = self._kept(view, managed, path + LINKS, version)
        if not isinstance(links, Links):
            row, links = self._follow(view, managed, path, version)
        return row, links

    def _follow(self, view: View, managed: Object, path: str, version: str) -> tuple[Row, Links]:
        self.start_object()
        targets: dict[str, Object] = {}
        evaluation = Evaluation()
        try:
            targets, evaluation = self._targets(view, managed, path)
        except VimFault:
            evaluation.seconds = 0.0  # gone meanwhile, or not for this session
        row, expires = self._place(view, managed, version, evaluation)
        links = Links(targets, frozenset(evaluation.keys), expires)
        self.fragments.put(row, path + LINKS, links)
        return row, links

    def _targets(self, view: View, managed: Object, path: str) -> tuple[dict[str, Object], Evaluation]:
        entry = table.find(managed.type, path + LINKS)
        if entry is not None:
            return self._call(view, managed, entry)
        found, evaluation = self._evaluate(view, managed, path)
        value = found.value if isinstance(found.value, list) else [found.value]
        objects = (view.find(reference) for reference in value if isinstance(reference, vmodl.ManagedObject))
        return {one.id: one for one in objects if one is not None}, evaluation

    def start_object(self) -> None:
        """Forget the values that were computed for several paths of one object."""
        self._memo.clear()

    def _compute(self, view: View, managed: Object, path: str, version: str) -> tuple[Row, Fragment]:
        evaluation = Evaluation()
        data, fault = b"", None
        try:
            found, evaluation = self._evaluate(view, managed, path)
            if found.value is not None:
                data = envelope.encode_any("val", found.value, found.declared, version)
        except VimFault as error:
            fault = error.fault
            evaluation.seconds = 0.0
        except Exception as error:  # a bug in one property must not hide the others; logged with its cause
            log.exception("property failed", object=str(managed), path=path, exc_info=error)
            fault = faults.system_error(f"{path} cannot be read ({type(error).__name__})").fault
            evaluation.seconds = 0.0
        row, expires = self._place(view, managed, version, evaluation)
        fragment = Fragment(data, frozenset(evaluation.keys), expires, fault)
        self.fragments.put(row, path, fragment)
        return row, fragment

    def _place(self, view: View, managed: Object, version: str, evaluation: Evaluation) -> tuple[Row, float | None]:
        """Where to keep what was evaluated, and until when."""
        row = self.fragments.row(version, f"{managed.id}@{view.key or 'nobody'}" if evaluation.private else managed.id)
        return row, None if evaluation.seconds is None else self.now() + evaluation.seconds

    def _evaluate(self, view: View, managed: Object, path: str) -> tuple[Found, Evaluation]:
        resolved = paths.resolve(managed.type, path)
        if resolved is None:
            raise VimFault(api.query.InvalidProperty(name=path))
        taken, entry = _provider(managed.type, resolved.steps)
        if entry is None:
            return Found(None, resolved.type), Evaluation()
        value, evaluation = self._call(view, managed, entry)
        return _walk(Found(value, entry.field.type), resolved.steps[taken - 1 :], path), evaluation

    def _call(self, view: View, managed: Object, entry: table.Entry) -> tuple[Any, Evaluation]:
        key = f"{managed.id}/{entry.path}/{id(view)}"
        if key in self._memo:
            return self._memo[key]
        outer, view.evaluation = view.evaluation, Evaluation()
        evaluation = view.evaluation
        try:
            with self.world.state.tracking() as reads:
                value = entry.function(view, self._subject(managed))
            evaluation.keys |= reads
        finally:
            view.evaluation = outer
        self._memo[key] = (value, evaluation)
        return value, evaluation

    def _subject(self, managed: Object) -> Any:
        if not isinstance(managed.subject, str):
            return managed.subject
        entity = self.world.state.find(managed.subject)
        if entity is None:
            raise faults.managed_object_not_found(managed.type, managed.id)
        return entity

    # -- changes ---------------------------------------------------------------------------------------------------------------

    def watch(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with what a commit or ``touch`` dropped, at once; the answer stops that.  Listeners must be quick."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def touch(self, keys: Iterable[Key]) -> None:
        """Say that something outside the world changed that property functions depend on (``View.depends``)."""
        self._memo.clear()
        changed = self.fragments.touch(keys)
        for listener in tuple(self._listeners):
            listener(changed)

    def _committed(self, committed: Committed) -> None:
        self.touch(committed.touched)
        changes = (change for record in committed.records for change in record.event.changes)
        self.fragments.forget(one for change in changes if isinstance(change, Deleted) for one in ids_of(change.entity))


def _provider(managed: type[Any], steps: tuple[Step, ...]) -> tuple[int, table.Entry | None]:
    """The registered function for the longest beginning of a path, and how many steps it covers."""
    names = [step.name for step in steps]
    for taken in range(len(names), 0, -1):
        if any(step.key is not None for step in steps[: taken - 1]):
            continue
        entry = table.find(managed, ".".join(names[:taken]))
        if entry is not None:
            return taken, entry
    return 0, None


def _walk(found: Found, steps: tuple[Step, ...], path: str) -> Found:
    """Follow the steps below a value; the first is the value's own and matters only for its key."""
    found = _pick(found, steps[0])
    for step in steps[1:]:
        if found.value is None:
            return found
        if not isinstance(found.value, vmodl.DataObject):
            raise VimFault(api.query.InvalidProperty(name=path))
        field = next((one for one in metadata.fields_of(type(found.value)) if one.name == step.name), None)
        if field is None:
            raise VimFault(api.query.InvalidProperty(name=path))
        value = getattr(found.value, step.name)
        empty = field.is_array and not value
        found = _pick(Found(None if empty else value, field.type), step)
    return found


def _pick(found: Found, step: Step) -> Found:
    if step.key is None or found.value is None:
        return found
    chosen = next((item for item in found.value if _key_of(item) == step.key), None)
    return Found(chosen, getattr(found.declared, "Item", object))


def _key_of(item: Any) -> str:
    """What ``array[key]`` calls an element: its key property, its id, or its value."""
    if isinstance(item, vmodl.ManagedObject):
        return str(item._moId)
    if isinstance(item, vmodl.DataObject):
        return str(getattr(item, "key", ""))
    return str(item)

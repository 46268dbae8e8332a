"""Filter specs, compiled: which paths to read of objects of which class, and how to get from the objects named to those selected.

Everything that can be wrong with a spec is found here, before any object is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from pyVmomi import vmodl as api

from emulators.vsphere.soap import faults, metadata, paths, vmodl
from emulators.vsphere.soap.faults import VimFault

_MOST_SPECS: Final = 10_000
"""Traversals of one filter spec; more is a client gone wrong."""


class Columns:
    """Paths to read of an object of one class; equal ones are one object, so that it can be a key without being hashed again."""

    __slots__ = ("paths",)

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self.paths = wanted


@lru_cache(maxsize=4096)
def columns(wanted: tuple[str, ...]) -> Columns:
    """The one Columns of these paths."""
    return Columns(wanted)


class Step:
    """A TraversalSpec: from objects of a class, by a property that refers to others, on to the steps after it."""

    __slots__ = ("managed", "next", "path", "skip")

    def __init__(self, managed: Any, path: str, *, skip: bool) -> None:
        self.managed = managed
        self.path = path
        self.skip = skip
        self.next: tuple[Step, ...] = ()


class Start:
    """An ObjectSpec: a reference, whether it is selected itself, and the first steps from it."""

    __slots__ = ("reference", "skip", "steps")

    def __init__(self, reference: Any, steps: tuple[Step, ...], *, skip: bool) -> None:
        self.reference = reference
        self.skip = skip
        self.steps = steps


class Plan:
    """A compiled FilterSpec for clients of one API version."""

    def __init__(self, spec: Any, version: str) -> None:
        """Raises VimFault InvalidProperty, InvalidType or InvalidArgument."""
        self.version = version
        self.starts = tuple(_start(one) for one in spec.objectSet)
        self.tolerant = bool(spec.reportMissingObjectsInResults)
        self._wanted = [(_managed(one.type), tuple(_paths(one, version))) for one in spec.propSet]
        self._columns: dict[Any, Columns | None] = {}

    def columns(self, managed: type[Any]) -> Columns | None:
        """What to read of an object of that class; None when the filter is not about such objects."""
        if managed not in self._columns:
            self._columns[managed] = self._find(managed)
        return self._columns[managed]

    def _find(self, managed: type[Any]) -> Columns | None:
        matching = [wanted for cls, wanted in self._wanted if issubclass(managed, cls)]
        if not matching:
            return None
        found = dict.fromkeys(path for wanted in matching for path in wanted)
        if _ALL in found:
            del found[_ALL]
            found = dict.fromkeys(_visible(managed, self.version)) | found
        return columns(tuple(found))


_ALL: Final = "*"


def _managed(name: Any) -> type[Any]:
    cls = name if isinstance(name, type) else metadata.managed_type(str(name))
    if cls is None or not issubclass(cls, vmodl.ManagedObject):
        raise faults.invalid_argument("propSet.type")
    return cls


def _paths(spec: Any, version: str) -> Iterator[str]:
    """The paths of a PropertySpec, each checked; ``*`` for all of whatever class the object is of."""
    if spec.all:
        yield _ALL
    managed = _managed(spec.type)
    for path in spec.pathSet or ():
        resolved = paths.resolve(managed, path)
        if resolved is None or not all(vmodl.is_within(version, field.version) for field in resolved.fields):
            raise VimFault(api.query.InvalidProperty(name=path))
        yield path


def _visible(managed: type[Any], version: str) -> tuple[str, ...]:
    return tuple(name for name, field in metadata.properties_of(managed).items() if vmodl.is_within(version, field.version))


def _start(spec: Any) -> Start:
    named: dict[str, Step] = {}
    made: dict[int, Step] = {}
    _declare(spec.selectSet or (), named, made)
    return Start(spec.obj, _link(spec.selectSet or (), named, made), skip=bool(spec.skip))


def _declare(selections: Sequence[Any], named: dict[str, Step], made: dict[int, Step]) -> None:
    for one in selections:
        if isinstance(one, api.query.PropertyCollector.TraversalSpec):
            if len(made) >= _MOST_SPECS:
                raise faults.invalid_argument("objectSet.selectSet")
            step = made[id(one)] = Step(_source(one), one.path, skip=bool(one.skip))
            if one.name:
                named[one.name] = step
            _declare(one.selectSet or (), named, made)


def _source(spec: Any) -> type[Any]:
    """The class that a traversal starts from, once its path is known to lead to managed objects."""
    managed = _managed(spec.type)
    resolved = paths.resolve(managed, spec.path)
    if resolved is None:
        raise VimFault(api.query.InvalidProperty(name=spec.path))
    last = resolved.fields[-1]
    if len(resolved.fields) == len(resolved.steps) and not issubclass(last.item, vmodl.ManagedObject):
        raise faults.invalid_argument("objectSet.selectSet.path")
    return managed


def _link(selections: Sequence[Any], named: dict[str, Step], made: dict[int, Step]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for one in selections:
        step = made.get(id(one)) or named.get(one.name or "")
        if step is None:
            raise faults.invalid_argument("objectSet.selectSet.name")
        if id(one) in made and not step.next:
            step.next = _link(one.selectSet or (), named, made)
        steps.append(step)
    return tuple(steps)

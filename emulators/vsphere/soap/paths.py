"""Property paths: ``config.hardware.device``, ``guest.net``, ``config.hardware.device[4000].backing``.

A path is resolved against types alone, so that a PropertyCollector filter can be checked before any object is looked at.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from emulators.vsphere.soap import metadata, vmodl
from emulators.vsphere.soap.metadata import FieldInfo

_STEP: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)((?:\[(?:\"[^\"]*\"|[^\]\"]*)\])?)\Z")
_SPLIT: Final = re.compile(r"\.(?![^\[]*\])")


class Step(msgspec.Struct, frozen=True):
    """One component of a path; ``key`` is set when it picks an array element (quotes removed)."""

    name: str
    key: str | None = None


class ResolvedPath(msgspec.Struct, frozen=True, eq=False):
    """A valid path: its steps, the first property (of the managed object) and the class of the value at the end.

    ``fields`` may be shorter than ``steps``: after a step into a polymorphic value only the runtime type can tell (``fields`` stops there
    and ``type`` is None).
    """

    path: str
    steps: tuple[Step, ...]
    fields: tuple[FieldInfo, ...]
    type: Any


def parse(path: str) -> tuple[Step, ...] | None:
    """Split a path into steps; None when it is not a path at all."""
    steps = []
    for part in _SPLIT.split(path):
        match = _STEP.match(part)
        if match is None:
            return None
        key = match.group(2)[1:-1].strip('"') if match.group(2) else None
        steps.append(Step(match.group(1), key))
    return tuple(steps)


def resolve(managed: type[Any], path: str) -> ResolvedPath | None:
    """Check ``path`` against a managed type; None when no object of that type could have it (InvalidProperty)."""
    return _resolve(managed, path)


def _resolve_uncached(managed: type[Any], path: str) -> ResolvedPath | None:
    steps = parse(path)
    if steps is None:
        return None
    first = metadata.property_of(managed, steps[0].name)
    if first is None:
        return None
    fields = [first]
    current = _after(first, steps[0])
    for step in steps[1:]:
        field = None if current is None else _field_of(current, step.name)
        if field is None:
            if current is None or not _extensible(current):
                return None
            return ResolvedPath(path, steps, tuple(fields), None)
        fields.append(field)
        current = _after(field, step)
    return None if current is None else ResolvedPath(path, steps, tuple(fields), current)


_resolve: Final = vmodl.memo(_resolve_uncached, maxsize=4096)  # bounded: paths come from clients


def _after(field: FieldInfo, step: Step) -> type[Any] | None:
    """The class after a step; None for a key into something that is no array."""
    cls: type[Any] = field.type if step.key is None else field.item
    return cls if step.key is None or field.is_array else None


def _field_of(cls: type[Any], name: str) -> FieldInfo | None:
    if not issubclass(cls, vmodl.DataObject):
        return None
    return metadata.property_of(cls, name)


def _extensible(cls: type[Any]) -> bool:
    """May a subclass of ``cls``, or a value of an anyType, have more properties than ``cls`` shows?"""
    return cls is object or (issubclass(cls, vmodl.DataObject) and bool(_subclasses(cls)))


@vmodl.memo
def _subclasses(cls: type[Any]) -> frozenset[str]:
    return vmodl_children().get(cls.__name__, frozenset())


@vmodl.memo
def vmodl_children() -> dict[str, frozenset[str]]:
    """VMODL names of the direct subtypes of each data object type, read from the definitions without creating classes."""
    children: dict[str, set[str]] = {}
    for name, definition in vmodl.support()._dataDefMap.items():
        if definition[2] is not None:
            children.setdefault(definition[2], set()).add(name)
    return {parent: frozenset(names) for parent, names in children.items()}

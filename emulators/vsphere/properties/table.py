"""The table of property functions, by managed class and path.

A path is a property (``config``), or a nested path that is worth a function of its own because clients ask for it a thousand times
(``runtime.powerState``); its value must equal what the whole property has there.  A function of a base class serves the classes below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from emulators.vsphere.properties.fragments import LINKS
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap import metadata, paths
from emulators.vsphere.soap.metadata import FieldInfo

Function = Callable[[View, Any], Any]
F = TypeVar("F", bound=Callable[..., Any])


class Entry(msgspec.Struct, frozen=True, eq=False):
    """A registered function; ``field`` is the metadata of the value at the end of ``path``."""

    managed: Any
    path: str
    function: Function
    field: FieldInfo


_ENTRIES: Final[dict[tuple[Any, str], Entry]] = {}
_FOUND: Final[dict[tuple[Any, str], Entry | None]] = {}


def prop(managed: Any, path: str) -> Callable[[F], F]:
    """Register the decorated function as what computes a property of ``managed`` and the classes below it.

    It is called with a View and the object: the entity as it is now, the Singleton, or the session's own object.  None means unset, which
    only an optional property may be.  TypeError for a path that the type doesn't have, or that is registered already.
    """
    resolved = paths.resolve(managed, path)
    if resolved is None or len(resolved.fields) != len(resolved.steps) or any(step.key is not None for step in resolved.steps):
        raise TypeError(f"{managed.__name__} has no property {path}")
    if (managed, path) in _ENTRIES:
        raise TypeError(f"{managed.__name__}.{path} is registered twice")

    def register(function: F) -> F:
        _ENTRIES[managed, path] = Entry(managed, path, function, resolved.fields[-1])
        _FOUND.clear()
        return function

    return register


def links(managed: Any, path: str) -> Callable[[F], F]:
    """Register what a property refers to, as a dict of Objects by id: for long lists that a traversal follows without the references."""
    first = metadata.properties_of(managed).get(path)
    if first is None or (managed, path + LINKS) in _ENTRIES:
        raise TypeError(f"{managed.__name__} has no property {path}, or it is registered twice")

    def register(function: F) -> F:
        _ENTRIES[managed, path + LINKS] = Entry(managed, path + LINKS, function, first)
        _FOUND.clear()
        return function

    return register


def find(managed: type[Any], path: str) -> Entry | None:
    """The function for exactly that path of objects of class ``managed``, or None."""
    key = (managed, path)
    if key not in _FOUND:
        entries = (_ENTRIES.get((cls, path)) for cls in managed.__mro__)
        _FOUND[key] = next((entry for entry in entries if entry is not None), None)
    return _FOUND[key]


def missing(managed: type[Any]) -> list[str]:
    """Mandatory properties of a class that nobody computes; a test asks that there are none."""
    return [name for name, field in metadata.properties_of(managed).items() if not field.optional and find(managed, name) is None]


def entries() -> tuple[Entry, ...]:
    """Everything registered."""
    return tuple(_ENTRIES.values())

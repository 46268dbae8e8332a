"""Partial updates: which nested properties of a value have changed.

config.hardware.numCPU         assign
config.hardware.device[4001]   add, remove
config.extraConfig["a.b"].value   assign
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emulators.vsphere.objects import Object
from emulators.vsphere.soap import envelope, metadata, vmodl
from emulators.vsphere.soap.faults import VimFault

if TYPE_CHECKING:
    from emulators.vsphere.properties.specs import Columns
    from emulators.vsphere.properties.view import View

_MOST: Final = 50
"""Changes of one property; when there are more, it is sent whole."""


class Part(NamedTuple):
    """A change within a value: ``op`` is assign, add or remove."""

    path: str
    op: str
    value: Any
    declared: Any


def parts(path: str, old: Any, new: Any, declared: Any) -> Iterator[Part]:
    """What changed from ``old`` to ``new``, each change as deep inside as it can be named."""
    if _same(old, new, declared):
        return
    if old is None or new is None:
        yield Part(path, "assign" if new is not None else "remove", new, declared)
    elif isinstance(new, vmodl.DataObject) and type(old) is type(new):
        for field in metadata.fields_of(type(new)):
            yield from parts(f"{path}.{field.name}", getattr(old, field.name) or None, getattr(new, field.name) or None, field.type)
    elif isinstance(new, list) and (keys := _keyed(old, new)) is not None:
        yield from _items(path, *keys, getattr(declared, "Item", object))
    else:
        yield Part(path, "assign", new, declared)


def _items(path: str, old: dict[Any, Any], new: dict[Any, Any], declared: Any) -> Iterator[Part]:
    for key in old.keys() - new.keys():
        yield Part(_at(path, key), "remove", None, declared)
    for key, item in new.items():
        if key in old:
            yield from parts(_at(path, key), old[key], item, declared)
        else:
            yield Part(_at(path, key), "add", item, declared)


def _at(path: str, key: Any) -> str:
    return f'{path}["{key}"]' if isinstance(key, str) else f"{path}[{key}]"


def _keyed(old: list[Any], new: list[Any]) -> tuple[dict[Any, Any], dict[Any, Any]] | None:
    """Both lists by their items' keys; None when they have none, or it is not unique."""
    tables = []
    for items in (old, new):
        if not all(isinstance(item, vmodl.DataObject) and isinstance(getattr(item, "key", None), str | int) for item in items):
            return None
        table = {item.key: item for item in items}
        if len(table) != len(items):
            return None
        tables.append(table)
    return tables[0], tables[1]


def _same(old: Any, new: Any, declared: Any) -> bool:
    if old is new:
        return True
    if old is None or new is None or type(old) is not type(new):
        return False
    if isinstance(new, vmodl.DataObject | list):
        return envelope.encode_any("val", old, declared) == envelope.encode_any("val", new, declared)
    return bool(old == new)


class Values:
    """The values that a filter with partial updates has last sent, by object and path."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._known: dict[str, dict[str, Any]] = {}

    def remember(self, managed: Object, columns: Columns) -> None:
        """Keep an object's values as they are now."""
        self._known[managed.id] = {path: self._value(managed, path) for path in columns.paths}

    def forget(self, object_id: str) -> None:
        """Drop an object's values."""
        self._known.pop(object_id, None)

    def changes(self, managed: Object, path: str, version: str) -> list[tuple[str, str, bytes | None]] | None:
        """PropertyChanges from the value kept to the one now, which is kept instead; None when it is better sent whole."""
        known = self._known.setdefault(managed.id, {})
        old, new = known.get(path), self._value(managed, path)
        known[path] = new
        if not isinstance(old, vmodl.DataObject | list) or new is None:
            return None
        field = metadata.properties_of(managed.type).get(path)
        found = list(parts(path, old, new, field.type if field is not None else type(new)))
        if len(found) > _MOST:
            return None
        return [(one.path, one.op, self._encode(one, version)) for one in found]

    @staticmethod
    def _encode(part: Part, version: str) -> bytes | None:
        return None if part.value is None else envelope.encode_any("val", part.value, part.declared, version)

    def _value(self, managed: Object, path: str) -> Any:
        self._view.properties.start_object()
        try:
            return self._view.properties.value(self._view, managed, path)
        except VimFault:
            return None  # its fault is told as a missing property

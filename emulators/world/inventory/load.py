"""Reading an inventory from YAML: strict, safe, and with errors that name the line and the field.

The YAML is 1.2's core: only ``true`` and ``false`` are booleans (``power: off`` means off), and colons don't make numbers.  Anchors,
aliases and tags are refused, and so is a key that stands twice.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import yaml

from dcsim.errors import InvalidArgument
from emulators.world.inventory.check import check
from emulators.world.inventory.spec import Inventory

MAX_BYTES, MAX_DEPTH = 64 << 20, 16
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_AT = re.compile(r"(?P<what>.*) - at `(?:key` in `)?\$\.?(?P<path>.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(.*)`")


def load(path: Path) -> Inventory:
    """The inventory in a file; raises InvalidArgument that says where and what is wrong."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidArgument(f"{path} is larger than {MAX_BYTES >> 20} MiB.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidArgument(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"{path} is not UTF-8 text.") from error
    return loads(text, path.name)


def loads(text: str, name: str = "inventory") -> Inventory:
    """The inventory in a text; ``name`` is what errors call it."""
    data = _data(text, name)
    try:
        inventory = msgspec.convert(data, Inventory, str_keys=True)
    except msgspec.ValidationError as error:
        raise _Places(text, name).malformed(error) from error
    try:
        check(inventory)
    except InvalidArgument as error:
        raise _Places(text, name).complaint(error.field or "", error.message) from error
    return inventory


# -- from text to plain data --------------------------------------------------------------------------------------------------


def _data(text: str, name: str) -> Any:
    """The document as plain data, built from the parser's events: nothing recurses, so no nesting can exhaust the stack."""
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidArgument(f"{name}, line {line}: {error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise InvalidArgument(f"{name} is not YAML: {error}.") from error
    return {} if builder.root is None else builder.root


class _Builder:
    """Puts data together event by event.

    ``_open`` holds the lists and maps that have begun and not ended, each with the key that waits for its value.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[tuple[dict[Any, Any] | list[Any], list[Any]]] = []
        self._begun = False
        self.root: Any = None

    def take(self, event: yaml.Event) -> None:
        """One more event."""
        match event:
            case yaml.ScalarEvent():
                self._add(event, self._scalar(event))
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
            case yaml.AliasEvent():
                raise self._refused(event, "Aliases (*name) are not used in inventories")
            case yaml.DocumentStartEvent() if self._begun:
                raise self._refused(event, "A second document begins here")
            case yaml.DocumentStartEvent():
                self._begun = True
            case _:
                pass  # the stream's beginning, and ends

    def _begin(self, event: Any, container: dict[Any, Any] | list[Any]) -> None:
        if event.anchor or event.tag:
            raise self._refused(event, "Anchors and tags are not used in inventories")
        if len(self._open) >= MAX_DEPTH:
            raise self._refused(event, "Too deeply nested")
        self._add(event, container)
        self._open.append((container, []))

    def _add(self, event: yaml.Event, value: Any) -> None:
        if not self._open:
            self.root = value
            return
        container, keys = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        elif keys:
            container[keys.pop()] = value
        else:
            if isinstance(value, dict | list):
                raise self._refused(event, "A key must be a word or a number")
            if value in container:
                raise self._refused(event, f"{value!r} stands here twice")
            keys.append(value)

    def _scalar(self, event: Any) -> Any:
        if event.anchor or event.tag:
            raise self._refused(event, "Anchors and tags are not used in inventories")
        text = event.value
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _DECIMAL.fullmatch(text) else text

    def _refused(self, event: Any, what: str) -> InvalidArgument:
        return InvalidArgument(f"{self._name}, line {event.start_mark.line + 1}: {what}.")


# -- from places to lines -----------------------------------------------------------------------------------------------------


class _Places:
    """The lines of the places in a text that is known to parse; made only when there is something to complain about."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._root = yaml.compose(text, Loader=_LOADER)

    def malformed(self, error: msgspec.ValidationError) -> InvalidArgument:
        """What msgspec found, said with its line."""
        found = _AT.fullmatch(str(error))
        what, path = (found["what"], found["path"].removesuffix("[...]")) if found else (str(error), "")
        unknown = _UNKNOWN.search(what)
        if unknown:
            return self.complaint(f"{path}.{unknown[1]}".removeprefix("."), "There is no such key here.")
        return self.complaint(path, f"{what}.")

    def complaint(self, path: str, message: str) -> InvalidArgument:
        """An error about a place in the document."""
        line = self._line(path)
        where = f"{self._name}, line {line}: " if line else f"{self._name}: "
        return InvalidArgument(f"{where}{path}: {message}" if path else f"{where}{message}", field=path or None)

    def _line(self, path: str) -> int:
        """The line of a path such as ``vms[3].networks[0].ip``; of the innermost part of it that there is."""
        node, line = self._root, 0
        while node is not None:
            line = line if node is self._root else node.start_mark.line + 1
            step = _step(node, path)
            if step is None:
                break
            line, node, path = step
        return line or (self._root.start_mark.line + 1 if self._root else 0)


def _step(node: yaml.Node, path: str) -> tuple[int, yaml.Node, str] | None:
    """One part further: the line of its key or item, its node, and the rest of the path."""
    if isinstance(node, yaml.SequenceNode):
        item = re.match(r"\[(\d+)\]", path)
        if item is None or int(item[1]) >= len(node.value):
            return None
        found = node.value[int(item[1])]
        return found.start_mark.line + 1, found, path[item.end() :]
    if not isinstance(node, yaml.MappingNode):
        return None
    path = path.removeprefix(".")
    fitting = [(key, value) for key, value in node.value if path == key.value or path.startswith((f"{key.value}.", f"{key.value}["))]
    if not fitting:
        return None
    key, value = max(fitting, key=lambda pair: len(pair[0].value))
    return key.start_mark.line + 1, value, path[len(key.value) :]

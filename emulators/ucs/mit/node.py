"""A managed object as it stands in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from emulators.ucs.schema import naming
from emulators.ucs.schema.defaults import HIDDEN, SECRET, defaults
from emulators.ucs.schema.metadata import ClassMeta
from emulators.ucs.xmlapi.encode import closing, escape

_DN: Final = "dn"
_RN: Final = "rn"
_UNSEEN: Final = HIDDEN | SECRET


@cache
def _shape(meta: ClassMeta) -> tuple[tuple[str, str], ...]:
    """Every attribute of a class's element in its order, with its fragment when nothing sets it."""
    given = defaults(meta)
    names = sorted({*given, _DN, _RN})
    return tuple((name, f' {name}="{escape(given.get(name, ""))}"') for name in names)


def _write(meta: ClassMeta, given: Mapping[str, str], naming_attribute: str, value: str) -> bytes:
    parts = [f"<{meta.id}"]
    for name, fragment in _shape(meta):
        if name in given:
            parts.append(f' {name}="{escape(given[name])}"')
        elif name == naming_attribute:
            parts.append(f' {name}="{escape(value)}"')
        elif name not in HIDDEN:
            parts.append(fragment)
    parts.append("/>")
    return "".join(parts).encode()


class Node:
    """An object at one moment.

    ``given`` are the properties that somebody has said, the others have their class's defaults (``get`` and ``props`` know both);
    ``element`` is the object as it is sent, without what is under it.
    """

    __slots__ = ("dn", "element", "given", "meta", "parent", "rn")

    def __init__(self, meta: ClassMeta, dn: str, given: Mapping[str, str]) -> None:
        self.meta = meta
        self.dn = dn
        self.parent, self.rn = naming.divide(dn)
        self.given = {name: value for name, value in given.items() if name in meta.props and name not in _UNSEEN}
        self.element = _write(meta, self.given, _DN, dn)

    @property
    def class_id(self) -> str:
        """The class."""
        return self.meta.id

    @property
    def props(self) -> dict[str, str]:
        """Every property but dn and rn; a new dict."""
        return {**defaults(self.meta), **self.given}

    @property
    def nested_element(self) -> bytes:
        """``element`` as it stands inside its parent's: named by rn."""
        return _write(self.meta, self.given, _RN, self.rn)

    @property
    def end(self) -> bytes:
        """The end tag, for an element with others in it."""
        return closing(self.meta.id)

    def get(self, name: str) -> str | None:
        """A property's value, ``dn`` and ``rn`` included; None when the class has none of that name."""
        if name in self.given:
            return self.given[name]
        if name == _DN:
            return self.dn
        return self.rn if name == _RN else defaults(self.meta).get(name)


class NodeChange(NamedTuple):
    """What happened to an object: ``status`` is created, modified or deleted; ``changed`` are the properties that have new values."""

    status: str
    node: Node
    changed: Mapping[str, str]


def difference(old: Node | None, new: Node | None) -> NodeChange | None:
    """How one object became the other; None when nothing shows."""
    if old is None or new is None:
        node = new or old
        if node is None:
            return None
        return NodeChange("deleted" if new is None else "created", node, {} if new is None else new.props)
    if old.element == new.element:
        return None
    before = old.props
    return NodeChange("modified", new, {name: value for name, value in new.props.items() if before.get(name) != value})

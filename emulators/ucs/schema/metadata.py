"""Classes, properties and methods as UCS Manager declares them, decoded from ``model.bin`` when they are first asked for."""

from __future__ import annotations

import re
import zlib
from enum import IntEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import msgspec

from emulators.ucs.refusals import malformed

ANNOUNCED: Final = "4.2(3b)"
"""The version of UCS Manager that we are; newer classes and properties are hidden, because older clients would choke on them."""
ROOT: Final = "topRoot"
_MODEL: Final = Path(__file__).with_name("model.bin")
_VERSION: Final = re.compile(r"(\d+)\.(\d+)\((\d+)([a-z]*)")
_NAMING: Final = re.compile(r"\[(\w+)\]")


class Access(IntEnum):
    """Who may set a property, and when."""

    NAMING = 0
    CREATE_ONLY = 1
    READ_ONLY = 2
    READ_WRITE = 3
    INTERNAL = 4


class Restriction(msgspec.Struct, frozen=True, array_like=True):
    """What values a property may have: any of ``values``, or in one of ``ranges`` (``1-3967``), or matching ``pattern``."""

    min_length: int | None
    max_length: int | None
    pattern: str
    values: tuple[str, ...]
    ranges: tuple[str, ...]


class Property(msgspec.Struct, frozen=True):
    """A property of a class; ``type`` is the schema's name of it (``string``, ``uint`` ...)."""

    name: str
    type: str
    access: Access
    restriction: Restriction

    @property
    def is_settable(self) -> bool:
        """Whether clients may ever name it in a configuration."""
        return self.access in {Access.NAMING, Access.CREATE_ONLY, Access.READ_WRITE}


class ClassMeta(msgspec.Struct, frozen=True, dict=True, eq=False):
    """A class: its relative name (``blade-[slotId]``), where it may stand, and who may write it (``privileges``)."""

    id: str
    rn: str
    is_writable: bool
    privileges: tuple[str, ...]
    parents: tuple[str, ...]
    children: tuple[str, ...]
    props: dict[str, Property]

    @cached_property
    def naming(self) -> tuple[str, ...]:
        """The properties in its relative name, in their order."""
        return tuple(_NAMING.findall(self.rn))


class Parameter(msgspec.Struct, frozen=True, array_like=True):
    """A parameter of a method: an attribute, or with ``is_element`` a child element; ``direction``: Input, Output or InputOutput."""

    name: str
    type: str
    direction: str
    is_element: bool

    @property
    def is_input(self) -> bool:
        """Whether a request may have it."""
        return self.direction != "Output"


class _ClassData(msgspec.Struct, array_like=True):
    rn: str
    version: int
    is_writable: bool
    privileges: tuple[str, ...]
    parents: tuple[str, ...]
    children: tuple[str, ...]
    props: tuple[tuple[str, str, int, Access, int], ...]


class _Model(msgspec.Struct):
    source: str
    versions: tuple[str, ...]
    restrictions: tuple[Restriction, ...]
    classes: dict[str, msgspec.Raw]
    methods: dict[str, tuple[Parameter, ...]]


@cache
def _model() -> _Model:
    return msgspec.msgpack.decode(zlib.decompress(_MODEL.read_bytes()), type=_Model)


_class_data = msgspec.msgpack.Decoder(_ClassData).decode


def version_key(version: str) -> tuple[int, int, int, str]:
    """A version such as ``4.2(3b)`` in a form that sorts; raises ValueError for anything else."""
    match = _VERSION.match(version)
    if match is None:
        raise ValueError(f"{version!r} is not a version of UCS Manager")
    return int(match[1]), int(match[2]), int(match[3]), match[4]


class Schema:
    """The classes and methods of one version of UCS Manager."""

    def __init__(self, version: str) -> None:
        self.version = version
        until = version_key(version)
        self._known = [version_key(one) <= until for one in _model().versions]
        self._classes: dict[str, ClassMeta | None] = {}

    @property
    def source(self) -> str:
        """Where the metadata comes from."""
        return _model().source

    @property
    def methods(self) -> dict[str, tuple[Parameter, ...]]:
        """Every method's parameters, by its name."""
        return _model().methods

    @cached_property
    def class_ids(self) -> tuple[str, ...]:
        """Every class of this version."""
        return tuple(name for name in _model().classes if self.find(name) is not None)

    def find(self, class_id: str) -> ClassMeta | None:
        """The class of that name (``computeBlade``); None when this version has none."""
        try:
            return self._classes[class_id]
        except KeyError:
            raw = _model().classes.get(class_id)
        if raw is None:
            return None
        meta = self._classes[class_id] = self._decode(class_id, raw)
        return meta

    def get(self, class_id: str) -> ClassMeta:
        """The class of that name; a Refusal when there is none."""
        meta = self.find(class_id)
        if meta is None:
            raise malformed(f"no class named {class_id}")
        return meta

    def _decode(self, class_id: str, raw: msgspec.Raw) -> ClassMeta | None:
        data = _class_data(raw)
        if not self._known[data.version]:
            return None
        restrictions = _model().restrictions
        props = {
            name: Property(name, kind, access, restrictions[place]) for name, kind, since, access, place in data.props if self._known[since]
        }
        return ClassMeta(class_id, data.rn, data.is_writable, data.privileges, data.parents, data.children, props)


@cache
def schema(version: str = ANNOUNCED) -> Schema:
    """The schema of a version; raises ValueError when it is not one."""
    return Schema(version)

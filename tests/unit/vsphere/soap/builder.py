"""Seeded instances of any VMODL type, and a form of values in which two of them can be compared.

The values are chosen to hurt: markup characters, whitespace at the edges, numbers at the ends of their ranges, microseconds, other
time zones, subtypes where base types are declared.
"""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from emulators.vsphere.soap import metadata, paths, vmodl

TEXTS = ["", "plain", "<a> & </a>", " edge ", "tab\tand\nline", "]]>", "quote\"'", "Zürich 東京 😀", "&amp;"]
MOMENTS = [
    datetime(2026, 1, 31, 8, 0, 0, tzinfo=UTC),
    datetime(2026, 1, 31, 23, 59, 59, 250000, tzinfo=timezone(timedelta(hours=-5))),
    datetime(2017, 5, 30, 18, 54, 17, 757925, tzinfo=UTC),
]
SIMPLE: dict[Any, list[Any]] = {
    bool: [True, False],
    vmodl.byte: [vmodl.byte(-128), vmodl.byte(127)],
    vmodl.short: [vmodl.short(-32768), vmodl.short(7)],
    int: [-(2**31), 0, 2**31 - 1],
    vmodl.long: [vmodl.long(-(2**63)), vmodl.long(2**63 - 1), vmodl.long(0)],
    float: [0.0, 1.5, -2.25],
    vmodl.double: [vmodl.double(0.1), vmodl.double(-1e300)],
    str: TEXTS,
    vmodl.URI: [vmodl.URI("https://[::1]/a?b=c&d=<e>")],
    vmodl.PropertyPath: [vmodl.PropertyPath("config.hardware.device[4000]")],
    vmodl.Link: [vmodl.Link("key-1")],
    datetime: MOMENTS,
    vmodl.binary: [vmodl.binary(b""), vmodl.binary(bytes(range(256)))],
}


class Builder:
    """Builds values; ``fill`` is the chance that an optional property is set, falling with depth."""

    def __init__(self, seed: int, fill: float = 0.5, depth: int = 4) -> None:
        self.random = random.Random(seed)
        self.fill = fill
        self.depth = depth

    def value(self, cls: Any, level: int = 0) -> Any:  # noqa: PLR0911 - one line for each kind of type
        """Return a value of exactly or nearly ``cls``."""
        if cls in SIMPLE:
            return self.random.choice(SIMPLE[cls])
        if cls is object:
            return self.value(self.random.choice([str, int, vmodl.long, datetime, bool]), level)
        if cls is type:
            return vmodl.by_vmodl_name(self.random.choice(["vim.VirtualMachine", "vim.ManagedEntity", "vim.event.VmEvent"]))
        if cls is vmodl.ManagedMethod:
            return vmodl.by_vmodl_name("vim.VirtualMachine").PowerOff
        if issubclass(cls, vmodl.Array):
            return cls(self.value(cls.Item, level + 1) for _ in range(self.random.choice([1, 2])))
        if issubclass(cls, vmodl.Enum):
            return self.random.choice(cls.values)
        if issubclass(cls, vmodl.ManagedObject):
            return self.subtype(cls)(f"id-{self.random.randrange(100)}")
        return self.instance(self.subtype(cls) if level < 2 else cls, level)

    def instance(self, cls: Any, level: int = 0) -> Any:
        """Return a data object of exactly ``cls``."""
        made = cls()
        chance = self.fill / (level + 1) if level < self.depth else 0.0
        for field in metadata.fields_of(cls):
            if field.name in {"msg", "dynamicType", "dynamicProperty"}:
                continue
            if not field.optional or self.random.random() < chance:
                setattr(made, field.name, self.value(field.type, level + 1))
        return made

    def arguments(self, info: metadata.MethodInfo) -> list[Any]:
        """Return arguments for a method, optional ones sometimes None."""
        return [None if one.optional and self.random.random() < self.fill else self.value(one.type, 1) for one in info.params]

    def subtype(self, cls: Any) -> Any:
        """Return ``cls`` or one of its direct subtypes."""
        choices = [cls, *(vmodl.by_vmodl_name(name) for name in sorted(paths.vmodl_children().get(cls.__name__, ())))]
        choices = [one for one in choices if one is not vmodl.LocalizedMethodFault]  # how faults travel, no value of its own
        return self.random.choice(choices) if cls is not vmodl.DataObject else cls


def canonical(value: Any, version: str | None = None) -> Any:  # noqa: PLR0911 - one line for each kind of value
    """Return nested tuples that are equal exactly when two values mean the same to a client that speaks ``version``."""
    if value is None:
        return None
    if isinstance(value, list):
        return ("array", tuple(canonical(item, version) for item in value))
    if isinstance(value, vmodl.DataObject):
        cls = type(value)
        while version is not None and not vmodl.is_within(version, cls._version):
            cls = cls.__bases__[0]
        known = [one for one in metadata.fields_of(cls) if version is None or vmodl.is_within(version, one.version)]
        return (cls.__name__, tuple((one.name, canonical(getattr(value, one.name), version)) for one in known if is_set(value, one.name)))
    if isinstance(value, vmodl.ManagedObject):
        return (type(value).__name__, value._moId)
    if isinstance(value, type):
        return ("type", vmodl.wire_name(value))
    if isinstance(value, vmodl.ManagedMethod):
        return ("method", value.info.wsdlName)
    if isinstance(value, datetime):
        return ("dateTime", value.astimezone(UTC).isoformat())
    if isinstance(value, float) and not isinstance(value, bool):
        return ("float", float(value) if not math.isnan(value) else "NaN")
    return (_kind(type(value)), value)


def is_set(value: Any, name: str) -> bool:
    """Return whether a property has a value; an empty array is none."""
    found = getattr(value, name)
    return found is not None and not (isinstance(found, list) and not found)


@vmodl.memo
def _kind(cls: type[Any]) -> str:
    if cls in SIMPLE or issubclass(cls, vmodl.Enum):
        return "string" if cls in vmodl.STRING_LIKE else cls.__name__
    return next(_kind(base) for base in cls.__mro__[1:] if base in SIMPLE)

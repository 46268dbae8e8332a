"""Writes ``model.bin`` from ucsmsdk's metadata: ``python -m emulators.ucs.schema.build``.

ucsmsdk (Apache License 2.0) needs 290 MB and four seconds to load all of its classes; this is the same in half a megabyte, of which each
class is decoded when it is first asked for.
"""

from __future__ import annotations

import importlib
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

MODEL = Path(__file__).with_name("model.bin")
LEVEL = 9
_BRACKETED = re.compile(r"\[(\w+)\]")


class Interned:
    """A table of values, each kept once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[bytes, int] = {}

    def place(self, value: Any) -> int:
        """Where the value stands."""
        key = msgspec.msgpack.encode(value)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def build() -> bytes:
    """The compressed model; needs ucsmsdk."""
    import ucsmsdk  # noqa: PLC0415 - only who rebuilds the model needs it
    from ucsmsdk import ucscoreutils, ucsmeta  # noqa: PLC0415

    restrictions, versions = Interned(), Interned()
    classes = {}
    for name in sorted(ucsmeta.MO_CLASS_ID):
        loaded: Any = ucscoreutils.load_class(name)
        if loaded.mo_meta.xml_attribute:
            classes[loaded.mo_meta.xml_attribute] = msgspec.Raw(msgspec.msgpack.encode(_class(loaded, restrictions, versions)))
    model = {
        "source": f"ucsmsdk {ucsmsdk.__version__}",
        "versions": versions.values,
        "restrictions": restrictions.values,
        "classes": classes,
        "methods": dict(_methods(ucsmeta.METHOD_CLASS_ID)),
    }
    return zlib.compress(msgspec.msgpack.encode(model), LEVEL)


def _class(loaded: Any, restrictions: Interned, versions: Interned) -> list[Any]:
    meta = loaded.mo_meta
    names = {python: prop.xml_attribute for python, prop in loaded.prop_meta.items()}
    rn = _BRACKETED.sub(lambda match: f"[{names[match[1]]}]", meta.rn or "")
    props = [_property(prop, restrictions, versions) for prop in loaded.prop_meta.values()]
    writable = meta.inp_out == "InputOutput"
    return [rn, versions.place(str(meta.version)), writable, list(meta.access), _names(meta.parents), _names(meta.children), props]


def _names(names: Any) -> list[str]:
    """Without the ``Topology`` entries that name no class."""
    return sorted({name for name in names if name})


def _property(prop: Any, restrictions: Interned, versions: Interned) -> list[Any]:
    rule = prop.restriction
    limits = [rule.min_length, rule.max_length, rule.pattern or "", list(rule.value_set or ()), list(rule.range_val or ())]
    return [prop.xml_attribute, prop.field_type, versions.place(str(prop.version)), prop.access, restrictions.place(limits)]


def _methods(names: Any) -> Iterator[tuple[str, list[Any]]]:
    for name in sorted(names):
        module = importlib.import_module(f"ucsmsdk.methodmeta.{name}Meta")
        props = [[one.xml_attribute, one.field_type, one.inp_out, bool(one.is_complex_type)] for one in module.prop_meta.values()]
        yield module.method_meta.xml_attribute, props


def main(write: Callable[[bytes], object] = MODEL.write_bytes) -> None:
    """Write the model."""
    write(build())


if __name__ == "__main__":
    main()

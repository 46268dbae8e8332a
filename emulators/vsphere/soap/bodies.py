"""The function that writes the properties of one data object type, compiled from generated Python source.

A property list of 40 fields is looped over for every object of every answer, and most fields are unset.  Unrolled, the same work takes
half the time that closures in a loop take (``benchmarks/vsphere/codec.py``), which is why this is source and not closures.  For
``vim.option.OptionValue`` the source reads

    def write(value, out):
        properties = value.__dict__
        append = out.append
        try:
            v = properties['key']
            if v is None: raise Unset('key')
            append(f'''<key>{v if v.isalnum() else escape(v)}</key>''')
            v = properties['value']
            if v is None: raise Unset('value')
            write_1(v, out)
        except TROUBLES as error: explain(value, error)

All that goes into it are names from pyVmomi's metadata, never anything from a client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn, Protocol

import msgspec

from dcsim.errors import DcsimError
from emulators.vsphere.soap import vmodl
from emulators.vsphere.soap.metadata import FieldInfo
from emulators.vsphere.soap.primitives import WRITERS, escape

Writer = Callable[[Any, list[str]], None]
"""Appends the element(s) of a value."""

TROUBLES: Final = (TypeError, ValueError, AttributeError, KeyError)
"""What a value of the wrong type raises when it is written."""

_TEXTS: Final = frozenset({str, vmodl.URI, vmodl.PropertyPath})
_INTEGERS: Final = frozenset({vmodl.byte, vmodl.short, int, vmodl.long})


class EncodeError(DcsimError):
    """A value does not fit its VMODL type: a bug in what built it; the message names type and field."""


class Variants(dict[type[Any], tuple[str, Writer]]):
    """Start tag and writer of the content, by a value's class, for elements of one name and declared type."""

    def __init__(self, make: Callable[[type[Any]], tuple[str, Writer]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, cls: type[Any]) -> tuple[str, Writer]:
        made = self[cls] = self._make(cls)
        return made


class Elements(Protocol):
    """What a body needs from its encoder."""

    def element(self, name: str, declared: type[Any], namespace: str, attributes: str = "") -> Writer:
        """The writer of elements for a declared type."""
        ...

    def variants(self, name: str, declared: type[Any], namespace: str, attributes: str) -> Variants:
        """The start tags and writers of a data object element."""
        ...


class Property(msgspec.Struct, frozen=True, eq=False):
    """A property to write: its field, the namespace in force inside its element, and the attributes that this takes."""

    field: FieldInfo
    namespace: str
    attributes: str


def compile_body(cls: type[Any], properties: list[Property], elements: Elements) -> Writer:
    """Compile the writer of the properties of ``cls`` in this order."""
    scope: dict[str, Any] = {"escape": escape, "TROUBLES": TROUBLES, "Unset": _Unset, "explain": _explainer(cls, properties, elements)}
    lines = ["def write(value, out):", " properties = value.__dict__", " append = out.append", " try:", "  pass"]
    for number, one in enumerate(properties):
        lines += ("  " + line for line in _property(number, one, elements, scope))
    lines.append(" except TROUBLES as error: explain(value, error)")
    exec(compile("\n".join(lines), f"<writer of {cls.__name__}>", "exec"), scope)  # noqa: S102 - generated from metadata alone
    writer: Writer = scope["write"]
    return writer


class _Unset(ValueError):
    """A mandatory property has no value; the argument is its name."""


def _property(number: int, one: Property, elements: Elements, scope: dict[str, Any]) -> Iterator[str]:
    """The lines that write one property, or raise Unset."""
    field = one.field
    statement = _statement(number, one, elements, scope)
    absent = "not v" if field.is_array else "v is None"
    yield f"v = properties[{field.name!r}]"
    if field.optional:
        yield f"if {'v' if field.is_array else 'v is not None'}:"
    else:
        yield f"if {absent}: raise Unset({field.name!r})"
    indent = " " if field.optional else ""
    if field.is_array:
        yield f"{indent}for v in v:"
        indent += " "
    yield from (indent + line for line in statement)


def _statement(number: int, one: Property, elements: Elements, scope: dict[str, Any]) -> list[str]:
    """The lines that write one element from ``v``."""
    name, item, attributes = one.field.name, one.field.item, one.attributes
    if (text := _text(number, item, scope)) is not None:
        return [f"append(f'''<{name}{attributes}>{{{text}}}</{name}>''')"]
    if item is not object and issubclass(item, vmodl.ManagedObject):
        return [f"append(f'''<{name}{attributes} type=\"{{v._wsdlName}}\">{{escape(v._moId)}}</{name}>''')"]
    if item is not object and issubclass(item, vmodl.DataObject):
        scope[f"variants_{number}"] = elements.variants(name, item, one.namespace, attributes)
        return [f"start, content = variants_{number}[v.__class__]", "append(start)", "content(v, out)", f"append('</{name}>')"]
    scope[f"write_{number}"] = elements.element(name, item, one.namespace, attributes)
    return [f"write_{number}(v, out)"]


def _text(number: int, item: type[Any], scope: dict[str, Any]) -> str | None:
    """The expression that makes character data of ``v``; None for types with elements inside."""
    if item in _TEXTS:
        return "v if v.isalnum() else escape(v)"
    if item in _INTEGERS:
        return "v:d"
    if item is bool:
        return "'true' if v else 'false'"
    text = text_of(item)
    if text is None:
        return None
    scope[f"text_{number}"] = text
    return f"text_{number}(v)"


@vmodl.memo
def text_of(declared: type[Any]) -> Callable[[Any], str] | None:
    """What turns a value of a simple type into character data; None for the types that have elements inside."""
    if issubclass(declared, vmodl.Enum):
        members = {str(value): str(value) for value in declared.values}
        return members.__getitem__
    return WRITERS.get(declared)


def _explainer(cls: type[Any], properties: list[Property], elements: Elements) -> Callable[[Any, Exception], NoReturn]:
    """What turns a trouble into an EncodeError that names the property: by writing them again, one at a time."""

    def explain(value: Any, error: Exception) -> NoReturn:
        if isinstance(error, _Unset):
            unset = error.args[0]
            raise EncodeError(f"{cls.__name__}.{unset} is mandatory, but {'unset' if getattr(value, unset) is None else 'empty'}") from None
        for one in properties:
            item = getattr(value, one.field.name, None)
            if item is None:
                continue
            try:
                elements.element(one.field.name, one.field.type, one.namespace, one.attributes)(item, [])
            except (*TROUBLES, EncodeError) as trouble:
                raise EncodeError(f"{cls.__name__}.{one.field.name}: {item!r:.80} does not fit ({trouble})") from error
        raise EncodeError(f"{value!r:.80} does not fit {cls.__name__} ({error})") from error

    return explain

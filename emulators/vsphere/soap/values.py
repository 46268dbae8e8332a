"""XML elements → VMODL values, by readers that are compiled once per declared class and kept.

Strict where vCenter is: unknown elements and elements out of order ("Unexpected element tag"), duplicates, unset mandatory properties,
``xsi:type`` that is no subtype of the declared one, text that is no value of its type.  Tolerant where its clients need it: namespaces of
elements (``vim25:spec``, ``spec``), any prefix for XMLSchema-instance, ``xsi:type`` with or without prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from lxml import etree

from emulators.vsphere.soap import metadata, vmodl
from emulators.vsphere.soap.faults import echo
from emulators.vsphere.soap.metadata import FieldInfo
from emulators.vsphere.soap.primitives import READERS
from emulators.vsphere.soap.trail import Misfit, local_name, split_tag, unexpected

Reader = Callable[[etree._Element], Any]

XSI_TYPE: Final = f"{{{vmodl.XSI}}}type"
XSI_NIL: Final = f"{{{vmodl.XSI}}}nil"

_Slot = tuple[int, str, Reader, "type[Any] | None", "str | None"]
"""Place in the order of elements, name, reader of one element, the array class when it may repeat, paragraph for troubles inside."""


@vmodl.memo
def reader(declared: type[Any]) -> Reader:
    """The reader of one element whose value is declared as ``declared`` (the item class, for an array)."""
    if declared is object:
        return _read_any
    for base, make in ((vmodl.MethodFault, _fault_reader), (vmodl.DataObject, _object_reader), (vmodl.ManagedObject, _reference_reader)):
        if issubclass(declared, base):
            return make(declared)
    if issubclass(declared, vmodl.Enum):
        return _checked(declared, _enum_parser(declared))
    return _checked(declared, _NAMES.get(declared) or READERS[declared])


def _text(element: etree._Element) -> str:
    if len(element):
        raise unexpected(element[0].tag)
    return element.text or ""


def _checked(declared: type[Any], parse: Callable[[str], Any]) -> Reader:
    """A reader of text; ``xsi:type`` may only repeat or narrow the declared class."""
    name = vmodl.qualified_name(declared)[1]
    frame = f"while parsing serialized value of type {name}"
    article = "an" if name[0] in "aeiouAEIOU" else "a"
    any_type_does = declared in vmodl.NAMED_BY_STRING or declared is vmodl.Link

    def read(element: etree._Element) -> Any:
        try:
            if not any_type_does and (qname := element.get(XSI_TYPE)) is not None:
                _subtype(element, qname, declared)
            text = _text(element)
            return parse(text)
        except ValueError:
            trouble = f'Cannot parse "{echo(element.text or "")}" as {article} {name} value'
            raise Misfit(trouble).within(frame, element) from None
        except Misfit as misfit:
            raise misfit.within(frame, element) from None

    return read


def _enum_parser(declared: type[Any]) -> Callable[[str], Any]:
    members = {str(value): value for value in declared.values}

    def parse(text: str) -> Any:
        member = members.get(text.strip())
        if member is None:
            raise ValueError(text)
        return member

    return parse


def _read_type_name(text: str) -> Any:
    found = vmodl.by_wire_name(vmodl.VIM25, text.strip().rsplit(":", 1)[-1])
    if found is None:
        raise Misfit(f"Unable to resolve WSDL type name {echo(text)} for namespace name {vmodl.VIM25}", unknown_type=True)
    return found


def _read_method_name(text: str) -> Any:
    known = metadata.method(vmodl.VIM25, text)
    return vmodl.UnknownManagedMethod(text) if known is None else getattr(known.managed, known.name, vmodl.UnknownManagedMethod(text))


_NAMES: Final[dict[type[Any], Callable[[str], Any]]] = {type: _read_type_name, vmodl.ManagedMethod: _read_method_name}


def resolve_type(element: etree._Element, qname: str) -> type[Any]:
    """The class that an ``xsi:type`` value names at an element; Misfit when there is none."""
    prefix, colon, name = qname.strip().rpartition(":")
    # govc writes xsi:type="xsd:int" without declaring xsd, so a prefix without a namespace must do.
    namespace = element.nsmap.get(prefix if colon else None) or (vmodl.XSD if prefix == "xsd" else None)
    found = vmodl.by_wire_name(namespace, name)
    if found is None or found is type(None):
        raise Misfit(f"Unable to resolve WSDL type name {echo(name)} for namespace name {echo(namespace or '')}", unknown_type=True)
    return found


def _subtype(element: etree._Element, qname: str, declared: type[Any]) -> type[Any]:
    actual = resolve_type(element, qname)
    if not issubclass(actual, declared):
        raise Misfit(f"Type {vmodl.wire_name(actual)} is not a subtype of {vmodl.wire_name(declared)}", unknown_type=True)
    return actual


def _read_any(element: etree._Element) -> Any:
    qname = element.get(XSI_TYPE)
    if qname is None:
        raise Misfit("Missing xsi:type attribute on an element of type anyType").within("while parsing Any", element)
    try:
        actual = resolve_type(element, qname)
        return _read_array(element, actual) if issubclass(actual, vmodl.Array) else reader(actual)(element)
    except Misfit as misfit:
        raise misfit.within(f"error parsing Any with xsiType {echo(qname)}", element) from None


def _read_array(element: etree._Element, cls: type[Any]) -> Any:
    read, tag = reader(cls.Item), _item_tag(cls.Item)
    values = cls()
    for child in element:
        if local_name(child.tag) != tag:
            raise unexpected(child.tag)
        values.append(read(child))
    return values


@vmodl.memo
def _item_tag(item: type[Any]) -> str:
    if item in vmodl.NAMED_BY_STRING:
        return "string"
    if issubclass(item, vmodl.ManagedObject):
        return "ManagedObjectReference"
    return "LocalizedMethodFault" if issubclass(item, vmodl.MethodFault) else vmodl.qualified_name(item)[1]


def _managed_type(name: str, declared: type[Any]) -> type[Any]:
    cls = metadata.managed_type(name.rsplit(":", 1)[-1])
    if cls is None or not issubclass(cls, declared):
        raise Misfit(f'Error processing attribute "type" with value "{echo(name)}"', unknown_type=True)
    return cls


def _reference_reader(declared: type[Any]) -> Reader:
    frame = f"while parsing MoRef for ManagedObject of type {vmodl.vmodl_name(declared)}"

    def read(element: etree._Element) -> Any:
        try:
            cls = _managed_type(element.get("type", ""), declared)
            return cls(_text(element).strip(), None, element.get("serverGuid"))
        except Misfit as misfit:
            raise misfit.within(frame, element) from None

    return read


def _fault_reader(declared: type[Any]) -> Reader:
    """Reads a LocalizedMethodFault element; the result is the fault itself, with the message as its ``msg``."""

    def read(element: etree._Element) -> Any:
        fault: Any = None
        message: str | None = None
        for child in element:
            name = local_name(child.tag)
            if name == "fault" and fault is None and message is None:
                fault = _object_reader(declared if declared is not vmodl.LocalizedMethodFault else vmodl.MethodFault)(child)
            elif name == "localizedMessage" and fault is not None and message is None:
                message = reader(str)(child)
            else:
                raise unexpected(child.tag)
        if fault is None:
            raise Misfit("Required property fault is missing from data object of type LocalizedMethodFault").within(
                "while parsing serialized DataObject of type vmodl.LocalizedMethodFault", element
            )
        fault.msg = message
        return fault

    return read


@vmodl.memo
def _object_reader(declared: type[Any]) -> Reader:
    builders: dict[type[Any], Callable[[etree._Element], Any]] = {}

    def build(cls: type[Any], element: etree._Element) -> Any:
        builder = builders.get(cls)
        if builder is None:
            builder = builders[cls] = _builder(cls)
        return builder(element)

    def read(element: etree._Element) -> Any:
        qname = element.get(XSI_TYPE)
        if qname is None:
            return build(declared, element)
        try:
            actual = _subtype(element, qname, declared)
        except Misfit as misfit:
            raise misfit.within(f"while parsing serialized DataObject of type {declared.__name__}", element) from None
        return build(actual, element)

    return read


@vmodl.memo
def _builder(cls: type[Any]) -> Callable[[etree._Element], Any]:
    """Compile what makes one data object of exactly ``cls`` from an element."""
    fields = [field for field in metadata.fields_of(cls) if not (field.name == "msg" and issubclass(cls, vmodl.MethodFault))]
    sequence = Sequence(fields, framed=True)
    empty = {field.name: None for field in metadata.fields_of(cls)}
    arrays = tuple((field.name, field.type) for field in fields if field.is_array)
    frame = f"while parsing serialized DataObject of type {cls.__name__}"
    incomplete = f"Required property {{}} is missing from data object of type {vmodl.wire_name(cls)}"
    new: Any = cls.__new__

    def build(element: etree._Element) -> Any:
        try:
            _no_text(element)
            values = sequence.read(element, incomplete)
        except Misfit as misfit:
            raise misfit.within(frame, element) from None
        made: Any = new(cls)
        # Past pyVmomi's __init__ and __setattr__, which would look up and check every property again.
        contents = made.__dict__
        contents.update(empty)
        contents.update(values)
        for name, array in arrays:
            if contents[name] is None:
                contents[name] = array()
        return made

    return build


def _no_text(element: etree._Element) -> None:
    text = element.text
    if text is not None and text and not text.isspace():
        raise Misfit(f'Unexpected text "{echo(text.strip())}" seen')


class Sequence:
    """Named elements in a fixed order: the properties of a data object, or the parameters of a method."""

    def __init__(self, fields: Iterable[FieldInfo], *, framed: bool) -> None:
        """``framed``: troubles inside an element get a "while parsing property" paragraph."""
        self._mandatory: dict[str, None] = {}
        self._by_tag: dict[str, _Slot] = {}
        self._by_name: dict[str, _Slot] = {}
        for index, field in enumerate(fields):
            frame = f'while parsing property "{field.name}" of static type {vmodl.wire_name(field.type)}' if framed else None
            slot = (index, field.name, reader(field.item), field.type if field.is_array else None, frame)
            self._by_name[field.name] = self._by_tag[f"{{{vmodl.namespace_of(field.version)}}}{field.name}"] = slot
            if not field.optional:
                self._mandatory[field.name] = None

    def read(self, elements: Iterable[etree._Element], incomplete: str) -> dict[str, Any]:
        """The values by name; arrays are typed and not empty, elements with ``xsi:nil`` are left out.

        ``incomplete`` is the message for a missing mandatory one, with ``{}`` for its name.
        """
        values: dict[str, Any] = {}
        by_tag = self._by_tag
        last = -1
        for element in elements:
            slot = by_tag.get(element.tag)
            index, name, read, array, frame = self._slot(element.tag) if slot is None else slot
            if index < last or (index == last and array is None):
                raise unexpected(element.tag)
            last = index
            if element.get(XSI_NIL) == "true":
                continue
            try:
                value = read(element)
            except Misfit as misfit:
                raise misfit.inside(name, frame) from None
            if array is None:
                values[name] = value
            elif name in values:
                values[name].append(value)
            else:
                values[name] = array((value,))
        if not self._mandatory.keys() <= values.keys():
            raise Misfit(incomplete.format(next(name for name in self._mandatory if name not in values)))
        return values

    def _slot(self, tag: Any) -> _Slot:
        """By local name, when the element is in no namespace or in that of another service."""
        namespace, name = split_tag(tag)
        slot = self._by_name.get(name)
        if slot is None or (namespace or vmodl.VIM25) not in vmodl.NAMESPACES:
            raise unexpected(tag)
        return slot

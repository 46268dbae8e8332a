"""Values → XML, by writers that are compiled once per type and kept.

An ``Encoder`` belongs to one API version and one XML namespace: properties and types that are newer are left out or widened to the nearest
ancestor that the client knows, as vCenter does.  It writes

- data objects in property order, unset optional properties left out; an unset mandatory one is a bug here and raises ``EncodeError``;
- ``xsi:type`` on every anyType, and wherever a value's class differs from the declared one;
- references as ``<x type="Folder">group-d1</x>``, with ``xsi:type="ManagedObjectReference"`` *after* ``type`` in an anyType (some Java
  clients depend on vCenter's order);
- faults as LocalizedMethodFault; arrays as repeated elements, or as ``ArrayOfX`` inside an anyType.

Writers append strings to a list, so that a large answer is joined once.  The prefixes ``xsd`` and ``xsi`` come from the envelope.
"""

from __future__ import annotations

from typing import Any

from emulators.vsphere.soap import metadata, vmodl
from emulators.vsphere.soap.bodies import TROUBLES, EncodeError, Property, Variants, Writer, compile_body, text_of
from emulators.vsphere.soap.metadata import FieldInfo
from emulators.vsphere.soap.primitives import WRITERS, escape

_INT_RANGE = range(-(1 << 31), 1 << 31)
_REFERENCE = "ManagedObjectReference"


__all__ = ["EncodeError", "Encoder", "Writer"]


class Encoder:
    """Writes values for clients that speak ``version`` (a VMODL version name; None for no limit) in ``namespace``."""

    def __init__(self, version: str | None, namespace: str = vmodl.VIM25) -> None:
        self.version = version
        self.namespace = namespace
        self._elements: dict[tuple[str, type[Any], str, str], Writer] = {}
        self._any: dict[tuple[str, type[Any], str, str], Writer] = {}
        self._bodies: dict[tuple[type[Any], str], Writer] = {}

    def value(self, name: str, value: Any, declared: type[Any]) -> bytes:
        """``<name …>…</name>`` for a value of a declared type; several elements when that is an array; nothing for None."""
        if value is None:
            return b""
        return _render(self.element(name, declared, self.namespace), value, name)

    def any(self, name: str, value: Any, declared: type[Any]) -> bytes:
        """``<name xsi:type="…">…</name>``: a property's value as an anyType.

        ``declared`` is the property's own type; it tells an int from a long, a string from an enum, and types a plain list.
        """
        return _render(self._typed(name, value, declared, self.namespace), value, name)

    def element(self, name: str, declared: type[Any], namespace: str, attributes: str = "") -> Writer:
        """The writer of elements called ``name`` for values declared as ``declared``; ``namespace`` is the default one in force."""
        key = (name, declared, namespace, attributes)
        writer = self._elements.get(key)
        if writer is None:
            writer = self._elements[key] = self._make_element(*key)
        return writer

    def body(self, cls: type[Any], namespace: str) -> Writer:
        """The writer of a data object's properties, without the element around them."""
        key = (cls, namespace)
        writer = self._bodies.get(key)
        if writer is None:
            writer = self._bodies[key] = self._make_body(cls, namespace)
        return writer

    def _make_element(self, name: str, declared: type[Any], namespace: str, attributes: str) -> Writer:
        if declared is object:
            return self._make_any(name, namespace, attributes)
        if issubclass(declared, vmodl.Array):
            return _repeated(self.element(name, declared.Item, namespace, attributes))
        if issubclass(declared, vmodl.DataObject):
            return self._make_object(name, declared, namespace, attributes)
        if issubclass(declared, vmodl.ManagedObject):
            return _reference(name, attributes, "")
        return _simple(name, declared, attributes)

    def _make_any(self, name: str, namespace: str, attributes: str) -> Writer:
        known: dict[type[Any], Writer] = {}

        def write(value: Any, out: list[str]) -> None:
            cls = value.__class__
            writer = known.get(cls)
            if writer is None:
                writer = self._typed(name, value, object, namespace, attributes)
                if cls is not int:  # whether it is an int or a long, only the value can tell
                    known[cls] = writer
            writer(value, out)

        return write

    def _typed(self, name: str, value: Any, declared: type[Any], namespace: str, attributes: str = "") -> Writer:
        cls = _any_class(value, declared)
        key = (name, cls, namespace, attributes)
        writer = self._any.get(key)
        if writer is None:
            writer = self._any[key] = self._make_typed(*key)
        return writer

    def _make_typed(self, name: str, cls: type[Any], namespace: str, attributes: str) -> Writer:
        if issubclass(cls, vmodl.Array):
            return self._make_array(name, cls, namespace, attributes)
        if issubclass(cls, vmodl.ManagedObject):
            return _reference(name, attributes, f' xsi:type="{self._qualify(vmodl.VIM25, _REFERENCE, namespace)}"')
        if issubclass(cls, vmodl.DataObject):
            return self._make_object(name, object, namespace, attributes)
        shown = str if cls in vmodl.NAMED_BY_STRING or cls is vmodl.Link else cls
        return _simple(name, cls, attributes + self._xsi_type(shown, namespace))

    def _make_array(self, name: str, cls: type[Any], namespace: str, attributes: str) -> Writer:
        item = str if cls.Item in vmodl.NAMED_BY_STRING else cls.Item
        tag, item_namespace = _item_tag(item)
        start = f"<{name}{attributes}{self._xsi_array(item, item_namespace, tag, namespace)}>"
        # vCenter repeats xsi:type on every item here.
        items = _repeated(self.element(tag, object, namespace) if cls.Item is object else self._make_typed(tag, cls.Item, namespace, ""))
        end = f"</{name}>"

        def write(value: Any, out: list[str]) -> None:
            out.append(start)
            if value:
                items(value, out)
            out.append(end)

        return write

    def variants(self, name: str, declared: type[Any], namespace: str, attributes: str) -> Variants:
        """Start tags and content writers of ``name`` elements for data objects declared as ``declared``, by the value's class."""
        return Variants(lambda cls: self._make_variant(name, declared, cls, namespace, attributes))

    def _make_object(self, name: str, declared: type[Any], namespace: str, attributes: str) -> Writer:
        variants = self.variants(name, declared, namespace, attributes)
        end = f"</{name}>"

        def write(value: Any, out: list[str]) -> None:
            start, content = variants[value.__class__]
            out.append(start)
            content(value, out)
            out.append(end)

        return write

    def _make_variant(self, name: str, declared: type[Any], cls: type[Any], namespace: str, attributes: str) -> tuple[str, Writer]:
        if not issubclass(cls, vmodl.DataObject):
            raise EncodeError(f"{name}: expected {declared.__name__}, got {cls.__name__}")
        if issubclass(cls, vmodl.MethodFault):
            return self._make_fault(name, declared, namespace, attributes)
        if declared is not object and not issubclass(cls, declared):
            raise EncodeError(f"{name}: expected {declared.__name__}, got {cls.__name__}")
        shown = self._widen(cls)
        if shown is not declared:
            attributes += self._xsi_type(shown, namespace)
        return f"<{name}{attributes}>", self.body(shown, namespace)

    def _make_fault(self, name: str, declared: type[Any], namespace: str, attributes: str) -> tuple[str, Writer]:
        """A MethodFault travels inside a LocalizedMethodFault everywhere but at the top of a SOAP fault's detail."""
        if declared is object or not issubclass(declared, vmodl.MethodFault):
            attributes += self._xsi_type(vmodl.LocalizedMethodFault, namespace)
        inner, inner_attributes = _enter(vmodl.VIM25, namespace)

        def write(value: Any, out: list[str]) -> None:
            fault, message = (value.fault, value.localizedMessage) if isinstance(value, vmodl.LocalizedMethodFault) else (value, value.msg)
            self.fault("fault", fault, out, inner, inner_attributes)
            if message is not None:
                out.append(f"<localizedMessage{inner_attributes}>{escape(message)}</localizedMessage>")

        return f"<{name}{attributes}>", write

    def fault(self, tag: str, fault: Any, out: list[str], namespace: str, attributes: str = "") -> None:
        """Append a fault object itself, without the LocalizedMethodFault around it."""
        cls = self._widen(fault.__class__)
        out.append(f"<{tag}{attributes}{self._xsi_type(cls, namespace)}>")
        self.body(cls, namespace)(fault, out)
        out.append(f"</{tag}>")

    def _make_body(self, cls: type[Any], namespace: str) -> Writer:
        shown = [field for field in metadata.fields_of(cls) if self._shows(cls, field)]
        inner = [(field, *_enter(vmodl.namespace_of(field.version), namespace)) for field in shown]
        return compile_body(cls, [Property(*one) for one in inner], self)

    def _shows(self, cls: type[Any], field: FieldInfo) -> bool:
        if field.name == "msg" and issubclass(cls, vmodl.MethodFault):
            return False  # pyVmomi's own attribute: on the wire it is localizedMessage or faultstring
        return self._knows(field.version)

    def _knows(self, introduced: str) -> bool:
        """Does the client know what came with this version?  A vim25 client knows nothing of vSAN's subtypes; a vSAN client knows vim25."""
        return self.version is None or vmodl.is_within(self.version, introduced)

    def _widen(self, cls: type[Any]) -> type[Any]:
        while not self._knows(cls._version):
            cls = cls.__bases__[0]
        return cls

    def _xsi_type(self, cls: type[Any], namespace: str) -> str:
        return self._xsi(*vmodl.qualified_name(cls), namespace)

    def _xsi_array(self, item: type[Any], item_namespace: str, tag: str, namespace: str) -> str:
        array_namespace = vmodl.VIM25 if item_namespace == vmodl.XSD else item_namespace
        return self._xsi(array_namespace, "ArrayOf" + tag[0].upper() + tag[1:], namespace)

    def _xsi(self, type_namespace: str, name: str, namespace: str) -> str:
        declaration = "" if type_namespace in {namespace, vmodl.XSD} else f' xmlns:{_prefix(type_namespace)}="{type_namespace}"'
        return f'{declaration} xsi:type="{self._qualify(type_namespace, name, namespace)}"'

    def _qualify(self, type_namespace: str, name: str, namespace: str) -> str:
        return name if type_namespace == namespace else f"{_prefix(type_namespace)}:{name}"


def _prefix(namespace: str) -> str:
    return "xsd" if namespace == vmodl.XSD else namespace.rsplit(":", 1)[-1]


def _enter(tag_namespace: str, namespace: str) -> tuple[str, str]:
    """The default namespace inside an element of ``tag_namespace``, and the attribute that sets it when it differs from the current one."""
    return (namespace, "") if tag_namespace == namespace else (tag_namespace, f' xmlns="{tag_namespace}"')


def _item_tag(item: type[Any]) -> tuple[str, str]:
    """Element name of an array's items inside an anyType, and the namespace of the item type."""
    if issubclass(item, vmodl.ManagedObject):
        return _REFERENCE, vmodl.VIM25
    if issubclass(item, vmodl.MethodFault):
        return "LocalizedMethodFault", vmodl.VIM25
    namespace, name = vmodl.qualified_name(item)
    return name, namespace


def _any_class(value: Any, declared: type[Any]) -> type[Any]:
    """The class that names an anyType's value: the declared one where the value alone can't tell, else the value's own."""
    cls: type[Any] = value.__class__
    if issubclass(cls, list):
        return _array_class(cls, declared)
    if declared is not object and not issubclass(declared, vmodl.DataObject | vmodl.ManagedObject):
        return declared
    if cls is int and value not in _INT_RANGE:
        return vmodl.long
    if cls is bytes:
        return vmodl.binary
    return type if isinstance(value, type) else _declared_base(cls)


def _array_class(cls: type[Any], declared: type[Any]) -> type[Any]:
    if declared is not object and issubclass(declared, vmodl.Array):
        return declared
    if not issubclass(cls, vmodl.Array):
        raise EncodeError("a plain list inside an anyType has no item type: use the typed array")
    return cls


@vmodl.memo
def _declared_base(cls: type[Any]) -> type[Any]:
    if cls in WRITERS or issubclass(cls, vmodl.DataObject | vmodl.ManagedObject | vmodl.Enum):
        return cls
    for base in cls.__mro__[1:]:
        if base in WRITERS:
            return base
    raise EncodeError(f"{cls.__name__} is no VMODL type")


def _repeated(item: Writer) -> Writer:
    def write(values: Any, out: list[str]) -> None:
        for value in values:
            item(value, out)

    return write


def _reference(name: str, attributes: str, suffix: str) -> Writer:
    def write(value: Any, out: list[str]) -> None:
        cls = value.__class__
        if not issubclass(cls, vmodl.ManagedObject):
            raise EncodeError(f"{name}: expected a managed object, got {cls.__name__}")
        out.append(f'<{name}{attributes} type="{cls._wsdlName}"{suffix}>{escape(value._moId)}</{name}>')

    return write


def _simple(name: str, declared: type[Any], attributes: str) -> Writer:
    text = text_of(declared) or escape
    start, end = f"<{name}{attributes}>", f"</{name}>"

    def write(value: Any, out: list[str]) -> None:
        try:
            out.append(f"{start}{text(value)}{end}")
        except TROUBLES as error:
            raise EncodeError(f"{name}: expected {declared.__name__}, got {value!r:.80} ({error})") from error

    return write


def _render(writer: Writer, value: Any, name: str) -> bytes:
    out: list[str] = []
    if value is None:
        raise EncodeError(f"{name} is unset")
    writer(value, out)
    return "".join(out).encode()

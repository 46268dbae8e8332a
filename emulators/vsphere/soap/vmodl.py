"""The one door to pyVmomi's untyped internals.

Everything the codec knows about VMODL comes through here: classes and names, never a client-side stub.  pyVmomi creates a class only when
somebody asks for it, and this module keeps it so (importing pyVmomi costs about 0.35 s, creating all 4,822 classes another 0.2 s).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, ParamSpec, TypeVar, cast

from pyVmomi import VmomiSupport

_support: Final[Any] = VmomiSupport

_P = ParamSpec("_P")
_R = TypeVar("_R")


def memo(function: Callable[_P, _R], /, maxsize: int | None = None) -> Callable[_P, _R]:
    """``functools.lru_cache``, keeping the signature (mypy does not see that a class can be hashed)."""
    return cast("Callable[_P, _R]", lru_cache(maxsize)(function))


VIM25: Final = "urn:vim25"
XSD: Final = "http://www.w3.org/2001/XMLSchema"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
SOAPENV: Final = "http://schemas.xmlsoap.org/soap/envelope/"

F_LINK: Final[int] = _support.F_LINK
F_LINKABLE: Final[int] = _support.F_LINKABLE
F_OPTIONAL: Final[int] = _support.F_OPTIONAL
F_SECRET: Final[int] = _support.F_SECRET

# The Python classes behind VMODL's built-in types.
ManagedObject: Final[type[Any]] = _support.ManagedObject
DataObject: Final[type[Any]] = _support.DataObject
Enum: Final[type[Any]] = _support.Enum
Array: Final[type[Any]] = _support.Array
ManagedMethod: Final[type[Any]] = _support.ManagedMethod
UnknownManagedMethod: Final[type[Any]] = _support.UnknownManagedMethod
PropertyPath: Final[type[Any]] = _support.PropertyPath
Link: Final[type[Any]] = _support.Link
URI: Final[type[Any]] = _support.URI
binary: Final[type[Any]] = _support.binary
byte: Final[type[Any]] = _support.byte
short: Final[type[Any]] = _support.short
long: Final[type[Any]] = _support.long
double: Final[type[Any]] = _support.double
MethodFault: Final[type[Any]] = _support.GetVmodlType("vmodl.MethodFault")
LocalizedMethodFault: Final[type[Any]] = _support.GetVmodlType("vmodl.LocalizedMethodFault")

STRING_LIKE: Final = frozenset({str, URI, PropertyPath, Link})
NAMED_BY_STRING: Final = frozenset({type, ManagedMethod, PropertyPath})
"""VMODL types whose values are names: plain ``xsd:string`` on the wire, also inside an anyType."""


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


# An NCName of VMODL; anything else cannot name a type, and a lookup of "ArrayOfArrayOf..." must not recurse.
_WIRE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,120}\Z")


def by_vmodl_name(name: str) -> type[Any]:
    """The class of a VMODL name such as ``vim.vm.ConfigSpec`` or ``string[]``; KeyError when there is none."""
    return cast("type[Any]", _support.GetVmodlType(name))


def by_wire_name(namespace: str | None, name: str) -> type[Any] | None:
    """The class that ``name`` means in an XML namespace (``VirtualE1000``, ``ArrayOfString``, ``string``), or None.

    A wrong or missing namespace is forgiven when the name is known in vim25 or another service, as vCenter's own clients need it.
    """
    if not _WIRE_NAME.match(name) or name.startswith("ArrayOfArrayOf"):
        return None
    return _by_wire_name(namespace if namespace in NAMESPACES else None, name)


@memo
def _known_wire_name(namespace: str | None, name: str) -> type[Any] | None:
    try:
        return cast("type[Any]", _support.GetWsdlType(namespace, name) if namespace else _support.GuessWsdlType(name))
    except KeyError:
        return None


def _by_wire_name(namespace: str | None, name: str) -> type[Any] | None:
    if name.endswith("ManagedObjectReference"):
        name = name.removesuffix("Reference")
    bare = name.removeprefix("ArrayOf")
    if bare not in _type_names() and bare not in _BUILTIN_NAMES:
        return None  # never cached: the names of strangers are unbounded
    return _known_wire_name(namespace, name) or _known_wire_name(None, name)


_XSD_NAMES: Final = (
    "anyType",
    "boolean",
    "byte",
    "short",
    "int",
    "long",
    "float",
    "double",
    "string",
    "anyURI",
    "base64Binary",
    "dateTime",
)
_BUILTIN_NAMES: Final = frozenset((*_XSD_NAMES, *(_capital(name) for name in _XSD_NAMES), "TypeName", "MethodName", "PropertyPath"))


@memo
def _type_names() -> frozenset[str]:
    return frozenset(name for _, name in _support._wsdlDefMap) | {"LocalizedMethodFault", "MethodFault", "RuntimeFault"}


NAMESPACES: Final = frozenset({namespace for namespace, _ in _support._wsdlDefMap} | {XSD})
"""XML namespaces of every service in the metadata (vim25, pbm, sms, eam, vslm, vsan) and of XML Schema."""


@memo
def qualified_name(cls: type[Any]) -> tuple[str, str]:
    """(XML namespace, wire name) of a class."""
    if issubclass(cls, Array) and cls not in _support._wsdlNameMap:
        namespace, name = qualified_name(cls.Item)
        return (VIM25 if namespace == XSD else namespace), "ArrayOf" + name[0].upper() + name[1:]
    return cast("tuple[str, str]", _support.GetQualifiedWsdlName(cls))


def wire_name(cls: type[Any]) -> str:
    """The wire name of a class: ``VirtualMachineConfigSpec``, ``ArrayOfString``, ``ManagedObjectReference``."""
    if issubclass(cls, ManagedObject):
        return cls._wsdlName if cls is not ManagedObject else "ManagedObject"
    if cls is MethodFault:
        return "MethodFault"
    return qualified_name(cls)[1]


def array_of(item: type[Any]) -> type[Any]:
    """The array class whose items are ``item``."""
    own = item.__dict__.get("Array")
    return cast("type[Any]", own if own is not None else _support.GetWsdlType(VIM25, "ArrayOf" + _capital(qualified_name(item)[1])))


def namespace_of(version: str) -> str:
    """The XML namespace of a VMODL version: ``vim.version.version9`` → ``urn:vim25``."""
    return cast("str", _support.GetWsdlNamespace(version))


def is_within(version: str, introduced: str) -> bool:
    """Does a client that speaks ``version`` know what was ``introduced`` in another one?  (Both VMODL version names.)"""
    return introduced == version or introduced in _support.parentMap[version]


def vmodl_name(cls: type[Any]) -> str:
    """The VMODL name of a class: ``vim.vm.ConfigSpec``, ``vmodl.ManagedObject``."""
    return cast("str", _support.GetVmodlName(cls))


def support() -> Any:
    """pyVmomi.VmomiSupport itself, for ``metadata`` and ``versions``."""
    return _support

"""What pyVmomi's metadata says about managed types: their methods, parameters and properties.

Everything is looked up when first asked for and then kept.  ``MethodInfo`` and ``FieldInfo`` are immutable, so they may be shared freely.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from emulators.vsphere.soap import vmodl


class FieldInfo(msgspec.Struct, frozen=True, eq=False):
    """A property of a data or managed object, or a parameter of a method.

    ``type`` is the pyVmomi class (an ``Array`` subclass when ``is_array``); ``item`` the class of one element.
    """

    name: str
    type: Any
    item: Any
    is_array: bool
    optional: bool
    link: bool
    linkable: bool
    secret: bool
    version: str
    privilege: str | None = None


class MethodInfo(msgspec.Struct, frozen=True, eq=False):
    """A method as declared; ``managed`` is the class that declares it, ``vmodl_name`` its Java-style name (``powerOn``)."""

    managed: Any
    name: str
    vmodl_name: str
    wire_name: str
    namespace: str
    params: tuple[FieldInfo, ...]
    result: Any
    result_optional: bool
    is_task: bool
    faults: tuple[str, ...]
    privilege: str | None
    version: str


def _field(raw: Any) -> FieldInfo:
    cls = raw.type
    is_array = issubclass(cls, vmodl.Array)
    return FieldInfo(
        name=raw.name,
        type=cls,
        item=cls.Item if is_array else cls,
        is_array=is_array,
        optional=bool(raw.flags & vmodl.F_OPTIONAL),
        link=bool(raw.flags & vmodl.F_LINK),
        linkable=bool(raw.flags & vmodl.F_LINKABLE),
        secret=bool(raw.flags & vmodl.F_SECRET),
        version=raw.version,
        privilege=getattr(raw, "privId", None),
    )


@vmodl.memo
def fields_of(cls: type[Any]) -> tuple[FieldInfo, ...]:
    """Properties of a data object type, inherited ones first, in wire order."""
    return tuple(_field(raw) for raw in cls._GetPropertyList())


_KNOWN: Final[dict[tuple[Any, str], FieldInfo]] = {}
"""Never the names of strangers: only what there is."""


def property_of(cls: type[Any], name: str) -> FieldInfo | None:
    """One property of a managed or data object type, its own or inherited; the types of its other properties are not created for that."""
    found = _KNOWN.get((cls, name))
    if found is None:
        own = (base.__dict__.get("_propInfo", {}).get(name) for base in cls.__mro__)
        raw = next((one for one in own if one is not None), None)
        if raw is None:
            return None
        found = _KNOWN[cls, name] = _field(raw)
    return found


@vmodl.memo
def properties_of(managed: type[Any]) -> dict[str, FieldInfo]:
    """Properties of a managed object type by name, inherited ones included."""
    return {raw.name: _field(raw) for raw in managed._GetPropertyList()}


def managed_type(name: str) -> type[Any] | None:
    """The managed object class of a wire name such as ``VirtualMachine``, or None."""
    cls = vmodl.by_wire_name(vmodl.VIM25, name)
    return cls if cls is not None and issubclass(cls, vmodl.ManagedObject) else None


def data_type(name: str) -> type[Any] | None:
    """The data object class of a wire name such as ``VirtualMachineConfigSpec``, or None."""
    cls = vmodl.by_wire_name(vmodl.VIM25, name)
    return cls if cls is not None and issubclass(cls, vmodl.DataObject) else None


def method(namespace: str, wire_name: str) -> MethodInfo | None:
    """The method of that wire name in a service's namespace (method wire names are unique there), or None."""
    if wire_name == FETCH:
        return _fetch(namespace) if namespace in vmodl.NAMESPACES else None
    if (namespace, wire_name) not in vmodl.support()._wsdlMethodMap:
        return None
    return _method(namespace, wire_name)


@vmodl.memo
def _method(namespace: str, wire_name: str) -> MethodInfo:
    raw = vmodl.support().GetWsdlMethod(namespace, wire_name).info
    return MethodInfo(
        managed=raw.type,
        name=raw.name,
        vmodl_name=raw.name[0].lower() + raw.name[1:],
        wire_name=raw.wsdlName,
        namespace=namespace,
        params=tuple(_field(param) for param in raw.params),
        result=raw.result,
        result_optional=bool(raw.resultFlags & vmodl.F_OPTIONAL),
        is_task=raw.isTask,
        faults=tuple(raw.faults),
        privilege=raw.privId,
        version=raw.version,
    )


FETCH: Final = "Fetch"
"""The property accessor that pyVmomi's stubs use; every managed object has it, though no type declares it."""


@vmodl.memo
def _fetch(namespace: str) -> MethodInfo:
    prop = FieldInfo(
        name="prop", type=str, item=str, is_array=False, optional=False, link=False, linkable=False, secret=False, version=BASE_VERSION
    )
    return MethodInfo(
        managed=vmodl.ManagedObject,
        name=FETCH,
        vmodl_name="fetch",
        wire_name=FETCH,
        namespace=namespace,
        params=(prop,),
        result=object,
        result_optional=True,
        is_task=False,
        faults=(),
        privilege=None,
        version=BASE_VERSION,
    )


BASE_VERSION: Final = "vmodl.version.version0"


def methods() -> list[MethodInfo]:
    """Every method of every service, ``Fetch`` aside, by namespace and wire name.  Loads all managed types: for docs and tests."""
    return [_method(namespace, name) for namespace, name in sorted(vmodl.support()._wsdlMethodMap)]


def supports(target: type[Any], info: MethodInfo) -> bool:
    """Does ``target`` (a managed class) have this method, its own or inherited?"""
    return issubclass(target, info.managed)

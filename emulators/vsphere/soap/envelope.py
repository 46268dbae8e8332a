"""SOAP envelopes around results and faults, and answers joined from fragments that were encoded before.

A fragment is what ``encode_any("val", value, property_type)`` gives: the ``<val …>`` element of one property.  A property cache keeps
fragments; ``object_content`` and ``object_update`` join them without looking inside.  All fragments of one answer must come from encoders
of the same namespace.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from emulators.vsphere.soap import versions, vmodl
from emulators.vsphere.soap.encode import EncodeError, Encoder
from emulators.vsphere.soap.faults import SoapError, VimFault
from emulators.vsphere.soap.metadata import MethodInfo
from emulators.vsphere.soap.primitives import escape

CONTENT_TYPE: Final = "text/xml; charset=utf-8"
FAULT_STATUS: Final = 500

_HEAD: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"\n'
    b' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"\n'
    b' xmlns:xsd="http://www.w3.org/2001/XMLSchema"\n'
    b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
    b"<soapenv:Body>\n"
)
_TAIL: Final = b"\n</soapenv:Body>\n</soapenv:Envelope>"


@vmodl.memo
def encoder(version: str | None = None, namespace: str = vmodl.VIM25) -> Encoder:
    """The encoder of an API version (VMODL name); None means the service's newest announced one."""
    return Encoder(version or versions.newest_of(namespace), namespace)


def encode_value(name: str, value: Any, declared: type[Any], version: str | None = None) -> bytes:
    """``<name>…</name>`` of a value whose declared type the reader knows; b"" for None."""
    return encoder(version).value(name, value, declared)


def encode_any(name: str, value: Any, declared: type[Any], version: str | None = None) -> bytes:
    """``<name xsi:type="…">…</name>``: the fragment of a property whose declared type is ``declared``."""
    return encoder(version).any(name, value, declared)


def response(method: MethodInfo, result: Any, version: str | None = None) -> bytes:
    """The envelope of a method's result; EncodeError when the method must return something and ``result`` is None."""
    if result is None and not method.result_optional and _returns(method.result):
        raise EncodeError(f"{method.wire_name} must return {method.result.__name__}, got nothing")
    return raw_response(method, encoder(version, method.namespace).value("returnval", result, method.result))


def _returns(result: Any) -> bool:
    return result is not type(None) and result is not object and not issubclass(result, vmodl.Array)


def raw_response(method: MethodInfo, body: bytes) -> bytes:
    """The envelope of a result that is encoded already (its ``<returnval>`` elements, or nothing)."""
    name = method.wire_name.encode()
    return b"".join((_HEAD, b"<", name, b'Response xmlns="', method.namespace.encode(), b'">', body, b"</", name, b"Response>", _TAIL))


def fault_envelope(error: VimFault | SoapError, version: str | None = None) -> bytes:
    """The envelope of a fault; it goes out with HTTP status ``FAULT_STATUS``."""
    if isinstance(error, SoapError):
        code, detail = f"soapenv:{error.code}", b""
    else:
        code, detail = "ServerFaultCode", b"<detail>" + _fault_detail(error.fault, version) + b"</detail>"
    text = f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{escape(error.message)}</faultstring>"
    return b"".join((_HEAD, text.encode(), detail, b"</soapenv:Fault>", _TAIL))


def _fault_detail(fault: Any, version: str | None) -> bytes:
    namespace, name = vmodl.qualified_name(type(fault))
    out: list[str] = []
    encoder(version if namespace == vmodl.VIM25 else None, namespace).fault(f"{name}Fault", fault, out, namespace, f' xmlns="{namespace}"')
    return "".join(out).encode()


def object_content(
    kind: str,
    object_id: str,
    properties: Iterable[tuple[str, bytes]],
    missing: Iterable[tuple[str, Any]] = (),
    tag: bytes = b"objects",
) -> bytes:
    """One ObjectContent: wire type name and id of the object, (path, fragment) pairs, and (path, fault) of what could not be read.

    ``tag`` is ``objects`` in a RetrieveResult, ``returnval`` in the answer of RetrieveProperties.
    """
    parts = [b"<", tag, b">", reference(b"obj", kind, object_id)]
    for path, fragment in properties:
        parts += (_property_start(path), fragment, b"</propSet>")
    parts += (missing_property(path, fault) for path, fault in missing)
    parts += (b"</", tag, b">")
    return b"".join(parts)


def _property_start_uncached(path: str) -> bytes:
    return f"<propSet><name>{escape(path)}</name>".encode()


_property_start: Final = vmodl.memo(_property_start_uncached, maxsize=4096)  # bounded: paths come from clients


def object_update(
    kind: str,
    object_id: str,
    update: str,
    changes: Iterable[tuple[str, str, bytes | None]],
    missing: Iterable[tuple[str, Any]] = (),
) -> bytes:
    """One ``<objectSet>`` (ObjectUpdate): ``update`` is enter, modify or leave; changes are (path, op, fragment or None)."""
    parts = [b"<objectSet><kind>", update.encode(), b"</kind>", reference(b"obj", kind, object_id)]
    for path, operation, fragment in changes:
        head = f"<changeSet><name>{escape(path)}</name><op>{operation}</op>"
        parts += (head.encode(), fragment or b"", b"</changeSet>")
    parts += (missing_property(path, fault) for path, fault in missing)
    parts.append(b"</objectSet>")
    return b"".join(parts)


def retrieve_result(contents: Iterable[bytes], token: str | None = None) -> bytes:
    """The ``<returnval>`` of RetrievePropertiesEx from ObjectContents; b"" when there are none, as vCenter answers."""
    objects = b"".join(contents)
    if not objects:
        return b""
    return b"".join((b"<returnval>", f"<token>{escape(token)}</token>".encode() if token else b"", objects, b"</returnval>"))


def missing_property(path: str, fault: Any) -> bytes:
    """One ``<missingSet>`` entry."""
    inner = encode_value("fault", fault, vmodl.MethodFault)
    return b"".join((b"<missingSet><path>", escape(path).encode(), b"</path>", inner, b"</missingSet>"))


def reference(tag: bytes, kind: str, object_id: str) -> bytes:
    """A managed object reference element from a wire type name and an id."""
    return b"".join((b"<", tag, b' type="', kind.encode(), b'">', escape(object_id).encode(), b"</", tag, b">"))

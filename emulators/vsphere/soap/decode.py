"""A parsed SOAP envelope → ``Request``: the method, its target and typed arguments, or the vendor's own fault.

Nothing is looked up in the world here: whether the target exists, and what its real type is, the adapter knows.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from lxml import etree

from emulators.vsphere.soap import metadata, versions, vmodl
from emulators.vsphere.soap.faults import SoapError, VimFault, echo, invalid_request
from emulators.vsphere.soap.metadata import MethodInfo
from emulators.vsphere.soap.trail import Misfit, local_name, split_tag
from emulators.vsphere.soap.values import Sequence, reader

_ENVELOPE: Final = f"{{{vmodl.SOAPENV}}}Envelope"
_HEADER: Final = f"{{{vmodl.SOAPENV}}}Header"
_BODY: Final = f"{{{vmodl.SOAPENV}}}Body"
_LONGEST_HEADER: Final = 4096
_BEFORE_METHOD: Final = "while parsing HTTP request before method was determined"


class Request(msgspec.Struct, frozen=True, eq=False):
    """A request that fits its method's declaration.

    ``args`` has every parameter by name; unset optional ones are None, or an empty array.  ``version`` is the VMODL version that the client
    speaks.  ``headers`` are the SOAP header's plain elements by local name; ``security`` is the WS-Security element of a SAML login.
    """

    method: MethodInfo
    target_type: Any
    target_id: str
    args: dict[str, Any]
    version: str
    headers: dict[str, str] = {}
    security: Any = None

    @property
    def operation_id(self) -> str | None:
        """The client's id for this operation, for logs and events."""
        return self.headers.get("operationID")

    @property
    def session_cookie(self) -> str | None:
        """The vCenter session that a client of another service (PBM, SMS) brings along."""
        return self.headers.get("vcSessionCookie")


def decode(envelope: etree._Element, soap_action: str | None = None, body: bytes | None = None) -> Request:
    """Read a request from its parsed envelope.

    ``soap_action`` is the HTTP header as received; ``body`` the bytes, used only to tell positions in a fault.  Raises VimFault for what
    the vendor's parser refuses, SoapError when it is no SOAP 1.1 envelope.
    """
    header, content = _parts(envelope)
    try:
        info = _method(content)
    except Misfit as misfit:
        raise _outside(misfit, envelope, content, _BEFORE_METHOD).fault(body) from None
    try:
        version = _version(soap_action, info)
        target, args = _call(content[0], info)
    except Misfit as misfit:
        line = f"while parsing HTTP request for method {info.vmodl_name}\non object of type {vmodl.vmodl_name(info.managed)}"
        raise _outside(misfit, envelope, content, line).fault(body) from None
    except RecursionError:
        raise invalid_request("The request is nested too deeply.") from None
    plain, security = _headers(header)
    return Request(info, type(target), target._moId, args, version, plain, security)


def malformed(reason: str) -> VimFault:
    """The fault for a body that is not well-formed XML, or exceeds a limit."""
    return invalid_request(f"\nError returned by XML parser: {echo(reason)}\n\n{_BEFORE_METHOD}\nat line 1, column 0")


def _outside(misfit: Misfit, envelope: etree._Element, content: etree._Element, line: str) -> Misfit:
    return misfit.within("while parsing SOAP body", content).within("while parsing SOAP envelope", envelope).within(line, envelope)


def _parts(envelope: etree._Element) -> tuple[etree._Element | None, etree._Element]:
    """The Header (if any) and Body of an envelope."""
    if envelope.tag != _ENVELOPE:
        namespace, name = split_tag(envelope.tag)
        if name == "Envelope":
            raise SoapError("VersionMismatch", f'Unsupported SOAP envelope namespace "{echo(namespace)}"')
        raise SoapError("Client", f'Expected a SOAP envelope, got element "{echo(name)}"')
    children = list(envelope)
    header = children.pop(0) if children and children[0].tag == _HEADER else None
    if not children or children[0].tag != _BODY:
        raise SoapError("Client", "The SOAP envelope has no body")
    return header, children[0]


def _method(content: etree._Element) -> MethodInfo:
    if len(content) != 1:
        raise Misfit(f"Expected one method in the SOAP body, got {len(content)}")
    namespace, name = split_tag(content[0].tag)
    if namespace not in vmodl.NAMESPACES or namespace == vmodl.XSD:
        raise Misfit(f'Unsupported namespace "{echo(namespace)}" in content of SOAP body')
    info = metadata.method(namespace, name)
    if info is None:
        raise Misfit(f"Unable to resolve WSDL method name {echo(name)} for namespace name {namespace}")
    return info


def _version(soap_action: str | None, info: MethodInfo) -> str:
    version = versions.of_soap_action(soap_action, info.namespace)
    if version is None:
        raise Misfit(f'Unsupported version URI "{echo((soap_action or "").strip().strip(chr(34)))}"')
    return version


def _call(element: etree._Element, info: MethodInfo) -> tuple[Any, dict[str, Any]]:
    """The target and the arguments of the method's element."""
    sequence, empty, arrays = _parameters(info)
    try:
        children = iter(element)
        target = _target(next(children, None))
        values = sequence.read(children, "Required parameter {} is missing")
    except Misfit as misfit:
        raise misfit.within(f"while parsing call information for method {info.wire_name}", element) from None
    args = empty | values
    for name, array in arrays:
        if args[name] is None:
            args[name] = array()
    return target, args


@vmodl.memo
def _parameters(info: MethodInfo) -> tuple[Sequence, dict[str, Any], tuple[tuple[str, Any], ...]]:
    arrays = tuple((param.name, param.type) for param in info.params if param.is_array)
    return Sequence(info.params, framed=False), {param.name: None for param in info.params}, arrays


def _target(element: etree._Element | None) -> Any:
    if element is None:
        raise Misfit("Required parameter _this is missing")
    name = local_name(element.tag)
    if name != "_this":
        raise Misfit(f"Got <{echo(name)}> tag when expecting <_this> tag")
    return reader(vmodl.ManagedObject)(element)


def _headers(header: etree._Element | None) -> tuple[dict[str, str], etree._Element | None]:
    plain: dict[str, str] = {}
    security = None
    for element in header if header is not None else ():
        name = local_name(element.tag)
        if name == "Security":
            security = element
        elif len(element) == 0 and len(element.text or "") <= _LONGEST_HEADER:
            plain[name] = element.text or ""
    return plain, security

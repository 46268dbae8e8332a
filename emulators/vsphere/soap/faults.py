"""Faults on their way to a client: typed MethodFaults, and trouble with the envelope itself.

A ``VimFault`` carries the vendor's own fault object; whatever raises it has changed nothing.  The wording follows vCenter's.
"""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vmodl as _untyped

from dcsim.errors import DcsimError
from emulators.vsphere.soap import vmodl

_api: Final[Any] = _untyped
_LONGEST_ECHO: Final = 256


class VimFault(DcsimError):
    """The request is answered with ``fault`` (a ``vmodl.MethodFault``); ``str()`` is the faultstring."""

    def __init__(self, fault: Any, message: str | None = None) -> None:
        text = message or fault.msg or _DEFAULT_MESSAGES.get(type(fault).__name__, "")
        fault.msg = text
        super().__init__(text)
        self.fault = fault


class SoapError(DcsimError):
    """The envelope cannot be read as SOAP 1.1; ``code`` is SOAP's own faultcode (``VersionMismatch``, ``Client``, ``Server``)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_DEFAULT_MESSAGES: Final = {
    "vmodl.fault.NotSupported": "The operation is not supported on the object.",
    "vmodl.fault.NotImplemented": "The operation is not implemented.",
    "vmodl.fault.InvalidType": "The request refers to an unexpected or unknown type.",
    "vmodl.fault.InvalidArgument": "A specified parameter was not correct.",
    "vmodl.fault.RequestCanceled": "The task was canceled by a user.",
    "vmodl.fault.SystemError": "A general system error occurred.",
    "vim.fault.NotAuthenticated": "The session is not authenticated.",
    "vim.fault.InvalidLogin": "Cannot complete login due to an incorrect user name or password.",
    "vim.fault.NoPermission": "Permission to perform this operation was denied.",
}


def echo(text: str) -> str:
    """A piece of the request that is safe to repeat in a message: cut when long."""
    return text if len(text) <= _LONGEST_ECHO else text[:_LONGEST_ECHO] + "..."


def invalid_request(message: str) -> VimFault:
    """The request is malformed."""
    return VimFault(_api.fault.InvalidRequest(), message)


def invalid_type(message: str | None = None, argument: str | None = None) -> VimFault:
    """The request names a type that is unknown, or not one that belongs there."""
    return VimFault(_api.fault.InvalidType(argument=argument), message)


def invalid_argument(path: str | None = None) -> VimFault:
    """An argument has an unacceptable value; ``path`` is its property path, such as ``spec.numCPUs``."""
    message = f"A specified parameter was not correct: {path}" if path else None
    return VimFault(_api.fault.InvalidArgument(invalidProperty=path), message)


def method_not_found(managed: type[Any], object_id: str, method: str) -> VimFault:
    """The receiver exists, but objects of its type don't have the method."""
    message = f"The method {method} is not found on the object {managed.__name__}:{echo(object_id)}"
    return VimFault(_api.fault.MethodNotFound(receiver=managed(object_id), method=method), message)


def managed_object_not_found(managed: type[Any], object_id: str) -> VimFault:
    """No such object (any more)."""
    name = f"{managed.__name__}:{echo(object_id)}"
    message = f"The object '{name}' has already been deleted or has not been completely created"
    return VimFault(_api.fault.ManagedObjectNotFound(obj=managed(object_id)), message)


def not_supported() -> VimFault:
    """The real product has the method; this one does not (yet)."""
    return VimFault(_api.fault.NotSupported())


def system_error(reason: str) -> VimFault:
    """Something broke on our side; ``reason`` must not leak internals."""
    return VimFault(_api.fault.SystemError(reason=reason), f"A general system error occurred: {reason}")


def is_fault(value: object) -> bool:
    """Is ``value`` a MethodFault object?"""
    return isinstance(value, vmodl.MethodFault)

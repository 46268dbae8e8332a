"""What OpenStack's APIs answer when they refuse: one fault type, one table from the world's errors, and each service's own body.

A service's body is chosen in its declaration (`Service.wording`); the table below is for errors that no service words itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dcsim.errors import (
    AlreadyExists,
    Busy,
    DomainError,
    Injected,
    InsufficientResources,
    InUse,
    InvalidArgument,
    InvalidState,
    NotFound,
    NotSupported,
    PermissionDenied,
    Unauthenticated,
    VersionConflict,
)


class Fault(DomainError):
    """A refusal in OpenStack's terms: an HTTP ``status``, and ``type``, the service's own name of it (``NetworkInUse``) where it has one.

    A decision may raise it too: whatever the transaction did is undone.
    """

    code = "openstack"

    def __init__(self, status: int, message: str, *, type: str = "", headers: dict[str, str] | None = None) -> None:  # noqa: A002 - Neutron's word
        super().__init__(message)
        self.status = status
        self.type = type
        self.headers = headers or {}


Wording = Callable[[Fault], Any]
"""The JSON body of a fault, as one service words it."""

STATUS: Final[dict[type[DomainError], int]] = {
    AlreadyExists: 409,
    Busy: 409,
    InUse: 409,
    Injected: 500,
    InsufficientResources: 409,
    InvalidArgument: 400,
    InvalidState: 409,
    NotFound: 404,
    NotSupported: 501,
    PermissionDenied: 403,
    Unauthenticated: 401,
    VersionConflict: 412,
}
TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    416: "Requested Range Not Satisfiable",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


def fault_of(error: DomainError) -> Fault:
    """A refusal of the world as a fault."""
    if isinstance(error, Fault):
        return error
    status = next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), 400)
    return Fault(status, error.message)


def unauthorized(url: str) -> Fault:
    """What every service answers without a valid token (keystonemiddleware); ``url`` is Keystone's."""
    return Fault(401, "The request you have made requires authentication.", headers={"WWW-Authenticate": f'Keystone uri="{url}"'})


def keystone(fault: Fault) -> Any:
    """Keystone's body, and the one of keystonemiddleware's 401 in front of the other services."""
    return {"error": {"code": fault.status, "message": fault.message, "title": TITLES.get(fault.status, "Error")}}


PAGE: Final = (
    "<html>\n <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n  {message}<br /><br />\n\n\n </body>\n</html>"
)
NOVA_KEYS: Final = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    501: "notImplemented",
    503: "serviceUnavailable",
}


def nova(fault: Fault) -> Any:
    """Nova's and Cinder's body: ``{"itemNotFound": {"code": 404, "message": ...}}``."""
    if fault.status == 406:  # noqa: PLR2004 - of microversions: the body of microversion_parse
        return errors(fault)
    return {NOVA_KEYS.get(fault.status, "computeFault"): {"code": fault.status, "message": fault.message}}


def neutron(fault: Fault) -> Any:
    """Neutron's body."""
    return {"NeutronError": {"type": fault.type or _neutron_type(fault.status), "message": fault.message, "detail": ""}}


def _neutron_type(status: int) -> str:
    return {400: "HTTPBadRequest", 403: "PolicyNotAuthorized", 404: "HTTPNotFound", 409: "Conflict"}.get(status, "HTTPInternalServerError")


def errors(fault: Fault) -> Any:
    """Placement's body (API SIG's errors)."""
    body: dict[str, Any] = {"status": fault.status, "title": TITLES.get(fault.status, "Error"), "detail": fault.message}
    if fault.type:
        body["code"] = fault.type
    return {"errors": [body]}


def plain(fault: Fault) -> Any:
    """Glance's and Swift's body: a small page (webob's)."""
    title = f"{fault.status} {TITLES.get(fault.status, 'Error')}"
    return PAGE.format(title=title, message=_escaped(fault.message))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

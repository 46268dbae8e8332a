"""One SOAP request, from its bytes to the bytes of its answer: decode, find the session, run the method, word the fault."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator
from typing import Any, Final

import msgspec
import structlog

from dcsim import xml
from dcsim.errors import DcsimError, MachineError, OperationalError
from emulators.vsphere.call import Call, Client, Context, Encoded, Services
from emulators.vsphere.faults import vim_fault
from emulators.vsphere.sessions import Session, not_authenticated
from emulators.vsphere.soap import decode, dispatch, envelope, faults
from emulators.vsphere.soap.decode import Request
from emulators.vsphere.soap.encode import EncodeError
from emulators.vsphere.soap.faults import SoapError, VimFault

log = structlog.get_logger(__name__)

_ANONYMOUS: Final = "System.Anonymous"
_REMEMBERED: Final = 512
_LARGEST_REMEMBERED: Final = 8 * 1024
_LIMITS: Final = xml.XmlLimits(max_bytes=16 * 1024 * 1024)


class Reply(msgspec.Struct, frozen=True):
    """What goes out; ``session`` is the one that the caller is in now, None when it is in none.

    A long reply is ``body``, then what ``rest`` brings piece by piece, then ``tail``.
    """

    status: int
    body: bytes
    session: Session | None = None
    rest: AsyncGenerator[bytes, None] | None = None
    tail: bytes = b""


class Heard:
    """A decoded request, and what may be kept for the next one with the same bytes (compiled filter specs)."""

    __slots__ = ("memo", "request")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.memo: dict[str, Any] = {}


class Answerer:
    """Answers requests.  Decoding depends on nothing but the bytes, so what was decoded lately is remembered by them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._heard: OrderedDict[tuple[str | None, bytes], Heard] = OrderedDict()

    async def answer(self, body: bytes, soap_action: str | None, cookie: str, client: Client) -> Reply:
        """The reply to a request; never raises but for cancellation: whatever goes wrong is a fault."""
        try:
            heard = await self._hear(body, soap_action)
        except (VimFault, SoapError) as error:
            return Reply(envelope.FAULT_STATUS, envelope.fault_envelope(error))
        request = heard.request
        session = self._services.sessions.find(cookie or _bare_cookie(request))
        context = Context(self._services, client, session, heard.memo)
        call = Call(context, request)
        try:
            result = await self._run(call)
            return _reply(request, result, call.current_session)
        except VimFault as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - whatever a method raises is its caller's answer
            fault = _translate(error, call)
        return Reply(envelope.FAULT_STATUS, envelope.fault_envelope(fault, request.version), call.current_session)

    async def _hear(self, body: bytes, soap_action: str | None) -> Heard:
        key = (soap_action, body)
        heard = self._heard.get(key)
        if heard is not None:
            self._heard.move_to_end(key)
            return heard
        try:
            root = await xml.parse_async(body, _LIMITS)
        except xml.MalformedXml as error:
            raise decode.malformed(error.message) from error
        heard = Heard(decode.decode(root, soap_action, body))
        if len(body) <= _LARGEST_REMEMBERED and heard.request.method.wire_name in _REMEMBER:
            self._heard[key] = heard
            if len(self._heard) > _REMEMBERED:
                self._heard.popitem(last=False)
        return heard

    async def _run(self, call: Call) -> Any:
        info = call.method
        if call.context.session is None and info.privilege != _ANONYMOUS and info.wire_name != "Fetch":
            raise not_authenticated(call.target_type(call.target_id), info.privilege or "System.View")
        entry = dispatch.registry.resolve(call.target.type, call.target.id, info)
        session = call.context.session
        if session is None:
            return await entry.handler(call)
        session.busy += 1
        try:
            return await entry.handler(call)
        finally:
            session.done(call.world.clock.now())


_REMEMBER: Final = frozenset(
    {
        "RetrieveProperties",
        "RetrievePropertiesEx",
        "RetrieveServiceContent",
        "CurrentTime",
        "Fetch",
        "WaitForUpdatesEx",
        "PowerOnVM_Task",
        "PowerOffVM_Task",
    }
)
"""Methods whose requests come again and again, byte for byte."""


def _bare_cookie(request: Request) -> str:
    return request.session_cookie or ""


def _reply(request: Request, result: Any, session: Session | None) -> Reply:
    if not isinstance(result, Encoded):
        return Reply(200, envelope.response(request.method, result, request.version), session)
    if result.rest is None:
        return Reply(200, envelope.raw_response(request.method, result.body), session)
    head, _, tail = envelope.raw_response(request.method, _CUT).partition(_CUT)
    return Reply(200, head + result.body, session, result.rest, result.tail + tail)


_CUT: Final = b"<!--cut-->"
"""Stands for a result while its envelope is made in two halves; never goes out."""


def _translate(error: Exception, call: Call) -> VimFault:
    """The fault for a refusal; a bug is logged once with its cause, and nothing of it goes on the wire."""
    if isinstance(error, DcsimError) and not isinstance(error, EncodeError):
        if isinstance(error, MachineError | OperationalError):
            log.warning("call refused", method=call.method.wire_name, target=call.target_id, reason=error.message)
        return vim_fault(error, call.view)
    log.error("call failed", method=call.method.wire_name, target=call.target_id, exc_info=error)
    return faults.system_error("An internal error; the log has its cause.")

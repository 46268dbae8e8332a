"""How every operation of the store is declared: who asks is checked first, and every answer has the headers that Swift's have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import hdrs, web

from dcsim.errors import DomainError
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault, fault_of
from emulators.openstack.objectstore.access import require_access
from emulators.openstack.objectstore.headers import HTML, transaction_id
from emulators.openstack.objectstore.place import Place, place_of
from emulators.openstack.objectstore.service import OBJECT_STORE

ACCOUNT: Final = "/{account}"
CONTAINER: Final = "/{account}/{container}"
OBJECT: Final = "/{account}/{container}/{object:path}"
Handler = Callable[[Call, Place], Awaitable[Reply | web.StreamResponse]]


def answers(method: str, template: str) -> Callable[[Handler], Handler]:
    """Declare what a method does at a kind of place."""

    def register(handler: Handler) -> Handler:
        async def answer(call: Call) -> Any:
            transaction = transaction_id()
            call.headers |= {"X-Trans-Id": transaction, "X-Openstack-Request-Id": transaction}
            try:
                place = place_of(call)
                require_access(call, place)
                return _complete(await handler(call, place))
            except DomainError as error:
                raise _with_headers(fault_of(error), call.headers) from error

        answer.__name__, answer.__doc__ = handler.__name__, handler.__doc__
        OBJECT_STORE.operation(method, template, rule=None, raw=True, quality="client")(answer)
        return handler

    return register


def _complete(reply: Reply | web.StreamResponse) -> Any:
    """Every answer has a type, one without content, too."""
    if isinstance(reply, web.StreamResponse):
        return reply
    headers = {hdrs.CONTENT_TYPE: HTML, **reply.headers}
    return Reply(reply.body if reply.body is not None or reply.status in {204, 304} else b"", reply.status, headers)


def _with_headers(fault: Fault, headers: dict[str, str]) -> Fault:
    return Fault(fault.status, fault.message, type=fault.type, headers={**fault.headers, **headers})

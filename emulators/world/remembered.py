"""Requests that may come twice: one with an idempotency key is done once, and answered the same when it comes again.

The key is kept in the same transaction as what it did, so a crash loses both or neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcsim.errors import InvalidArgument
from dcsim.ids import digest, uid_for
from emulators.world.commands import Request, encode_command
from emulators.world.events import declare
from emulators.world.model import RememberedRequest
from emulators.world.state import WorldState

if TYPE_CHECKING:
    from emulators.world.decide import Decision

REQUEST_REMEMBERED = declare("dcsim.work.remembered_request.created", "A request with an idempotency key was done")
REQUEST_FORGOTTEN = declare("dcsim.work.remembered_request.forgotten", "An old request's key may be used anew")
KEPT_REQUESTS = 2_000


def recall(state: WorldState, request: Request) -> RememberedRequest | None:
    """What came of the request when it came before; raises InvalidArgument when its key was used for another."""
    if not request.key:
        return None
    known = state.maybe(RememberedRequest, _uid(request))
    if known is not None and known.fingerprint != _fingerprint(request):
        raise InvalidArgument(f"The idempotency key {request.key!r} was used for another request.", field="Idempotency-Key")
    return known


def remember(decision: Decision, request: Request, result: Any) -> None:
    """Keep what came of a request with a key."""
    if not request.key:
        return
    if decision.state.count(RememberedRequest) >= KEPT_REQUESTS:
        decision.delete(REQUEST_FORGOTTEN, next(decision.state.iterate(RememberedRequest)))
    decision.create(
        REQUEST_REMEMBERED,
        RememberedRequest,
        uid=_uid(request),
        name=request.key,
        fingerprint=_fingerprint(request),
        result=result or "",
    )


def _uid(request: Request) -> str:
    return uid_for(RememberedRequest.KIND, request.actor.principal, request.key)


def _fingerprint(request: Request) -> str:
    return digest(encode_command(request.command).hex())[:16].hex()

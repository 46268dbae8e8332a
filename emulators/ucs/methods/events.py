"""Subscribing to what changes, and catching up."""

from __future__ import annotations

from emulators.ucs.call import Answer, Call
from emulators.ucs.methods.answers import wanted_by
from emulators.ucs.methods.registry import method
from emulators.ucs.mit.view import stamp
from emulators.ucs.refusals import malformed


@method("eventSubscribe", quality="client")
async def subscribe(call: Call) -> Answer:
    """A stream of changes on this connection, of the objects that the filter lets through."""
    return Answer(events=await call.domain.events.subscribe(call.session, wanted_by(call)))


@method("eventUnsubscribe", quality="client")
async def unsubscribe(call: Call) -> Answer:
    """The session's streams end."""
    ended = call.domain.events.unsubscribe(call.session)
    return Answer({"outStatus": "success" if ended else "fail"})


@method("eventSendHeartbeat", quality="client")
async def heartbeat(call: Call) -> Answer:
    """The system's time."""
    return Answer({"outSystemTime": stamp(call.domain.world.clock.now())})


@method("loggingSyncOcns", quality="client")
async def catch_up(call: Call) -> Answer:
    """The changes with numbers from ``inFromOrZero`` to ``inToOrZero``, as far as they are still kept."""
    first, last = _number(call, "inFromOrZero"), _number(call, "inToOrZero")
    missed = call.domain.events.between(first, last)
    return Answer({}, [b"<outStimuli> ", *(event + b" " for event in missed), b"</outStimuli>"])


def _number(call: Call, name: str) -> int:
    text = call.request.get(name, "0")
    if not (text.isascii() and text.isdigit()):
        raise malformed(f"Element '{call.request.method}', attribute '{name}': '{text[:40]}' is not a number")
    return int(text)

"""W3C trace context: read from requests, carried through commands and events, sent on to other services.

Spans go through the OpenTelemetry API: whoever installs an SDK gets them, and without one they cost nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_current: ContextVar[str] = ContextVar("traceparent", default="")
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_bits = random.Random().getrandbits  # noqa: S311 - ids that need to be unique and not secret; seeded by the system


def new_request_id() -> str:
    """An id for a request that brings none."""
    return f"{_bits(128):032x}"


def current_request_id() -> str:
    """The id of the request being answered; empty outside of one."""
    return _request_id.get()


def new_traceparent() -> str:
    """The root of a new trace, sampled."""
    return f"00-{_bits(128) or 1:032x}-{_bits(64) or 1:016x}-01"


def child_of(header: str | None) -> str:
    """A new span in the trace that *header* (a ``traceparent``) names; a new trace when it is absent or malformed."""
    parent = _TRACEPARENT.fullmatch(header) if header else None
    return f"00-{parent[1]}-{_bits(64) or 1:016x}-{parent[3]}" if parent else new_traceparent()


def trace_id_of(traceparent: str) -> str:
    """The 32 hexadecimal digits of the trace; empty when there is none."""
    found = _TRACEPARENT.fullmatch(traceparent)
    return found[1] if found else ""


def current_traceparent() -> str:
    """The trace context of the request, command or event being worked on; empty outside of one."""
    return _current.get()


class Answering:
    """Makes a request's id and trace context the current ones, from its making until `done`."""

    __slots__ = ("_id", "_trace")

    def __init__(self, request_id: str, traceparent: str) -> None:
        self._id, self._trace = _request_id.set(request_id), _current.set(traceparent)

    def done(self) -> None:
        """What was current before is so again."""
        _request_id.reset(self._id)
        _current.reset(self._trace)


@contextmanager
def working_on(traceparent: str) -> Iterator[None]:
    """Make *traceparent* the current one for a block, e.g. while handling an event."""
    token = _current.set(traceparent)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def span(name: str, **attributes: str | int) -> Iterator[Span]:
    """An OpenTelemetry span under the current trace context, current for the block."""
    from opentelemetry import trace  # noqa: PLC0415 - only traced code pays for the import
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    parent = TraceContextTextMapPropagator().extract({"traceparent": _current.get()})
    with trace.get_tracer("dcsim").start_as_current_span(name, context=parent, attributes=dict(attributes)) as started:
        yield started

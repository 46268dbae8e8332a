"""What happened: the event envelope, who caused it, and the catalogue of event types.

An envelope carries the attributes of CloudEvents 1.0 (https://github.com/cloudevents/spec) plus the extensions that
dc-sim needs to order, correlate and explain events.  On the bus it travels as one JSON object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

PayloadT = TypeVar("PayloadT", bound=msgspec.Struct)
AnyT = TypeVar("AnyT")
Kind: TypeAlias = type[AnyT]
"""A struct's class; named here because `Envelope` has a field called ``type``."""

_TYPE_NAME = re.compile(r"dcsim(\.[a-z][a-z0-9_]*){3}")


class Actor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asked for a change, by which client, through which API and request.

    ``principal`` is the user ("outside" for changes made behind dc-sim's back, "system" for its own), ``agent`` the client's
    User-Agent, ``api`` the window it used ("vsphere", "openstack", "ucs", "sim"), ``operation`` the vendor's method name.
    """

    principal: str = "system"
    agent: str = ""
    api: str = ""
    operation: str = ""
    request_id: str = ""
    traceparent: str = ""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event: CloudEvents attributes, dc-sim's extensions, and the payload still encoded.

    ``subject`` is the uid of the entity that changed, ``time`` the wall's and ``simulated_time`` the datacenter's (both UTC),
    ``sequence`` the position in the engine's journal (one total order per engine), ``aggregate_sequence`` the version of the
    subject after the change, ``causation_id`` the id of the event that led to this one, ``data`` the payload as JSON.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    simulated_time: datetime
    sequence: int
    aggregate_sequence: int = 0
    actor: Actor = Actor()
    causation_id: str = ""
    traceparent: str = ""
    site: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")

    def payload(self, kind: Kind[AnyT]) -> AnyT:
        """The payload decoded as *kind*; raises ``msgspec.ValidationError`` when it has another shape."""
        return msgspec.json.decode(self.data, type=kind)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)


def raw_payload(payload: object) -> msgspec.Raw:
    """*payload* (a struct or JSON-like value) as the ``data`` of an envelope."""
    return msgspec.Raw(_encoder.encode(payload))


def encode_envelope(envelope: Envelope) -> bytes:
    """The JSON that travels on the bus."""
    return _encoder.encode(envelope)


def decode_envelope(body: bytes) -> Envelope:
    """The envelope in *body*; raises ``msgspec.DecodeError`` for anything else.  Unknown attributes are ignored."""
    return _decoder.decode(body)


class EventType(msgspec.Struct, Generic[PayloadT], frozen=True, kw_only=True):
    """One declared kind of event: its name on the wire, what it means, what its subject is, its payload's struct, its topic on the bus."""

    name: str
    title: str
    subject: str
    payload: type[PayloadT]
    doc: str = ""
    topic: str = "engine"


class Catalogue:
    """Every event type by name; the reference page of events is generated from it."""

    def __init__(self) -> None:
        self._by_name: dict[str, EventType[Any]] = {}

    def declare(
        self, name: str, *, title: str, subject: str, payload: type[PayloadT], doc: str = "", topic: str = "engine"
    ) -> EventType[PayloadT]:
        """Register the type *name* (``dcsim.<domain>.<noun>.<verb>``) about entities of kind *subject*.

        ``doc`` defaults to the payload's docstring.  Raises ``ValueError`` (a bug in the declaring module) for a name that is
        taken or not of that form.
        """
        if not _TYPE_NAME.fullmatch(name):
            raise ValueError(f"event type {name!r} is not of the form dcsim.<domain>.<noun>.<verb>")
        if name in self._by_name:
            raise ValueError(f"event type {name!r} is declared twice")
        meaning = doc or (payload.__doc__ or "").strip()
        declared = EventType(name=name, title=title, subject=subject, payload=payload, doc=meaning, topic=topic)
        self._by_name[name] = declared
        return declared

    def get(self, name: str) -> EventType[Any] | None:
        """The type of that name, or None: consumers skip types that they do not know."""
        return self._by_name.get(name)

    def __iter__(self) -> Iterator[EventType[Any]]:
        return iter(sorted(self._by_name.values(), key=lambda declared: declared.name))

    def __len__(self) -> int:
        return len(self._by_name)


catalogue = Catalogue()

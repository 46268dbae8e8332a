"""The catalogue of event types as an AsyncAPI 3 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from dcsim.bus.streams import ENGINE, PARTITIONS, stream_key
from dcsim.events import Envelope, EventType

VERSION: Final = "3.0.0"
REFERENCE: Final = "#/components/schemas/{name}"
DESCRIPTION: Final = f"""\
What happens in the datacenter, as CloudEvents 1.0 in structured JSON on Redis Streams. A topic is {PARTITIONS} streams; an event lies in
the one that the hash of its subject says, so the events about one subject are in order. An entry's id is `<sequence>-0`, its field `e`
holds the event. Consumers read by groups, at least once: the same `id` may come again."""


def asyncapi(types: Iterable[EventType[Any]], *, version: str) -> dict[str, Any]:
    """The document for these types: a channel for each topic, a message and an operation for each type."""
    declared = sorted(types, key=lambda one: one.name)
    topics = sorted({one.topic for one in declared}, key=lambda topic: (topic != ENGINE, topic))
    payloads = {one.payload.__name__: one.payload for one in declared}
    _, schemas = msgspec.json.schema_components([*payloads.values(), _attributes()], ref_template=REFERENCE)
    schemas["Envelope"]["description"] = inspect.getdoc(Envelope)
    return {
        "asyncapi": VERSION,
        "info": {"title": "dc-sim events", "version": version, "description": DESCRIPTION, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic: _channel(topic, [one for one in declared if one.topic == topic]) for topic in topics},
        "operations": {_id(one.name): _operation(one) for one in declared},
        "components": {"schemas": dict(sorted(schemas.items())), "messages": {_id(one.name): _message(one) for one in declared}},
    }


def _attributes() -> type[msgspec.Struct]:
    """An envelope without its data: each message says what its own are."""
    fields = [field for field in msgspec.structs.fields(Envelope) if field.name != "data"]
    return msgspec.defstruct(
        "Envelope",
        [(field.name, field.type) if field.required else (field.name, field.type, field.default) for field in fields],
        kw_only=True,
    )


def _channel(topic: str, types: Iterable[EventType[Any]]) -> dict[str, Any]:
    parameter = {"description": "crc32 of the subject, modulo the number of partitions.", "enum": [str(one) for one in range(PARTITIONS)]}
    return {
        "address": stream_key(topic, 0).rpartition(":")[0] + ":{partition}",
        "title": "The engine's journal" if topic == ENGINE else f"The history of the service {topic}",
        "parameters": {"partition": parameter},
        "messages": {_id(one.name): {"$ref": f"#/components/messages/{_id(one.name)}"} for one in types},
    }


def _operation(one: EventType[Any]) -> dict[str, Any]:
    """Sending is what dc-sim does."""
    message = {"$ref": f"#/channels/{one.topic}/messages/{_id(one.name)}"}
    return {"action": "send", "channel": {"$ref": f"#/channels/{one.topic}"}, "title": one.title, "messages": [message]}


def _message(one: EventType[Any]) -> dict[str, Any]:
    own = {"type": "object", "properties": {"type": {"const": one.name}, "data": {"$ref": REFERENCE.format(name=one.payload.__name__)}}}
    return {
        "name": one.name,
        "title": one.title,
        "summary": f"{one.title}.",
        "description": f"{one.doc}\n\nIts subject is the uid of a {one.subject.replace('_', ' ')}.",
        "payload": {"allOf": [{"$ref": REFERENCE.format(name="Envelope")}, own]},
    }


def _id(name: str) -> str:
    """A type's name as a key of the document."""
    return name.replace(".", "_")

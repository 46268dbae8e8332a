"""Messages (since 3.3), and how a volume is encrypted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.times import micro
from emulators.openstack.volume import events
from emulators.openstack.volume.listing import Kind, answer, links, listed, owned
from emulators.openstack.volume.lookups import find_volume
from emulators.openstack.volume.records import CinderMessage, CinderType
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

KEPT: Final = timedelta(days=30)
MESSAGES: Final = Kind(
    "messages",
    {
        "id": lambda one: one.uid,
        "event_id": lambda one: one.name,
        "resource_uuid": lambda one: one.resource,
        "resource_type": lambda one: one.resource_type,
        "message_level": lambda one: one.level,
        "request_id": lambda one: one.request_id,
        "created_at": lambda one: one.created,
        "guaranteed_until": lambda one: one.created,
    },
)


def view(call: Call, one: CinderMessage) -> dict[str, Any]:
    """A message as Cinder shows it."""
    return {
        "id": one.uid,
        "event_id": one.name,
        "message_level": one.level,
        "request_id": one.request_id,
        "resource_type": one.resource_type,
        "resource_uuid": one.resource,
        "user_message": one.text,
        "created_at": micro(one.created),
        "guaranteed_until": micro(one.created + KEPT),
        "links": links(call, f"messages/{one.uid}"),
    }


def _target(call: Call) -> CinderMessage:
    found = call.state.maybe(CinderMessage, call.path["message_id"])
    if found is None or not (call.credentials.admin or found.project == call.project):
        raise Fault(404, f"Message {call.path['message_id']} could not be found.")
    return found


@VOLUME.get("/messages", versions="3.3-")
async def list_messages(call: Call) -> dict[str, Any]:
    """What did not work."""
    return answer(call, MESSAGES, listed(call, MESSAGES, owned(call, CinderMessage)), lambda one: view(call, one))


@VOLUME.get("/messages/{message_id}", versions="3.3-")
async def show_message(call: Call) -> dict[str, Any]:
    """One message."""
    return {"message": view(call, _target(call))}


@VOLUME.delete("/messages/{message_id}", versions="3.3-")
async def delete_message(call: Call) -> None:
    """Forget a message."""
    await call.ask(decide_delete, message=_target(call).uid)


@ask
def decide_delete(d: Decision, *, message: str) -> None:
    """It is gone."""
    d.delete(events.MESSAGE_DELETED, d.get(CinderMessage, message))


@VOLUME.get("/volumes/{volume_id}/encryption")
async def show_encryption(call: Call) -> dict[str, Any]:
    """How a volume is encrypted; little when it is not."""
    volume = find_volume(call.state, call.credentials, call.path["volume_id"])
    type_ = call.state.maybe(CinderType, volume.type)
    encryption = type_.encryption if type_ and volume.encryption_key else {}
    if not encryption:
        return {"encryption_key_id": None}
    named = {name: encryption.get(name) for name in ("provider", "cipher", "control_location")}
    return {"encryption_key_id": volume.encryption_key, **named, "key_size": encryption.get("key_size")}


@VOLUME.get("/volumes/{volume_id}/encryption/{key}")
async def show_encryption_key(call: Call) -> Any:
    """One property of a volume's encryption."""
    found = await show_encryption(call)
    key = call.path["key"]
    if key not in found:
        raise Fault(404, f"The volume has no encryption property {key}.")
    return {key: found[key]}

"""/v3/OS-OAUTH1/consumers: applications that would ask for delegations by OAuth 1.0a; the delegations themselves are not there."""

from __future__ import annotations

import secrets
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.access_model import Consumer
from emulators.openstack.identity.extras import decoded, extra_of
from emulators.openstack.identity.finding import require, require_same_id
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.schemas import TEXT, created
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.sealing import Sealing
from emulators.world.decide import Decision

BASE: Final = "/OS-OAUTH1/consumers"
_PROPERTIES: Final = {"description": TEXT}
_BODY: Final = created("consumer", _PROPERTIES)


def consumer_view(call: Call, consumer: Consumer) -> dict[str, Any]:
    """A consumer as clients see it: without its secret, which only its creation tells."""
    own = {"id": consumer.uid, "description": consumer.description, "links": {"self": call.link(f"{BASE}/{consumer.uid}")}}
    return decoded(consumer.extra) | own


@IDENTITY.get(BASE, rule=anyone)
async def list_consumers(call: Call) -> dict[str, Any]:
    """Every consumer."""
    allow(call, reads="")
    return listed(call, "consumers", (consumer_view(call, one) for one in call.state.all(Consumer)))


@IDENTITY.post(BASE, rule=anyone, status=201, body=_BODY)
async def create_consumer(call: Call) -> dict[str, Any]:
    """A new consumer."""
    allow(call)
    secret = secrets.token_hex(16)
    sealed = call.cloud.part(Sealing, call.cloud).seal(secret)
    made = await call.ask(create, given=call.body["consumer"], sealed=sealed)
    return {"consumer": consumer_view(call, made) | {"secret": secret}}


@ask
def create(decision: Decision, *, given: dict[str, Any], sealed: str) -> Consumer:
    """The consumer is known."""
    extra = extra_of(given, {*_PROPERTIES, "secret"})
    uid = new_id(decision)
    return decision.create(
        events.CONSUMER.created, Consumer, uid=uid, name=uid, description=given.get("description"), secret=sealed, extra=extra
    )


@IDENTITY.get(BASE + "/{consumer_id}", rule=anyone)
async def get_consumer(call: Call) -> dict[str, Any]:
    """A consumer."""
    allow(call, reads="")
    return {"consumer": consumer_view(call, require(call.state, Consumer, call.path["consumer_id"]))}


@IDENTITY.patch(BASE + "/{consumer_id}", rule=anyone, body=_BODY)
async def update_consumer(call: Call) -> dict[str, Any]:
    """The consumer with its changes."""
    allow(call)
    given = call.body["consumer"]
    require_same_id(given, call.path["consumer_id"])
    if "secret" in given:
        raise Fault(400, "Cannot change consumer secret")
    return {"consumer": consumer_view(call, await call.ask(update, uid=call.path["consumer_id"], given=given))}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> Consumer:
    """Its properties are these."""
    consumer = require(decision.state, Consumer, uid)
    description = given.get("description", consumer.description)
    extra = extra_of(given, _PROPERTIES, consumer.extra)
    return decision.update(events.CONSUMER.changed, consumer, description=description, extra=extra)


@IDENTITY.delete(BASE + "/{consumer_id}", rule=anyone)
async def delete_consumer(call: Call) -> None:
    """The consumer is known no more."""
    allow(call)
    await call.ask(delete, uid=call.path["consumer_id"])


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The consumer is known no more."""
    decision.delete(events.CONSUMER.deleted, require(decision.state, Consumer, uid))

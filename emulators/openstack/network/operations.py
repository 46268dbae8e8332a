"""List, show, create (one or many), update and delete of every collection, from its declaration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import admin, member, reader
from emulators.openstack.faults import Fault
from emulators.openstack.network.attributes import member_of, prepare_create, prepare_update
from emulators.openstack.network.caller import ADMIN, Caller, caller_of
from emulators.openstack.network.collections import COLLECTIONS, Collection, R, Row
from emulators.openstack.network.faults import bad_request, forbidden, malformed
from emulators.openstack.network.listing import listed, trimmed
from emulators.openstack.network.records import Resource
from emulators.openstack.network.service import NETWORK
from emulators.openstack.service import Handler
from emulators.world.decide import Decision
from emulators.world.state import WorldState

_CONSTRAINT: Final = re.compile(r'"?revision_number=([^"]*)"?')


def serve(collection: Collection[R]) -> Collection[R]:
    """Make a collection's operations."""
    COLLECTIONS[collection.name] = collection
    changes = admin if collection.admin_makes else member
    one = f"{collection.path}/{{id}}"
    NETWORK.get(collection.path, rule=reader)(_named(_lister(collection), f"list_{collection.name}"))
    NETWORK.get(one, rule=reader)(_named(_shower(collection), f"show_{collection.member}"))
    if collection.create is not None:
        NETWORK.post(collection.path, rule=changes, status=201)(_named(_creator(collection), f"create_{collection.member}"))
    if collection.update is not None:
        NETWORK.put(one, rule=changes)(_named(_updater(collection), f"update_{collection.member}"))
    if collection.delete is not None:
        NETWORK.delete(one, rule=changes)(_named(_deleter(collection), f"delete_{collection.member}"))
    return collection


def _named(handler: Handler, name: str) -> Handler:
    handler.__name__ = handler.__qualname__ = name
    return handler


def shown(
    state: WorldState, collection: Collection[Any], resource: Resource, caller: Caller, query: Mapping[str, list[str]] | None = None
) -> Row:
    """The body of one resource."""
    row = collection.view(state, resource, caller)
    return {collection.member: trimmed(row, dict(query or {}), collection.by_name, caller)}


# -- handlers ------------------------------------------------------------------------------------------------------------------


def _lister(collection: Collection[Any]) -> Handler:
    async def handler(call: Call) -> Row:
        caller = caller_of(call.credentials)
        if collection.unprepared is not None and collection.unprepared(call.state, caller):
            await call.ask(prepare, collection=collection.name, project=caller.project)
        return listed(call, collection)

    return handler


def _shower(collection: Collection[Any]) -> Handler:
    async def handler(call: Call) -> Row:
        caller = caller_of(call.credentials)
        resource = collection.find(call.state, call.path["id"], caller)
        return shown(call.state, collection, resource, caller, call.query)

    return handler


def _creator(collection: Collection[Any]) -> Handler:
    async def handler(call: Call) -> Row:
        caller = caller_of(call.credentials)
        many, given = _bodies(collection, call.body)
        items = [prepare_create(collection.by_name, collection.member, one, caller) for one in given]
        uids = await call.ask(create, collection=collection.name, caller=caller, items=items)
        rows = [_view(call.state, collection, uid, caller) for uid in uids]
        return {collection.name: rows} if many else {collection.member: rows[0]}

    return handler


def _view(state: WorldState, collection: Collection[Any], uid: str, caller: Caller) -> Row:
    return trimmed(collection.view(state, state.get(collection.record, uid), caller), {}, collection.by_name, caller)


def _bodies(collection: Collection[Any], body: Any) -> tuple[bool, list[dict[str, Any]]]:
    """Whether many are to be made, and what of."""
    if not isinstance(body, dict) or not body:
        raise malformed("Resource body required")
    if collection.name not in body or collection.member in body:
        return False, [member_of(body, collection.member)]
    items = body[collection.name]
    if not isinstance(items, list) or not items:
        raise malformed("Resources required")
    return True, [
        member_of({collection.member: item} if isinstance(item, dict) and collection.member not in item else item, collection.member)
        for item in items
    ]


def _updater(collection: Collection[Any]) -> Handler:
    async def handler(call: Call) -> Row:
        caller, uid = caller_of(call.credentials), call.path["id"]
        content = member_of(call.body, collection.member)
        collection.find(call.state, uid, caller)
        given = prepare_update(collection.by_name, collection.member, content, caller)
        await call.ask(update, collection=collection.name, caller=caller, uid=uid, given=given, revision=constraint(call))
        return {collection.member: _view(call.state, collection, uid, caller)}

    return handler


def _deleter(collection: Collection[Any]) -> Handler:
    async def handler(call: Call) -> None:
        caller = caller_of(call.credentials)
        await call.ask(delete, collection=collection.name, caller=caller, uid=call.path["id"], revision=constraint(call))

    return handler


def constraint(call: Call) -> int | None:
    """The revision that ``If-Match`` names, if it does; raises Fault 400."""
    found = _CONSTRAINT.search(call.request.headers.get("If-Match", ""))
    if found is None:
        return None
    if not found[1].isascii() or not found[1].isdigit():
        raise bad_request("if-match", "Revision number etag must be in the format of revision_number=<int>")
    return int(found[1])


# -- decisions -----------------------------------------------------------------------------------------------------------------


@ask
def prepare(decision: Decision, *, collection: str, project: str) -> None:
    """What a project must have before its resources are listed (its default security group)."""
    prepares = COLLECTIONS[collection].prepares
    assert prepares is not None  # noqa: S101 - asked for only then
    prepares(decision, project)


@ask
def create(decision: Decision, *, collection: str, caller: Caller, items: list[dict[str, Any]]) -> list[str]:
    """Make resources, all or none; answers their ids."""
    kind = COLLECTIONS[collection]
    assert kind.create is not None  # noqa: S101 - else there is no such operation
    return [kind.create(decision, caller, dict(item)).uid for item in items]


def make_resource(decision: Decision, collection: str, project: str, **given: Any) -> str:
    """Make a resource of a project as an administrator's request would; answers its id."""
    kind = COLLECTIONS[collection]
    assert kind.create is not None  # noqa: S101 - all that are asked for can be made
    values = prepare_create(kind.by_name, kind.member, {**given, "project_id": project}, ADMIN)
    made: Resource = kind.create(decision, ADMIN, values)
    return made.uid


@ask
def update(decision: Decision, *, collection: str, caller: Caller, uid: str, given: dict[str, Any], revision: int | None) -> None:
    """Change a resource."""
    kind = COLLECTIONS[collection]
    assert kind.update is not None  # noqa: S101 - else there is no such operation
    kind.update(decision, caller, held(decision.state, kind, uid, caller, f"update_{kind.member}", revision), dict(given))


@ask
def delete(decision: Decision, *, collection: str, caller: Caller, uid: str, revision: int | None) -> None:
    """Delete a resource."""
    kind = COLLECTIONS[collection]
    assert kind.delete is not None  # noqa: S101 - else there is no such operation
    kind.delete(decision, caller, held(decision.state, kind, uid, caller, f"delete_{kind.member}", revision))


def held(state: WorldState, collection: Collection[Any], uid: str, caller: Caller, rule: str, revision: int | None = None) -> Any:
    """A resource that the caller may change; raises Fault 403, 404 or 412."""
    resource = collection.find(state, uid, caller)
    if not collection.changeable(state, resource, caller):
        raise forbidden(rule)
    if revision is not None and resource.revision != revision:
        raise Fault(412, f"Constrained to {revision}, but current revision is {resource.revision}", type="RevisionNumberConstraintFailed")
    return resource

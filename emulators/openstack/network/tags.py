"""Tags of every resource that can have them."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.network import changes
from emulators.openstack.network.caller import Caller, caller_of
from emulators.openstack.network.collections import COLLECTIONS, Collection, Row
from emulators.openstack.network.faults import malformed, not_found, unfit
from emulators.openstack.network.operations import held
from emulators.openstack.network.records import Resource
from emulators.openstack.network.service import NETWORK
from emulators.openstack.network.values import Unfit, items, text
from emulators.world.decide import Decision

MAX_TAG: Final = 255
MAX_TAGS: Final = 50
_tags: Final = items(text(MAX_TAG))


def _collection(call: Call) -> Collection[Any]:
    """The collection that a path begins with; raises Fault 404."""
    name = call.path["collection"].replace("-", "_")
    found = COLLECTIONS.get(name) or COLLECTIONS.get(f"qos_{name}")
    if found is None or not found.tagged:
        raise Fault(404, "The resource could not be found.", type="HTTPNotFound")
    return found


def _resource(call: Call) -> Resource:
    found: Resource = _collection(call).find(call.state, call.path["id"], caller_of(call.credentials))
    return found


def _body(call: Call) -> tuple[str, ...]:
    if not isinstance(call.body, dict) or "tags" not in call.body:
        raise malformed("Invalid input for tags. Reason: Invalid tags body.")
    try:
        found: tuple[str, ...] = _tags(call.body["tags"])
    except Unfit as error:
        raise unfit("tags", error) from error
    return found


@NETWORK.get("/{collection}/{id}/tags")
async def list_tags(call: Call) -> Row:
    """All tags of a resource."""
    return {"tags": list(_resource(call).tags)}


@NETWORK.put("/{collection}/{id}/tags")
async def replace_tags(call: Call) -> Row:
    """These tags and no others."""
    tags = _body(call)
    await _set(call, list(tags))
    return {"tags": list(tags)}


@NETWORK.post("/{collection}/{id}/tags", status=201)
async def add_tags(call: Call) -> Row:
    """These tags too."""
    wanted = _body(call)
    return {"tags": await _set(call, [*_resource(call).tags, *(tag for tag in wanted if tag not in _resource(call).tags)])}


@NETWORK.delete("/{collection}/{id}/tags")
async def remove_tags(call: Call) -> None:
    """No tags."""
    await _set(call, [])


@NETWORK.get("/{collection}/{id}/tags/{tag}")
async def check_tag(call: Call) -> Reply:
    """Whether a resource has a tag: 204 or 404."""
    _require_tag(_resource(call), call.path["tag"])
    return Reply(status=204)


@NETWORK.put("/{collection}/{id}/tags/{tag}", status=201)
async def add_tag(call: Call) -> None:
    """One tag more."""
    tag, resource = call.path["tag"], _resource(call)
    if len(tag) > MAX_TAG:
        raise unfit("tags", f"'{tag[:MAX_TAG]}...' exceeds maximum length of {MAX_TAG}")
    await _set(call, [*(one for one in resource.tags if one != tag), tag])


@NETWORK.delete("/{collection}/{id}/tags/{tag}")
async def remove_tag(call: Call) -> None:
    """One tag less."""
    resource = _resource(call)
    _require_tag(resource, call.path["tag"])
    await _set(call, [tag for tag in resource.tags if tag != call.path["tag"]])


def _require_tag(resource: Resource, tag: str) -> None:
    if tag not in resource.tags:
        raise not_found("Tag", f"Tag {tag} could not be found.")


async def _set(call: Call, tags: list[str]) -> list[str]:
    collection = _collection(call)
    await call.ask(set_tags, caller=caller_of(call.credentials), collection=collection.name, uid=call.path["id"], tags=tags)
    return tags


@ask
def set_tags(decision: Decision, *, caller: Caller, collection: str, uid: str, tags: list[str]) -> None:
    """A resource has these tags."""
    if len(tags) > MAX_TAGS:
        raise unfit("tags", f"The number of tags exceed the per-resource limit of {MAX_TAGS}")
    kind = COLLECTIONS[collection]
    changes.change(decision, held(decision.state, kind, uid, caller, f"update_{kind.member}:tags"), tags=tuple(tags))

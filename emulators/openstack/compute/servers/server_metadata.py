"""A server's metadata and tags."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from emulators.openstack.call import Call, Reply
from emulators.openstack.compute.servers.changes import drop_metadata, set_metadata, set_tags
from emulators.openstack.compute.servers.lookup import server_of
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.servers.schemas import MAX_TAGS, TAG, TAGS
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import METADATA, closed
from emulators.openstack.validation import fits

ITEMS: Final = closed({"metadata": METADATA}, "metadata")
ITEM: Final = closed({"meta": {**METADATA, "minProperties": 1, "maxProperties": 1}}, "meta")
TAG_LIST: Final = closed({"tags": TAGS}, "tags")
NOT_FOUND: Final = "Metadata item was not found"


@COMPUTE.get("/servers/{server_id}/metadata")
async def metadata(call: Call) -> dict[str, Any]:
    """All of it."""
    return {"metadata": server_of(call).metadata}


async def _set(call: Call, items: dict[str, str], *, replace: bool) -> dict[str, str]:
    server = server_of(call)
    return await call.ask(set_metadata, server=server.uid, metadata=items, replace=replace, admin=call.credentials.admin)


@COMPUTE.post("/servers/{server_id}/metadata", body=ITEMS)
async def add_metadata(call: Call) -> dict[str, Any]:
    """Add items, or change those that are there."""
    return {"metadata": await _set(call, call.body["metadata"], replace=False)}


@COMPUTE.put("/servers/{server_id}/metadata", body=ITEMS)
async def replace_metadata(call: Call) -> dict[str, Any]:
    """Replace all of it."""
    return {"metadata": await _set(call, call.body["metadata"], replace=True)}


@COMPUTE.get("/servers/{server_id}/metadata/{key}")
async def metadata_item(call: Call) -> dict[str, Any]:
    """One item."""
    key, found = call.path["key"], server_of(call).metadata
    if key not in found:
        raise Fault(404, NOT_FOUND)
    return {"meta": {key: found[key]}}


@COMPUTE.put("/servers/{server_id}/metadata/{key}", body=ITEM)
async def set_metadata_item(call: Call) -> dict[str, Any]:
    """Set one item, named in the path and in the body."""
    meta: dict[str, str] = call.body["meta"]
    if call.path["key"] not in meta:
        raise Fault(400, "Request body and URI mismatch")
    await _set(call, meta, replace=False)
    return {"meta": meta}


@COMPUTE.delete("/servers/{server_id}/metadata/{key}")
async def delete_metadata_item(call: Call) -> None:
    """Remove one item."""
    await call.ask(drop_metadata, server=server_of(call).uid, key=call.path["key"], admin=call.credentials.admin)


@COMPUTE.get("/servers/{server_id}/tags", versions="2.26-")
async def tags(call: Call) -> dict[str, Any]:
    """All tags."""
    return {"tags": list(server_of(call).tags)}


@COMPUTE.put("/servers/{server_id}/tags", body=TAG_LIST, versions="2.26-")
async def replace_tags(call: Call) -> dict[str, Any]:
    """Replace them."""
    wanted = tuple(dict.fromkeys(call.body["tags"]))
    return {"tags": list(await call.ask(set_tags, server=server_of(call).uid, tags=wanted))}


@COMPUTE.delete("/servers/{server_id}/tags", versions="2.26-")
async def delete_tags(call: Call) -> None:
    """Remove all."""
    await call.ask(set_tags, server=server_of(call).uid, tags=())


@COMPUTE.get("/servers/{server_id}/tags/{tag}", versions="2.26-", status=204)
async def has_tag(call: Call) -> None:
    """Whether it has a tag: 204 or 404."""
    _require_tag(server_of(call), _tag(call))


@COMPUTE.put("/servers/{server_id}/tags/{tag}", versions="2.26-", status=201)
async def add_tag(call: Call) -> Reply:
    """Add a tag: 201 when it is new, 204 when it was there."""
    server, tag = server_of(call), _tag(call)
    if not fits(TAG, tag):
        raise Fault(400, f"Tag '{tag}' is invalid. It must be a non empty string without characters '/' and ',', of at most 60.")
    if tag in server.tags:
        return Reply(status=204, headers={"Location": call.link(f"/servers/{server.uid}/tags/{quote(tag, safe='')}")})
    if len(server.tags) >= MAX_TAGS:
        raise Fault(400, f"The number of tags exceeded the per-server limit {MAX_TAGS}")
    await call.ask(set_tags, server=server.uid, tags=(*server.tags, tag))
    return Reply(headers={"Location": call.link(f"/servers/{server.uid}/tags/{quote(tag, safe='')}")})


@COMPUTE.delete("/servers/{server_id}/tags/{tag}", versions="2.26-")
async def delete_tag(call: Call) -> None:
    """Remove a tag."""
    server, tag = server_of(call), _tag(call)
    _require_tag(server, tag)
    await call.ask(set_tags, server=server.uid, tags=tuple(one for one in server.tags if one != tag))


def _tag(call: Call) -> str:
    return call.path["tag"]


def _require_tag(server: NovaServer, tag: str) -> None:
    if tag not in server.tags:
        raise Fault(404, f"Server {server.uid} has no tag '{tag}'")

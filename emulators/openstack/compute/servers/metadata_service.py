"""The metadata service: what a guest reads of itself at 169.254.169.254, in OpenStack's form and in EC2's.

A path leads through a tree of documents; a directory answers its list.  ``POST openstack/.../password`` keeps what the guest tells.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import web

from emulators.openstack.asks import ask
from emulators.openstack.cloud import SYSTEM, Cloud
from emulators.openstack.compute.servers import metadata
from emulators.openstack.compute.servers.events import SERVER_CHANGED
from emulators.openstack.compute.servers.records import NovaServer
from emulators.world.decide import Decision
from emulators.world.state import WorldState

MAX_PASSWORD: Final = 1024
_json: Final = msgspec.json.Encoder().encode


@ask
def keep_password(d: Decision, *, server: str, password: str) -> None:
    """Keep what the guest says that its password is, encrypted for its owner."""
    d.update(SERVER_CHANGED, d.get(NovaServer, server), password=password)


async def answer(cloud: Cloud, uid: str, request: web.BaseRequest) -> web.StreamResponse:
    """Answer a guest's request."""
    server = cloud.state.maybe(NovaServer, uid)
    if server is None:
        return _text(HTTPStatus.NOT_FOUND, "The server is no more.")
    parts = [part for part in request.path.split("/") if part]
    if parts[:1] == ["openstack"] and parts[2:] == ["password"] and request.method == "POST":
        return await _take_password(cloud, server, request)
    if request.method not in {"GET", "HEAD"}:
        return _text(HTTPStatus.METHOD_NOT_ALLOWED, "Metadata is read.")
    found = look_up(cloud.state, server, parts)
    if found is None:
        return _text(HTTPStatus.NOT_FOUND, f"There is no {request.path}.")
    kind = "application/json" if parts and parts[-1].endswith(".json") else "text/plain"
    return web.Response(body=b"" if request.method == "HEAD" else found, content_type=kind)


async def _take_password(cloud: Cloud, server: NovaServer, request: web.BaseRequest) -> web.StreamResponse:
    data = await request.content.read(MAX_PASSWORD + 1)
    if len(data) > MAX_PASSWORD:
        return _text(HTTPStatus.BAD_REQUEST, "Password is too long.")
    if server.password:
        return _text(HTTPStatus.CONFLICT, "The password is set.")
    await cloud.ask(SYSTEM, keep_password, server=server.uid, password=data.decode(errors="replace"))
    return web.Response()


def look_up(state: WorldState, server: NovaServer, parts: list[str]) -> bytes | None:
    """What stands at a path, as the guest gets it; None for nothing."""
    if not parts:
        return "\n".join(metadata.EC2_VERSIONS).encode()
    if parts[0] == "openstack":
        return _openstack(state, server, parts[1:])
    if parts[0] not in metadata.EC2_VERSIONS:
        return None
    tree: dict[str, Any] = {"meta-data": metadata.ec2(state, server)}
    data = metadata.user_data(server)
    if data:
        tree["user-data"] = data
    return _within(tree, parts[1:])


def _openstack(state: WorldState, server: NovaServer, parts: list[str]) -> bytes | None:
    if not parts:
        return "\n".join(metadata.OPENSTACK_VERSIONS).encode()
    if parts[0] not in metadata.OPENSTACK_VERSIONS:
        return None
    tree: dict[str, Any] = {
        "meta_data.json": _json(metadata.meta_data(state, server)),
        "network_data.json": _json(metadata.network_data(state, server)),
        "password": server.password,
        "vendor_data.json": b"{}",
        "vendor_data2.json": b"{}",
    }
    data = metadata.user_data(server)
    if data:
        tree["user_data"] = data
    return _within(tree, parts[1:])


def _within(tree: dict[str, Any], parts: list[str]) -> bytes | None:
    """Down the tree; a directory is the list of what is in it."""
    found: Any = tree
    for part in parts:
        if not isinstance(found, dict) or part not in found or not part:
            return None
        found = found[part]
    if isinstance(found, dict):
        listed = found.get("", "\n".join(f"{name}/" if isinstance(one, dict) else name for name, one in found.items()))
        return str(listed).encode()
    return found if isinstance(found, bytes) else str(found).encode()


def _text(status: HTTPStatus, text: str) -> web.Response:
    return web.Response(status=status, text=text)

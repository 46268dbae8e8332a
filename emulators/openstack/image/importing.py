"""Import: of staged bytes, from the web (not from private addresses), or to further stores, of which there are none."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult

from dcsim.errors import DcsimError
from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.cloud import SYSTEM, Cloud
from emulators.openstack.faults import Fault
from emulators.openstack.image import events, views
from emulators.openstack.image.access import require_owner
from emulators.openstack.image.blank import Digests
from emulators.openstack.image.content import Files, virtual_size
from emulators.openstack.image.images import target
from emulators.openstack.image.lifecycle import activate
from emulators.openstack.image.records import GlanceImage, GlanceTask
from emulators.openstack.image.rootfs import guest_image
from emulators.openstack.image.service import IMAGE
from emulators.world.decide import Decision

log = structlog.get_logger(__name__)
PORTS: Final = frozenset({80, 443})
WEB_SECONDS: Final = 600.0
TASK: Final = "api_image_import"
TO_STORES: Final = "os_glance_importing_to_stores"
FAILED: Final = "os_glance_failed_import"
"""Properties that say how far an import is, and where it failed."""


@IMAGE.post("/images/{image_id}/import", status=202)
async def import_image(call: Call) -> Reply:
    """Import an image's bytes by the method that the body names."""
    found = target(call)
    method, uri = _method(call.body)
    require_owner(call.credentials, found, "modify_image")
    if method == "copy-image":
        _require_copied(found, call.body)
        await call.ask(note_copied, image=found.uid)
        return Reply(status=202)
    _require_importable(found, method)
    if method == "web-download":
        await require_public(uri)
    import_request = {"import_req": call.body, "image_id": found.uid}
    task = await call.ask(begin_import, image=found.uid, user=call.credentials.user, request=import_request, request_id=call.request_id)
    if method == "glance-direct":
        await finish_staged(call.cloud, found.uid, task)
    else:
        call.cloud.part(Downloads, call.cloud).start(found.uid, uri, task)
    return Reply(status=202)


def _method(body: Any) -> tuple[str, str]:
    method = body.get("method") if isinstance(body, dict) else None
    if not isinstance(method, dict):
        raise Fault(400, "Import request requires a 'method' field.")
    name = method.get("name")
    if not isinstance(name, str):
        raise Fault(400, "Import request requires a 'name' field.")
    if name not in views.METHODS:
        raise Fault(400, f"Unknown import method name '{name}'.")
    for key in ("all_stores", "all_stores_must_succeed"):
        if not isinstance(body.get(key, False), bool):
            raise Fault(400, f"'{key}' must be boolean value only")
    stores = body.get("stores", [])
    if not isinstance(stores, list) or any(store != views.STORE for store in stores):
        raise Fault(409, f"The only store is {views.STORE!r}.")
    return name, str(method.get("uri", ""))


def _require_copied(found: GlanceImage, body: dict[str, Any]) -> None:
    """There is one store: an image is in all of them already, and cannot be copied to it by name.  Raises Fault 400 or 409."""
    if found.status != "active":
        raise Fault(409, "Only images with status active can be targeted for copying")
    if not body.get("all_stores"):
        raise Fault(400, f"Image is already present at store '{views.STORE}'")


@ask
def note_copied(d: Decision, *, image: str) -> None:
    """It is in every store."""
    found = d.get(GlanceImage, image)
    d.update(events.IMAGE_CHANGED, found, properties=found.properties | {TO_STORES: "", FAILED: ""})


def _require_importable(found: GlanceImage, method: str) -> None:
    if found.status == "active":
        raise Fault(409, "Image with status active cannot be target for import")
    if method == "web-download" and found.status != "queued":
        raise Fault(409, "Image needs to be in 'queued' state to use 'web-download' method")
    if method == "glance-direct" and found.status != "uploading":
        raise Fault(409, "Image needs to be staged before 'glance-direct' method can be used")
    for name in ("container_format", "disk_format"):
        if not getattr(found, name):
            raise Fault(409, f"'{name}' needs to be set before import")


@ask
def begin_import(d: Decision, *, image: str, user: str, request: dict[str, Any], request_id: str, kind: str = TASK) -> str:
    """The task that imports; raises Fault 409 unless the bytes can come."""
    found = d.get(GlanceImage, image)
    if found.status not in {"queued", "uploading"}:
        raise Fault(409, f"Image status transition from {found.status} to importing is not allowed")
    under_way = found.properties | {TO_STORES: views.STORE, FAILED: ""}
    d.update(events.IMAGE_CHANGED, found, status="importing", properties=under_way, updated=d.now)
    task = d.create(
        events.TASK_CREATED,
        GlanceTask,
        uid=d.new_uuid(),
        name=kind,
        project=found.project,
        user=user,
        status="processing",
        input=request,
        image=image,
        request_id=request_id,
        updated=d.now,
    )
    return task.uid


@ask
def finish_import(d: Decision, *, image: str, task: str, digests: Digests, virtual: int, ref: str) -> None:
    """The image is active, the task a success."""
    found, work = d.state.maybe(GlanceImage, image), d.state.maybe(GlanceTask, task)
    if found is not None and found.status == "importing":
        ready = d.update(events.IMAGE_CHANGED, found, properties=found.properties | {TO_STORES: ""})
        activate(d, ready, Digests(*digests), source="file", ref=ref, virtual_size=virtual)
    if work is not None:
        d.update(events.TASK_CHANGED, work, status="success", result={"image_id": image}, updated=d.now)


@ask
def fail_import(d: Decision, *, image: str, task: str, reason: str) -> None:
    """The image waits for its bytes again; the task says why."""
    found, work = d.state.maybe(GlanceImage, image), d.state.maybe(GlanceTask, task)
    if found is not None and found.status == "importing":
        properties = found.properties | {TO_STORES: "", FAILED: views.STORE}
        d.update(events.IMAGE_CHANGED, found, status="queued", staged=-1, properties=properties, updated=d.now)
    if work is not None:
        d.update(events.TASK_CHANGED, work, status="failure", message=reason, updated=d.now)


async def finish_staged(cloud: Cloud, image: str, task: str) -> None:
    """Make staged bytes the image's."""
    files = cloud.part(Files, cloud)
    try:
        digests = await files.measure(files.staged(image))
        files.staged(image).replace(files.path(image))
        await _finish(cloud, image, task, digests)
    except (OSError, DcsimError) as error:
        await cloud.ask(SYSTEM, fail_import, image=image, task=task, reason=str(error))
        raise Fault(400, f"The staged bytes could not be imported: {error}") from error


async def _finish(cloud: Cloud, image: str, task: str, digests: Digests) -> None:
    files = cloud.part(Files, cloud)
    found = cloud.state.get(GlanceImage, image)
    ref = await guest_image(cloud, found, files.path(image))
    size = virtual_size(files.path(image), found.disk_format)
    await cloud.ask(SYSTEM, finish_import, image=image, task=task, digests=digests, virtual=size, ref=ref)


# -- from the web -------------------------------------------------------------------------------------------------------------


def _refused(uri: str) -> Fault:
    return Fault(400, f"URI for web-download does not pass filtering: {uri}")


async def require_public(uri: str) -> None:
    """Raise Fault 400 unless the address is one of the public web's."""
    try:
        parts = urlsplit(uri)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise _refused(uri) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or port not in PORTS:
        raise _refused(uri)
    try:
        await PublicResolver().resolve(parts.hostname, port)
    except socket.gaierror:
        return  # a name that nobody knows is reached by nobody: the task fails with that
    except OSError as error:
        raise _refused(uri) from error


class PublicResolver(AbstractResolver):
    """Resolves names to addresses of the public internet alone, so that nobody reaches the datacenter's own through us."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """The public addresses of a host; raises OSError when it has another one, or none."""
        loop = asyncio.get_running_loop()
        found = await asyncio.wait_for(loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), 10.0)
        rows: list[ResolveResult] = []
        for kind, _, proto, _, address in found:
            if not ipaddress.ip_address(address[0]).is_global:
                raise OSError(f"{host} is not a public address")
            rows.append(ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=0))
        return rows

    async def close(self) -> None:
        """Nothing is held."""


class Downloads:
    """Imports from the web that are under way."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._running: set[asyncio.Task[None]] = set()

    def start(self, image: str, uri: str, task: str) -> None:
        """Fetch an image's bytes in the background."""
        running = asyncio.create_task(self._fetch(image, uri, task))
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _fetch(self, image: str, uri: str, task: str) -> None:
        files = self._cloud.part(Files, self._cloud)
        try:
            digests = await files.receive(files.path(image), _web(uri))
            await _finish(self._cloud, image, task, digests)
        except (OSError, TimeoutError, aiohttp.ClientError, DcsimError) as error:
            log.warning("openstack.import_failed", image=image, reason=str(error))
            await self._cloud.ask(SYSTEM, fail_import, image=image, task=task, reason=str(error))


async def _web(uri: str) -> AsyncIterator[bytes]:
    """The bytes behind an address; redirections are not followed, for they may lead inside."""
    connector = aiohttp.TCPConnector(resolver=PublicResolver(), use_dns_cache=False)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=WEB_SECONDS)) as session,
        session.get(uri, allow_redirects=False) as response,
    ):
        if response.status != 200:  # noqa: PLR2004 - anything else is not the bytes
            raise OSError(f"{uri} answers {response.status}")
        async for data in response.content.iter_chunked(1 << 18):
            yield data

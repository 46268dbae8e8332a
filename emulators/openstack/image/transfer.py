"""Upload and download of an image's bytes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import hdrs, web

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.image import events
from emulators.openstack.image.access import require_owner
from emulators.openstack.image.blank import Digests
from emulators.openstack.image.content import MAX_BYTES, Files, blank_bytes, virtual_size
from emulators.openstack.image.images import target
from emulators.openstack.image.lifecycle import activate
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.image.rootfs import guest_image
from emulators.openstack.image.service import IMAGE
from emulators.world.decide import Decision

OCTETS: Final = "application/octet-stream"
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@IMAGE.put("/images/{image_id}/file", raw=True, status=204, quality="client")
async def upload(call: Call) -> Reply:
    """Take an image's bytes: it is active then."""
    found = target(call)
    require_owner(call.credentials, found, "upload_image")
    _require_octets(call)
    await call.ask(begin_upload, image=found.uid, status="saving")
    await call.invite_body()
    files = call.cloud.part(Files, call.cloud)
    async with abandoning(call, found.uid):
        digests = await files.receive(files.path(found.uid), call.request.content.iter_chunked(1 << 18))
        ref = await guest_image(call.cloud, found, files.path(found.uid))
        size = virtual_size(files.path(found.uid), found.disk_format)
        await call.ask(finish_upload, image=found.uid, digests=digests, virtual=size, ref=ref)
    return Reply(status=204)


@asynccontextmanager
async def abandoning(call: Call, image: str) -> AsyncIterator[None]:
    """Take bytes: what fails, or is left by the client, leaves the image waiting for them again."""
    try:
        yield
    except BaseException:
        await call.ask(abandon, image=image)
        raise


def _require_octets(call: Call) -> None:
    if call.request.content_type != OCTETS:
        raise Fault(415, f"Unsupported Content-Type {call.request.content_type}: send {OCTETS}.")
    if (call.request.content_length or 0) > MAX_BYTES:
        raise Fault(413, f"Denying attempt to upload image larger than {MAX_BYTES} bytes.")


@ask
def begin_upload(d: Decision, *, image: str, status: str) -> None:
    """Bytes are coming; raises Fault 400 (formats are missing) or 409 (they came before)."""
    found = d.get(GlanceImage, image)
    if found.status != "queued":
        raise Fault(409, f"Image status transition from {found.status} to {status} is not allowed")
    missing = [name for name in ("disk_format", "container_format") if not getattr(found, name)]
    if missing and status == "saving":
        raise Fault(400, f"Properties {', '.join(missing)} must be set prior to saving data.")
    d.update(events.IMAGE_CHANGED, found, status=status, updated=d.now)


@ask
def finish_upload(d: Decision, *, image: str, digests: Digests, virtual: int, ref: str) -> None:
    """It is active; raises Fault 410 when it was deleted meanwhile."""
    found = d.state.maybe(GlanceImage, image)
    if found is None:
        raise Fault(410, f"Image {image} could not be found after upload. The image may have been deleted during the upload.")
    activate(d, found, Digests(*digests), source="file", ref=ref, virtual_size=virtual)


@ask
def abandon(d: Decision, *, image: str) -> None:
    """The bytes did not come: it waits for them again."""
    found = d.state.maybe(GlanceImage, image)
    if found is not None and found.status in {"saving", "uploading"}:
        d.update(events.IMAGE_CHANGED, found, status="queued", updated=d.now)


@IMAGE.get("/images/{image_id}/file", quality="client")
async def download(call: Call) -> Any:
    """An image's bytes, or a range of them; 204 while there are none."""
    found = target(call)
    if found.status == "deactivated" and not call.credentials.admin:
        raise Fault(403, "The requested image has been deactivated. Image data download is forbidden.")
    if not found.source:
        return Reply(status=204)
    headers = {hdrs.CONTENT_TYPE: OCTETS, "Content-MD5": found.checksum}
    if found.source == "file":
        path = call.cloud.part(Files, call.cloud).path(found.uid)
        if not path.is_file():
            raise Fault(404, f"The bytes of image {found.uid} are not in this data directory.")
        return web.FileResponse(path, headers=headers, chunk_size=1 << 18)
    return _part(blank_bytes(found), call.request.headers.get(hdrs.RANGE, ""), headers)


def _part(data: bytes, wanted: str, headers: dict[str, str]) -> Reply:
    """All of the data, or the range that is wanted."""
    found = _RANGE.fullmatch(wanted.strip())
    if not wanted or found is None or not (found[1] or found[2]):
        return Reply(data, 200, headers)
    first = int(found[1]) if found[1] else max(len(data) - int(found[2]), 0)
    last = min(int(found[2]), len(data) - 1) if found[1] and found[2] else len(data) - 1
    if first > last:
        raise Fault(416, "Range is not satisfiable.", headers={hdrs.CONTENT_RANGE: f"bytes */{len(data)}"})
    return Reply(data[first : last + 1], 206, headers | {hdrs.CONTENT_RANGE: f"bytes {first}-{last}/{len(data)}"})


@IMAGE.put("/images/{image_id}/stage", raw=True, status=204)
async def stage(call: Call) -> Reply:
    """Take an image's bytes to be imported later."""
    found = target(call)
    require_owner(call.credentials, found, "modify_image")
    _require_octets(call)
    await call.ask(begin_upload, image=found.uid, status="uploading")
    await call.invite_body()
    files = call.cloud.part(Files, call.cloud)
    async with abandoning(call, found.uid):
        digests = await files.receive(files.staged(found.uid), call.request.content.iter_chunked(1 << 18))
        await call.ask(note_staged, image=found.uid, size=digests.size)
    return Reply(status=204)


@ask
def note_staged(d: Decision, *, image: str, size: int) -> None:
    """The bytes wait to be imported."""
    d.update(events.IMAGE_CHANGED, d.get(GlanceImage, image), staged=size, updated=d.now)

"""Headers: what requests say of accounts, containers and objects, and what answers say."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from aiohttp import hdrs

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore.records import SwiftObject

TEXT: Final = "text/plain; charset=utf-8"
HTML: Final = "text/html; charset=UTF-8"
KEPT: Final = ("content-disposition", "content-encoding", "content-language", "cache-control", "expires", "x-robots-tag")
"""Headers of an object that come back with it."""
MAX_NAME, MAX_VALUE, MAX_COUNT, MAX_OVERALL = 128, 256, 90, 4096


def transaction_id() -> str:
    """An id as Swift gives to every request."""
    return f"tx{secrets.token_hex(11)[:21]}-{int(time.time()):010x}"


def timestamp(moment: datetime) -> str:
    """Seconds since 1970 with five digits."""
    return f"{moment.timestamp():.5f}"


def http_date(moment: datetime) -> str:
    """``Mon, 23 Nov 2026 18:00:00 GMT``, rounded up as Swift does."""
    return format_datetime(datetime.fromtimestamp(-(-moment.timestamp() // 1), UTC), usegmt=True)


def metadata(headers: Mapping[str, str], what: str, *, keep_empty: bool = False) -> dict[str, str]:
    """Metadata (``X-<what>-Meta-*``) of a request by lower-case name; raises Fault 400 when it is too much."""
    prefix, found = f"x-{what}-meta-", {}
    for name, value in headers.items():
        lower = name.lower()
        if lower.startswith(prefix):
            found[lower.removeprefix(prefix)] = value
    _check(found)
    return found if keep_empty else {name: value for name, value in found.items() if value}


def removed(headers: Mapping[str, str], what: str) -> set[str]:
    """The names that a request removes: ``X-Remove-<what>-Meta-*``, and metadata without a value."""
    prefix, remove = f"x-{what}-meta-", f"x-remove-{what}-meta-"
    found = {name.lower().removeprefix(remove) for name in headers if name.lower().startswith(remove)}
    return found | {name.lower().removeprefix(prefix) for name, value in headers.items() if name.lower().startswith(prefix) and not value}


def _check(found: dict[str, str]) -> None:
    for name, value in found.items():
        if not name:
            raise Fault(400, "Metadata name cannot be empty")
        if len(name.encode()) > MAX_NAME:
            raise Fault(400, f"Metadata name too long: {name[:MAX_NAME]}")
        if len(value.encode("utf-8", "surrogateescape")) > MAX_VALUE:
            raise Fault(400, f"Metadata value longer than {MAX_VALUE}: {name}")
    if len(found) > MAX_COUNT:
        raise Fault(400, f"Too many metadata items; max {MAX_COUNT}")
    if sum(len(name) + len(value) for name, value in found.items()) > MAX_OVERALL:
        raise Fault(400, f"Total metadata too large; max {MAX_OVERALL}")


def merged(old: dict[str, str], headers: Mapping[str, str], what: str) -> dict[str, str]:
    """Metadata with what a request sets and removes."""
    kept = {name: value for name, value in old.items() if name not in removed(headers, what)}
    return kept | metadata(headers, what)


def shown(found: Mapping[str, str], what: str) -> dict[str, str]:
    """Metadata as headers."""
    return {f"X-{what}-Meta-{name.title()}": value for name, value in found.items()}


def of_object(call: Call, one: SwiftObject, etag: str) -> dict[str, str]:
    """The headers of an object in full."""
    headers = {
        hdrs.CONTENT_TYPE: one.content_type,
        hdrs.ETAG: etag,
        hdrs.LAST_MODIFIED: http_date(one.updated),
        hdrs.ACCEPT_RANGES: "bytes",
        "X-Timestamp": timestamp(one.updated),
        **{name.title(): value for name, value in one.headers.items()},
        **shown(one.metadata, "Object"),
    }
    if one.manifest:
        headers["X-Object-Manifest"] = one.manifest
    if one.segments:
        headers["X-Static-Large-Object"] = "True"
        if call.first("multipart-manifest") == "get":
            headers[hdrs.CONTENT_TYPE] = "application/json; charset=utf-8"
    if one.delete_at:
        headers["X-Delete-At"] = str(one.delete_at)
    return headers


def delete_at(call: Call) -> int:
    """When an object is to be deleted (seconds since 1970; 0: never); raises Fault 400 for a time that is none, or is over."""
    now, headers = call.cloud.now().timestamp(), call.request.headers
    for name, base in (("X-Delete-After", int(now)), ("X-Delete-At", 0)):
        text = headers.get(name)
        if text is None or text == "":
            continue
        if not text.isascii() or not text.isdigit() or len(text) > 12:  # noqa: PLR2004 - far beyond any year
            raise Fault(400, f"Non-integer {name}")
        if base + int(text) <= now:
            raise Fault(400, f"{name} in past")
        return base + int(text)
    return 0

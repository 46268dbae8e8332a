"""Listings of accounts and containers: as text, JSON or XML; by prefix, delimiter, markers and limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import msgspec
from aiohttp import hdrs

from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore.headers import TEXT

MAX_LIMIT: Final = 10_000
TYPES: Final = {"json": "application/json; charset=utf-8", "xml": "application/xml; charset=utf-8", "plain": TEXT}
Row = dict[str, Any]


class Entry(NamedTuple):
    """A line of a listing; ``row`` is what JSON and XML say, None for a part of names that end at the delimiter."""

    name: str
    row: Row | None


class Wanted(NamedTuple):
    """What is to be listed."""

    limit: int
    prefix: str
    delimiter: str
    marker: str
    end_marker: str
    reverse: bool
    path: str | None


def wanted_of(call: Call) -> Wanted:
    """What the query wants; raises Fault 412."""
    text = call.first("limit")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else MAX_LIMIT  # noqa: PLR2004 - 64 bits
    if limit > MAX_LIMIT:
        raise Fault(412, f"Maximum limit is {MAX_LIMIT}")
    path = call.first("path") if "path" in call.query else None
    prefix, delimiter = call.first("prefix"), call.first("delimiter")
    if path is not None:
        prefix, delimiter = f"{path.rstrip('/')}/" if path else "", "/"
    reverse = call.first("reverse").lower() in {"true", "1", "yes", "on", "t", "y"}
    return Wanted(limit, prefix, delimiter, call.first("marker"), call.first("end_marker"), reverse, path)


def entries(found: Iterable[Any], wanted: Wanted, row: Callable[[Any], Row]) -> list[Entry]:
    """The lines of a listing, at most so many."""
    after, before = (wanted.end_marker, wanted.marker) if wanted.reverse else (wanted.marker, wanted.end_marker)
    lines: list[Entry] = []
    last = ""
    for name, one in _sorted(found, wanted):
        if (after and name <= after) or (before and name >= before):
            continue
        cut = name.find(wanted.delimiter, len(wanted.prefix)) if wanted.delimiter else -1
        if cut < 0:
            lines.append(Entry(name, row(one)))
        elif wanted.path is None:
            part = name[: cut + len(wanted.delimiter)]
            if part not in {last, after}:
                lines.append(Entry(part, None))
                last = part
        if len(lines) >= wanted.limit:
            break
    return lines[: wanted.limit]


def _sorted(found: Iterable[Any], wanted: Wanted) -> list[tuple[str, Any]]:
    """By name, as its bytes sort."""
    pairs = [(one.name, one) for one in found if one.name.startswith(wanted.prefix)]
    return sorted(pairs, key=lambda pair: pair[0].encode("utf-8", "surrogateescape"), reverse=wanted.reverse)


def listing(call: Call, lines: list[Entry], *, root: tuple[str, str], item: str, headers: Mapping[str, str]) -> Reply:
    """The listing in the form that is asked for; ``root`` is the XML element and its name, ``item`` the element of a line."""
    form = _form(call)
    given = {hdrs.CONTENT_TYPE: TYPES[form], **headers}
    if form == "json":
        return Reply(msgspec.json.encode([line.row or {"subdir": line.name} for line in lines]), 200, given)
    if form == "xml":
        return Reply(_xml(lines, root, item), 200, given)
    if not lines:
        return Reply(None, 204, given)
    return Reply("".join(f"{line.name}\n" for line in lines).encode("utf-8", "surrogateescape"), 200, given)


def _form(call: Call) -> str:
    form = call.first("format").lower()
    if form in TYPES:
        return form
    accept = call.request.headers.get(hdrs.ACCEPT, "")
    if "application/json" in accept:
        return "json"
    if "application/xml" in accept or "text/xml" in accept:
        return "xml"
    return "plain"


def _xml(lines: list[Entry], root: tuple[str, str], item: str) -> bytes:
    element, name = root
    parts = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{element} name={quoteattr(name)}>']
    for line in lines:
        if line.row is None:
            parts.append(f"<subdir name={quoteattr(line.name)}><name>{escape(line.name)}</name></subdir>")
            continue
        inner = "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in line.row.items())
        parts.append(f"<{item}>{inner}</{item}>")
    parts.append(f"</{element}>")
    return "".join(parts).encode("utf-8", "xmlcharrefreplace")

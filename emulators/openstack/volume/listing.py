"""Cinder's lists: filtered, sorted, in pages, with a link to the next page when a page is full."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlencode

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.pages import MAX_LIMIT, in_order
from emulators.openstack.schemas import truth
from emulators.world.decisions.records import Record
from emulators.world.model import Entity

R = TypeVar("R", bound=Record)
E = TypeVar("E", bound=Entity)
COUNT_SINCE: Final = "3.45"
_PROJECT_LENGTH: Final = 32


class Kind(NamedTuple):
    """What can be listed: the field that each filter and sort key reads (``name``: None means not for filters)."""

    collection: str
    fields: Mapping[str, Callable[[Any], Any]]


class Listed(NamedTuple):
    """A page, and how many there are in all."""

    items: list[Any]
    total: int
    links: list[dict[str, str]]


def owned(call: Call, cls: type[R]) -> list[R]:
    """The records of the caller's project; of all for an administrator who asks for ``all_tenants``, or of the one that they name."""
    if call.credentials.admin and flag(call, "all_tenants"):
        wanted = call.first("project_id")
        return call.state.where(cls, "project", wanted) if wanted else call.state.all(cls)
    return call.state.where(cls, "project", call.project)


def flag(call: Call, name: str) -> bool:
    """A truth value of the query; raises Fault 400."""
    text = call.first(name)
    if text.lower() not in {"", "0", "1", "true", "false", "t", "f", "yes", "no", "y", "n", "on", "off"}:
        raise Fault(400, f"Invalid value '{text}' for '{name}'.")
    return bool(text) and truth(text)


def listed(call: Call, kind: Kind, records: Iterable[R]) -> Listed:
    """The page that the query asks for, the newest first unless it says otherwise.  Raises Fault 400."""
    found = [one for one in records if _fits(call, kind, one)]
    ordered = in_order(found, _sort_keys(call, kind))
    after = _after_marker(call, ordered)
    limit = _count(call, "limit", MAX_LIMIT)
    items = after[_count(call, "offset", 0) :][: min(limit, MAX_LIMIT)]
    full = bool(items) and len(items) == min(limit, MAX_LIMIT)
    return Listed(items, len(found), _next(call, items[-1].uid) if full else [])


def answer(call: Call, kind: Kind, page: Listed, view: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """The body of a list."""
    body: dict[str, Any] = {kind.collection: [view(one) for one in page.items]}
    if page.links:
        body[f"{kind.collection}_links"] = page.links
    if call.since(COUNT_SINCE) and flag(call, "with_count"):
        body["count"] = page.total
    return body


def base_url(call: Call, *, bookmark: bool = False) -> str:
    """The address below which the caller works: with the project in it if they put it there."""
    segments = call.request.rel_url.raw_path.strip("/").split("/")
    project = f"/{segments[2]}" if len(segments) > 2 and len(segments[2]) == _PROJECT_LENGTH else ""  # noqa: PLR2004 - volume, v3, project
    return call.url(("" if bookmark else call.service.base) + project)


def links(call: Call, path: str) -> list[dict[str, str]]:
    """The two links that every volume has."""
    return [
        {"rel": "self", "href": f"{base_url(call)}/{path}"},
        {"rel": "bookmark", "href": f"{base_url(call, bookmark=True)}/{path}"},
    ]


def _next(call: Call, marker: str) -> list[dict[str, str]]:
    query = [(name, value) for name, values in call.query.items() if name != "marker" for value in values]
    return [{"rel": "next", "href": f"{call.origin}{call.request.rel_url.raw_path}?{urlencode([*query, ('marker', marker)])}"}]


def _count(call: Call, name: str, default: int) -> int:
    text = call.first(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - the digits of a 64-bit number
        raise Fault(400, f"Invalid input received: {name} must be an integer and not negative, not {text!r}.")
    return int(text)


def _after_marker(call: Call, items: list[R]) -> list[R]:
    marker = call.first("marker")
    if not marker:
        return items
    for place, item in enumerate(items, 1):
        if item.uid == marker:
            return items[place:]
    raise Fault(404, f"marker {marker} could not be found.")


def _sort_keys(call: Call, kind: Kind) -> list[tuple[Callable[[Any], Any], bool]]:
    """Cinder's two forms: ``sort=name:asc,id`` and ``sort_key=name&sort_dir=asc``."""
    parts = [part.strip().partition(":")[::2] for part in call.first("sort").split(",") if part.strip()]
    if not parts and call.query.get("sort_key"):
        directions = call.query.get("sort_dir", [])
        parts = [(key, directions[place] if place < len(directions) else "") for place, key in enumerate(call.query["sort_key"])]
    parts = parts or [("created_at", call.first("sort_dir"))]
    keys = [_sort_key(kind, name, direction) for name, direction in parts]
    return [*keys, (_number, keys[0][1])]


def _sort_key(kind: Kind, name: str, direction: str) -> tuple[Callable[[Any], Any], bool]:
    reads = kind.fields.get(name)
    if reads is None or name == "metadata":
        raise Fault(400, f"Invalid input received: Sort key supplied is invalid: {name}")
    if direction not in {"", "asc", "desc"}:
        raise Fault(400, f"Invalid input received: Unknown sort direction, must be one of: asc, desc, not {direction}.")
    return reads, direction != "asc"


def _number(one: Entity) -> int:
    return one.number


def _fits(call: Call, kind: Kind, one: Record) -> bool:
    for name, values in call.query.items():
        reads = kind.fields.get(name.removesuffix("~"))
        if reads is None:
            continue
        if not _matches(name, reads(one), values[-1]):
            return False
    return True


def _matches(name: str, value: Any, wanted: str) -> bool:
    if isinstance(value, dict):
        return _contains(value, wanted)
    if isinstance(value, bool):
        return wanted.lower() in ({"true", "1"} if value else {"false", "0"})
    if isinstance(value, datetime):
        return _compares(value, name, wanted)
    if name.endswith("~"):
        return wanted in str(value or "")
    return str(value if value is not None else "") == wanted


def _contains(value: dict[str, str], wanted: str) -> bool:
    """Metadata as Python prints a dictionary, the form in which clients have sent it from the beginning."""
    try:
        pairs = ast.literal_eval(wanted)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return False
    return isinstance(pairs, dict) and all(value.get(key) == content for key, content in pairs.items() if isinstance(key, str))


def _compares(value: datetime, name: str, wanted: str) -> bool:
    """``created_at=gt:2026-01-01T00:00:00,lt:...``"""
    for part in wanted.split(","):
        operator, _, text = part.partition(":")
        compare = _OPERATORS.get(operator)
        if compare is None:
            raise Fault(400, f"Invalid {operator} operator")
        try:
            time = datetime.fromisoformat(text)
        except ValueError as error:
            raise Fault(400, f"Invalid {name} value") from error
        if not compare(value, time if time.tzinfo else time.replace(tzinfo=value.tzinfo)):
            return False
    return True


_OPERATORS: Final[dict[str, Callable[[datetime, datetime], bool]]] = {
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
    "eq": lambda one, other: one == other,
    "neq": lambda one, other: one != other,
}

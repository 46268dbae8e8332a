"""Nova's lists: ``limit`` and ``marker``, the links of items and the link to the next page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.pages import next_query

T = TypeVar("T")
MAX_LIMIT: Final = 1000
"""As many items as one answer holds (nova's ``[api] max_limit``)."""
Rows = list[dict[str, Any]]


def links(call: Call, collection: str, identifier: str) -> Rows:
    """The links of an item: where it is in this version, and without a version."""
    path = f"/{collection}/{identifier}"
    return [{"rel": "self", "href": call.link(path)}, {"rel": "bookmark", "href": call.url(path)}]


def limit_of(call: Call) -> int:
    """How many items are wanted; raises Fault 400."""
    values = call.query.get("limit")
    if not values:
        return MAX_LIMIT
    try:
        limit = int(values[-1])
    except ValueError as error:
        raise Fault(400, "limit param must be an integer") from error
    if limit < 0:
        raise Fault(400, "limit param must be positive")
    return min(limit, MAX_LIMIT)


def page(call: Call, items: Sequence[T], key: Callable[[T], str], *, missing: str = "marker [{}] not found") -> list[T]:
    """The items after the marker, at most ``limit``; raises Fault 400 for a marker that is not among them."""
    limit, marker, start = limit_of(call), call.first("marker"), 0
    if marker:
        start = next((place for place, item in enumerate(items, 1) if key(item) == marker), -1)
        if start < 0:
            raise Fault(400, missing.format(marker))
    return list(items[start : start + limit])


def next_links(call: Call, path: str, shown: Sequence[T], key: Callable[[T], str]) -> Rows:
    """The link to the next page: there is one whenever this page is full, as nova has it."""
    limit = limit_of(call)
    if not limit or len(shown) < limit:
        return []
    return [{"rel": "next", "href": f"{call.link(path)}?{next_query(call.query, key(shown[-1]))}"}]


def listing(call: Call, name: str, path: str, shown: Sequence[T], key: Callable[[T], str], view: Callable[[T], Any]) -> dict[str, Any]:
    """A list's body, with the link to its next page when there is one."""
    body: dict[str, Any] = {name: [view(item) for item in shown]}
    onward = next_links(call, path, shown, key)
    return body | {f"{name}_links": onward} if onward else body

"""Lists in pages: sorted, after a marker, at most so many.  How a service writes the link to the next page is its own matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlencode

from emulators.openstack.faults import Fault

T = TypeVar("T")
MAX_LIMIT: Final = 1000


class Page(NamedTuple):
    """A page of a list; ``more``: others follow; ``last``: the marker of the page after it."""

    items: list[Any]
    more: bool
    last: str


def limit_of(query: dict[str, list[str]], most: int = MAX_LIMIT) -> int:
    """The ``limit`` that was asked for, at most ``most``; raises Fault 400."""
    text = query.get("limit", [""])[-1]
    if not text:
        return most
    try:
        limit = int(text)
    except ValueError as error:
        raise Fault(400, "limit param must be an integer") from error
    if limit < 0:
        raise Fault(400, "limit param must be positive")
    return min(limit, most) if limit else most


def page(items: Sequence[T], query: dict[str, list[str]], key: Callable[[T], str], *, most: int = MAX_LIMIT, missing: int = 400) -> Page:
    """The items after ``marker``, at most ``limit``; raises Fault (``missing``) for a marker that is not among them."""
    limit, marker, start = limit_of(query, most), query.get("marker", [""])[-1], 0
    if marker:
        start = next((place for place, item in enumerate(items, 1) if key(item) == marker), -1)
        if start < 0:
            raise Fault(missing, f"marker [{marker}] not found")
    found = list(items[start : start + limit])
    return Page(found, len(items) > start + limit, key(found[-1]) if found else "")


def in_order(items: Iterable[T], keys: Sequence[tuple[Callable[[T], Any], bool]]) -> list[T]:
    """The items sorted by several keys, each with whether it descends; None comes first."""
    found = list(items)
    for value, descends in reversed(keys):
        found.sort(key=lambda item: _comparable(value(item)), reverse=descends)
    return found


def _comparable(value: Any) -> Any:
    return (value is not None, value)


def next_query(query: dict[str, list[str]], marker: str) -> str:
    """The query string of the next page."""
    return urlencode([(name, value) for name, values in query.items() if name != "marker" for value in values] + [("marker", marker)])

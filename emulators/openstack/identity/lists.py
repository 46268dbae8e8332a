"""Keystone's lists: filters by property and comparator, links, and pages for those who ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.pages import next_query
from emulators.world.model.base import Entity

E = TypeVar("E", bound=Entity)
View = dict[str, Any]
_FALSE: Final = frozenset({"0", "false", "f", "no", "n", "off"})
_COMPARATORS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def shown(call: Call, collection: str, view: View) -> View:
    """A thing as clients see it: with a link to itself."""
    view["links"] = {"self": call.link(f"/{collection}/{view['id']}")}
    return view


def listed(call: Call, collection: str, views: Iterable[View], filters: Sequence[str] = ()) -> View:
    """The body of a list: the views that pass the query's filters, a page of them when it asks for one."""
    found = [view for view in views if _passes(call, view, filters)]
    page, following = _page(call, found)
    path = call.request.path.removeprefix(call.service.prefix)
    self_link = call.url(path) + (f"?{call.request.query_string}" if call.request.query_string else "")
    body: View = {collection: page, "links": {"next": None, "self": self_link, "previous": None}}
    if following:
        body["links"]["next"] = call.url(f"{path}?{following}")
        body["truncated"] = True
    return body


def candidates(call: Call, cls: type[E], indexed: dict[str, str]) -> list[E]:
    """The things that can pass the query's filters, found by the first of the indexed properties that it names."""
    for name, field in indexed.items():
        if call.first(name):
            return call.state.where(cls, field, call.first(name))
    return call.state.all(cls)


def flag(call: Call, name: str) -> bool:
    """Whether a query parameter is there and not ``0``."""
    return name in call.query and call.first(name) != "0"


def is_true(text: str) -> bool:
    """How a filter's value is read for a property that is true or false."""
    return text.strip().lower() not in _FALSE


def _passes(call: Call, view: View, filters: Sequence[str]) -> bool:
    for key, values in call.query.items():
        name, _, comparator = key.partition("__")
        if name in filters and not all(_fits(view.get(name), comparator, value) for value in values):
            return False
    return True


def _fits(have: Any, comparator: str, wanted: str) -> bool:
    if not comparator:
        return have is is_true(wanted) if isinstance(have, bool) else have == wanted
    if not isinstance(have, str):
        return False
    if comparator.startswith("i"):
        have, comparator, wanted = have.lower(), comparator[1:], wanted.lower()
    compare = _COMPARATORS.get(comparator)
    return compare is None or compare(have, wanted)


def _page(call: Call, found: list[View]) -> tuple[list[View], str]:
    """The page that is asked for, and the query of the next one."""
    marker, limit = call.first("marker"), _limit(call)
    if marker:
        places = [place for place, view in enumerate(found) if view.get("id") == marker]
        if not places:
            raise Fault(404, f"Marker {marker} could not be found.")
        found = found[places[0] + 1 :]
    if limit is None or len(found) <= limit:
        return found, ""
    page = found[:limit]
    return page, next_query(call.query, str(page[-1]["id"])) if page else ""


def _limit(call: Call) -> int | None:
    text = call.first("limit")
    if not text:
        return None
    if not text.isdecimal():
        raise Fault(400, f"Invalid input for field 'limit': '{text[:40]}' is not a number of things")
    return int(text[:9]) or None

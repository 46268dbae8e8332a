"""Lists of images: which the caller sees, Glance's filters, its two ways to sort, and its links."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.image import views
from emulators.openstack.image.access import member_of
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.image.service import IMAGE
from emulators.openstack.pages import in_order

DEFAULT_LIMIT: Final = 25
MAX_LIMIT: Final = 1000
SORT_KEYS: Final[dict[str, Callable[[GlanceImage], Any]]] = {
    "name": lambda one: one.name,
    "status": lambda one: one.status,
    "container_format": lambda one: one.container_format,
    "disk_format": lambda one: one.disk_format,
    "size": lambda one: one.size,
    "id": lambda one: one.uid,
    "created_at": lambda one: one.created,
    "updated_at": lambda one: one.updated,
}
_PLAIN: Final[dict[str, Callable[[GlanceImage], str]]] = {
    "id": lambda one: one.uid,
    "name": lambda one: one.name,
    "status": lambda one: one.status,
    "container_format": lambda one: one.container_format,
    "disk_format": lambda one: one.disk_format,
    "owner": lambda one: one.project,
    "checksum": lambda one: one.checksum,
    "os_hash_algo": lambda one: one.os_hash_algo,
    "os_hash_value": lambda one: one.os_hash_value,
}
_NUMBERS: Final[dict[str, Callable[[GlanceImage], int]]] = {
    "size": lambda one: one.size,
    "virtual_size": lambda one: one.virtual_size,
    "min_ram": lambda one: one.min_ram,
    "min_disk": lambda one: one.min_disk,
}
_IN: Final = frozenset({"id", "name", "status", "container_format", "disk_format"})
_PAGING: Final = frozenset({"limit", "marker", "sort", "sort_key", "sort_dir", "member_status", "visibility", "tag", "os_hidden"})
_MEMBER_STATES: Final = frozenset({"pending", "accepted", "rejected", "all"})
Test = Callable[[GlanceImage], bool]


@IMAGE.get("/images", quality="client")
async def list_images(call: Call) -> dict[str, Any]:
    """The images that the caller sees and the query wants, the newest first unless it says otherwise."""
    tests = list(_tests(call))
    seen = [one for one in _seen(call) if all(test(one) for test in tests)]
    ordered = in_order(seen, _sorting(call))
    limit = min(_limit(call), MAX_LIMIT)
    page = _after(call, ordered)[:limit]
    body: dict[str, Any] = {
        "images": [views.image(one) for one in page],
        "first": _path(call, {}),
        "schema": "/v2/schemas/images",
    }
    if page and len(page) == limit:
        body["next"] = _path(call, {"marker": page[-1].uid})
    return body


def _path(call: Call, more: dict[str, str]) -> str:
    pairs = [(name, value) for name, values in call.query.items() if name != "marker" for value in values]
    query = urlencode([*pairs, *more.items()])
    return f"/v2/images?{query}" if query else "/v2/images"


def _limit(call: Call) -> int:
    text = call.first("limit")
    if not text:
        return DEFAULT_LIMIT
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:  # noqa: PLR2004 - the digits of a 64-bit number
        raise Fault(400, "limit param must be an integer")
    if text.startswith("-"):
        raise Fault(400, "limit param must be positive")
    return int(text)


def _after(call: Call, images: list[GlanceImage]) -> list[GlanceImage]:
    marker = call.first("marker")
    if not marker:
        return images
    for place, one in enumerate(images, 1):
        if one.uid == marker:
            return images[place:]
    raise Fault(400, f"No image found with ID {marker}")


# -- what is seen -------------------------------------------------------------------------------------------------------------


def _seen(call: Call) -> Iterable[GlanceImage]:
    """The images of a list: one's own, public ones, accepted shared ones; community ones only when they are asked for."""
    visibility, member_status = call.first("visibility"), call.first("member_status") or "accepted"
    if visibility not in {"", "all", "community", "public", "private", "shared"}:
        raise Fault(400, f"Invalid visibility value: {visibility}")
    if member_status not in _MEMBER_STATES:
        raise Fault(400, f"Invalid status: {member_status}")
    for one in call.state.all(GlanceImage):
        if visibility not in {"", "all", one.visibility}:
            continue
        if _is_seen(call, one, visibility, member_status):
            yield one


def _is_seen(call: Call, one: GlanceImage, visibility: str, member_status: str) -> bool:
    if call.credentials.admin or (one.project and one.project == call.project) or one.visibility == "public":
        return True
    if one.visibility == "community":
        return visibility in {"community", "all"}
    if one.visibility != "shared":
        return False
    member = member_of(call.state, one.uid, call.project)
    return member is not None and member_status in {"all", member.status}


# -- filters ------------------------------------------------------------------------------------------------------------------


def _tests(call: Call) -> Iterable[Test]:
    hidden = _truth(call.first("os_hidden") or "false", "os_hidden")
    yield lambda one: one.hidden is hidden
    for tag in call.query.get("tag", []):
        yield _has_tag(tag.strip())
    for name, values in call.query.items():
        if name not in _PAGING:
            yield _test(name, values[-1])


def _has_tag(tag: str) -> Test:
    return lambda one: tag in one.tags


def _test(name: str, wanted: str) -> Test:
    if name == "changes-since":
        raise Fault(400, 'The "changes-since" filter is no longer available on v2.')
    if name in _IN and wanted.startswith("in:"):
        values, reads_text = _values(wanted[3:]), _PLAIN[name]
        return lambda one: reads_text(one) in values
    if name in _PLAIN:
        reads = _PLAIN[name]
        return lambda one: reads(one) == wanted
    if name == "protected":
        flag = _truth(wanted, name)
        return lambda one: one.protected is flag
    if name in {"created_at", "updated_at"}:
        return _time_test(name, wanted)
    base = name.removesuffix("_min").removesuffix("_max")
    if base in _NUMBERS:
        return _number_test(name, base, wanted)
    return lambda one: one.properties.get(name) == wanted


def _values(text: str) -> frozenset[str]:
    """``a,"b,c"`` as its values."""
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error as error:
        raise Fault(400, f"Invalid filter value {text}. The quote is not closed.") from error
    return frozenset(rows[0]) if rows else frozenset()


def _truth(text: str, name: str) -> bool:
    if text.lower() not in {"true", "false", "1", "0", "t", "f", "yes", "no"}:
        raise Fault(400, f"Invalid value '{text}' for '{name}' filter. Valid values are case insensitive 'true' or 'false'.")
    return text.lower() in {"true", "1", "t", "yes"}


def _number_test(name: str, base: str, wanted: str) -> Test:
    try:
        bound = int(wanted)
    except ValueError as error:
        raise Fault(400, "Unable to filter on a range with a non-numeric value.") from error
    reads = _NUMBERS[base]
    if name.endswith("_min"):
        return lambda one: reads(one) >= bound
    if name.endswith("_max"):
        return lambda one: 0 <= reads(one) <= bound
    return lambda one: reads(one) == bound


def _time_test(name: str, wanted: str) -> Test:
    operator, _, text = wanted.partition(":") if wanted[:1].isalpha() else ("eq", "", wanted)
    compare = _COMPARE.get(operator)
    if compare is None:
        raise Fault(400, f"Unable to filter by {name}: unknown operator {operator}")
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault(400, f"Invalid time format: {text}") from error
    reads: Callable[[GlanceImage], datetime] = SORT_KEYS[name]

    def test(one: GlanceImage) -> bool:
        value = reads(one)
        return compare(value.replace(microsecond=0), time if time.tzinfo else time.replace(tzinfo=value.tzinfo))

    return test


_COMPARE: Final[dict[str, Callable[[datetime, datetime], bool]]] = {
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
    "eq": lambda one, other: one == other,
    "neq": lambda one, other: one != other,
}


# -- sorting ------------------------------------------------------------------------------------------------------------------


def _sorting(call: Call) -> list[tuple[Callable[[GlanceImage], Any], bool]]:
    """``sort=name:asc,size`` or ``sort_key=name&sort_dir=asc&sort_key=size``; raises Fault 400."""
    keys, directions = call.query.get("sort_key", []), call.query.get("sort_dir", [])
    if "sort" in call.query:
        if keys or directions:
            raise Fault(400, "Old and new sorting syntax cannot be combined")
        pairs = [part.partition(":")[::2] for part in call.first("sort").split(",")]
    else:
        if len(directions) > 1 and len(directions) != len(keys):
            raise Fault(400, "Number of sort dirs does not match the number of sort keys")
        keys = keys or ["created_at"]
        pairs = [(key, directions[min(place, len(directions) - 1)] if directions else "") for place, key in enumerate(keys)]
    sorting = [_sort(key.strip(), direction.strip() or "desc") for key, direction in pairs]
    return [*sorting, (lambda one: one.number, sorting[0][1])]


def _sort(key: str, direction: str) -> tuple[Callable[[GlanceImage], Any], bool]:
    if key not in SORT_KEYS:
        raise Fault(400, f"Invalid sort key: {key}. It must be one of the following: {', '.join(SORT_KEYS)}.")
    if direction not in {"asc", "desc"}:
        raise Fault(400, f"Invalid sort direction: {direction}")
    return SORT_KEYS[key], direction == "desc"

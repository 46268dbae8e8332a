"""Lists as Neutron answers them: filters, tags, sort keys, pages with links both ways, and the fields that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from emulators.openstack.call import Call
from emulators.openstack.network.attributes import Attribute
from emulators.openstack.network.caller import Caller, caller_of
from emulators.openstack.network.collections import Collection, Row
from emulators.openstack.network.faults import bad_request, invalid_input, malformed
from emulators.openstack.network.values import boolean

Query = dict[str, list[str]]
NOT_FILTERS: Final = frozenset({"fields", "limit", "marker", "page_reverse", "sort_key", "sort_dir"})
TAG_FILTERS: Final[dict[str, Callable[[set[str], set[str]], bool]]] = {
    "tags": lambda wanted, has: wanted <= has,
    "tags-any": lambda wanted, has: bool(wanted & has),
    "not-tags": lambda wanted, has: not wanted <= has,
    "not-tags-any": lambda wanted, has: not wanted & has,
}


def listed(call: Call, collection: Collection[Any]) -> Row:
    """The body of a list."""
    caller, query = caller_of(call.credentials), call.query
    rows = [collection.view(call.state, one, caller) for one in _candidates(call, collection, caller)]
    return answer(
        call, collection.name, rows, collection.by_name, caller, filters=collection.filters, missing=collection.unknown, query=query
    )


def answer(
    call: Call,
    name: str,
    rows: list[Row],
    attributes: dict[str, Attribute],
    caller: Caller,
    *,
    filters: Any = None,
    missing: Callable[[str], Exception] | None = None,
    query: Query | None = None,
) -> Row:
    """The body of a list of rows: filtered, sorted, cut to a page, with the fields asked for."""
    asked = call.query if query is None else query
    rows = [row for row in rows if _matches(row, asked, attributes, filters or {})] if _filtering(asked, attributes) else rows
    rows = _sorted(rows, asked, attributes)
    body: Row = {}
    limit = _limit(asked)
    if limit:
        rows, links = _page(call, rows, limit, asked, missing)
        if links:
            body[f"{name}_links"] = links
    unseen = hidden(attributes, caller)
    return {name: [_trimmed(row, asked, unseen) for row in rows], **body}


def _candidates(call: Call, collection: Collection[Any], caller: Caller) -> Sequence[Any]:
    """What the caller sees, by the narrowest look-up that the filters allow."""
    state = call.state
    ids = call.query.get("id")
    if ids:
        found = [one for uid in dict.fromkeys(ids) if (one := state.maybe(collection.record, uid)) is not None]
        return [one for one in found if collection.sees(state, one, caller)]
    for name, index in collection.indexes.items():
        values = call.query.get(name)
        if values and len(values) == 1 and values[0]:
            return [one for one in state.where(collection.record, index, values[0]) if collection.sees(state, one, caller)]
    return list(collection.all(state, caller))


def trimmed(row: Row, query: Query, attributes: dict[str, Attribute], caller: Caller) -> Row:
    """A row with what the caller may see of it and asked for."""
    return _trimmed(row, query, hidden(attributes, caller))


def hidden(attributes: dict[str, Attribute], caller: Caller) -> frozenset[str]:
    """The attributes that a caller does not see."""
    return frozenset(one.name for one in attributes.values() if not one.has("V") or (one.has("s") and not caller.admin))


def _trimmed(row: Row, query: Query, unseen: frozenset[str]) -> Row:
    fields = [name for name in query.get("fields", ()) if name]
    if fields:
        return {name: row[name] for name in fields if name in row and name not in unseen}
    if unseen.isdisjoint(row):
        return row
    return {name: value for name, value in row.items() if name not in unseen}


# -- filters -------------------------------------------------------------------------------------------------------------------


def _filtering(query: Query, attributes: dict[str, Attribute]) -> bool:
    """Whether there are filters; raises Fault 400 for those that no attribute has."""
    names = [name for name in query if name not in NOT_FILTERS]
    unknown = [name for name in names if not _is_filter(name, attributes)]
    if unknown:
        raise malformed(f"{unknown} is invalid attribute for filtering")
    if "tenant_id" in query and "project_id" in query and set(query["tenant_id"]) != set(query["project_id"]):
        raise bad_request("list", "Both tenant_id and project_id passed as filters")
    return bool(names)


def _is_filter(name: str, attributes: dict[str, Attribute]) -> bool:
    if name in TAG_FILTERS:
        return "tags" in attributes
    if name == "changed_since":
        return "updated_at" in attributes
    attribute = attributes.get(name)
    return attribute is not None and attribute.has("F")


def _matches(row: Row, query: Query, attributes: dict[str, Attribute], filters: dict[str, Callable[[Row, list[str]], bool]]) -> bool:
    for name, values in query.items():
        if name in NOT_FILTERS:
            continue
        if name in TAG_FILTERS:
            if not TAG_FILTERS[name]({tag for value in values for tag in value.split(",")}, set(row["tags"])):
                return False
        elif name == "changed_since":
            if not _changed_since(row, values):
                return False
        elif not (filters[name](row, values) if name in filters else _equal(row.get(name), values, attributes[name])):
            return False
    return True


def _changed_since(row: Row, values: list[str]) -> bool:
    for value in values:
        try:
            datetime.fromisoformat(value)
        except ValueError as error:
            raise invalid_input(f"Invalid changed_since filter '{value}'. The changed_since filter should be in ISO8601 format") from error
    return all(str(row["updated_at"]).removesuffix("Z") >= value.removesuffix("Z") for value in values)


def _equal(actual: Any, values: list[str], attribute: Attribute) -> bool:
    if attribute.kind is boolean or isinstance(actual, bool):
        return actual in [_truth(value, attribute) for value in values]
    if isinstance(actual, list | tuple):
        return any(str(item) in values for item in actual) or (not actual and "" in values)
    return ("" if actual is None else str(actual)) in values


def _truth(value: str, attribute: Attribute) -> bool:
    try:
        return boolean(value)
    except ValueError as error:
        raise invalid_input(f"'{value}' cannot be converted to boolean: {attribute.name}") from error


# -- order and pages -----------------------------------------------------------------------------------------------------------


def _sorted(rows: list[Row], query: Query, attributes: dict[str, Attribute]) -> list[Row]:
    keys, ways = [key for key in query.get("sort_key", ()) if key], [way for way in query.get("sort_dir", ()) if way]
    if len(keys) != len(ways):
        raise malformed("The number of sort_keys and sort_dirs must be same")
    unknown = [key for key in keys if key not in attributes or not attributes[key].has("S")]
    if unknown:
        raise malformed(f"{unknown} is invalid attribute for sort_keys")
    wrong = [way for way in ways if way not in {"asc", "desc"}]
    if wrong:
        raise malformed(f"{wrong} is invalid value for sort_dirs, valid value is 'asc' and 'desc'")
    if query.get("limit") and rows and "id" in rows[0]:
        rows = sorted(rows, key=lambda row: str(row["id"]))
    for key, way in reversed(list(zip(keys, ways, strict=True))):
        rows = sorted(rows, key=lambda row: _comparable(row.get(key)), reverse=way == "desc")
    return rows


def _comparable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if isinstance(value, int) else "" if value is None else str(value))


def _limit(query: Query) -> int:
    text = query.get("limit", ["0"])[-1]
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - more is no number of things
        raise bad_request("limit", f"Limit must be an integer 0 or greater and not '{text}'")
    return int(text)


def _page(
    call: Call, rows: list[Row], limit: int, query: Query, missing: Callable[[str], Exception] | None
) -> tuple[list[Row], list[dict[str, str]]]:
    marker, backwards = query.get("marker", [""])[-1], query.get("page_reverse", ["false"])[-1].lower() == "true"
    place = next((index for index, row in enumerate(rows) if row.get("id") == marker), -1) if marker else -1
    if marker and place < 0:
        raise missing(marker) if missing else bad_request("marker", f"Marker {marker} could not be found")
    if backwards:
        end = place if marker else len(rows)
        found = rows[max(0, end - limit) : end]
    else:
        found = rows[place + 1 : place + 1 + limit]
    links = []
    if not (len(found) < limit and not backwards):
        links.append({"rel": "next", "href": _link(call, query, found[-1:], backwards=False)})
    if not (len(found) < limit and backwards):
        links.append({"rel": "previous", "href": _link(call, query, found[:1], backwards=True)})
    return found, links


def _link(call: Call, query: Query, edge: list[Row], *, backwards: bool) -> str:
    pairs = [(name, value) for name, values in query.items() if name not in {"marker", "page_reverse"} for value in values]
    pairs += [("marker", str(row.get("id", ""))) for row in edge]
    if backwards:
        pairs.append(("page_reverse", "True"))
    return f"{call.origin}{call.request.path}?{urlencode(pairs)}"

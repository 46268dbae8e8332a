"""Reading entities by conditions, in groups and in pages: what lies behind ``POST /sim/entities/{kind}/query``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter, eq, ge, gt, le, lt, ne
from typing import Any, Final

import msgspec

from dcsim.errors import InvalidArgument
from emulators.api.computed import COMPUTED
from emulators.api.shapes import Condition, EntityRows, EntitySelection, GroupBy
from emulators.world.model import Entity
from emulators.world.model.base import shown_fields
from emulators.world.state import WorldState

Read = Callable[[Entity], Any]
Test = Callable[[Any, Any], bool]
BASIC: Final = ("uid", "name", "version")
"""What a row has, whatever was asked for."""
CURSOR: Final = "cursor"
"""A column that every kind has: where the row stands in this list, for whoever goes on from there."""
COMPARISONS: Final[dict[str, Test]] = {"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge}
COLLECTIONS: Final[dict[str, Test]] = {
    "in": lambda value, given: value in given,
    "like": lambda value, given: given.lower() in str(value).lower(),
    "has": lambda value, given: given in value,
    "exists": lambda value, given: bool(value) is given,
}


def select(state: WorldState, cls: type[Entity], asked: EntitySelection) -> EntityRows:
    """The rows asked for.  Raises InvalidArgument for fields that the kind does not have and values that can't be compared."""
    show = _row(state, cls, tuple(asked.fields), asked.sort)
    tests = [_test(state, cls, one) for one in asked.where]
    if asked.by is None:
        wanted = _page([one for one in _candidates(state, cls, asked.where) if _fits(one, tests)], state, cls, asked)
        return _shown(wanted, show)
    groups = _grouped(state, cls, asked.by)
    fitting = {value: [one for one in members if _fits(one, tests)] for value, members in groups.items()}
    return EntityRows(groups={value: _shown(_page(members, state, cls, asked), show) for value, members in fitting.items()})


def _grouped(state: WorldState, cls: type[Entity], by: GroupBy) -> dict[str, list[Entity]]:
    """The members of each group: by index where there is one, else by looking at every entity once."""
    read = reader(state, cls, by.field)
    values = list(dict.fromkeys(by.values))
    if by.field in (*cls.INDEXED, "uid"):
        found = {value: _candidates(state, cls, [Condition(by.field, "eq", value)]) for value in values}
        return {value: [one for one in members if _belongs(read(one), value)] for value, members in found.items()}
    groups: dict[str, list[Entity]] = {value: [] for value in values}
    for one in state.all(cls):
        value = read(one)
        for group in value if isinstance(value, tuple | list) else (str(value),):
            if group in groups:
                groups[group].append(one)
    return groups


def reader(state: WorldState, cls: type[Entity], path: str) -> Read:
    """How a field, a field within a field (``guest.hostname``) or a computed one is read."""
    computed = COMPUTED.get(cls.KIND, {}).get(path)
    if computed is not None:
        return lambda entity: computed(state, entity)
    if path not in paths_of(cls):
        raise InvalidArgument(f"A {cls.KIND.replace('_', ' ')} has no field {path!r}.", field=path)
    getter: Read = attrgetter(path)
    return getter


@lru_cache(maxsize=512)
def paths_of(cls: type[Entity]) -> frozenset[str]:
    """Every path that a kind's stored fields can be read by."""
    found: set[str] = set()
    described: Any = msgspec.inspect.type_info(cls)
    shown = set(shown_fields(cls))
    for field in described.fields:
        if field.name in shown and not isinstance(field.type, msgspec.inspect.BytesType):
            found.add(field.name)
            if isinstance(field.type, msgspec.inspect.StructType):
                found.update(f"{field.name}.{inner.name}" for inner in field.type.fields)
    return frozenset(found)


def _candidates(state: WorldState, cls: type[Entity], where: Sequence[Condition]) -> Iterable[Entity]:
    """As few entities as the indexes allow; the conditions are still to be tested."""
    for one in where:
        if one.op == "eq" and isinstance(one.value, str):
            if one.field == "uid":
                found = state.maybe(cls, one.value)
                return [] if found is None else [found]
            if one.field in cls.INDEXED and one.value:
                return state.where(cls, one.field, one.value)
        if one.op == "in" and one.field == "uid" and isinstance(one.value, list):
            return [entity for uid in dict.fromkeys(map(str, one.value)) if (entity := state.maybe(cls, uid)) is not None]
    return state.all(cls)


def _belongs(value: Any, group: str) -> bool:
    return group in value if isinstance(value, tuple) else str(value) == group


def _test(state: WorldState, cls: type[Entity], one: Condition) -> Callable[[Entity], bool]:
    read = reader(state, cls, one.field)
    compare = COMPARISONS.get(one.op) or COLLECTIONS[one.op]
    given = _instant(one) if one.field in _instants(cls) and one.op in COMPARISONS else one.value

    def test(entity: Entity) -> bool:
        value = read(entity)
        if isinstance(value, tuple) and one.op == "eq":
            return given in value
        try:
            return compare(value, given)
        except TypeError as error:
            raise InvalidArgument(f"{one.field} can't be compared ({one.op}) with {given!r}.", field=one.field) from error

    return test


@lru_cache(maxsize=512)
def _instants(cls: type[Entity]) -> frozenset[str]:
    """The fields of a kind that hold times."""
    described: Any = msgspec.inspect.type_info(cls)
    return frozenset(
        field.name
        for field in described.fields
        if any(isinstance(one, msgspec.inspect.DateTimeType) for one in getattr(field.type, "types", (field.type,)))
    )


def _instant(one: Condition) -> datetime:
    """The time that a condition names; raises InvalidArgument."""
    try:
        found = datetime.fromisoformat(str(one.value))
    except ValueError as error:
        raise InvalidArgument(f"{one.value!r} is no time (RFC 3339).", field=one.field) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _fits(entity: Entity, tests: Sequence[Callable[[Entity], bool]]) -> bool:
    return all(test(entity) for test in tests)


def _row(state: WorldState, cls: type[Entity], fields: tuple[str, ...], sort: str) -> Callable[[Entity], dict[str, Any]]:
    place = _place_by(reader(state, cls, sort.removeprefix("-")))

    def read_by(name: str) -> Read:
        return reader(state, cls, name) if name != CURSOR else lambda entity: _encoded(sort, place(entity))

    readers = [(name, read_by(name)) for name in dict.fromkeys((*BASIC, *(fields or sorted(paths_of(cls)))))]
    return lambda entity: {name: read(entity) for name, read in readers}


def _place_by(read: Read) -> Callable[[Entity], tuple[str, Any, int]]:
    """Where an entity stands among others by a value of theirs."""

    def place(entity: Entity) -> tuple[str, Any, int]:
        value = read(entity)
        plain = msgspec.to_builtins(value) if value is not None else ""
        return (type(plain).__name__ if not isinstance(plain, int | float) else "", plain, entity.number)

    return place


class _Cut(msgspec.Struct):
    """A page of entities."""

    items: Sequence[Entity]
    next: str
    total: int


def _page(found: list[Entity], state: WorldState, cls: type[Entity], asked: EntitySelection) -> _Cut:
    """The page after the cursor: entities are in order of a field, and among equals in order of creation."""
    descending, path = asked.sort.startswith("-"), asked.sort.removeprefix("-")
    place = _place_by(reader(state, cls, path))
    try:
        found.sort(key=place, reverse=descending)
        if asked.cursor:
            after = _decoded(asked.cursor, asked.sort)
            found_after = [one for one in found if (place(one) < after if descending else place(one) > after)]
        else:
            found_after = found
    except TypeError as error:
        raise InvalidArgument(f"Nothing can be sorted by {path!r}.", field="sort") from error
    items = found_after[: asked.limit]
    following = _encoded(asked.sort, place(items[-1])) if len(found_after) > len(items) else ""
    return _Cut(items, following, len(found))


def _encoded(sort: str, place: tuple[str, Any, int]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((sort, *place))).decode().rstrip("=")


def _decoded(cursor: str, sort: str) -> tuple[str, Any, int]:
    """The place that a cursor of a list in this order says."""
    try:
        written = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        given, kind, value, number = msgspec.json.decode(written, type=tuple[str, str, Any, int])
        if given != sort:
            raise InvalidArgument(f"The cursor is of a list sorted by {given!r}.", field="cursor")
        return kind, value, number
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise InvalidArgument(f"{cursor!r} is not a cursor that this API gave.", field="cursor") from error


def _shown(cut: _Cut, show: Callable[[Entity], dict[str, Any]]) -> EntityRows:
    return EntityRows(items=[show(one) for one in cut.items], next=cut.next, total=cut.total)

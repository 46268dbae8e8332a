"""Relay's shapes: nodes with global ids, and connections (https://relay.dev/graphql/connections.htm)."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import strawberry

from dcsim.errors import InvalidArgument
from graph.execution.fields import Column
from graph.execution.rows import CURSOR, Slice

T = TypeVar("T")
MOST = 200
DEFAULT = 50


@lru_cache(maxsize=1 << 16)
def global_id(type_name: str, uid: str) -> str:
    """The opaque id of an object."""
    return base64.urlsafe_b64encode(f"{type_name}:{uid}".encode()).decode().rstrip("=")


def parse_id(value: str) -> tuple[str, str]:
    """Type and uid in a global id; raises InvalidArgument."""
    try:
        name, found, uid = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise InvalidArgument(f"{value!r} is no id of this API.", field="id") from error
    if not found or not uid:
        raise InvalidArgument(f"{value!r} is no id of this API.", field="id")
    return name, uid


class GlobalId(Column):
    """A row's global id: of its uid and the type that it is shown as."""

    is_basic_field: ClassVar[bool] = False  # that type is known to the request only

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The id of one row."""
        return global_id(info._raw_info.parent_type.name, source["uid"])


def _global_id() -> Any:
    return GlobalId(description="The opaque id by which `node` finds it.")


@strawberry.interface
class Node:
    """Anything that has a global id."""

    id: strawberry.ID = _global_id()

    @classmethod
    def is_type_of(cls, row: Any, _: Any) -> bool:
        """Whether a row is of this type; rows of mixed lists say their type."""
        definition: Any = getattr(cls, "__strawberry_definition__", None)
        return bool(row.get("__typename", definition.name) == definition.name)


@strawberry.type
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class _OfSlice(Column):
    """A field of a connection."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The field's value for a slice, or an edge's row."""
        return CONNECTION_VALUES[self.python_name](source)


def _of_slice(description: str | None = None) -> Any:
    return _OfSlice(description=description)


def page_info(found: Slice) -> PageInfo:
    """The page's place."""
    cursors = [row.get(CURSOR) for row in (found.rows[0], found.rows[-1])] if found.rows else [None, None]
    return PageInfo(
        has_next_page=bool(found.next),
        has_previous_page=found.continued,
        start_cursor=cursors[0],
        end_cursor=cursors[1] or found.next or None,
    )


CONNECTION_VALUES: dict[str, Any] = {
    "edges": lambda found: found.rows,
    "nodes": lambda found: found.rows,
    "page_info": page_info,
    "total_count": lambda found: found.total,
    "node": lambda row: row,
    "cursor": lambda row: row.get(CURSOR, ""),
}


@strawberry.type
class Edge(Generic[T]):
    """One object in a list, with its place."""

    node: T = _of_slice()
    cursor: str = _of_slice()


@strawberry.type
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = _of_slice()
    nodes: list[T] = _of_slice(description="The objects without their cursors.")
    page_info: PageInfo = _of_slice()
    total_count: int = _of_slice(description="How many the whole list has.")


First = Annotated[int, strawberry.argument(description=f"How many at most: 1 to {MOST}.")]

"""How fields are declared: `column` reads a row, `one` and `many` join other rows for many parents in one request.

@strawberry.type
class Host(Node):
    name: str = column()
    guest_hostname: str = column("guest.hostname")
    cluster: Cluster | None = one(entity("cluster"), key="cluster")
    vms: Connection[VirtualMachine] = many(entity("vm"), by="host")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types import get_object_definition
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryContainer
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from graph.execution.described import graph_enum, graph_input, graph_interface, graph_type
from graph.execution.permissions import requires
from graph.execution.rows import CURSOR, Row

Arguments = Mapping[str, Any]
Columns = frozenset[str]


class Join(Protocol):
    """Where a joined field's values come from."""

    needs: tuple[str, ...]
    """The columns of the parent's row that it reads."""

    async def load(self, context: Any, parents: Sequence[Row], arguments: Arguments, columns: Columns | None, /) -> Sequence[Any]:
        """For each parent a Row or None, a list of Rows, a Slice, or the exception that its field answers with.

        *columns* of the children are wanted (None: all that there are).  An exception that is raised is every parent's.
        """
        ...


class Column(StrawberryField):
    """A field that is one value of the row."""

    @property
    def column(self) -> str:
        """The row's column."""
        return cast("str", self.metadata.get("column") or self.python_name)

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The value of one row."""
        return source.get(self.column)


class Joined(StrawberryField):
    """A field whose values are other rows."""

    @property
    def is_basic_field(self) -> bool:
        """It needs the request, though it has no resolver."""
        return False

    @property
    def join(self) -> Join:
        """Where they come from."""
        return cast("Join", self.metadata["join"])

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The value for one row; rows that are resolved together are loaded together."""
        return info.context.loaders.load(info.context, self.join, source or {}, kwargs, self.columns())

    def columns(self) -> Columns | None:
        """Every column that the type behind this field may show; None when rows of several types may come."""
        found = _inner(self.type)
        definition = get_object_definition(found)
        if definition is None or definition.is_interface:
            return None
        if definition.concrete_of is not None:
            return columns_of(_inner(next(iter(definition.type_var_map.values())))) | {CURSOR}
        return columns_of(found)


def _inner(of: Any) -> Any:
    """The type in lists and optionals, and behind its name."""
    found = of
    while isinstance(found, StrawberryContainer | LazyType):
        found = found.of_type if isinstance(found, StrawberryContainer) else found.resolve_type()
    return found


def columns_of(of: Any) -> Columns:
    """The columns that an object type's fields read."""
    definition = get_object_definition(of, strict=True)
    read = {one.column for one in definition.fields if isinstance(one, Column)}
    needed = {name for one in definition.fields if isinstance(one, Joined) for name in one.join.needs}
    return frozenset((read | needed | {"uid"}) - {"id"})


def column(name: str = "", *, description: str | None = None) -> Any:
    """A field that reads a column of its row; by default that of its own name."""
    return Column(metadata={"column": name}, description=description)


def joined(join: Join, *, arguments: Sequence[StrawberryArgument] = (), description: str | None = None) -> Any:
    """A field whose values *join* loads."""
    made = Joined(metadata={"join": join}, description=description)
    made.arguments = list(arguments)
    return made


def argument(name: str, annotation: Any, default: Any = strawberry.UNSET, description: str | None = None) -> StrawberryArgument:
    """An argument of a `joined` field."""
    return StrawberryArgument(name, None, StrawberryAnnotation(annotation), default=default, description=description)


__all__ = [
    "Arguments",
    "Column",
    "Columns",
    "Join",
    "Joined",
    "argument",
    "column",
    "columns_of",
    "graph_enum",
    "graph_input",
    "graph_interface",
    "graph_type",
    "joined",
    "requires",
]

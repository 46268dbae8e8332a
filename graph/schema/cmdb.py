"""The CMDB: configuration items, how they are related, what became of them, and what their failure would do."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from dcsim.comparison import Op
from graph.backends.analysis import CiAnalysis, CiHistory, CiRelations
from graph.backends.cmdb import CiList, CiNamed, CiOf, grouped
from graph.backends.keyed import EntityOf, Within
from graph.execution.context import GraphContext
from graph.execution.fields import Column, argument, column, columns_of, graph_enum, graph_input, graph_type, joined, requires
from graph.execution.relay import DEFAULT, MOST, Connection, Node
from graph.execution.rows import Row
from graph.execution.scalars import BigInt, DateTime, Json
from graph.schema.entity import entity_types
from graph.schema.inputs import FlagFilter, NumberFilter, TextFilter, TextsFilter, TimeFilter, filter_input, order_enum, paged
from graph.schema.nodes import OTHERS
from graph.schema.refs import CiRef, ImpactRef, NeedsRef

READ = requires("cmdb:read")
FIRST = argument("first", int, DEFAULT, f"How many at most: 1 to {MOST}.")


def class_column(description: str | None = None) -> Any:
    """A field ``class``, which is no name in Python."""
    return Column(graphql_name="class", metadata={"column": "class"}, description=description)


@graph_enum
class Direction(enum.Enum):
    """OUT to what a CI needs, IN from what needs it."""

    OUT = "out"
    IN = "in"
    BOTH = "both"


graph_enum(
    Op,
    name="AttributeOperator",
    description="How an attribute is compared: HAS looks into lists, LIKE is a part of a text whatever its case.",
)


@graph_input
class AttributeCondition:
    """A condition on any attribute that a class declares."""

    name: str
    op: Op = Op.EQ
    value: Json


_Known: Any = filter_input(
    "KnownCi",
    uid=TextFilter,
    name=TextFilter,
    site=TextFilter,
    operational_state=TextFilter,
    serial=TextFilter,
    model=TextFilter,
    vendor=TextFilter,
    uuid=TextFilter,
    dn=TextFilter,
    power=TextFilter,
    hostname=TextFilter,
    owner=TextFilter,
    addresses=TextsFilter,
    macs=TextsFilter,
    cpus=NumberFilter,
    memory_bytes=NumberFilter,
    criticality=NumberFilter,
    template=FlagFilter,
    created=TimeFilter,
    changed=TimeFilter,
)


@graph_input
class CiFilter(_Known):  # type: ignore[misc]
    """Conditions on CIs; all that are given hold.  A CI that lacks an attribute meets only `ne` and `exists: false`."""

    attributes: list[AttributeCondition] | None = strawberry.UNSET

    def conditions(self) -> list[dict[str, Any]]:
        """All of them."""
        more = [{"field": one.name, "op": one.op.value, "value": one.value} for one in self.attributes or ()]
        found: list[dict[str, Any]] = super().conditions()
        return found + more


CiOrder = order_enum("Ci", "name", "created", "changed", "uid")


@graph_type
class CiSource:
    """What one system says of a CI, and by which key it knows it."""

    name: str = column(description="`vsphere`, `openstack`, `ucs`, `engine`, `person`, `import`...")
    key: str = column()
    attributes: Json = column()


@graph_type
class CiRelation:
    """A relation as one of its ends sees it."""

    type: str = column(description="`RUNS_ON`, `STORED_ON`...")
    direction: Direction = column()
    by: list[str] = column(description="Which systems state it.")
    properties: Json = column()
    ci: CiRef | None = joined(CiOf("other"), description="The other end.")


@graph_type
class CiChange:
    """One change of a CI, and who made it by what."""

    number: BigInt = column(description="Its place in the order of all changes; `before:` takes it.")
    at: DateTime = column()
    op: str = column(description="created, updated, deleted, related or unrelated.")
    before: Json = column()
    after: Json = column()
    principal: str = column()
    agent: str = column(description="The client.")
    api: str = column(description="The window that it came through: vsphere, openstack, ucs, sim...")
    operation: str = column(description="The vendor's name of what was asked for.")
    request_id: str = column()
    source: str = column(description="Which system told the CMDB.")
    event_id: str = column()


@graph_type
class Ci(Node):
    """A configuration item: one thing, as all systems together know it."""

    uid: str = column()
    cls: str = class_column("Its class, e.g. `VirtualMachine`.")
    name: str = column()
    version: int = column()
    created: DateTime = column()
    changed: DateTime = column()
    tags: list[str] = column()
    attributes: Json = column(description="By the class's declaration: what the systems say, made into one.")
    sources: list[CiSource] = joined(Within("sources"))
    subject: Node | None = joined(EntityOf("entity", entity_types, kind_column="entity_kind"), description="What of the world it is.")
    relations: Connection[CiRelation] | None = joined(
        CiRelations(),
        arguments=[
            FIRST,
            argument("after", str | None, None, "The cursor of the last one seen."),
            argument("direction", Direction, Direction.BOTH),
            argument("types", list[str] | None, None),
        ],
    )
    history: list[CiChange] | None = joined(
        CiHistory(),
        arguments=[FIRST, argument("before", BigInt | None, None, "The number of the oldest change seen.")],
        description="The newest first.",
    )
    impact: ImpactRef | None = joined(CiAnalysis("impact"), description="What fails with it; for at most 50 CIs of a query.")
    needs: NeedsRef | None = joined(CiAnalysis("needs"), description="What it stands on; for at most 50 CIs of a query.")


def _cis() -> Any:
    made = paged(CiList(), filters=CiFilter, orders=CiOrder)
    text = StrawberryAnnotation(str | None)
    made.arguments = [
        *made.arguments,
        StrawberryArgument("cls", "class", text, default=None, description="A class; those below it are meant too."),
        argument("tags", list[str] | None, None, "All of them."),
        argument("text", str | None, None, "Words in names, tags and texts; the beginning of each is enough."),
        argument("source", str | None, None, "Which system has to know them."),
    ]
    return made


@graph_type
class CmdbQuery:
    """Reading the CMDB."""

    cis: Connection[Ci] | None = READ(_cis())
    ci: Ci | None = READ(
        joined(CiNamed(), arguments=[argument("id", strawberry.ID, description="Its id or uid, or the id of what it is of.")])
    )


async def _nodes(context: GraphContext, uids: Sequence[str]) -> Sequence[Row | None]:
    found = await grouped(context, "uid", uids, columns_of(Ci))
    return [found.get(uid) for uid in uids]


OTHERS["Ci"] = _nodes

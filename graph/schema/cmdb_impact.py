"""What failures would do, and what things stand on, each with its explanation."""

from __future__ import annotations

import enum

import strawberry

from graph.backends.analysis import AffectedPage, Counted, WhatIf
from graph.backends.cmdb import CiOf, CisOf
from graph.backends.keyed import Within
from graph.execution.fields import argument, column, graph_enum, graph_type, joined, requires
from graph.execution.relay import Connection
from graph.execution.scalars import Json
from graph.schema.cmdb import FIRST, class_column
from graph.schema.refs import CiRef


@graph_enum
class Condition(enum.Enum):
    """How a CI is."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@graph_type
class ImpactStep:
    """One step of an explanation: the relation that carried the failure on, and what that did."""

    subject: CiRef | None = joined(CiOf("subject"))
    relation: str = column("type")
    rule: str = column()
    reason: str = column()


@graph_type
class AffectedCi:
    """A CI that gets worse, and the way from it to what failed."""

    ci: CiRef | None = joined(CiOf("ci"))
    before: Condition = column()
    after: Condition = column()
    reason: str = column()
    path: list[ImpactStep] = joined(Within("path"))


@graph_type
class ImpactCount:
    """How many CIs of a class get into a state."""

    state: Condition = column()
    cls: str = class_column()
    count: int = column()


@graph_type
class ClusterRoom:
    """What a cluster has left when all that can be has been restarted; negative where it is short."""

    cluster: CiRef | None = joined(CiOf("cluster"))
    hosts: int = column()
    survivors: int = column()
    left: Json = column()
    short: list[str] = column()


@graph_type
class Impact:
    """What comes of a failure, the worst and most important first."""

    failed: list[CiRef] | None = joined(CisOf("failed"))
    summary: list[ImpactCount] = joined(Counted())
    affected: Connection[AffectedCi] | None = joined(
        AffectedPage(),
        arguments=[
            FIRST,
            argument("after", str | None, None, "The cursor of the last one seen."),
            argument("states", list[Condition] | None, None),
            argument("classes", list[str] | None, None, "Exactly these."),
        ],
    )
    clusters: list[ClusterRoom] = joined(Within("clusters"))


@graph_type
class NeededCi:
    """Something that a CI stands on, and what becomes of it when this alone fails."""

    ci: CiRef | None = joined(CiOf("ci"))
    state: Condition = column()
    if_lost: Condition = column()
    reason: str = column()


@graph_type
class Needs:
    """What a CI needs, directly or not, the nearest first."""

    state: Condition = column()
    needs: list[NeededCi] = joined(Within("needs"))
    single_points: list[CiRef] | None = joined(CisOf("single_points"), description="Those whose failure alone takes it down.")


@graph_type
class ImpactQuery:
    """Asking what if."""

    impact: Impact | None = requires("cmdb:read")(
        joined(
            WhatIf(),
            arguments=[
                argument("cis", list[strawberry.ID], description="Ids or uids of CIs, or ids of what they are of; they fail together."),
                argument("planned", list[strawberry.ID] | None, None, "What is out of service already, so that its redundancy is spent."),
            ],
            description="What if these fail together?",
        )
    )

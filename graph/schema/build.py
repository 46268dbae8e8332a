"""The schema, put together from its domains."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.execution.scalars import SCALARS
from graph.schema.compute import ComputeQuery


@strawberry.type
class Query(ComputeQuery):
    """Everything that can be read."""


def build() -> strawberry.Schema:
    """The whole schema."""
    return strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))

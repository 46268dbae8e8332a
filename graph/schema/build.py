"""The schema, put together from the domains that are modules of this package."""

from __future__ import annotations

import sys

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.execution.scalars import SCALARS
from graph.schema.discovery import domains, root_of

WATCHED = """Everything that can be watched.

Deliveries have a `seq`: `after:` it, a subscription resumes without losing anything.  Changes of one object that come together are
delivered once, with the object as it is then.
"""


def build() -> strawberry.Schema:
    """The whole schema."""
    modules = domains(sys.modules["graph.schema"])
    return strawberry.Schema(
        query=root_of(modules, "Query", "Everything that can be read."),
        mutation=root_of(modules, "Mutation", "Everything that can be changed."),
        subscription=root_of(modules, "Subscription", WATCHED),
        config=StrawberryConfig(scalar_map=SCALARS),
    )

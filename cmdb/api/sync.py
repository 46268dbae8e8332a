"""The comparison of the graph with the engine."""

from __future__ import annotations

from typing import Any

import msgspec

from cmdb.api.context import Context, routes
from cmdb.projection.sync import Report
from dcsim.http.routes import Request


class Synchronised(msgspec.Struct, frozen=True):
    """The last comparison with the engine; absent before the first."""

    last: Report | None = None


@routes.get("/cmdb/sync", "The last comparison with the engine", returns=Synchronised)
async def synchronised(request: Request[Context]) -> Synchronised:
    """What it found."""
    return Synchronised(request.context.synchroniser.last)


@routes.post("/cmdb/sync", "Compare with the engine now", status=202)
async def synchronise(request: Request[Context]) -> Any:
    """Soon; GET tells what it found."""
    request.context.synchroniser.ask()

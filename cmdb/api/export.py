"""The graph in the formats of other tools."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Literal

from cmdb.api.context import Context, routes
from cmdb.export import FORMATS, Selection, Wanted, written
from cmdb.export.formats import RELATIONS
from cmdb.export.writing import Writer
from dcsim.http.routes import Request
from dcsim.http.streaming import Stream

REVISION = "Dcsim-Revision"


class ExportQuery(Wanted, frozen=True, kw_only=True, rename={"cls": "class"}):
    """What to export, and how; ``what`` is for CSV, in which relations are a table of their own."""

    format: Literal["csv", "json", "jsonl", "graphml", "cypher", "dot"] = "json"
    what: Literal["cis", "relations"] = "cis"


@routes.get(
    "/cmdb/export",
    "The graph, a part of it, or what is around a CI, in the format of another tool",
    query=ExportQuery,
    streams=tuple(one.content_type.partition(";")[0] for one in FORMATS.values()),
)
async def export(request: Request[Context]) -> Stream:
    """Of one instant, where the store can hold one: then there is an ETag."""
    asked: ExportQuery = request.query
    chosen = RELATIONS if (asked.format, asked.what) == ("csv", "relations") else FORMATS[asked.format]
    async with AsyncExitStack() as stack:
        snapshot = await stack.enter_async_context(request.context.store.snapshot())
        selection = await Selection.of(snapshot, asked)
        writer = chosen.writer(selection, asked.cls, snapshot.revision)
        pieces = _held(stack.pop_all(), writer, selection)
    what = f"-{asked.what}" if asked.format == "csv" else ""
    headers = {
        "Content-Disposition": f'attachment; filename="dcsim-cmdb{what}-{snapshot.revision}.{chosen.ending}"',
        REVISION: str(snapshot.revision),
        **({"ETag": f'"{snapshot.revision}"'} if snapshot.exact else {}),
    }
    return Stream(pieces, chosen.content_type, headers)


async def _held(stack: AsyncExitStack, writer: Writer, selection: Selection) -> AsyncGenerator[bytes, None]:
    """The pieces; the snapshot is let go after the last."""
    async with stack:
        async for piece in written(writer, selection):
            yield piece

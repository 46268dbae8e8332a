"""Imports of lists."""

from __future__ import annotations

from cmdb.api.context import Context, routes
from cmdb.importing import Importer, Options, Outcome, Rows, rows_of_csv
from cmdb.importing.rows import rows_of_json
from dcsim.http.routes import Request


@routes.post("/cmdb/import", "Import a list of CIs", query=Options, body=Rows, text="text/csv", returns=Outcome, status=200)
async def import_rows(request: Request[Context]) -> Outcome:
    """Rows in JSON or CSV; a problem names every bad row, and then nothing was imported."""
    read = rows_of_csv(request.body) if isinstance(request.body, bytes) else rows_of_json(request.body)
    importer = Importer(request.context.synchroniser.feed)
    return await importer.bring(request.actor, *read, request.query)

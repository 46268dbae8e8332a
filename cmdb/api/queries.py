"""Saved queries: kept, changed by their owners, asked by whoever may see them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, routes
from cmdb.impact import Impact, Upstream, impact_of, needs_of
from cmdb.model import Ci
from cmdb.queries import ImpactQuestion, ListQuestion, Question, SavedQuery, Shelf
from cmdb.queries.asking import page_of, row_of
from cmdb.queries.shapes import Name
from dcsim.errors import NotFound
from dcsim.http.routes import IF_MATCH, Reply, Request


class QueryChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept under a name."""

    question: Question
    description: Annotated[str, Meta(max_length=1000)] = ""
    shared: bool = False


class NewQuery(QueryChange, frozen=True, kw_only=True):
    """A query to keep."""

    name: Name


class ResultsQuery(msgspec.Struct, frozen=True):
    """Which page of the answer, of a list."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: str = ""


class Results(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer: ``items``, or ``rows`` of the ``columns``, and where the next page begins; or an impact, or needs."""

    items: tuple[Ci, ...] = ()
    columns: list[str] = msgspec.field(default_factory=list)
    rows: list[list[Any]] = msgspec.field(default_factory=list)
    next: str = ""
    impact: Impact | None = None
    needs: Upstream | None = None


@routes.get("/cmdb/queries", "The saved queries", returns=list[SavedQuery])
async def saved_queries(request: Request[Context]) -> list[SavedQuery]:
    """One's own, and those that are shared."""
    return await _shelf(request).visible(request.actor.principal)


@routes.post("/cmdb/queries", "Save a query", body=NewQuery, returns=SavedQuery)
async def save_query(request: Request[Context]) -> Reply:
    """It is checked as if it were asked now."""
    made = await _made(request, request.body.name)
    return Reply(await _shelf(request).add(made), 201, version=made.version)


@routes.get("/cmdb/queries/{name}", "A saved query", returns=SavedQuery)
async def saved_query(request: Request[Context]) -> Reply:
    """What it asks."""
    found = await _found(request)
    return Reply(found, version=found.version)


@routes.put("/cmdb/queries/{name}", "Change a saved query", body=QueryChange, returns=SavedQuery, headers=(IF_MATCH,))
async def change_query(request: Request[Context]) -> Reply:
    """By its owner."""
    made = await _shelf(request).replace(await _made(request, request.path["name"]), request.expected_version())
    return Reply(made, version=made.version)


@routes.delete("/cmdb/queries/{name}", "Forget a saved query", headers=(IF_MATCH,))
async def forget_query(request: Request[Context]) -> None:
    """By its owner."""
    await _shelf(request).remove(request.path["name"], request.actor.principal, request.expected_version())


@routes.get("/cmdb/queries/{name}/results", "Ask a saved query", query=ResultsQuery, returns=Results)
async def query_results(request: Request[Context]) -> Results:
    """The answer of now."""
    question, store = (await _found(request)).question, request.context.store
    if isinstance(question, ImpactQuestion):
        return Results(impact=await impact_of(store, question.cis))
    if not isinstance(question, ListQuestion):
        return Results(needs=await needs_of(store, question.ci))
    page = await page_of(store, question, request.query.limit, request.query.cursor)
    if question.columns:
        return Results(columns=question.columns, rows=[row_of(ci, question.columns) for ci in page.items], next=page.next)
    return Results(items=page.items, next=page.next)


def _shelf(request: Request[Context]) -> Shelf:
    return Shelf(request.context.store)


async def _found(request: Request[Context]) -> SavedQuery:
    return await _shelf(request).get(request.path["name"], request.actor.principal)


async def _made(request: Request[Context], name: str) -> SavedQuery:
    """The query of the body; raises InvalidArgument as the list does, and NotFound for CIs that there are not."""
    body: QueryChange = request.body
    if isinstance(body.question, ListQuestion):
        body.question.check()
    else:
        uids = body.question.cis if isinstance(body.question, ImpactQuestion) else [body.question.ci]
        missing = sorted(set(uids) - set(await request.context.store.nodes(uids)))
        if missing:
            raise NotFound(f"There is no CI {missing[0]!r}.", subject=missing[0])
    owner = request.actor.principal
    return SavedQuery(name=name, owner=owner, question=body.question, description=body.description, shared=body.shared)

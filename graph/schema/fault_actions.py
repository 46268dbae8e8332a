"""Injecting faults, and clearing what was injected."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import strawberry
from strawberry.types import Info

from dcsim.errors import NotFound
from graph.backends.entities import ENGINE, EntityByKey, query
from graph.backends.keyed import EntityOf
from graph.execution.fields import column, graph_input, graph_type, joined, requires
from graph.execution.relay import Node
from graph.schema.entity import entity_types, kinds_by_type
from graph.schema.refs import FaultRef
from graph.schema.results import Asked, Payload, attempt, uid_of


@graph_input
class InjectFaultInput(Asked):
    """What to break, and how: `faultKinds` lists the codes."""

    subject: strawberry.ID
    code: str
    idempotency_key: str | None = strawberry.field(default=None, description="When this comes again, it is not done again.")
    client_mutation_id: str | None = None


@graph_type
class InjectFaultPayload(Payload):
    """The fault, with what follows from it."""

    fault: FaultRef | None = joined(EntityByKey("fault", "fault"))


@graph_input
class ClearFaultInput(Asked):
    """Which fault; only what was injected can be cleared."""

    id: strawberry.ID
    client_mutation_id: str | None = None


@graph_type
class ClearFaultPayload(Payload):
    """What was mended."""

    cleared_id: strawberry.ID | None = column()
    subject: Node | None = joined(EntityOf("subject", entity_types, kind_column="subject_kind"))


async def _inject(info: Info, given: Annotated[InjectFaultInput, strawberry.argument(name="input")]) -> InjectFaultPayload | None:
    async def inject() -> dict[str, Any]:
        body = {"subject": uid_of(given.subject, *kinds_by_type(), field="subject")}
        path = f"/sim/inject/{quote(given.code, safe='')}"
        done = await info.context.services.post(ENGINE, path, dict[str, Any], body, headers=given.headers())
        return {"fault": done["uid"]}

    row: InjectFaultPayload = await attempt(given, inject)
    return row


async def _clear(info: Info, given: Annotated[ClearFaultInput, strawberry.argument(name="input")]) -> ClearFaultPayload | None:
    async def clear() -> dict[str, Any]:
        uid = uid_of(given.id, "Fault")
        where = [{"field": "uid", "value": uid}]
        found = (await query(info.context, "fault", {"where": where, "fields": ["subject", "subject_kind"]})).items
        if not found:
            raise NotFound("There is no such fault (any more).", field="id")
        await info.context.services.call(ENGINE, "DELETE", f"/sim/faults/{quote(uid, safe='')}", type(None))
        return {"cleared_id": given.id, "subject": found[0]["subject"], "subject_kind": found[0]["subject_kind"]}

    row: ClearFaultPayload = await attempt(given, clear)
    return row


@graph_type
class FaultMutation:
    """Breaking and mending."""

    inject_fault = requires("sim:write")(strawberry.mutation(resolver=_inject, description="Break something; what follows, follows."))
    clear_fault = requires("sim:write")(strawberry.mutation(resolver=_clear, description="Mend what a fault that was injected broke."))

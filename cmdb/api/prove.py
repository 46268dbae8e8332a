"""Prediction and proof: a failure in the graph, and the same on a fork of the world."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from cmdb.api.context import Context, routes
from cmdb.impact.analysis import MOST
from cmdb.proof import EngineTrials, Proof, prove
from dcsim.http.routes import Request


class ProofBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CIs that fail together: uids, names that only one CI has, or ``Class:name``."""

    fail: Annotated[list[Annotated[str, Meta(min_length=1, max_length=500)]], Meta(min_length=1, max_length=MOST)]


@routes.post("/cmdb/prove", "Predict a failure and prove it", body=ProofBody, returns=Proof, status=200)
async def proof(request: Request[Context]) -> Proof:
    """What the impact rules say, what a fork of the world does, and how well they agree.  The world itself is untouched."""
    context = request.context
    return await prove(context.store, EngineTrials(context.engine), request.body.fail)

"""Whatever is asked of whatever rows: a plan gives the answer that graphql-core gives, or leaves it to it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from graph.execution.engine import Engine, Ready
from graph.execution.errors import shown
from graph.execution.limits import Limits
from tests.unit.graph.queries import documents, stocks, variables
from tests.unit.graph.shelves import Rows, context_of, schema

ENGINE = Engine(schema(), limits=Limits(points=10**9, fields=10**6, repeats=1000, aliases=1000))


def comparable(data: Any, errors: Any) -> tuple[str, Counter[str]]:
    """An answer, to the order of its keys, and its errors in any order: they are found in another."""
    return json.dumps(data), Counter(json.dumps(one, sort_keys=True) for one in shown(errors, "request-1"))


async def both(ready: Ready, rows: Rows, scopes: list[str], given_variables: dict[str, Any]) -> tuple[Any, Any]:
    planned = await ENGINE._planned(ready, context_of(rows, *scopes))
    standard = await ENGINE._standard(ready, context_of(rows, *scopes), given_variables)
    return planned, standard


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(documents(), stocks(), variables, st.sampled_from([[], ["shelf:secret"], ["shelf:prices"], ["admin"]]))
def test_a_plan_answers_as_graphql_core_does(text: str, rows: Rows, given_variables: dict[str, Any], scopes: list[str]) -> None:
    note(text)
    known = ENGINE.known(text)
    if known.errors:
        event("invalid: " + known.errors[0].message[:40])
        return
    planned, standard = asyncio.run(both(ENGINE.ready(text, given_variables, None), rows, scopes, given_variables))
    event("planned" if planned is not None else "left to graphql-core")
    if planned is not None:
        assert comparable(planned.data, planned.errors) == comparable(standard.data, standard.errors)

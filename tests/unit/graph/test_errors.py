"""What callers are told when something fails: codes; of bugs nothing but the request's id."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from graph.execution.engine import Engine
from graph.execution.errors import shown
from tests.unit.graph.shelves import book, context_of, rows, schema


async def errors(query: str, variables: dict[str, Any] | None = None, **columns: Any) -> list[dict[str, Any]]:
    given = rows()
    given["book"].append(book("b9", **columns))
    found = await Engine(schema()).execute(query, context_of(given, "admin"), variables=variables)
    return shown(found.errors, "request-1")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{books {", "GRAPHQL_PARSE_FAILED"),
        ("{nonsense}", "GRAPHQL_VALIDATION_FAILED"),
        ('{books(first: "x") {totalCount}}', "GRAPHQL_VALIDATION_FAILED"),
        ("query A {vault} query B {vault}", "BAD_USER_INPUT"),
        ("query ($n: Int!) {books(first: $n) {totalCount}}", "BAD_USER_INPUT"),
        ("query ($n: Int) {books(first: $n) {totalCount}}", "BAD_USER_INPUT"),
    ],
)
async def test_wrong_requests_have_a_code(query: str, code: str) -> None:
    variables = {"n": None} if "$n: Int)" in query else None
    assert {one["extensions"]["code"] for one in await errors(query, variables)} == {code}


@pytest.mark.parametrize("more", ["", "shout"], ids=["plan", "standard"])
async def test_a_service_that_is_away_is_named(more: str) -> None:
    (error, *_) = await errors(f"{{books(first: 1) {{nodes {{lost {{name}} {more}}}}}}}")
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "service": "people"}
    assert error["path"] == ["books", "nodes", 0, "lost"]
    assert "on holiday" in error["message"]


@pytest.mark.parametrize("more", ["", "shout"], ids=["plan", "standard"])
async def test_bugs_are_masked_and_logged(more: str) -> None:
    with capture_logs() as logged:
        (error,) = await errors(f"{{books(first: 1) {{nodes {{broken {{name}} {more}}}}}}}")
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "request-1"}
    assert "secret detail" not in str(error)
    assert [str(line["exc_info"]) for line in logged] == ["a secret detail"]


async def test_a_value_that_its_type_cannot_hold_is_our_mistake() -> None:
    with capture_logs():
        found = await errors("{books {nodes {pages}}}", pages="many")
    assert {one["extensions"]["code"] for one in found} == {"INTERNAL_SERVER_ERROR"}
    assert "many" not in str(found)


async def test_what_is_not_found_is_said_at_its_place() -> None:
    found = await errors("{books {nodes {author {name}}}}")
    assert [(one["path"], one["extensions"]) for one in found] == [
        (["books", "nodes", 2, "author"], {"code": "NOT_FOUND", "subject": "gone"})
    ]

"""`requires`: what a field demands holds on both ways that a query is carried out."""

from __future__ import annotations

from typing import Any

import pytest

from graph.execution.engine import Engine
from graph.execution.errors import shown
from tests.unit.graph.shelves import asked, context_of, rows, schema


async def answer(query: str, *scopes: str) -> tuple[Any, list[dict[str, Any]]]:
    context = context_of(rows(), *scopes)
    found = await Engine(schema()).execute(query, context)
    return found.data, shown(found.errors, "request-1")


@pytest.mark.parametrize("more", ["", "shout"], ids=["plan", "standard"])
async def test_a_refused_column_is_null_with_an_error_at_its_place(more: str) -> None:
    data, errors = await answer(f"{{books(first: 1) {{nodes {{title author {{name secret}} {more}}}}}}}")
    assert data["books"]["nodes"][0]["author"] == {"name": "Ann", "secret": None}
    assert [(one["path"], one["extensions"]) for one in errors] == [
        (["books", "nodes", 0, "author", "secret"], {"code": "FORBIDDEN", "scope": "shelf:secret"})
    ]


@pytest.mark.parametrize("more", ["", "shout"], ids=["plan", "standard"])
async def test_who_has_the_scope_sees_it(more: str) -> None:
    data, errors = await answer(f"{{books(first: 1) {{nodes {{author {{secret}} {more}}}}}}}", "shelf:secret")
    assert data["books"]["nodes"][0]["author"] == {"secret": "x"}
    assert errors == []


async def test_a_plan_made_for_one_caller_refuses_the_next() -> None:
    engine, query = Engine(schema()), "{shelves {nodes {hidden {totalCount}}}}"
    rich = await engine.execute(query, context_of(rows(), "shelf:secret"))
    poor = await engine.execute(query, context_of(rows()))
    assert rich.errors is None
    assert [one["extensions"]["code"] for one in shown(poor.errors, "")] == ["FORBIDDEN", "FORBIDDEN"]


async def test_a_refused_join_is_not_loaded() -> None:
    context = context_of(rows())
    await Engine(schema()).execute("{shelves {nodes {name hidden {nodes {title}}}}}", context)
    assert asked(context) == {"shelf": 1}


async def test_a_refused_field_that_cannot_be_null_takes_its_parent_away() -> None:
    data, errors = await answer("{books {nodes {title price}}}")
    assert data == {"books": None}
    assert errors[0]["extensions"] == {"code": "FORBIDDEN", "scope": "shelf:prices"}


async def test_resolvers_demand_too() -> None:
    assert (await answer("{vault}"))[0] == {"vault": None}
    assert (await answer("{vault}", "admin"))[0] == {"vault": "gold"}
    _, errors = await answer('mutation {burn(title: "x")}', "shelf:read")
    assert errors[0]["message"] == "ann lacks the scope shelf:write."


def test_docstrings_and_demands_are_descriptions() -> None:
    sdl = schema().as_str()
    assert '"""Somebody who writes."""' in sdl
    assert '"""What is in the vault. Needs `shelf:secret`."""' in sdl
    assert '"""Needs `shelf:prices`."""' in sdl
    assert '"""The title, loud."""' in sdl

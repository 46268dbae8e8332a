"""Queries that would cost too much are refused before they cost anything."""

from __future__ import annotations

import time
from typing import Any

import pytest
from graphql import ExecutionResult

from graph.execution.engine import Engine
from graph.execution.errors import shown
from graph.execution.limits import Limits
from tests.unit.graph.shelves import asked, context_of, rows, schema, stock_of

REFUSED_WITHIN = 0.05
"""Seconds of CPU, the best of three: the wall's depend on what else runs, and one may pay for a collection of garbage that others made."""


def bomb() -> str:
    """Fragments that unfold to 2^40 fields."""
    parts = " ".join(f"fragment F{n} on Query {{...F{n + 1} ...F{n + 1}}}" for n in range(40))
    return f"{{...F0}} {parts} fragment F40 on Query {{vault}}"


ATTACKS: dict[str, tuple[str, set[str | None]]] = {
    "5,000 aliases": ("{" + " ".join(f"a{n}: vault" for n in range(5000)) + "}", {"characters", "tokens"}),
    "500 aliases": ("{" + " ".join(f"a{n}: vault" for n in range(500)) + "}", {"aliases"}),
    "20,000 tokens": ("{" + "a " * 20_000 + "}", {"tokens"}),
    "150,000 characters": ("{" + "vault " * 25_000 + "}", {"characters"}),
    "nearly as long as may be": ('{books(after: "' + "x" * 49_900 + '") {nope}}', {None}),
    "depth 300": ("{books{nodes{author" + "{favourite{author" * 150 + "{name}" + "}}" * 150 + "}}}", {"depth", None}),
    "depth 60": ("{books{nodes{author" + "{favourite{author" * 30 + "{name}" + "}}" * 30 + "}}}", {"depth"}),
    "a fragment in itself": ("{books{nodes{...A}}} fragment A on Book {author{favourite{...A}}}", {"fragments"}),
    "fragments in a circle": (
        "{...F0}" + " ".join(f"fragment F{n} on Query {{...F{(n + 1) % 40}}}" for n in range(40)),
        {"fragments"},
    ),
    "a fragment bomb": (bomb(), {"fields"}),
    "one field over and over": ("{" + "vault " * 1900 + "}", {"repeats"}),
    "directives": ("{vault " + "@include(if: true)" * 200 + "}", {"directives"}),
    "comments": ("#\n" * 10_000 + "{vault}", {"comments"}),
    "many fragments": ("{vault}" + " ".join(f"fragment F{n} on Query {{vault}}" for n in range(150)), {"definitions"}),
    "pages of pages": ("{shelves(first: 200) {nodes {books(first: 200) {nodes {title}}}}}", {"points"}),
    "fields that are not": ("{" + " ".join(f"vaul{n}" for n in range(1900)) + "}", {None}),
    "unbalanced": ("{" * 40_000, {"tokens", None}),
    "one long text": ('{books(after: "' + "x" * 200_000 + '") {nope}}', {"characters"}),
    "a long list": ("{books(filter: {titled: [" + '"x" ' * 1900 + "]}) {nope}}", {None}),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_attacks_are_refused_at_once(attack: str) -> None:
    text, limits = ATTACKS[attack]
    context, took = context_of(rows(), "admin"), []
    found = ExecutionResult()
    for _ in range(3):
        engine = Engine(schema())
        started = time.process_time()
        found = await engine.execute(text, context)
        took.append(time.process_time() - started)
    errors = shown(found.errors, "")
    assert found.data is None
    assert errors[0]["extensions"].get("limit") in limits, errors[0]
    assert len(errors) <= 21
    assert asked(context) == {}
    assert min(took) < REFUSED_WITHIN


async def cost(query: str, variables: dict[str, Any] | None = None, limits: Limits | None = None) -> int:
    return Engine(schema(), limits=limits).ready(query, variables, None).points


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ("{vault}", 1),
        ("{books(first: 10) {totalCount}}", 2),
        ("{books(first: 10) {nodes {title}}}", 12),
        ("{books(first: 10) {edges {cursor node {title}}}}", 12),
        ("{books(first: 10) {nodes {title author {name}}}}", 22),
        ("{books {nodes {title}}}", 52),
        ("{shelves(first: 10) {nodes {allBooks {title}}}}", 112),
        ("{shelves(first: 10) {nodes {...F}}} fragment F on Shelf {books(first: 5) {nodes {id}}}", 2 + 10 * (1 + 2 + 5)),
        ("query ($n: Int!) {books(first: $n) {nodes {title}}}", 9),
        ('mutation {burn(title: "x")}', 10),
    ],
)
async def test_the_cost_is_what_a_query_may_take(query: str, points: int) -> None:
    assert await cost(query, {"n": 7} if "$n" in query else None) == points


@pytest.mark.parametrize("first", [0, -1, 201, 2**31 - 1])
async def test_pages_are_not_longer_than_pages_are(first: int) -> None:
    for query in (f"{{books(first: {first}) {{totalCount}}}}", "query ($n: Int!) {books(first: $n) {totalCount}}"):
        found = await Engine(schema()).execute(query, context_of(rows(), "admin"), variables={"n": first})
        assert shown(found.errors, "")[0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "first"}


async def test_each_cost_is_of_its_own_variables() -> None:
    engine, query = Engine(schema()), "query ($n: Int!) {books(first: $n) {nodes {title}}}"
    assert [engine.ready(query, {"n": n}, None).points for n in (1, 100, 1)] == [3, 102, 3]


async def test_strangers_do_not_see_the_schema() -> None:
    engine = Engine(schema())
    for query in ("{__schema {types {name}}}", '{... on Query {t: __type(name: "Book") {name}}}'):
        refused = await engine.execute(query, context_of(rows()))
        assert shown(refused.errors, "")[0]["extensions"]["code"] == "FORBIDDEN"
        assert (await engine.execute(query, context_of(rows(), "sim:read"))).errors is None


async def test_what_is_remembered_is_bounded() -> None:
    engine = Engine(schema())
    for number in range(300):
        await engine.execute("#" + "x" * 10_000 + f"\n{{a{number}: vault}}", context_of(rows(), "admin"))
    assert engine._documents._held <= 1 << 20
    assert engine._documents._held == sum(map(len, engine._documents._known))


async def test_a_query_that_takes_too_long_is_ended() -> None:
    context = context_of(rows(), "admin")
    stock_of(context).pause = 60.0
    found = await Engine(schema(), limits=Limits(seconds=0.01)).execute("{books {totalCount}}", context)
    assert shown(found.errors, "")[0]["extensions"]["code"] == "TIMEOUT"

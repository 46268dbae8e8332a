"""The page of figures: what was measured is written, what was not stays."""

from __future__ import annotations

from typing import Any

from benchmarks.report import page


def line(figure: str, ours: float, commit: str) -> dict[str, Any]:
    return {"figure": figure, "unit": "ms", "ours": ours, "peer": 10.0, "ratio": ours / 10, "met": True, "commit": commit, "repetitions": 9}


def rows(text: str) -> list[str]:
    return [row for row in text.splitlines() if row.startswith("| `")]


def test_what_is_measured_anew_takes_the_place_of_what_was() -> None:
    first = page([line("startup.first_login", 1.5, "aaa"), line("ucs.small_query", 2.5, "aaa")])
    second = page([line("ucs.small_query", 3.5, "bbb")], first)
    login, query = rows(second)
    assert login == rows(first)[0]
    assert " 3.5 ms | 10 ms | 0.35 |" in query
    assert "Measured at `aaa`, `bbb`." in second


def test_figures_stand_in_the_order_of_the_catalogue() -> None:
    first = page([line("ucs.small_query", 2.5, "aaa")])
    second = page([line("startup.first_login", 1.5, "bbb")], first)
    assert [row.split("`")[1] for row in rows(second)] == ["startup.first_login", "ucs.small_query"]


def test_a_figure_that_is_no_longer_there_goes() -> None:
    first = page([line("startup.first_login", 1.5, "aaa"), line("gone.figure", 2.5, "aaa")])
    assert "gone.figure" in first
    second = page([line("startup.first_login", 1.5, "bbb")], first)
    assert "gone.figure" not in second
    assert "Measured at `bbb`." in second

"""The schema that is written down: always the same text, current, and not taken back from clients unnoticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graph.execution.contract import broken, sdl
from graph.execution.reference import page
from scripts import generate
from tests.unit.graph.shelves import schema

ROOT = Path(__file__).resolve().parents[3]
PRINTED = "from tests.unit.graph.shelves import schema; from graph.execution.contract import sdl; print(sdl(schema()._schema), end='')"


def test_what_is_written_down_is_kept() -> None:
    written = generate.SCHEMA.read_text()
    assert broken(written, generate.graphql_sdl()) == []
    assert written == generate.graphql_sdl(), "run scripts/generate"
    assert (ROOT / "docs" / "reference" / "graphql.md").read_text() == generate.graphql_page(), "run scripts/generate"


def test_another_process_prints_the_same() -> None:
    for seed in ("1", "2"):
        command = [sys.executable, "-c", PRINTED]
        done = subprocess.run(command, cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout == sdl(schema()._schema)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  subtitle: String", "", "Book.subtitle was removed"),
        ("  born: Int", "  born: String", "Person.born changed type from Int to String"),
        ("  SOFT", "", "Binding.SOFT was removed"),
        ("  titled: [String!] = null", "  titled: [String!]!", "BookFilter.titled changed type"),
        ("burn(title: String!)", "burn(title: String!, why: String!)", "why"),
    ],
)
def test_what_breaks_clients_is_told(old: str, new: str, told: str) -> None:
    text = sdl(schema()._schema)
    after = text.replace(old, new) if old in text else text.replace(old.partition(" = ")[0], new)
    assert after != text
    assert any(told in one for one in broken(text, after)), broken(text, after)


def test_additions_break_nobody() -> None:
    text = sdl(schema()._schema)
    assert broken(text, text.replace("  born: Int", "  born: Int\n  died: Int")) == []


def test_a_breaking_schema_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    promised = tmp_path / "schema.graphql"
    promised.write_text("type Query {\n  was: Int\n  stays: Int\n}\n")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "GENERATED", {"schema.graphql": lambda: "type Query {\n  stays: Int\n}\n"})
    monkeypatch.setattr(generate.unpromised, "__defaults__", (promised,))
    assert generate.main([]) == 1
    assert "was: Int" in promised.read_text()
    assert "Query.was was removed" in capsys.readouterr().out
    assert generate.main(["--allow-breaking"]) == 0
    assert promised.read_text() == "type Query {\n  stays: Int\n}\n"


def test_the_page_tells_of_types_and_where_they_lead() -> None:
    text = page(schema()._schema)
    assert "### Book\n\nA book.\n" in text
    assert "| `author` | [`Person`](#person) |" in text
    assert "| `books` | [`BookConnection`](#book) |" in text
    assert "| `burn` (`title: String!`) | `Boolean` | Burn a book." in text
    assert "### BookConnection" not in text

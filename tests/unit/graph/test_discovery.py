"""A domain's module is found by being there; two domains do not fight over a field unnoticed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from dcsim.errors import AlreadyExists
from graph.schema.discovery import domains, parts, root_of

TICKETS = "import strawberry\n\n@strawberry.type\nclass TicketQuery:\n    tickets: int = 1\n"
PATCHES = (
    "import strawberry\nfrom domains_of_test.tickets import TicketQuery\n\n@strawberry.type\nclass PatchQuery:\n    patches: int = 2\n"
)
Package = Callable[..., ModuleType]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Make a package of modules with these texts."""

    def make(**modules: str) -> ModuleType:
        folder = tmp_path / "domains_of_test"
        folder.mkdir()
        (folder / "__init__.py").touch()
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(text)
        return importlib.import_module("domains_of_test")

    monkeypatch.syspath_prepend(tmp_path)
    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] == "domains_of_test"]:
        del sys.modules[name]


def test_modules_that_are_there_make_the_root(package: Package) -> None:
    root = root_of(domains(package(tickets=TICKETS, patches=PATCHES)), "Query", "What can be read.")
    definition = root.__strawberry_definition__
    assert (definition.name, definition.description) == ("Query", "What can be read.")
    assert {one.python_name for one in definition.fields} == {"tickets", "patches"}


def test_what_a_part_extends_is_no_part_itself(package: Package) -> None:
    extending = PATCHES.replace("class PatchQuery:", "class AllQuery(TicketQuery):")
    found = parts(domains(package(tickets=TICKETS, extending=extending)), "Query")
    assert [one.__name__ for one in found] == ["AllQuery"]


def test_one_field_in_two_parts_is_refused(package: Package) -> None:
    modules = domains(package(tickets=TICKETS, others=TICKETS.replace("TicketQuery", "OtherQuery")))
    with pytest.raises(AlreadyExists, match=r"Query\.tickets is declared by (Other|Ticket)Query and by (Other|Ticket)Query"):
        root_of(modules, "Query", "")


def test_no_part_no_root(package: Package) -> None:
    assert root_of(domains(package(tickets=TICKETS)), "Mutation", "") is None


@pytest.mark.parametrize("text", ["import nowhere", "1 / 0", "def :"])
def test_a_module_that_is_broken_is_named(package: Package, text: str) -> None:
    with pytest.raises((ImportError, ZeroDivisionError, SyntaxError)) as broken:
        domains(package(tickets=TICKETS, wrong=text))
    assert "domains_of_test.wrong" in broken.value.__notes__[0]

"""The shape of the code: what reviewers would otherwise say again and again, said once.

Each rule is a function from source text to complaints, and is seen to complain about a sample that breaks it.
"""

from __future__ import annotations

import ast
import re
import shutil
import statistics
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("dcsim", "emulators", "cmdb", "itsm", "drift", "patching", "graph", "automation", "benchmarks", "scripts")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
MAX_MEDIAN_FUNCTION_LINES = 8

# Files that may be longer than MAX_FILE_LINES, each with its reason. The list only gets shorter.
LONG_FILES: dict[str, str] = {}

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Rule: TypeAlias = Callable[[str, ast.Module], Iterator[str]]


# --- the sources -------------------------------------------------------------------------------------------------------------


@cache
def repository_files() -> list[str]:
    """Return every file that is, or would be, committed."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout: what belongs to the project is not known")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@cache
def python_sources() -> dict[str, tuple[str, ast.Module]]:
    """Return path → (text, tree) of every Python file."""
    texts = {name: (ROOT / name).read_text() for name in repository_files() if name.endswith(".py")}
    return {name: (text, ast.parse(text, name)) for name, text in texts.items()}


def code_sources() -> dict[str, tuple[str, ast.Module]]:
    """Return the Python sources that are not tests."""
    return {name: source for name, source in python_sources().items() if name.startswith(tuple(f"{folder}/" for folder in CODE))}


def functions(tree: ast.Module) -> Iterator[Function]:
    """Yield every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: Function) -> int:
    """Return a function's length in lines, without its decorators and docstring: what has to be understood."""
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    return span(function) - (span(docstring) if docstring else 0)


def span(node: ast.stmt) -> int:
    """Return how many lines a statement takes."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


# --- the rules ---------------------------------------------------------------------------------------------------------------


def short_functions(_name: str, tree: ast.Module) -> Iterator[str]:
    for function in functions(tree):
        if length(function) > MAX_FUNCTION_LINES:
            yield f"line {function.lineno}: {function.name} has {length(function)} lines, more than {MAX_FUNCTION_LINES}"


def annotated_returns(_name: str, tree: ast.Module) -> Iterator[str]:
    for function in functions(tree):
        if function.returns is None:
            yield f"line {function.lineno}: {function.name} does not say what it returns"


def no_bare_except(_name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"line {node.lineno}: a bare except"


def no_swallowed_exception(_name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and catches_everything(node) and does_nothing(node.body):
            yield f"line {node.lineno}: every exception is swallowed"


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Whether the handler is for any exception."""
    return isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}


def does_nothing(body: list[ast.stmt]) -> bool:
    """Whether the statements only pass over what happened."""
    return all(isinstance(statement, ast.Pass | ast.Continue) for statement in body)


def no_print(name: str, tree: ast.Module) -> Iterator[str]:
    if name.startswith(("dcsim/cli/", "scripts/", "benchmarks/")):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield f"line {node.lineno}: print outside the command line"


def documented(_name: str, tree: ast.Module) -> Iterator[str]:
    if tree.body and ast.get_docstring(tree) is None:
        yield "line 1: the module has no docstring"
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and ast.get_docstring(node) is None:
            yield f"line {node.lineno}: class {node.name} has no docstring"


def named_for_a_purpose(name: str, _tree: ast.Module) -> Iterator[str]:
    if Path(name).stem in {"utils", "util", "helpers", "helper", "misc", "common"}:
        yield "the module's name says nothing of what is in it"


CODE_RULES: tuple[Rule, ...] = (
    short_functions,
    annotated_returns,
    no_bare_except,
    no_swallowed_exception,
    no_print,
    documented,
    named_for_a_purpose,
)
TEST_RULES: tuple[Rule, ...] = (short_functions, annotated_returns, no_bare_except, no_swallowed_exception, named_for_a_purpose)


def complaints(rules: tuple[Rule, ...], sources: dict[str, tuple[str, ast.Module]]) -> list[str]:
    """Return `path: complaint` for every rule that a source breaks."""
    return [f"{name}: {said}" for name, (_text, tree) in sources.items() for rule in rules for said in rule(name, tree)]


# --- the tests ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", CODE_RULES, ids=lambda rule: rule.__name__)
def test_code_keeps(rule: Rule) -> None:
    found = complaints((rule,), code_sources())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("rule", TEST_RULES, ids=lambda rule: rule.__name__)
def test_tests_keep(rule: Rule) -> None:
    tests = {name: source for name, source in python_sources().items() if name.startswith("tests/")}
    found = complaints((rule,), tests)
    assert not found, "\n".join(found)


SAMPLES: list[tuple[Rule, str, str]] = [
    (short_functions, "dcsim/x.py", "def f() -> None:\n" + "    g()\n" * 70),
    (annotated_returns, "dcsim/x.py", "async def f():\n    g()\n"),
    (no_bare_except, "dcsim/x.py", "try:\n    g()\nexcept:\n    h()\n"),
    (no_swallowed_exception, "dcsim/x.py", "try:\n    g()\nexcept Exception:\n    pass\n"),
    (no_print, "dcsim/x.py", "print(1)\n"),
    (documented, "dcsim/x.py", "x = 1\n"),
    (documented, "dcsim/x.py", '"""Doc."""\nclass C:\n    pass\n'),
    (named_for_a_purpose, "dcsim/utils.py", ""),
]


@pytest.mark.parametrize(("rule", "name", "text"), SAMPLES, ids=lambda value: getattr(value, "__name__", None))
def test_each_rule_complains_about_what_breaks_it(rule: Rule, name: str, text: str) -> None:
    assert len(list(rule(name, ast.parse(text)))) == 1


def test_functions_are_short_as_a_rule() -> None:
    lengths = [length(function) for _text, tree in code_sources().values() for function in functions(tree)]
    assert statistics.median(lengths) <= MAX_MEDIAN_FUNCTION_LINES


def test_files_are_short_except_those_listed() -> None:
    long = {name for name, (text, _tree) in python_sources().items() if text.count("\n") > MAX_FILE_LINES}
    assert long == set(LONG_FILES), "split the new ones; take those that became short off the list"


def foreign_hosts() -> set[str]:
    """Return the hosts of the package indexes: an installation may use others, so only the generated lock names them."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    urls = [wheel["url"] for package in packages for wheel in package.get("wheels", [])]
    urls += [package["source"]["registry"] for package in packages if "registry" in package["source"]]
    return {host for url in urls if (host := urlsplit(url).hostname)}


# Paths that exist on one developer's machine only.
PRIVATE_PATH = re.compile(r"""(?<![\w.~$}/-])/(?:work|Users)/[\w.]""")


def test_nothing_names_a_package_index_or_somebodys_machine() -> None:
    hosts = foreign_hosts()
    assert hosts
    found = []
    for name in repository_files():
        if name == "uv.lock" or (ROOT / name).stat().st_size > 2_000_000:
            continue
        text = (ROOT / name).read_bytes().decode(errors="replace")
        found += [f"{name}: {host}" for host in hosts if host in text]
        found += [f"{name}: {match.group()}" for match in PRIVATE_PATH.finditer(text)]
    assert not found, "\n".join(found)


def test_scripts_can_be_run_and_start_with_an_interpreter() -> None:
    scripts = [path for path in (ROOT / "scripts").iterdir() if path.is_file() and path.suffix == ""]
    assert scripts
    assert [path.name for path in scripts if not path.stat().st_mode & 0o100 or not path.read_text().startswith("#!/")] == []

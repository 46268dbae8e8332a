"""The pages are true: links lead somewhere, quoted code is the code, and commands exist."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.docs.markdown import ROOT, Page, pages

GUIDES = ("README.md", "CONTRIBUTING.md", *(name for name in pages() if re.match(r"docs/(tutorial|how-to|explanation)/", name)))
_QUOTED = re.compile(r"# ((?:\w+/)+\w+\.py)\n")


@pytest.mark.parametrize("name", pages())
def test_links_lead_somewhere(name: str) -> None:
    page = Page(name)
    broken = []
    for link in page.links():
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.path.parent / path).resolve() if path else page.path
        if not target.exists() or (fragment and target.suffix == ".md" and fragment not in Page(str(target.relative_to(ROOT))).anchors()):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("name", GUIDES)
def test_quoted_code_is_the_code(name: str) -> None:
    for block in Page(name).blocks("python"):
        quoted = _QUOTED.match(block)
        if quoted is not None:
            source = (ROOT / quoted[1]).read_text()
            assert block[quoted.end() :].strip() in source, f"{quoted[1]} has changed"


def dcsim_commands() -> list[str]:
    """Every `dcsim ...` that a page mentions, as the words up to the first that a user would replace, and its options."""
    found = set()
    for name in GUIDES:
        for command in Page(name).commands("dcsim"):
            words = [word.partition("|")[0].rstrip(".,") for word in re.sub(r"[\[\]\\]", "", command).split()[1:]]
            verb = [word for word in words if re.fullmatch(r"[a-z]+", word)][:2]
            options = [word.partition("=")[0] for word in words if word.startswith("--")]
            found.add(" ".join([*verb, *options]))
    return sorted(found)


@pytest.mark.parametrize("command", dcsim_commands())
def test_commands_and_options_exist(command: str) -> None:
    words = command.split()
    verb = [word for word in words if not word.startswith("-")]
    asked = [sys.executable, "-m", "dcsim.cli.main", *verb, "--help"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert [option for option in words[len(verb) :] if option not in done.stdout] == []

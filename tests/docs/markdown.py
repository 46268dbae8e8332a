"""The project's pages, and what in them can be run or checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_INLINE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: the word after the fence, and its text."""

    language: str
    text: str


class Page:
    """One Markdown file."""

    def __init__(self, name: str) -> None:
        self.path = ROOT / name
        self.text = self.path.read_text()

    def blocks(self, language: str) -> list[str]:
        """The texts of its fenced blocks of a language."""
        return [block.text for block in self._blocks() if block.language == language]

    def runnable(self) -> list[Block]:
        """Its shell and Python, in order."""
        return [block for block in self._blocks() if block.language in {"sh", "python"}]

    def links(self) -> list[str]:
        """Where its links go to."""
        return _LINK.findall(_FENCE.sub("", self.text))

    def commands(self, program: str) -> list[str]:
        """What it writes in `code` that begins with a program's name."""
        return [one for one in _INLINE.findall(_FENCE.sub("", self.text)) if one.startswith(f"{program} ")]

    def anchors(self) -> set[str]:
        """The fragments that links into it may have."""
        return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(self.text)}

    def _blocks(self) -> Iterator[Block]:
        return (Block(language, text) for language, text in _FENCE.findall(self.text))


def pages() -> list[str]:
    """Every Markdown page of the project, by its path from the root."""
    names = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("specs/*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in names)

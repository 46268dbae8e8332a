"""What full text search compares: words of names, tags and text attributes, the same in every store."""

from __future__ import annotations

import re

from cmdb.model.graph import Ci

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The runs of letters and digits in *text*, in lower case."""
    return _WORD.findall(text.lower())


def words_of_ci(ci: Ci) -> str:
    """Every word that finds the CI, each once, sorted, with blanks between."""
    found = set(words_of(ci.name))
    for tag in ci.tags:
        found.update(words_of(tag))
    for value in ci.attributes.values():
        for text in (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ():
            found.update(words_of(text))
    return " ".join(sorted(found))

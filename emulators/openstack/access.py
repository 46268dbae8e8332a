"""Access rules of application credentials: what a token that was got with one may be used for (keystonemiddleware's part of it)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

_PARTS: Final = re.compile(r"(?P<tag>{[^}]*})|(?P<all>\*\*)|(?P<one>\*)|(?P<text>[^{}*]+|.)")


class Access(NamedTuple):
    """A service's type, a method, and a path in which ``*`` and ``{name}`` stand for a segment and ``**`` for anything."""

    service: str
    method: str
    path: str


def permitted(rules: tuple[Access, ...], service: str, method: str, *paths: str) -> bool:
    """Whether a rule lets a request through; ``paths`` are the names that its resource goes by, with the service's prefix and without."""
    return any(
        rule.service == service and rule.method == method and any(_pattern(rule.path).fullmatch(path) for path in paths) for rule in rules
    )


@lru_cache(maxsize=1024)
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("".join(map(_words, _PARTS.finditer(path))), re.DOTALL)


def _words(found: re.Match[str]) -> str:
    if found["all"]:
        return ".*"
    return "[^/]+" if found["tag"] or found["one"] else re.escape(found["text"])

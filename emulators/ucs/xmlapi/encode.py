"""Writing elements: attributes in the order of their names, escaped so that ucsmsdk reads them back unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

_SPECIAL: Final = re.compile('[&<>"\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]')
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;", "\x7f": "&#127;"}
_UNWRITABLE: Final = "?"
"""Stands for characters that XML can't have."""


def escape(value: str) -> str:
    """An attribute's value as it goes between quotes."""
    if _SPECIAL.search(value) is None:
        return value
    return _SPECIAL.sub(lambda match: _ESCAPES.get(match[0], _UNWRITABLE), value)


def attributes(values: Iterable[tuple[str, str]]) -> str:
    """Attributes with a space before each, in the order given."""
    return "".join([f' {name}="{escape(value)}"' for name, value in values])


def element(tag: str, values: Mapping[str, str], content: bytes = b"") -> bytes:
    """An element of any name; without content it closes itself."""
    head = f"<{tag}{attributes(values.items())}"
    return f"{head}/>".encode() if not content else b"".join([head.encode(), b">", content, closing(tag)])


@cache
def opening(tag: str) -> bytes:
    """The start tag of a parameter element, and the space after it."""
    return f"<{tag}> ".encode()


@cache
def closing(tag: str) -> bytes:
    """The end tag."""
    return f"</{tag}>".encode()

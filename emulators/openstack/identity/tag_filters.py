"""The four filters of projects by their tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from emulators.openstack.call import Call

_FILTERS: Final[dict[str, Callable[[set[str], set[str]], bool]]] = {
    "tags": lambda have, asked: asked <= have,
    "tags-any": lambda have, asked: bool(asked & have),
    "not-tags": lambda have, asked: not asked <= have,
    "not-tags-any": lambda have, asked: not asked & have,
}


def tagged(call: Call, tags: Iterable[str]) -> bool:
    """Whether something with these tags passes the query's filters by tag."""
    have = set(tags)
    return all(fits(have, set(call.first(name).split(","))) for name, fits in _FILTERS.items() if name in call.query)

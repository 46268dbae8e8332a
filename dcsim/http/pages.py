"""Lists in pages: a limit, and a cursor that stays good while items come and go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from dcsim.errors import InvalidArgument

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - what is listed; T is how it is shown
Limit = Annotated[int, Meta(ge=1, le=1000)]
_CURSOR = re.compile(r"[0-9]{1,18}")


class Page(msgspec.Struct, Generic[T], frozen=True, omit_defaults=True):
    """Some items; ``next`` is the cursor of those after them, absent at the end."""

    items: list[T]
    next: str = ""


def page(items: Iterable[I], limit: int, cursor: str, number: Callable[[I], int], view: Callable[[I], T]) -> Page[T]:
    """The page after a cursor of items in order of their numbers; raises InvalidArgument for a cursor that none of ours is."""
    if cursor and not _CURSOR.fullmatch(cursor):
        raise InvalidArgument(f"{cursor!r} is not a cursor that this API gave.", field="cursor")
    after = int(cursor) if cursor else 0
    rest = [item for item in items if number(item) > after]
    shown = rest[:limit]
    return Page([view(item) for item in shown], str(number(shown[-1])) if len(rest) > limit else "")

"""History collectors: a page of the newest items, and a cursor that reads back and forth through all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from emulators.vsphere.soap import faults

DEFAULT_PAGE: Final = 10
LARGEST_PAGE: Final = 1_000
MOST_ITEMS: Final = 5_000
MOST_COLLECTORS: Final = 32
"""Collectors that one session may have (EventManager.maxCollector, TaskManager.maxCollector)."""


class Item(Protocol):
    """Something with a place in the history."""

    @property
    def key(self) -> int:
        """Grows with time."""
        ...


class Collector:
    """What event and task collectors have in common.

    ``type`` and ``id`` make it a managed object; ``own_key`` is what its ``latestPage`` depends on.  The cursor lies between two items; at
    first, and after a rewind, before the oldest.
    """

    type: Any

    def __init__(self, object_id: str, spec: Any, close: Callable[[], None]) -> None:
        self.id = object_id
        self.spec = spec
        self.own_key = ("vsphere", "collector", object_id)
        self.page_size = DEFAULT_PAGE
        self._close = close
        self._after = -1

    def close(self) -> None:
        """Let go of the history."""
        self._close()

    def items(self) -> list[Any]:
        """All items, oldest first."""
        raise NotImplementedError

    def latest_page(self) -> list[Any]:
        """The newest items, newest first."""
        return self.items()[: -self.page_size - 1 : -1]

    def set_page_size(self, size: int) -> None:
        """How many items the latest page has; VimFault InvalidArgument unless it is from 1 to 1,000."""
        if not 1 <= size <= LARGEST_PAGE:
            raise faults.invalid_argument("maxCount")
        self.page_size = size

    def rewind(self) -> None:
        """Go before the oldest item."""
        self._after = -1

    def reset(self) -> None:
        """Go to where the latest page begins: reading back gives what is older than it."""
        page = self.latest_page()
        self._after = page[-1].key - 1 if page else -1

    def read_next(self, count: int) -> list[Any]:
        """The next newer items, oldest first."""
        found = [one for one in self.items() if one.key > self._after][: _count(count)]
        if found:
            self._after = found[-1].key
        return found

    def read_previous(self, count: int) -> list[Any]:
        """The next older items, newest first."""
        found = [one for one in reversed(self.items()) if one.key <= self._after][: _count(count)]
        if found:
            self._after = found[-1].key - 1
        return found


def _count(count: int) -> int:
    if count < 1:
        raise faults.invalid_argument("maxCount")
    return min(count, LARGEST_PAGE)


class Kept(deque[Any]):
    """The items that a collector has found, the oldest forgotten first."""

    def __init__(self, most: int | None = None) -> None:
        super().__init__(maxlen=min(most or MOST_ITEMS, MOST_ITEMS))

"""One at a time per subject, without keeping a lock for every subject there ever was."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Locks by subject that vanish when nobody holds or awaits them."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def of(self, subject: str) -> AsyncIterator[None]:
        """The subject is ours while the context lasts."""
        self._users[subject] += 1
        try:
            async with self._locks.setdefault(subject, asyncio.Lock()):
                yield
        finally:
            self._users[subject] -= 1
            if not self._users[subject]:
                del self._users[subject], self._locks[subject]

"""How many CIs have which tag."""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec

from cmdb.model import class_of
from cmdb.stores.port import GraphStore


class TagCount(msgspec.Struct, frozen=True):
    """A tag and the CIs that have it."""

    tag: str
    count: int


async def counts_of(store: GraphStore, cls: str = "CI") -> list[TagCount]:
    """Of the CIs of a class or below it, the most used first.  Raises InvalidArgument for a class that is not declared."""
    class_of(cls)
    found: Counter[str] = Counter()
    async for chunk in store.scan(cls=cls):
        for ci in chunk:
            found.update(ci.tags)
        await asyncio.sleep(0)
    return [TagCount(tag, count) for tag, count in sorted(found.items(), key=lambda one: (-one[1], one[0]))]

"""How a list question is answered: pages of the store, of which those CIs stay whose relations are as asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from cmdb.model import Ci
from cmdb.queries.shapes import ListQuestion, Related
from cmdb.stores.port import FIELDS, MAX_PAGE, GraphStore, Page, Query

LOOKED_AT: Final = 10
"""Pages of the store that one answer looks through at most: it may then have few items, and yet a next."""


async def page_of(store: GraphStore, question: ListQuestion, limit: int, cursor: str) -> Page:
    """A page of at most *limit* CIs; there are more while ``next`` is not empty.  Raises InvalidArgument."""
    items: list[Ci] = []
    for _ in range(LOOKED_AT if question.related else 1):
        found = await store.page(question.query(limit - len(items), cursor))
        kept: Sequence[Ci] = found.items
        for related in question.related:
            kept = await _fitting(store, kept, related)
        items += kept
        cursor = found.next
        if not cursor or len(items) >= limit:
            break
    return Page(tuple(items), cursor)


def row_of(ci: Ci, columns: Sequence[str]) -> list[Any]:
    """The fields and attributes of a CI that are asked for; None is unknown."""
    return [_value(ci, name) for name in columns]


def _value(ci: Ci, name: str) -> Any:
    value = getattr(ci, name) if name in FIELDS or name == "tags" else ci.attributes.get(name)
    return value.isoformat() if isinstance(value, datetime) else value


async def _fitting(store: GraphStore, cis: Sequence[Ci], related: Related) -> list[Ci]:
    relations = await store.relations_of([ci.uid for ci in cis], related.direction, [related.type])
    pairs = [(one.source, one.target) if related.direction == "out" else (one.target, one.source) for one in relations]
    others = sorted({other for _, other in pairs})
    good: set[str] = set()
    for start in range(0, len(others), MAX_PAGE):
        query: Query = related.query(tuple(others[start : start + MAX_PAGE]))
        good.update(one.uid for one in (await store.page(msgspec.structs.replace(query, sort="uid"))).items)
    having = {uid for uid, other in pairs if other in good}
    return [ci for ci in cis if (ci.uid in having) == related.exists]

"""Which relations people and imports may state: declared ones, with the properties that their rule reads, and in no circle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cmdb.model import Ci, Value, relation_between
from cmdb.model.rules import KOfN
from cmdb.stores.port import GraphStore
from dcsim.errors import InvalidArgument

MOST_NEEDED: Final = 1_000_000
MAX_WALK: Final = 10_000
"""CIs that are looked at for a circle."""
MAY_CIRCLE: Final = frozenset({("Application", "DEPENDS_ON", "Application")})
"""Applications may call one another (`cmdb.model.relations`)."""


def checked_link(source: Ci, verb: str, target: Ci, properties: Mapping[str, Any]) -> dict[str, Value]:
    """The relation's properties.  Raises InvalidArgument for a relation or property that is not declared."""
    declared = relation_between(source.cls, verb, target.cls)
    rule = declared.impact
    known = {rule.group_by, rule.needed} if isinstance(rule, KOfN) else set[str]()
    for name in properties:
        if name not in known:
            has = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise InvalidArgument(f"{verb} has no property {name!r}; {has}.", field=f"properties.{name}")
    if isinstance(rule, KOfN):
        _check_needed(rule, properties)
    return dict(properties)


def _check_needed(rule: KOfN, properties: Mapping[str, Any]) -> None:
    needed, group = properties.get(rule.needed, 1), properties.get(rule.group_by, "")
    if isinstance(needed, bool) or not isinstance(needed, int) or not 1 <= needed <= MOST_NEEDED:
        raise InvalidArgument(f"{rule.needed}: how many are needed is an integer from 1.", field=f"properties.{rule.needed}")
    if not isinstance(group, str) or "\0" in group:
        raise InvalidArgument(f"{rule.group_by}: a text.", field=f"properties.{rule.group_by}")


async def check_circle(store: GraphStore, source: Ci, verb: str, target: Ci) -> None:
    """Raise InvalidArgument when the relation would close a circle of its kind, which only applications may."""
    if source.uid == target.uid:
        raise InvalidArgument(f"{source.name} cannot be related to itself.", field="target")
    if (source.cls, verb, target.cls) in MAY_CIRCLE:
        return
    seen, level = {target.uid}, [target.uid]
    while level and len(seen) < MAX_WALK:
        ends = {relation.target for relation in await store.relations_of(level, "out", [verb])}
        if source.uid in ends:
            raise InvalidArgument(f"{target.name} leads to {source.name} by {verb} already: that would be a circle.", field="target")
        level = sorted(ends - seen)
        seen |= ends

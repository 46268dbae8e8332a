"""What many CIs stand on, within some steps: for whoever looks for the common cause of several alarms."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from cmdb.impact.report import CiRef, ref
from cmdb.impact.view import View
from cmdb.stores.port import GraphStore


class Ancestor(msgspec.Struct, frozen=True):
    """A CI that is needed, so many steps away at least."""

    ci: CiRef
    hops: int


async def ancestors_of(store: GraphStore, uids: Collection[str], hops: int) -> dict[str, list[Ancestor]]:
    """uid → everything that it needs within so many steps along relations that failures spread by, nearest first, then by uid.

    Raises NotFound for an unknown CI.
    """
    view = View(store)
    await view.known(uids)
    await view.expand(uids, through=True)
    found: dict[str, list[Ancestor]] = {}
    for uid in uids:
        near, level = {uid: 0}, {uid}
        for step in range(1, hops + 1):
            level = {need.target for one in level for need in view.needs_of(one)} - near.keys()
            near.update(dict.fromkeys(level, step))
        found[uid] = [Ancestor(ref(view.cis[one]), step) for one, step in sorted(near.items(), key=lambda pair: pair[::-1]) if step]
    return found

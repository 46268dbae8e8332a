"""Read from the graph what decides about restarts beside capacity: who has which storage and networks, and the resource pools."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from cmdb.impact.failover import Surroundings, demands_of, number
from cmdb.impact.pools import Pools
from cmdb.impact.view import View
from cmdb.model import Ci
from cmdb.model.rules import Capacity

NEEDS: Final = ("STORED_ON", "USES", "ATTACHED_TO", "MEMBER_OF")
HAS: Final = ("MOUNTS", "CARRIES")
REACHED: Final = frozenset({"Datastore", "Network"})


async def surroundings(
    view: View, rule: Capacity, cluster: str, survivors: Sequence[Ci], vms: Sequence[str], gone: Collection[str]
) -> Surroundings:
    """For restarts of *vms* on *survivors*; *gone* are all VMs that are not on any more, whose promises are free again.

    What no host is said to have, such as a network of which nobody says where it is, is taken to be everywhere.
    """
    needed = await _needed(view, vms)
    wanted = {uid for found in needed.values() for uid in found}
    stated = await view.links(wanted, "in", HAS)
    offered: dict[str, set[str]] = {host.uid: set() for host in survivors}
    for one in stated:
        if one.source in offered:
            offered[one.source].add(one.target)
    somewhere = {one.target for one in stated}
    pool_of = await _pools_of(view, {*vms, *gone})
    pools = await _pools(view, rule, cluster, survivors)
    for uid in gone:
        if uid in pool_of:
            pools.promise(pool_of[uid], demands_of(rule, view.cis[uid]), -1)
    return Surroundings({uid: found & somewhere for uid, found in needed.items()}, offered, pool_of, pools)


async def _needed(view: View, vms: Sequence[str]) -> dict[str, set[str]]:
    """VM → the datastores of its files, its disks' too, and its networks."""
    needed: dict[str, set[str]] = {uid: set() for uid in vms}
    disks: dict[str, str] = {}
    for one in await view.links(vms, "out", NEEDS):
        target = view.cis.get(one.target)
        if target is not None and target.cls in REACHED:
            needed[one.source].add(one.target)
        elif one.type == "USES":
            disks[one.target] = one.source
    for one in await view.links(disks, "out", ("STORED_ON",)):
        needed[disks[one.source]].add(one.target)
    return needed


async def _pools_of(view: View, vms: Collection[str]) -> dict[str, str]:
    links = await view.links(vms, "out", ("MEMBER_OF",))
    return {one.source: one.target for one in links if one.target in view.cis and view.cis[one.target].cls == "ResourcePool"}


async def _pools(view: View, rule: Capacity, cluster: str, survivors: Sequence[Ci]) -> Pools:
    """The pools below a cluster, and what its survivors supply to the root."""
    pools: dict[str, Ci] = {}
    parents: dict[str, str] = {}
    level = [cluster]
    while level:
        found = [one for one in await view.links(level, "in", ("PART_OF",)) if one.source in view.cis and one.source not in pools]
        pools |= {one.source: view.cis[one.source] for one in found}
        parents |= {one.source: one.target for one in found if one.target != cluster}
        level = [one.source for one in found]
    supplies = [[number(host, name) for host in survivors] for name in rule.supply]
    return Pools(pools, parents, [float("inf") if None in found else sum(one or 0 for one in found) for found in supplies])

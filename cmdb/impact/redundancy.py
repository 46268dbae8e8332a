"""Which groups a CI stands in for others in, and how many of each may still fail."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from cmdb.impact.condition import Baseline
from cmdb.impact.judging import needed_of
from cmdb.impact.report import CiRef, ref
from cmdb.impact.states import State
from cmdb.impact.view import Need, View
from cmdb.model.rules import AnyOf, KOfN
from cmdb.stores.port import GraphStore


class Group(msgspec.Struct, frozen=True):
    """CIs that stand in for one another for ``dependant``, by the ``rule`` (ANY_OF, K_OF_N, CAPACITY) in the group or tier ``name``.

    ``up`` are those that work (degraded ones too), ``down`` those that do not, or are assumed not to.  ``may_fail`` says how many more can
    go before the dependant is down: of a cluster, hosts, whatever room the last one has.
    """

    dependant: CiRef
    rule: str
    name: str
    up: tuple[CiRef, ...]
    down: tuple[CiRef, ...]
    needed: int
    may_fail: int


async def redundancy_of(store: GraphStore, uids: Collection[str], *, spent: Collection[str] = ()) -> dict[str, list[Group]]:
    """uid → the groups that the CI belongs to, by dependant; *spent* count as down.  Raises NotFound for an unknown CI."""
    view = View(store)
    baseline = Baseline(view)
    await view.known([*uids, *spent])
    dependants = await view.reach(uids)
    baseline.settle(await view.expand([*dependants, *uids]))
    await view.find_homes(uid for uid in uids if view.supplies(uid))
    members = {host for found in view.members.values() for host in found}
    baseline.settle(await view.expand(members))
    groups: dict[str, list[Group]] = {uid: [] for uid in uids}
    for owner, rule, name, needs in _grouped(view, dependants):
        ends = [need.target if owner == need.relation.source else need.relation.source for need in needs]
        lost = [uid for uid in ends if uid in spent or baseline.state(uid) is State.DOWN]
        left, needed = [uid for uid in ends if uid not in lost], needed_of(needs)
        up, down = (tuple(ref(view.cis[uid]) for uid in those) for those in (left, lost))
        found = Group(ref(view.cis[owner]), rule, name, up, down, needed, max(len(left) - needed, 0))
        for uid in groups.keys() & set(ends):
            groups[uid].append(found)
    return groups


def _grouped(view: View, dependants: Sequence[str]) -> Iterator[tuple[str, str, str, list[Need]]]:
    """Whose group, its rule, its name, and the needs that it is made of."""
    for owner in sorted(dependants):
        found: dict[tuple[str, str], list[Need]] = {}
        for need in view.needs_of(owner):
            match need.rule:
                case AnyOf(group=name):
                    found.setdefault((need.rule.code, name), []).append(need)
                case KOfN(group_by=key):
                    found.setdefault((need.rule.code, str(need.relation.properties.get(key, ""))), []).append(need)
                case _:
                    pass
        yield from ((owner, rule, name, needs) for (rule, name), needs in found.items())
    for cluster, members in sorted(view.members.items()):
        if members:
            yield cluster, "CAPACITY", "hosts", list(members.values())

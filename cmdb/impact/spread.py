"""How a failure spreads, a level at a time: only from what really got worse, so that redundancy ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from cmdb.impact.condition import Assumption, Baseline
from cmdb.impact.failover import DISABLED, Place, Room, demands_of, in_order, place, room, usable
from cmdb.impact.judging import Cause, Verdict
from cmdb.impact.states import State, is_observed
from cmdb.impact.surroundings import surroundings
from cmdb.impact.view import Need, View
from cmdb.model import Ci
from cmdb.model.rules import Capacity, Restart

SLICE: Final = 200
"""After how many judgements others get their turn on the event loop."""


class Spread:
    """One what-if: some CIs fail together.  *scope*, where given, is all that anybody wants to know about."""

    def __init__(self, view: View, baseline: Baseline, scope: frozenset[str] | None = None) -> None:
        self._view = view
        self._baseline = baseline
        self._scope = scope
        self._dead: dict[str, None] = {}
        self._handled: set[str] = set()
        self._seeds: frozenset[str] = frozenset()
        self.assumption = Assumption(view, baseline)
        self.rooms: dict[str, Room] = {}
        """What is left of each cluster that lost hosts."""

    async def run(self, failed: Iterable[str]) -> None:
        """Let these be down and follow what comes of it.  Raises NotFound for an unknown one."""
        seeds = list(dict.fromkeys(failed))
        await self._view.known(seeds)
        self._seeds = frozenset(seeds)
        level = [uid for uid in seeds if self.assumption.worsen(uid, Verdict(State.DOWN))]
        level += await self._fail_members(seeds)
        while level:
            self._dead.update((uid, None) for uid in level if self.assumption.state(uid) is State.DOWN)
            level = await self._follow(level) or await self._fail_over()

    async def _fail_members(self, seeds: list[str]) -> list[str]:
        """A cluster is nothing but its hosts: it fails with all of them."""
        clusters = [uid for uid in seeds if self._view.lives_off_members(uid)]
        await self._view.find_members(clusters)
        found = []
        for cluster in clusters:
            for host, need in self._view.members[cluster].items():
                cause = Cause(need, f"fails with all of {self._view.name_of(cluster)}")
                if self.assumption.worsen(host, Verdict(State.DOWN, cause)):
                    found.append(host)
        return found

    async def _follow(self, level: list[str]) -> list[str]:
        """The dependants that get worse because of these."""
        candidates = await self._view.reach(level)
        if self._scope is not None:
            candidates = [uid for uid in candidates if uid in self._scope]
        cis = self._view.cis
        self._baseline.settle(await self._view.expand(uid for uid in candidates if not is_observed(cis[uid])))
        worse = []
        for number, uid in enumerate(candidates):
            if self.assumption.review(uid):
                worse.append(uid)
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)
        return worse

    # -- high availability ------------------------------------------------------------------------------------------------------

    async def _fail_over(self) -> list[str]:
        """What becomes of clusters whose hosts died, and of the VMs that ran there; nothing the second time."""
        lost = [uid for uid in self._dead if uid not in self._handled]
        self._handled.update(lost)
        stranded = {uid: need for host in lost for uid, need in self._stranded(host)}
        clusters = await self._view.find_homes([uid for uid in lost if self._view.supplies(uid)])
        clusters |= await self._view.find_homes(stranded)
        worse = [cluster for cluster in sorted(clusters) if self._weaken(cluster)]
        by_cluster: dict[str, list[str]] = {}
        for uid in stranded:
            by_cluster.setdefault(self._view.home.get(uid, ""), []).append(uid)
        for cluster, uids in by_cluster.items():
            verdicts = await self._restarts(cluster, {uid: stranded[uid] for uid in uids})
            worse += [uid for uid, verdict in verdicts.items() if self._concerns(uid) and self.assumption.worsen(uid, verdict)]
            await asyncio.sleep(0)
        return worse

    def _stranded(self, host: str) -> Iterable[tuple[str, Need]]:
        """The VMs that ran on a host, other than those that are down anyway."""
        for uid in self._view.dependants.get(host, ()):
            for need in self._view.needs_of(uid):
                if need.target == host and isinstance(need.rule, Restart) and self.assumption.state(uid) is not State.DOWN:
                    yield uid, need

    def _concerns(self, uid: str) -> bool:
        return self._scope is None or uid in self._scope

    def _weaken(self, cluster: str) -> bool:
        """A cluster with fewer hosts; answers whether it got worse."""
        members = self._view.members[cluster]
        gone = [need for host, need in members.items() if host in self._dead]
        if not gone:
            return False
        survivors = self._survivors(cluster)
        rule = self._capacity(cluster)
        lost = [self._view.cis[need.relation.source] for need in gone]
        found = self.rooms[cluster] = room(rule, survivors, lost)
        state = State.DEGRADED if survivors else State.DOWN
        short = f"; short of {', '.join(found.short)}" if found.short else ""
        reason = f"{len(survivors)} of {len(members)} hosts left{short}{self._admission(cluster, len(gone))}"
        return self.assumption.worsen(cluster, Verdict(state, Cause(gone[0], reason)))

    def _admission(self, cluster: str, gone: int) -> str:
        known = self._view.cis[cluster].attributes
        tolerated = known.get("failures_to_tolerate")
        if not known.get("admission_control") or not isinstance(tolerated, int):
            return ""
        return f"; admission control keeps room for {tolerated} lost, {gone} lost"

    def _survivors(self, cluster: str) -> list[Ci]:
        hosts = [self._view.cis[uid] for uid in self._view.members.get(cluster, ())]
        return [host for host in hosts if self.assumption.state(host.uid) is not State.DOWN and usable(host)]

    def _capacity(self, cluster: str) -> Capacity:
        """The rule by which the cluster lives off its hosts."""
        return next((need.rule for need in self._view.members[cluster].values() if isinstance(need.rule, Capacity)), Capacity())

    async def _restarts(self, cluster: str, stranded: dict[str, Need]) -> dict[str, Verdict]:
        """What becomes of VMs of one cluster (or, with an empty one, of none)."""
        name = self._view.name_of(cluster) if cluster else ""
        verdicts: dict[str, Verdict] = {}
        candidates: list[Ci] = []
        for uid, need in stranded.items():
            vm, host = self._view.cis[uid], self._view.name_of(need.target)
            if not self._restarted(cluster, need):
                why = f"{name} has no high availability" if cluster else "it is in no cluster"
                verdicts[uid] = _down(need, f"ran on {host}, and {why}")
            elif vm.attributes.get("restart_priority") == DISABLED:
                verdicts[uid] = _down(need, f"ran on {host}, and is excluded from restarts")
            else:
                candidates.append(vm)
        if not candidates:
            return verdicts
        placed = await self._placed(cluster, candidates)
        for vm in candidates:
            need = stranded[vm.uid]
            if vm.uid in placed:
                reason = f"ran on {self._view.name_of(need.target)}; {name} has room to restart it, e.g. on {placed[vm.uid]}"
                verdicts[vm.uid] = Verdict(State.DEGRADED, Cause(need, reason))
            else:
                verdicts[vm.uid] = _down(need, f"ran on {self._view.name_of(need.target)}; no host left of {name} has room for it")
        return verdicts

    async def _placed(self, cluster: str, candidates: list[Ci]) -> dict[str, str]:
        """VM → the name of the host that it restarts on."""
        survivors, rule = self._survivors(cluster), self._capacity(cluster)
        if not survivors:
            return {}
        lost = [host for host in self._view.members[cluster] if host in self._dead]
        gone = {uid for host in lost for uid in self._running_on(host)}
        places = {host.uid: Place(rule, host) for host in survivors}
        for one in await self._view.links(self._failed_vms(), "out", ("RUNS_ON",)):
            gone.add(one.source)
            if one.target in places:
                vm = self._view.cis[one.source]
                places[one.target].take(vm, demands_of(rule, vm), -1)
        around = await surroundings(self._view, rule, cluster, survivors, [vm.uid for vm in candidates], gone)
        default = str(self._view.cis[cluster].attributes.get("restart_priority", ""))
        return place(rule, in_order(candidates, default), list(places.values()), around)

    def _failed_vms(self) -> list[str]:
        """The VMs that were on and are among what fails: their hosts have their room again."""
        cis = self._view.cis
        return [uid for uid in self._seeds if cis[uid].cls == "VirtualMachine" and cis[uid].attributes.get("power", "on") == "on"]

    def _running_on(self, host: str) -> list[str]:
        """The VMs that are on there, of those that are known."""
        return [
            uid
            for uid in self._view.dependants.get(host, ())
            if self._view.cis[uid].attributes.get("power", "on") == "on"
            and any(need.target == host and isinstance(need.rule, Restart) for need in self._view.needs_of(uid))
        ]

    def _restarted(self, cluster: str, need: Need) -> bool:
        known = self._view.cis[cluster].attributes if cluster else {}
        return isinstance(need.rule, Restart) and known.get(need.rule.switch) is True


def _down(need: Need, reason: str) -> Verdict:
    return Verdict(State.DOWN, Cause(need, reason))

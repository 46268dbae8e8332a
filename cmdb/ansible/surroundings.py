"""What groups are made of besides hosts: clusters, projects, applications and services.  Few; held in memory for one inventory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from cmdb.model import Ci, Relation
from cmdb.stores.port import MAX_PAGE, Query
from cmdb.stores.snapshot import Snapshot

CLASSES: Final = ("Datacenter", "Cluster", "Hypervisor", "Project", "Team", "Application", "BusinessService")
VERBS: Final = ("MEMBER_OF", "OWNED_BY", "RUNS_ON", "LOCATED_IN", "NEEDS", "DEPENDS_ON")
_PORTION: Final = 300


class Surroundings:
    """Their names, who is on which host and in which cluster, and which business service stands on which application."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, str]] = {}
        self._services: dict[str, set[str]] = {}
        self._clusters: dict[str, str] = {}

    @classmethod
    async def of(cls, snapshot: Snapshot) -> Surroundings:
        """Read them."""
        made = cls()
        for name in CLASSES:
            async for found in snapshot.cis(Query(cls=name, limit=MAX_PAGE)):
                made.known.update((ci.uid, (ci.cls, ci.name)) for ci in found)
        services = [uid for uid, (name, _) in made.known.items() if name in {"Application", "BusinessService"}]
        for relation in await _relations(snapshot, services, ("DEPENDS_ON",)):
            made._services.setdefault(relation.target, set()).add(relation.source)
        hosts = [uid for uid, (name, _) in made.known.items() if name == "Hypervisor"]
        for relation in await _relations(snapshot, hosts, ("MEMBER_OF",)):
            if made.class_of(relation.target) == "Cluster":
                made._clusters[relation.source] = relation.target
        return made

    def class_of(self, uid: str) -> str:
        """The class of one of them; empty for others."""
        return self.known.get(uid, ("", ""))[0]

    def name_of(self, uid: str) -> str:
        """The name of one of them."""
        return self.known[uid][1]

    def cluster_of(self, host: str) -> str | None:
        """The uid of the cluster of a hypervisor."""
        return self._clusters.get(host)

    def services_on(self, applications: Iterable[str]) -> set[str]:
        """The names of the business services that stand on these applications, also through others."""
        reached, edge = set(applications), list(applications)
        while edge:
            beyond = self._services.get(edge.pop(), set()) - reached
            reached |= beyond
            edge.extend(beyond)
        return {self.name_of(uid) for uid in reached if self.class_of(uid) == "BusinessService"}


async def relations_by_host(snapshot: Snapshot, hosts: Sequence[Ci]) -> dict[str, list[Relation]]:
    """The relations at some hosts that groups are made of, each under the host's uid."""
    uids = [ci.uid for ci in hosts]
    found: dict[str, list[Relation]] = {uid: [] for uid in uids}
    for one in await snapshot.relations_of(uids, "both", VERBS):
        for end in (one.source, one.target):
            if end in found:
                found[end].append(one)
    return found


async def _relations(snapshot: Snapshot, uids: Sequence[str], verbs: Sequence[str]) -> list[Relation]:
    found = []
    for start in range(0, len(uids), _PORTION):
        found += await snapshot.relations_of(uids[start : start + _PORTION], "out", verbs)
    return found

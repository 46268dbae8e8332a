"""The impact of CIs of every kind in a graph of 50,000 CIs and 150,000 relations, in both stores.

The graph has eight sites: power on two feeds, two fabrics, chassis of eight blades, clusters of sixteen hosts, an array with datastores of
250 VMs, applications and business services.  A sample is the slowest of all CIs of the kind that are asked for, each with a view of its
own: nothing is remembered from one question to the next.  The first round, with other CIs, is not counted: a server that has just
started plans and compiles first.  Repeat with ``python -m benchmarks.cmdb.impact``.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.cmdb.plant import AT, BATCH
from benchmarks.measuring import Bound, arguments, line, percentile
from cmdb.impact import impact_of, needs_of
from cmdb.model import Ci, Relation, Value
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.neo4j import Neo4jStore, Server
from cmdb.stores.port import Batch, GraphStore
from tests.graph_database import graph_database, missing

SITES = 8
VMS = 14_850
VMS_A_HOST = 25
BLADES_A_CHASSIS = 8
HOSTS_A_CLUSTER = 16
VMS_A_DATASTORE = 250
VMS_AN_APPLICATION = 6
MOST_MS = 300
KINDS = {
    "feed": 8, "switch": 8, "fi": 8, "iom": 8, "psu": 8, "chassis": 8, "blade": 8, "host": 16, "vm": 32, "disk": 8, "port": 8,
    "datastore": 8, "lun": 8, "network": 8, "cluster": 8, "array": 8, "dvs": 8, "profile": 8, "app": 8,
}  # fmt: skip
"""How many of each kind are asked for in a repetition."""
GIB = 1 << 30


def main() -> None:
    """Fill the store, then ask."""
    parser = arguments(__doc__)
    parser.add_argument("--store", choices=("embedded", "neo4j"), default="", help="only this one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        stores: dict[str, GraphStore] = {"embedded": EmbeddedStore(folder / "cmdb.db")}
        if given.store != "embedded" and not missing():
            stores["neo4j"] = Neo4jStore(Server(stack.enter_context(graph_database(folder / "server", optimised=True)).url))
        for store, opened in stores.items():
            if given.store in {store, ""}:
                asyncio.run(_measure(opened, "cmdb.impact" if store == "embedded" else f"cmdb.impact.{store}", given.repetitions))


async def _measure(store: GraphStore, figure: str, repetitions: int) -> None:
    await store.open()
    grown = Grown()
    for batch in grown.batches():
        await store.apply(batch)
    sizes = {"cis": len(grown.cis), "relations": len(grown.relations)}
    kinds: dict[str, list[str]] = {}
    for ci in grown.cis:
        kinds.setdefault(ci.uid.partition("-")[0], []).append(ci.uid)
    rounds = [await _round(store, kinds, repetition) for repetition in range(-1, repetitions)][1:]
    worst = {f"worst_{kind}": max(max(one[kind]) for one in rounds) for kind in KINDS}
    everything = [took for one in rounds for several in one.values() for took in several]
    line(
        figure,
        "ms",
        [max(max(several) for several in one.values()) for one in rounds],
        bound=Bound(most=MOST_MS),
        more={**sizes, "p50": percentile(everything, 50), "p95": percentile(everything, 95), **worst},
    )
    upstream = []
    for repetition in range(-1, repetitions):
        begun = time.perf_counter()
        await needs_of(store, kinds["app"][repetition * 101 % len(kinds["app"])])
        upstream.append((time.perf_counter() - begun) * 1e3)
    line(f"{figure}.upstream", "ms", upstream[1:], bound=Bound(most=MOST_MS), more=sizes)
    await store.close()


async def _round(store: GraphStore, kinds: dict[str, list[str]], repetition: int) -> dict[str, list[float]]:
    """Milliseconds of each question, by kind."""
    found: dict[str, list[float]] = {}
    for kind, count in KINDS.items():
        known = kinds[kind]
        for number in range(min(count, len(known))):
            uid = known[(repetition * 7919 + number * 104_729) % len(known)]
            begun = time.perf_counter()
            await impact_of(store, [uid])
            found.setdefault(kind, []).append((time.perf_counter() - begun) * 1e3)
    return found


class Grown:
    """The graph: uids say the kind and the number."""

    def __init__(self) -> None:
        self.cis: list[Ci] = []
        self.relations: list[Relation] = []
        self._ci("team-0", "Team")
        for site in range(SITES):
            self._site(site)
        hosts = VMS // VMS_A_HOST
        for number in range(hosts):
            self._host(number, number * SITES // hosts)
        for number in range(VMS):
            self._vm(number, number * SITES // VMS)

    def batches(self) -> Iterator[Batch]:
        """Everything, things first."""
        yield from (Batch(upserts=self.cis[start : start + BATCH]) for start in range(0, len(self.cis), BATCH))
        yield from (Batch(related=self.relations[start : start + BATCH]) for start in range(0, len(self.relations), BATCH))

    def _ci(self, uid: str, cls: str, **attributes: Value) -> None:
        self.cis.append(Ci(uid=uid, cls=cls, name=uid, attributes=attributes, created=AT, changed=AT))

    def _needs(self, source: str, verb: str, target: str, **properties: Value) -> None:
        self.relations.append(Relation(source, verb, target, properties, ("engine",)))

    def _site(self, site: int) -> None:
        self._ci(f"array-{site}", "StorageArray", operable=True)
        self._ci(f"dvs-{site}", "DistributedSwitch")
        for leg in "AB":
            self._ci(f"feed-{site}{leg}", "PowerFeed", energised=True)
            self._ci(f"switch-{site}{leg}", "Switch", operable=True)
            self._ci(f"fi-{site}{leg}", "FabricInterconnect", operable=True)
            for uplink in range(2):
                self._ci(f"uplink-{site}{leg}{uplink}", "FabricPort", operable=True)
                self._needs(f"fi-{site}{leg}", "UPLINKS_BY", f"uplink-{site}{leg}{uplink}")
                self._needs(f"uplink-{site}{leg}{uplink}", "UPLINKS_TO", f"switch-{site}{leg}")

    def _host(self, number: int, site: int) -> None:
        chassis, cluster = number // BLADES_A_CHASSIS, number // HOSTS_A_CLUSTER
        if number % BLADES_A_CHASSIS == 0:
            self._chassis(chassis, site)
        if number % HOSTS_A_CLUSTER == 0:
            self._ci(f"cluster-{cluster}", "Cluster", ha_enabled=True, admission_control=True, failures_to_tolerate=1)
        self._ci(f"profile-{number}", "ServiceProfile")
        self._ci(f"blade-{number}", "Blade", power="on", operable=True)
        self._ci(
            f"host-{number}", "Hypervisor", running=True, connection="connected", cpu_mhz=72_000, memory_bytes=512 * GIB,
            cpu_reserved_mhz=0, memory_reserved_bytes=VMS_A_HOST * GIB,
        )  # fmt: skip
        self._needs(f"blade-{number}", "MOUNTED_IN", f"chassis-{chassis}")
        self._needs(f"blade-{number}", "IDENTIFIED_BY", f"profile-{number}")
        self._needs(f"host-{number}", "RUNS_ON", f"blade-{number}")
        self._needs(f"host-{number}", "MEMBER_OF", f"cluster-{cluster}")

    def _chassis(self, number: int, site: int) -> None:
        name = f"chassis-{number}"
        self._ci(name, "Chassis")
        for slot in range(4):
            self._ci(f"psu-{number}{slot}", "PowerSupply", operable=True)
            self._needs(name, "POWERED_BY", f"psu-{number}{slot}")
            self._needs(f"psu-{number}{slot}", "FED_BY", f"feed-{site}{'AB'[slot % 2]}")
        for leg in "AB":
            self._ci(f"iom-{number}{leg}", "IoModule", operable=True)
            self._needs(f"iom-{number}{leg}", "UPLINKS_TO", f"fi-{site}{leg}")
            self._needs(name, "CONNECTED_BY", f"iom-{number}{leg}")

    def _vm(self, number: int, site: int) -> None:
        vm, store, host, app = f"vm-{number}", number // VMS_A_DATASTORE, number // VMS_A_HOST, number // VMS_AN_APPLICATION
        if number % VMS_A_DATASTORE == 0:
            self._ci(f"datastore-{store}", "Datastore", accessible=True)
            self._ci(f"lun-{store}", "Lun")
            self._ci(f"network-{store}", "Network")
            self._needs(f"datastore-{store}", "BACKED_BY", f"lun-{store}")
            self._needs(f"lun-{store}", "PART_OF", f"array-{site}")
            self._needs(f"network-{store}", "PART_OF", f"dvs-{site}")
        if number % VMS_AN_APPLICATION == 0:
            self._ci(f"app-{app}", "Application", criticality=2)
            if app % 5 == 0:
                self._ci(f"service-{app // 5}", "BusinessService", criticality=app % 4 + 1)
            self._needs(f"service-{app // 5}", "DEPENDS_ON", f"app-{app}")
        self._ci(
            vm, "VirtualMachine", power="on", cpus=2, memory_bytes=4 * GIB, memory_reserved_bytes=GIB, cpu_reserved_mhz=0, owner="vsphere",
            hostname=f"shop-web-{number}.example", guest_id="debian12_64Guest",
        )  # fmt: skip
        self._ci(f"disk-{number}", "Disk", capacity_bytes=16 * GIB)
        self._ci(f"port-{number}", "NetworkPort", connected=True)
        targets = [
            ("RUNS_ON", f"host-{host}"), ("MEMBER_OF", f"cluster-{host // HOSTS_A_CLUSTER}"), ("STORED_ON", f"datastore-{store}"),
            ("USES", f"disk-{number}"), ("CONNECTED_BY", f"port-{number}"), ("ATTACHED_TO", f"network-{store}"), ("OWNED_BY", "team-0"),
        ]  # fmt: skip
        for verb, target in targets:
            self._needs(vm, verb, target)
        self._needs(f"disk-{number}", "STORED_ON", f"datastore-{store}")
        self._needs(f"port-{number}", "ATTACHED_TO", f"network-{store}")
        self._needs(f"app-{app}", "NEEDS", vm, tier=("web", "db")[number % 2], needed=2)


if __name__ == "__main__":
    main()

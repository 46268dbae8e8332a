"""The favourites of the Neo4j Browser, run on a real Neo4j that `dcsim up` fills; what they answer is what the CMDB's own API says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from neo4j import GraphDatabase

from cmdb.browser.files import favourites
from cmdb.model import Ci, Claim, Relation
from cmdb.stores.neo4j import Neo4jStore, Server
from cmdb.stores.port import Batch
from tests.clients.cmdb.test_rest import call, filled, items
from tests.clients.harness import Datacenter, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Desk:
    """Somebody at the Browser."""

    def __init__(self, datacenter: Datacenter) -> None:
        self.datacenter = datacenter
        url = datacenter.settings["DCSIM_CMDB__NEO4J_URL"]
        self._driver = GraphDatabase.driver(url, notifications_min_severity="OFF")  # labels that this small world does not have

    def close(self) -> None:
        """Leave."""
        self._driver.close()

    def run(self, number: int, **parameters: str) -> list[dict[str, Any]]:
        """The rows of a favourite."""
        one = favourites()[number - 1]
        assert set(one.parameters) == set(parameters)
        found = self._driver.execute_query(one.statement, parameters, routing_="r")
        return [dict(record) for record in found.records]

    def api(self, path: str) -> Any:
        """What the CMDB says."""
        status, body = call(self.datacenter, "GET", path)
        assert status == 200, body
        return body

    def related(self, uid: str, verb: str, direction: str) -> set[str]:
        """The uids at the other ends of relations."""
        far = "target" if direction == "out" else "source"
        found = self.api(f"/cmdb/cis/{uid}/relations?direction={direction}")
        return {one[far] for one in found if one["type"] == verb}


@pytest.fixture(scope="module")
def desk(on_neo4j: Datacenter) -> Iterator[Desk]:
    """One, once the graph is there."""
    filled(on_neo4j)
    made = Desk(on_neo4j)
    yield made
    made.close()


def named(desk: Desk, cls: str) -> list[dict[str, Any]]:
    """The CIs of a class."""
    return items(desk.datacenter, f"class={cls}&limit=1000&sort=name")


def put(desk: Desk, batch: Batch) -> None:
    """Write into the graph beside the projection."""

    async def write() -> None:
        store = Neo4jStore(Server(desk.datacenter.settings["DCSIM_CMDB__NEO4J_URL"]))
        await store.open()
        await store.apply(batch)
        await store.close()

    asyncio.run(write())


@pytest.mark.parametrize(
    "cls",
    [
        "PowerFeed",
        "Switch",
        "FabricInterconnect",
        "Chassis",
        "IoModule",
        "Blade",
        "Hypervisor",
        "StorageArray",
        "VirtualMachine",
        "Application",
    ],
)
def test_the_blast_radius_is_what_the_cmdb_says(desk: Desk, cls: str) -> None:
    for failed in named(desk, cls)[:4]:
        rows = desk.run(1, ci=failed["uid"])
        impact = desk.api(f"/cmdb/cis/{failed['uid']}/impact")
        down = {one["ci"]["uid"] for one in impact["affected"] if one["after"] == "down"} | {failed["uid"]}
        assert {row["hit"]["uid"] for row in rows if not row["restarts"]} - {failed["uid"]} == down - {failed["uid"]}, failed["name"]
        restarted = {one["ci"]["uid"] for one in impact["affected"] if "restart" in one["reason"] and one["after"] == "degraded"}
        assert {row["hit"]["uid"] for row in rows if row["restarts"]} == restarted, failed["name"]


def test_the_services_on_a_host(desk: Desk) -> None:
    for host in named(desk, "Hypervisor"):
        rows = desk.run(2, ci=host["name"])
        vms = desk.related(host["uid"], "RUNS_ON", "in")
        applications = {app for vm in vms for app in desk.related(vm, "NEEDS", "in")}
        services = {service for app in applications for service in desk.related(app, "DEPENDS_ON", "in")}
        paths = [path for row in rows for path in (row["path"], row["upward"]) if path is not None]
        assert {node["uid"] for path in paths for node in path.nodes} - {host["uid"]} == vms | applications | services


def test_single_points_of_failure(desk: Desk) -> None:
    rows = desk.run(3)
    found = {(row["uid"], app) for row in rows for app in row["applications"]}
    expected = set()
    for app in named(desk, "Application"):
        needs = desk.api(f"/cmdb/cis/{app['uid']}/needs")
        expected |= {(one["uid"], app["name"]) for one in needs["single_points"]}
    assert expected
    assert found == expected


def test_vms_that_share_an_array(desk: Desk) -> None:
    rows = {row["uid"]: row for row in desk.run(4)}
    assert rows
    for array in named(desk, "StorageArray"):
        luns = desk.related(array["uid"], "PART_OF", "in")
        stores = {store for lun in luns for store in desk.related(lun, "BACKED_BY", "in")}
        stored = {one for store in stores for one in desk.related(store, "STORED_ON", "in")}
        names = {one["uid"]: one["name"] for one in named(desk, "VirtualMachine")}
        users = {vm for one in stored - set(names) for vm in desk.related(one, "USES", "in")}
        expected = {names[uid] for uid in (stored & set(names)) | users}
        assert set(rows.get(array["uid"], {"vms": []})["vms"]) == expected


def test_redundancy_that_is_spent(desk: Desk) -> None:
    supply = next(one for one in named(desk, "PowerSupply") if desk.related(one["uid"], "POWERED_BY", "in"))
    (whole,) = desk.related(supply["uid"], "POWERED_BY", "in")
    before = {row["uid"] for row in desk.run(5)}
    uid = next(claim["key"] for claim in supply["sources"].values())
    fault = desk.datacenter.rest("POST", "/sim/inject/psu-failure", {"subject": uid})
    try:
        rows = wait_until(lambda: [row for row in desk.run(5) if row["uid"] == whole], "the chassis has lost redundancy")
        assert whole not in before
        (row,) = rows
        assert (row["by"], row["lost"], row["left"] > 0) == ("POWERED_BY", [supply["name"]], True)
    finally:
        desk.datacenter.rest("DELETE", f"/sim/faults/{fault['uid']}")


def test_the_path_between_two(desk: Desk) -> None:
    vm, blade = named(desk, "VirtualMachine")[0], named(desk, "Blade")[0]
    (row,) = desk.run(6, ci=vm["name"], other=blade["uid"])
    nodes = [node["uid"] for node in row["path"].nodes]
    assert (nodes[0], nodes[-1]) == (vm["uid"], blade["uid"])
    for one, other in pairwise(nodes):
        ends = {(relation["source"], relation["target"]) for relation in desk.api(f"/cmdb/cis/{one}/relations?direction=both")}
        assert {(one, other), (other, one)} & ends


def test_what_is_stale(desk: Desk) -> None:
    old = datetime(2001, 1, 1, tzinfo=UTC)
    put(
        desk,
        Batch(upserts=[Ci(uid="old", cls="Switch", name="forgotten", sources={"import": Claim("k", 1, {})}, created=old, changed=old)]),
    )
    rows = {row["source"]: row for row in desk.run(7)}
    assert (rows["import"]["cis"], rows["import"]["stale"], rows["import"]["examples"]) == (1, 1, ["forgotten"])
    everything = [one for cls in ("CI",) for one in named(desk, cls)]
    for source in ("engine", "ucs", "vsphere"):
        assert rows[source]["cis"] == sum(source in one["sources"] for one in everything)
    put(desk, Batch(removals=["old"]))


def test_orphans(desk: Desk) -> None:
    now = datetime.now(UTC)
    put(desk, Batch(upserts=[Ci(uid="lonely", cls="Rack", name="lonely", created=now, changed=now)]))
    found = {uid for row in desk.run(8) for uid in row["uids"]}
    assert "lonely" in found
    alone = {one["uid"] for one in named(desk, "CI") if not desk.api(f"/cmdb/cis/{one['uid']}/relations?direction=both")}
    assert found == alone
    put(desk, Batch(removals=["lonely"]))


def test_drifted_and_unpatched_behind_a_critical_service(desk: Desk) -> None:
    services = {one["uid"]: one for one in named(desk, "BusinessService")}
    behind = {
        vm
        for uid, one in services.items()
        if one["attributes"]["criticality"] <= 2
        for app in desk.related(uid, "DEPENDS_ON", "out")
        for vm in desk.related(app, "NEEDS", "out")
    }
    others = {one["uid"] for one in named(desk, "VirtualMachine")} - behind
    assert behind
    now = datetime.now(UTC)
    critical = min(behind)
    things = [
        Ci(uid="openssl", cls="Package", name="openssl", created=now, changed=now),
        Ci(uid="advisory", cls="Advisory", name="DSA-1", created=now, changed=now),
    ]
    installed = [Relation(vm, "HAS_INSTALLED", "openssl", {}, ("import",)) for vm in (critical, *sorted(others)[:1])]
    put(desk, Batch(upserts=things, related=[*installed, Relation("advisory", "AFFECTS", "openssl", {}, ("import",))]))
    (row,) = desk.run(9)
    assert (row["uid"], row["advisories"], row["packages"], row["drifted"]) == (critical, ["DSA-1"], ["openssl"], False)
    assert set(row["services"]) <= {one["name"] for one in services.values()}
    put(desk, Batch(removals=["openssl", "advisory"]))
    assert desk.run(9) == []


def test_what_changed_in_the_last_hour(desk: Desk) -> None:
    rows = desk.run(10)
    assert rows
    numbers = [row["number"] for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    for row in rows[:5]:
        assert row["number"] in {one["number"] for one in desk.api(f"/cmdb/cis/{row['uid']}/history")}

"""Health and de-duplication over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from cmdb.history import Cause
from cmdb.projection.declare import PROJECTIONS
from cmdb.projection.mirror import Known
from emulators.world.model import Blade
from tests.unit.cmdb.api.conftest import Api


async def doubled(api: Api) -> tuple[list[str], dict[str, Any]]:
    """Two imported rows for one blade, which the graph hears of afterwards: the rows' uids, and the open task."""
    serial = api.scene.lab.state.all(Blade)[0].serial
    await api.scene.feed.start_over("another")
    for number in (1, 2):
        row = {"class": "Blade", "name": f"row {number}", "attributes": {"description": f"row {number}"}}
        assert (await api.call("POST", f"/cmdb/import?name=sheet{number}", {"rows": [row]})).status == 200
    rows = [(await api.named("Blade", f"row%20{number}"))["uid"] for number in (1, 2)]
    for uid in rows:
        await api.call("PATCH", f"/cmdb/cis/{uid}", {"attributes": {"serial": serial}})
    await refill(api)
    tasks = (await api.get("/cmdb/duplicates"))["items"]
    (task,) = [one for one in tasks if set(rows) <= set(one["attributes"]["candidates"]) and one["name"].startswith("ucs")]
    return rows, task


async def refill(api: Api) -> None:
    """Bring the engine's part in again, under another journal's name."""

    known: dict[str, Known | None] = {}
    for event in api.scene.events():
        for change in msgspec.json.decode(event.data)["changes"]:
            if change["op"] == "created" and change["kind"] in PROJECTIONS:
                wanted = PROJECTIONS[change["kind"]].fields
                fields = {name: value for name, value in change["after"].items() if name in wanted}
                known[change["uid"]] = Known(change["kind"], 1, 1, fields)
    feed = api.scene.feed
    await feed.write(lambda overlay: feed.projector.changed(overlay, known, Cause(at=datetime.now(UTC))))


async def test_a_decision_to_merge_moves_claims_and_is_remembered(api: Api) -> None:
    (one, two), task = await doubled(api)
    path = f"/cmdb/duplicates/{task['uid']}"
    assert (await api.call("POST", f"{path}/merge", {"into": "ci-none"})).body["field"] == "into"
    done = await api.call("POST", f"{path}/merge", {"into": one, "also": [two]})
    assert (done.status, done.body["attributes"]["state"], done.body["attributes"]["decided_by"]) == (200, "merged", "ada")
    merged = await api.get(f"/cmdb/cis/{one}")
    assert {"person", "import:sheet1", "import:sheet2", "ucs"} <= set(merged["sources"])
    assert (await api.call("GET", f"/cmdb/cis/{two}")).status == 404
    assert (await api.call("POST", f"{path}/merge", {"into": one})).status == 409
    digest = await api.store.digest()
    await refill(api)
    assert await api.store.digest() == digest
    api.scene.feed._loaded = False
    await refill(api)
    assert await api.store.digest() == digest, "and after a restart"


async def test_distinct_things_stay_so_until_it_is_taken_back(api: Api) -> None:
    (one, two), task = await doubled(api)
    path = f"/cmdb/duplicates/{task['uid']}"
    assert (await api.call("POST", f"{path}/distinct")).body["attributes"]["state"] == "dismissed"
    await refill(api)
    shown = [found["uid"] for found in (await api.get("/cmdb/duplicates?state=dismissed"))["items"]]
    assert shown == [task["uid"]]
    assert [(await api.call("GET", f"/cmdb/cis/{uid}")).status for uid in (one, two)] == [200, 200]
    assert (await api.call("POST", f"{path}/reopen")).body["attributes"]["state"] == "open"
    assert (await api.call("POST", f"{path}/reopen")).status == 409
    assert (await api.call("POST", "/cmdb/duplicates/ci-none/distinct")).status == 404


async def test_health_counts_and_lists_what_is_wrong(api: Api) -> None:
    before = await api.get("/cmdb/health")
    assert (before["stale"], before["duplicates"]) == ({}, 0)
    app = (await api.call("POST", "/cmdb/cis", {"class": "Application", "name": "lonely"})).body["uid"]
    for rows in ([{"class": "Team", "name": "a"}, {"class": "Team", "name": "b"}], [{"class": "Team", "name": "a"}]):
        await api.call("POST", "/cmdb/import?name=hr", {"rows": rows})
    after = await api.get("/cmdb/health")
    assert (after["cis"], after["orphans"], after["stale"]) == (before["cis"] + 3, before["orphans"] + 1, {"import:hr": 1})
    assert {one["cls"]: one["known"] for one in after["completeness"]}["Application"] == 0
    orphans = await api.get("/cmdb/health/orphans?class=Application")
    assert ([one["uid"] for one in orphans["items"]], orphans["total"]) == ([app], 1)
    (stale,) = (await api.get("/cmdb/health/stale?field=import:hr"))["items"]
    assert (stale["name"], stale["fields"]) == ("b", ["import:hr"])
    missing = await api.get("/cmdb/health/incomplete?field=criticality&limit=1")
    assert missing["items"][0]["uid"] == app
    assert (await api.call("GET", "/cmdb/health/nothing")).status == 404

"""People's edits over HTTP: they count first, they stay, they are taken back, and nonsense is refused with its field."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.world.decisions.vms import DestroyVm
from tests.unit.cmdb.api.conftest import Api

TEAM = {"class": "Team", "name": "payments"}


async def founded(api: Api, **body: Any) -> dict[str, Any]:
    answer = await api.call("POST", "/cmdb/cis", body)
    assert answer.status == 201, answer
    assert answer.headers["ETag"] == '"1"'
    return dict(answer.body)


async def test_a_ci_is_founded_changed_and_withdrawn_with_history(api: Api) -> None:
    team = await founded(api, **{"class": "Application", "name": "shop", "attributes": {"criticality": 1}, "tags": ["gold"]})
    path = f"/cmdb/cis/{team['uid']}"
    changed = await api.call("PATCH", path, {"attributes": {"owner": "ada", "criticality": None}}, If_Match='"1"')
    assert (changed.status, changed.body["attributes"], changed.body["tags"]) == (200, {"owner": "ada"}, ["gold"])
    assert (await api.get(path))["version"] == 2
    gone = await api.call("DELETE", path)
    assert gone.body == {"uid": team["uid"], "gone": True, "still": [], "detail": "Nobody else states it."}
    assert (await api.call("GET", path)).status == 404
    rows = await api.get(f"{path}/history")
    assert [row["op"] for row in rows] == ["deleted", "updated", "created"]
    assert {(row["actor"]["principal"], row["actor"]["api"], row["source"]) for row in rows} == {("ada", "cmdb", "person")}
    assert all(row["actor"]["request_id"] for row in rows)


async def test_people_s_word_counts_first_and_stays_when_the_engine_speaks(api: Api) -> None:
    vm = await api.named("VirtualMachine", "web")
    path = f"/cmdb/cis/{vm['uid']}"
    after = await api.call("PATCH", path, {"attributes": {"description": "the shop", "power": "standby"}})
    assert after.body["attributes"]["power"] == "standby"
    api.scene.lab.run(DestroyVm(vm=api.scene.lab.vm("spare").uid))
    await api.scene.flow()
    assert (await api.get(path))["attributes"]["power"] == "standby"
    assert (await api.call("PATCH", path, {"attributes": {"power": None}})).body["attributes"]["power"] == vm["attributes"]["power"]
    stays = await api.call("DELETE", path)
    assert (stays.status, stays.body["gone"]) == (200, False)
    assert "vsphere" in stays.body["still"]
    assert "description" not in (await api.get(path))["attributes"]


async def test_what_people_own_outlives_the_engine_s_part(api: Api) -> None:
    vm = await api.named("VirtualMachine", "spare")
    path = f"/cmdb/cis/{vm['uid']}"
    await api.call("PATCH", path, {"attributes": {"description": "kept for audit"}})
    api.scene.lab.run(DestroyVm(vm=api.scene.lab.vm("spare").uid))
    await api.scene.flow()
    kept = await api.get(path)
    assert (kept["attributes"], list(kept["sources"])) == ({"description": "kept for audit"}, ["person"])


async def test_put_replaces_all_that_people_stated(api: Api) -> None:
    team = await founded(api, **{**TEAM, "attributes": {"description": "old"}})
    after = await api.call("PUT", f"/cmdb/cis/{team['uid']}", {"name": "pay", "tags": ["a"]})
    assert (after.body["name"], after.body.get("attributes", {}), after.body["tags"]) == ("pay", {}, ["a"])


async def test_a_stale_etag_is_refused(api: Api) -> None:
    team = await founded(api, **TEAM)
    path = f"/cmdb/cis/{team['uid']}"
    await api.call("PATCH", path, {"attributes": {"description": "1"}})
    for method in ("PATCH", "PUT", "DELETE"):
        stale = await api.call(method, path, None if method == "DELETE" else {"attributes": {}}, If_Match='"1"')
        assert stale.status == 412, method
    assert (await api.get(path))["attributes"] == {"description": "1"}


async def test_founding_twice_is_a_conflict_but_not_under_an_idempotency_key(api: Api) -> None:
    first = await api.call("POST", "/cmdb/cis", TEAM, Idempotency_Key="k1")
    again = await api.call("POST", "/cmdb/cis", TEAM, Idempotency_Key="k1")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    other = await api.call("POST", "/cmdb/cis", {**TEAM, "name": "else"}, Idempotency_Key="k1")
    assert (other.status, other.body["field"]) == (400, "Idempotency-Key")
    twice = await api.call("POST", "/cmdb/cis", TEAM)
    assert (twice.status, twice.body["subject"]) == (409, first.body["uid"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"class": "Nothing", "name": "x"}, "class"),
        ({"class": "Compute", "name": "x"}, "class"),
        ({"class": "Team", "name": "x", "attributes": {"power": "on"}}, "power"),
        ({"class": "VirtualMachine", "name": "x", "attributes": {"cpus": "two"}}, "cpus"),
        ({"class": "VirtualMachine", "name": "x", "attributes": {"cpus": 1 << 70}}, "cpus"),
        ({"class": "Team", "name": ""}, "name"),
        ({"class": "Team", "name": "x", "tags": ["a,b"]}, "tags[0]"),
    ],
)
async def test_nonsense_is_refused_by_field(api: Api, body: dict[str, Any], field: str) -> None:
    refused = await api.call("POST", "/cmdb/cis", body)
    assert (refused.status, refused.body["field"]) == (400, field), refused
    assert refused.headers["Content-Type"].startswith("application/problem+json")


async def test_a_person_s_relation_counts_and_comes_back_with_its_end(api: Api) -> None:
    app = await founded(api, **{"class": "Application", "name": "shop"})
    vm = await api.named("VirtualMachine", "web")
    link = f"/cmdb/cis/{app['uid']}/relations/NEEDS/{vm['uid']}"
    made = await api.call("PUT", link, {"properties": {"tier": "web", "needed": 1}})
    assert (made.status, made.body["by"], made.body["properties"]) == (200, ["person"], {"tier": "web", "needed": 1})
    assert app["uid"] in {one["ci"]["uid"] for one in (await api.get(f"/cmdb/cis/{vm['uid']}/impact"))["affected"]}
    epoch = "another"
    await api.scene.feed.start_over(epoch)
    assert await api.get(f"/cmdb/cis/{app['uid']}/relations") == []
    assert [row["op"] for row in await api.get(f"/cmdb/cis/{app['uid']}/history")] == ["unrelated", "related", "created"]
    gone = await api.call("DELETE", link)
    assert gone.status == 404


async def test_relations_survive_a_new_beginning_of_the_engine_s_part(api: Api) -> None:
    app = await founded(api, **{"class": "Application", "name": "shop"})
    vm = await api.named("VirtualMachine", "web")
    await api.call("PUT", f"/cmdb/cis/{app['uid']}/relations/NEEDS/{vm['uid']}", {})
    projector = api.scene.feed.projector
    known = {uid: projector.mirror.known(uid) for uid in projector.mirror.uids()}
    await api.scene.feed.start_over("another")
    assert (await api.call("GET", f"/cmdb/cis/{vm['uid']}")).status == 404

    async def again(overlay: Any) -> None:
        from cmdb.editing.editor import _cause
        from dcsim.events import Actor

        await projector.changed(overlay, known, _cause(Actor()))

    await api.scene.feed.write(again)
    (relation,) = await api.get(f"/cmdb/cis/{app['uid']}/relations")
    assert (relation["target"], relation["by"]) == (vm["uid"], ["person"])


async def test_relations_that_are_not_declared_or_close_a_circle_are_refused(api: Api) -> None:
    services = [await founded(api, **{"class": "BusinessService", "name": name}) for name in ("a", "b", "c")]
    a, b, c = (one["uid"] for one in services)
    assert (await api.call("PUT", f"/cmdb/cis/{a}/relations/DEPENDS_ON/{b}", {})).status == 200
    assert (await api.call("PUT", f"/cmdb/cis/{b}/relations/DEPENDS_ON/{c}", {})).status == 200
    for source, verb, target, field in [(c, "DEPENDS_ON", a, "target"), (a, "DEPENDS_ON", a, "target"), (a, "RUNS_ON", b, "type")]:
        refused = await api.call("PUT", f"/cmdb/cis/{source}/relations/{verb}/{target}", {})
        assert (refused.status, refused.body["field"]) == (400, field)
    refused = await api.call("PUT", f"/cmdb/cis/{a}/relations/DEPENDS_ON/{c}", {"properties": {"tier": "x"}})
    assert (refused.status, refused.body["field"]) == (400, "properties.tier")
    assert (await api.call("PUT", f"/cmdb/cis/{a}/relations/DEPENDS_ON/ci-none", {})).status == 404
    assert (await api.call("DELETE", f"/cmdb/cis/{a}/relations/DEPENDS_ON/{b}")).body["gone"] is True
    assert (await api.call("DELETE", f"/cmdb/cis/{a}/relations/DEPENDS_ON/{b}")).status == 404


async def test_tags_are_put_counted_filtered_by_and_taken_off(api: Api) -> None:
    vms = [await api.named("VirtualMachine", name) for name in ("web", "spare")]
    for vm in vms:
        assert (await api.call("PUT", f"/cmdb/cis/{vm['uid']}/tags/pci%20dss")).status == 200
    await api.call("PUT", f"/cmdb/cis/{vms[0]['uid']}/tags/gold")
    counts = {one["tag"]: one["count"] for one in await api.get("/cmdb/tags?class=VirtualMachine")}
    assert (counts["pci dss"], counts["gold"]) == (2, 1)
    both = await api.get("/cmdb/cis?tag=gold&tag=pci%20dss")
    assert [one["uid"] for one in both["items"]] == [vms[0]["uid"]]
    after = await api.call("DELETE", f"/cmdb/cis/{vms[0]['uid']}/tags/gold")
    assert "gold" not in after.body["tags"]


async def test_filters_are_typed_and_all_must_hold(api: Api) -> None:
    async def names(query: str) -> list[str]:
        return [one["name"] for one in (await api.get(f"/cmdb/cis?class=VirtualMachine&sort=name&{query}"))["items"]]

    everyone = await names("")
    assert await names("filter=cpus:ge:1&filter=power:in:on,off&filter=name:like:WE") == ["web"]
    assert await names("filter=cpus:exists:false") == []
    assert await names("source=vsphere") == everyone
    assert await names("source=person") == []
    for bad in ("cpus:ge:two", "nothing:eq:1", "power:around:on", "power", "template:eq:maybe", "changed:gt:yesterday", "cpus:has:1"):
        refused = await api.call("GET", f"/cmdb/cis?filter={bad}")
        assert (refused.status, refused.body["field"]) == (400, "filter"), bad

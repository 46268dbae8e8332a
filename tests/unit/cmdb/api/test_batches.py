"""Many CIs in one request: the same answers as one by one."""

from __future__ import annotations

from typing import Any

from tests.unit.cmdb.api.conftest import Api


async def asked(api: Api, path: str, **body: Any) -> Any:
    """The answer to a question that must succeed."""
    answer = await api.call("POST", path, body)
    assert answer.status == 200, answer
    return answer.body


async def all_cis(api: Api) -> list[dict[str, Any]]:
    """Every CI, as the list shows it."""
    return list((await api.get("/cmdb/cis?limit=1000"))["items"])


async def test_rows_have_the_columns_that_are_asked_for(api: Api) -> None:
    where = [{"field": "power", "op": "in", "value": ["on", "off"]}, {"field": "class", "value": "VirtualMachine"}]
    found = await asked(api, "/cmdb/query", where=where, fields=["name", "class", "power", "cpus"])
    expected = [one for one in await all_cis(api) if one["cls"] == "VirtualMachine"]
    assert found["total"] == len(expected) > 0
    assert {row["uid"]: row["power"] for row in found["items"]} == {one["uid"]: one["attributes"]["power"] for one in expected}
    assert set(found["items"][0]) == {"uid", "name", "class", "power", "cpus"}


async def test_a_row_s_cursor_goes_on_behind_it(api: Api) -> None:
    names = [row["name"] for row in (await asked(api, "/cmdb/query", sort="-name", fields=["name"], limit=1000))["items"]]
    first = await asked(api, "/cmdb/query", sort="-name", fields=["name", "cursor"], limit=3)
    rest = await asked(api, "/cmdb/query", sort="-name", fields=["name"], limit=1000, cursor=first["items"][1]["cursor"])
    assert [row["name"] for row in rest["items"]] == names[2:]
    assert first["total"] == rest["total"] == len(names)


async def test_cis_are_found_by_what_the_datacenter_calls_them(api: Api) -> None:
    vm = await api.named("VirtualMachine", "web")
    (key,) = {claim["key"] for claim in vm["sources"].values()}
    groups = (
        await asked(api, "/cmdb/query", by={"field": "key", "values": [key, "vm-nothing"]}, fields=["name", "entity", "entity_kind"])
    )["groups"]
    assert groups == {key: [{"uid": vm["uid"], "name": "web", "entity": key, "entity_kind": "vm"}], "vm-nothing": []}


async def test_relations_of_many_are_those_of_each(api: Api) -> None:
    uids = [one["uid"] for one in await all_cis(api)]
    found = await asked(api, "/cmdb/relations/query", cis=uids, limit=1000)
    for uid in uids:
        each = {(one["source"], one["type"], one["target"]) for one in await api.get(f"/cmdb/cis/{uid}/relations")}
        assert {tuple(row["uid"].split("|")) for row in found[uid]["items"]} == each
        assert found[uid]["total"] == len(each)
    busy = max(uids, key=lambda uid: found[uid]["total"])
    cut = (await asked(api, "/cmdb/relations/query", cis=[busy], limit=1, offset=1))[busy]
    assert cut == {"items": found[busy]["items"][1:2], "total": found[busy]["total"]}
    out = (await asked(api, "/cmdb/relations/query", cis=[busy], direction="out", limit=1000))[busy]["items"]
    assert out == [row for row in found[busy]["items"] if row["direction"] == "out"]


async def test_the_past_impact_and_needs_of_many_are_those_of_each(api: Api) -> None:
    uids = [one["uid"] for one in await all_cis(api)][:20]
    past = await asked(api, "/cmdb/history/query", cis=uids, limit=2)
    impact = await asked(api, "/cmdb/impact/query", cis=[*uids, "ci-nothing"])
    needs = await asked(api, "/cmdb/needs/query", cis=uids)
    assert set(impact) == set(uids)
    for uid in uids:
        assert past[uid] == await api.get(f"/cmdb/cis/{uid}/history?limit=2")
        assert impact[uid] == await api.get(f"/cmdb/cis/{uid}/impact")
        assert needs[uid] == await api.get(f"/cmdb/cis/{uid}/needs")


async def test_what_no_ci_has_is_refused(api: Api) -> None:
    for body in ({"fields": ["colour"]}, {"where": [{"field": "colour", "value": "red"}]}, {"sort": "colour"}, {"cursor": "?"}):
        answer = await api.call("POST", "/cmdb/query", body)
        assert answer.status == 400, (body, answer)
    assert (await api.call("POST", "/cmdb/impact/query", {"cis": [f"ci-{number}" for number in range(51)]})).status == 400


async def test_what_itsm_asks_of_redundancy_and_ancestors(api: Api) -> None:
    vm = await api.named("VirtualMachine", "web")
    host = next(one for one in await all_cis(api) if one["cls"] == "Hypervisor")["uid"]
    (group,) = (await asked(api, "/cmdb/redundancy", cis=[host]))[host]
    assert (group["rule"], host in {one["uid"] for one in group["up"]}) == ("CAPACITY", True)
    (planned,) = (await asked(api, "/cmdb/redundancy", cis=[host], planned=[host]))[host]
    assert host in {one["uid"] for one in planned["down"]}
    assert planned["may_fail"] == max(len(group["up"]) - 2, 0)
    needs = {one["ci"]["uid"] for one in (await asked(api, "/cmdb/needs/query", cis=[vm["uid"]]))[vm["uid"]]["needs"]}
    near = (await asked(api, "/cmdb/ancestors", cis=[vm["uid"]], hops=20))[vm["uid"]]
    assert {one["ci"]["uid"] for one in near} == needs
    assert (await api.call("POST", "/cmdb/ancestors", {"cis": [vm["uid"]], "hops": 0})).status == 400
    assert (await api.call("POST", "/cmdb/redundancy", {"cis": ["ci-nothing"]})).status == 404

"""Entities by conditions, in groups and in pages."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.world.model import Hypervisor, Vm
from tests.unit.api.conftest import Api


async def rows(api: Api, kind: str, **selection: Any) -> Any:
    answer = await api.call("POST", f"/sim/entities/{kind}/query", selection)
    assert answer.status == 200, answer
    return answer.body


def condition(field: str, op: str, value: object) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ([condition("power", "eq", "off")], ["spare", "golden"]),
        ([condition("power", "ne", "off")], ["web", "db"]),
        ([condition("name", "like", "E")], ["web", "spare", "golden"]),
        ([condition("name", "in", ["db", "web", "none"])], ["web", "db"]),
        ([condition("name", "gt", "golden"), condition("template", "eq", False)], ["web", "spare"]),
        ([condition("template", "eq", True)], ["golden"]),
        ([condition("addresses", "has", "10.0.1.10")], ["web"]),
        ([condition("uid", "eq", "nobody")], []),
        ([condition("power", "eq", "off"), condition("template", "exists", False)], ["spare"]),
    ],
)
async def test_every_condition_holds(api: Api, where: list[dict[str, object]], names: list[str]) -> None:
    found = await rows(api, "vm", where=where, fields=["power"])
    assert [row["name"] for row in found.get("items", [])] == names
    assert found.get("total", 0) == len(names)


async def test_a_row_has_what_was_asked_for_and_computed_fields(api: Api) -> None:
    (row,) = (await rows(api, "vm", where=[condition("name", "eq", "web")], fields=["moid", "guest.hostname", "memory_bytes"]))["items"]
    web = api.lab.world.state.one(Vm, "name", "web")
    assert web is not None
    assert row == {
        "uid": web.uid,
        "name": "web",
        "version": web.version,
        "moid": f"vm-{web.number}",
        "guest.hostname": web.guest.hostname,
        "memory_bytes": 4 << 30,
    }


async def test_groups_have_pages_of_their_own(api: Api) -> None:
    state = api.lab.world.state
    hosts = state.all(Hypervisor)
    found = await rows(api, "vm", by={"field": "host", "values": [*(host.uid for host in hosts), "none"]}, limit=1)
    for host in hosts:
        members = [vm.name for vm in state.where(Vm, "host", host.uid)]
        group = found["groups"][host.uid]
        assert (group.get("total", 0), [row["name"] for row in group.get("items", [])]) == (len(members), members[:1])
        assert bool(group.get("next")) == (len(members) > 1)
    assert found["groups"]["none"] == {}


@pytest.mark.parametrize("sort", ["name", "-name", "memory_bytes", "-memory_bytes", "number", "-power"])
async def test_pages_have_neither_gap_nor_overlap(api: Api, sort: str) -> None:
    whole = [row["name"] for row in (await rows(api, "vm", sort=sort))["items"]]
    paged, cursor = [], ""
    while True:
        page = await rows(api, "vm", sort=sort, limit=1, cursor=cursor)
        paged += [row["name"] for row in page["items"]]
        cursor = page.get("next", "")
        if not cursor:
            break
    assert paged == whole
    assert len(set(paged)) == 4


@pytest.mark.parametrize(
    ("selection", "field"),
    [
        ({"where": [condition("colour", "eq", "red")]}, "colour"),
        ({"fields": ["name", "colour"]}, "colour"),
        ({"sort": "-colour"}, "colour"),
        ({"by": {"field": "colour", "values": ["red"]}}, "colour"),
        ({"where": [condition("cpus", "lt", "many")]}, "cpus"),
        ({"where": [condition("cpus", "in", 4)]}, "cpus"),
        ({"where": [condition("__class__", "exists", True)]}, "__class__"),
        ({"cursor": "WyJuYW1lIiwic3RyIiwid2ViIiwxXQ"}, "cursor"),
        ({"cursor": "WyJudW1iZXIiLCIiLCJ3ZWIiLDFd"}, "sort"),
        ({"cursor": "rubbish"}, "cursor"),
    ],
)
async def test_what_cannot_be_asked_is_said(api: Api, selection: dict[str, Any], field: str) -> None:
    answer = await api.call("POST", "/sim/entities/vm/query", selection)
    assert (answer.status, answer.body["field"]) == (400, field)


async def test_whoever_may_read_may_ask(api: Api) -> None:
    reader = api.tokens.issue("reader", scopes=["sim:read"])
    assert (await api.call("POST", "/sim/entities/vm/query", {}, token=reader)).status == 200
    nobody = api.tokens.issue("nobody", scopes=["cmdb:read"])
    assert (await api.call("POST", "/sim/entities/vm/query", {}, token=nobody)).status == 403


async def test_groups_by_a_computed_field_and_conditions_on_times(api: Api) -> None:
    state = api.lab.world.state
    web = state.one(Vm, "name", "web")
    assert web is not None
    cluster = state.get(Hypervisor, web.host).cluster
    found = await rows(api, "vm", by={"field": "cluster", "values": [cluster, "none"]}, fields=["cluster"])
    assert "web" in [row["name"] for row in found["groups"][cluster]["items"]]
    assert found["groups"]["none"] == {}
    late = await rows(api, "vm", where=[condition("created", "gt", "2999-01-01T00:00:00Z")])
    early = await rows(api, "vm", where=[condition("created", "ge", "1999-01-01T00:00:00Z")])
    assert (late.get("total", 0), early["total"]) == (0, state.count(Vm))
    refused = await api.call("POST", "/sim/entities/vm/query", {"where": [condition("created", "gt", "yesterday")]})
    assert refused.status == 400

"""The past over HTTP: the graph as of an instant, what differs between two, and the feed of changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tests.unit.cmdb.api.conftest import Api


def now() -> str:
    return quote(datetime.now(UTC).isoformat())


async def edited(api: Api) -> tuple[list[str], str, str]:
    """Three instants, before, between and after: an application founded, related and renamed, and another that is gone by then."""
    at = [now()]
    app = (await api.call("POST", "/cmdb/cis", {"class": "Application", "name": "shop", "tags": ["gold"]})).body["uid"]
    old = (await api.call("POST", "/cmdb/cis", {"class": "Application", "name": "old"})).body["uid"]
    vm = (await api.named("VirtualMachine", "web"))["uid"]
    await api.call("PUT", f"/cmdb/cis/{app}/relations/NEEDS/{vm}", {})
    at.append(now())
    await api.call("PATCH", f"/cmdb/cis/{app}", {"name": "store", "attributes": {"criticality": 1}})
    await api.call("DELETE", f"/cmdb/cis/{app}/relations/NEEDS/{vm}")
    await api.call("DELETE", f"/cmdb/cis/{old}")
    at.append(now())
    return at, app, vm


async def test_cis_and_relations_are_shown_as_they_were(api: Api) -> None:
    (before, between, after), app, vm = await edited(api)
    assert (await api.call("GET", f"/cmdb/cis/{app}?at={before}")).status == 404
    assert (await api.get(f"/cmdb/cis/{app}?at={between}"))["name"] == "shop"
    assert (await api.get(f"/cmdb/cis/{app}?at={after}"))["name"] == "store"
    for uid, direction in ((app, "out"), (vm, "in"), (vm, "both")):
        was = await api.get(f"/cmdb/cis/{uid}/relations?direction={direction}&at={between}")
        assert (app, "NEEDS", vm) in {(one["source"], one["type"], one["target"]) for one in was}
        is_now = await api.get(f"/cmdb/cis/{uid}/relations?direction={direction}&at={after}")
        assert (app, "NEEDS", vm) not in {(one["source"], one["type"], one["target"]) for one in is_now}


async def test_the_list_of_an_instant_is_whole_and_in_pages(api: Api) -> None:
    (before, between, _), _, _ = await edited(api)
    assert sorted(one["name"] for one in (await api.get(f"/cmdb/cis?class=Application&at={between}"))["items"]) == ["old", "shop"]
    assert (await api.get(f"/cmdb/cis?class=Application&at={before}"))["items"] == []
    assert [one["name"] for one in (await api.get(f"/cmdb/cis?tag=gold&at={between}"))["items"]] == ["shop"]
    whole = [one["uid"] for one in (await api.get(f"/cmdb/cis?limit=1000&at={between}"))["items"]]
    paged: list[str] = []
    cursor = ""
    while True:
        page: dict[str, Any] = await api.get(f"/cmdb/cis?limit=7&at={between}&cursor={cursor}")
        paged += [one["uid"] for one in page["items"]]
        cursor = page.get("next", "")
        if not cursor:
            break
    assert paged == whole == sorted(set(whole))
    refused = await api.call("GET", f"/cmdb/cis?at={between}&filter=name:eq:x")
    assert (refused.status, refused.body["field"]) == (400, "filter")
    assert (await api.call("GET", "/cmdb/cis?at=2026-01-01T00:00:00")).status == 400


async def test_two_instants_are_compared(api: Api) -> None:
    (before, between, after), app, vm = await edited(api)
    (one,) = (await api.get(f"/cmdb/history/diff?from={between}&to={after}&uid={app}"))["items"]
    assert (one["op"], one["fields"]["name"], one["fields"]["criticality"]) == ("updated", ["shop", "store"], [None, 1])
    assert one["fields"][f"NEEDS {vm}"] == [{}, None]
    found = (await api.get(f"/cmdb/history/diff?from={before}&to={between}&class=Application"))["items"]
    assert {one["op"] for one in found} == {"created"}
    assert len(found) == 2
    assert (await api.get(f"/cmdb/history/diff?from={before}&class=Team"))["items"] == []
    assert (await api.call("GET", f"/cmdb/history/diff?from={after}&to={before}")).status == 400


async def test_changes_are_followed_without_gap(api: Api) -> None:
    (before, _, _), app, _ = await edited(api)
    rows = (await api.get(f"/cmdb/history?since={before}&limit=1000"))["items"]
    assert [row["op"] for row in rows] == ["created", "created", "related", "updated", "unrelated", "deleted"]
    followed, after = [], rows[0]["number"] - 1
    while page := (await api.get(f"/cmdb/history?after={after}&limit=2"))["items"]:
        followed += page
        after = page[-1]["number"]
    assert followed == rows
    assert {row["uid"] for row in (await api.get(f"/cmdb/history?uid={app}"))["items"]} == {app}

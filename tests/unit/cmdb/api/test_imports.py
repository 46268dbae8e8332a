"""Imports over HTTP: every bad row is named, all or the good ones are taken, and repeating changes nothing."""

from __future__ import annotations

from typing import Any

from tests.unit.cmdb.api.conftest import Api

TABLE = b'\xef\xbb\xbfclass,name,criticality,tags,NEEDS\r\nApplication,"shop, new",1,gold;pci,web;spare\r\nTeam,payments,,,\r\n'
ROWS = {"rows": [{"class": "Team", "name": "a"}, {"class": "Team", "name": "b", "attributes": {"power": "on"}}, {"name": 3}]}


async def test_a_table_is_imported_with_relations_and_again_without_a_change(api: Api) -> None:
    first = await api.call("POST", "/cmdb/import?name=sheet", TABLE)
    assert first.status == 200, first
    assert {name: first.body[name] for name in ("source", "applied", "created", "relations")} == {
        "source": "import:sheet", "applied": True, "created": 2, "relations": 2,
    }  # fmt: skip
    shop = await api.named("Application", "shop,%20new")
    assert (shop["attributes"], shop["tags"], list(shop["sources"])) == ({"criticality": 1}, ["gold", "pci"], ["import:sheet"])
    assert {one["type"] for one in await api.get(f"/cmdb/cis/{shop['uid']}/relations")} == {"NEEDS"}
    digest = await api.store.digest()
    again = await api.call("POST", "/cmdb/import?name=sheet", TABLE)
    assert (again.body["created"], again.body["updated"], again.body["unchanged"]) == (0, 0, 2)
    assert await api.store.digest() == digest
    assert len(await api.get(f"/cmdb/cis/{shop['uid']}/history")) == 3, "created, related twice"


async def test_every_bad_row_is_named_and_nothing_is_imported(api: Api) -> None:
    refused = await api.call("POST", "/cmdb/import", ROWS)
    assert refused.status == 400
    assert [(one["row"], one["field"]) for one in refused.body["errors"]] == [(2, "power"), (3, "name")]
    assert all(one["detail"] for one in refused.body["errors"])
    assert (await api.get("/cmdb/cis?class=Team&name=a"))["items"] == []


async def test_the_good_rows_are_taken_when_asked(api: Api) -> None:
    done = await api.call("POST", "/cmdb/import?mode=good", ROWS)
    assert (done.status, done.body["created"], len(done.body["errors"])) == (200, 1, 2)
    await api.named("Team", "a")


async def test_a_dry_run_says_what_would_be(api: Api) -> None:
    dry = await api.call("POST", "/cmdb/import?dry_run=true", {"rows": ROWS["rows"][:1]})
    assert (dry.status, dry.body["applied"], dry.body["created"]) == (200, False, 1)
    assert (await api.get("/cmdb/cis?class=Team&name=a"))["items"] == []
    assert (await api.call("POST", "/cmdb/import?dry_run=true", ROWS)).status == 400


async def test_rows_find_what_is_there_by_identifier_uid_or_name(api: Api) -> None:
    blade = (await api.get("/cmdb/cis?class=Blade&limit=1"))["items"][0]
    vm = await api.named("VirtualMachine", "web")
    rows: list[dict[str, Any]] = [
        {"class": "Blade", "name": "leased", "attributes": {"serial": blade["attributes"]["serial"], "description": "leased"}},
        {"uid": vm["uid"], "attributes": {"description": "by uid", "power": "off"}},
        {"class": "VirtualMachine", "name": "spare", "attributes": {"description": "by name"}},
    ]
    done = await api.call("POST", "/cmdb/import?name=x", {"rows": rows})
    assert (done.status, done.body.get("updated")) == (200, 3), done
    after = await api.get(f"/cmdb/cis/{blade['uid']}")
    assert (after["attributes"]["description"], after["name"]) == ("leased", blade["name"]), "an import's word counts last"
    assert (await api.get(f"/cmdb/cis/{vm['uid']}"))["attributes"]["power"] == vm["attributes"]["power"]


async def test_rows_that_are_one_ambiguous_or_lead_nowhere_are_bad(api: Api) -> None:
    rows = [
        {"class": "Team", "name": "a"},
        {"class": "Team", "name": "a"},
        {"class": "Application", "name": "shop", "relations": [{"type": "NEEDS", "target": "nowhere"}]},
        {"class": "Application", "name": "till", "relations": [{"type": "RUNS_ON", "target": "web"}]},
        {"uid": "ci-none", "name": "x"},
        {"name": "no class"},
    ]
    refused = await api.call("POST", "/cmdb/import", {"rows": rows})
    found = [(one["row"], one["field"]) for one in refused.body["errors"]]
    assert found == [(2, "name"), (3, "NEEDS"), (4, "RUNS_ON"), (5, "uid"), (6, "class")]


async def test_what_is_no_table_is_refused_whole(api: Api) -> None:
    for body in (
        b"",
        b"class,name\nTeam,a\0b\n",
        b"class,class\n",
        b'class,name\nTeam,"open\n',
        b"class\xff\n",
        b"class,name\n" + b"Team,t\n" * 10_001,
    ):
        refused = await api.call("POST", "/cmdb/import", body)
        assert (refused.status, bool(refused.body["field"])) == (400, True), body[:40]
    short = await api.call("POST", "/cmdb/import", b"class,name\nTeam\nTeam,b,c\nVirtualMachine,v\n")
    assert [one["row"] for one in short.body["errors"]] == [1, 2]
    typed = await api.call("POST", "/cmdb/import", b"class,name,cpus,template\nVirtualMachine,v,two,\nVirtualMachine,w,2,perhaps\n")
    assert [(one["row"], one["field"]) for one in typed.body["errors"]] == [(1, "cpus"), (2, "template")]


async def test_an_exported_document_is_taken_back(api: Api) -> None:
    document = await api.get("/cmdb/export?format=json")
    before = len((await api.get("/cmdb/cis?limit=1000"))["items"])
    done = await api.call("POST", "/cmdb/import?name=backup", document)
    assert (done.status, done.body["created"], done.body.get("errors", [])) == (200, 0, []), done
    assert len((await api.get("/cmdb/cis?limit=1000"))["items"]) == before == len(document["cis"])
    again = await api.call("POST", "/cmdb/import?name=backup", document)
    assert (again.body["created"], again.body["updated"]) == (0, 0)


async def test_another_cmdbs_document_brings_its_cis_and_how_they_hang_together(api: Api) -> None:
    cis = [
        {"uid": "there-1", "class": "Application", "name": "till", "attributes": {"criticality": 1}, "tags": ["gold"], "version": 7},
        {"uid": "there-2", "class": "BusinessService", "name": "sales", "sources": ["engine"]},
        {"uid": "there-3", "class": "Application", "name": "till"},
    ]
    relations: list[dict[str, Any]] = [
        {"source": "there-2", "type": "DEPENDS_ON", "target": one, "properties": {}, "by": ["engine"]} for one in ("there-1", "there-3")
    ]
    for created in (3, 0):
        done = await api.call(
            "POST", "/cmdb/import?name=there", {"format": "dcsim-cmdb/1", "revision": 4, "cis": cis, "relations": relations}
        )
        assert (done.status, done.body.get("created")) == (200, created), done
    sales = await api.named("BusinessService", "sales")
    found = await api.get(f"/cmdb/cis/{sales['uid']}/relations?direction=out")
    tills = (await api.get("/cmdb/cis?class=Application&name=till"))["items"]
    assert {one["target"] for one in found} == {one["uid"] for one in tills}
    assert len(tills) == 2

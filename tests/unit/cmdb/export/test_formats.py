"""What each format says is what the graph holds, whatever the texts in it are."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cmdb.export import FORMATS, Selection, Wanted, written
from cmdb.export.formats import RELATIONS as TABLE_OF_RELATIONS
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import Batch
from dcsim.errors import InvalidArgument, NotFound
from tests.unit.cmdb.export.graph import CIS, NASTY, RELATIONS, ci


async def exported(store: EmbeddedStore, name: str, what: str = "cis", **wanted: Any) -> str:
    """Return the whole export."""
    chosen = TABLE_OF_RELATIONS if what == "relations" else FORMATS[name]
    asked = Wanted(**wanted)
    async with store.snapshot() as snapshot:
        selection = await Selection.of(snapshot, asked)
        pieces = [piece async for piece in written(chosen.writer(selection, asked.cls, snapshot.revision), selection)]
    return b"".join(pieces).decode()


async def uids(store: EmbeddedStore, **wanted: Any) -> set[str]:
    """Return which CIs an export holds."""
    return {one["uid"] for one in json.loads(await exported(store, "json", **wanted))["cis"]}


async def test_json_says_everything(store: EmbeddedStore) -> None:
    said = json.loads(await exported(store, "json"))
    assert said["revision"] == await store.revision()
    assert [(one["uid"], one["class"], one["name"]) for one in said["cis"]] == [(one.uid, one.cls, one.name) for one in CIS]
    assert [{k: tuple(v) if isinstance(v, list) else v for k, v in one["attributes"].items()} for one in said["cis"]] == [
        one.attributes for one in CIS
    ]
    found = [(one["source"], one["type"], one["target"], one["properties"]) for one in said["relations"]]
    assert found == [(*one.key, one.properties) for one in sorted(RELATIONS, key=lambda one: one.key)]


async def test_json_lines_say_the_same(store: EmbeddedStore) -> None:
    lines = [json.loads(line) for line in (await exported(store, "jsonl")).split("\n") if line]
    whole = json.loads(await exported(store, "json"))
    assert lines[0] == {"kind": "graph", "format": whole["format"], "revision": whole["revision"]}
    assert [{k: v for k, v in one.items() if k != "kind"} for one in lines if one["kind"] == "ci"] == whole["cis"]
    assert [{k: v for k, v in one.items() if k != "kind"} for one in lines if one["kind"] == "relation"] == whole["relations"]


async def test_no_cell_of_a_table_is_a_formula(store: EmbeddedStore) -> None:
    for what in ("cis", "relations"):
        rows = list(csv.reader(io.StringIO(await exported(store, "csv", what), newline="")))
        cells = [cell for row in rows[1:] for cell in row]
        assert not [cell for cell in cells if re.match(r"[=+\-@\t\r\n]", cell)]
    table = list(csv.DictReader(io.StringIO(await exported(store, "csv"), newline="")))
    assert [row["name"] for row in table] == ["app", "host", f"'{NASTY}", "'-2+3"]
    assert json.loads(table[2]["addresses"]) == ["10.0.0.1", NASTY]
    assert (table[1]["cpu_mhz"], table[2]["template"], table[0]["power"]) == (str(1 << 40), "false", "")


async def test_a_table_has_the_columns_of_its_class(store: EmbeddedStore) -> None:
    header = (await exported(store, "csv", cls="Application")).splitlines()[0].split(",")
    assert {"criticality", "tiers", "site"} <= set(header)
    assert "power" not in header


async def test_graphml_is_xml_with_a_key_for_every_datum(store: EmbeddedStore) -> None:
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ET.fromstring(await exported(store, "graphml"))  # noqa: S314 - ours
    keys = {key.get("id") for key in root.iter(f"{space}key")}
    assert {datum.get("key") for datum in root.iter(f"{space}data")} <= keys
    names = {node.get("id"): node.findtext(f"{space}data[@key='n.name']") for node in root.iter(f"{space}node")}
    assert names["vm-1"] == NASTY.replace("\x01", "\ufffd")
    assert len(list(root.iter(f"{space}edge"))) == len(RELATIONS)


async def test_networkx_reads_the_graphml(store: EmbeddedStore) -> None:
    import networkx

    graph = networkx.parse_graphml(await exported(store, "graphml"))
    assert set(graph) == {one.uid for one in CIS}
    assert graph.nodes["host"]["cpu_mhz"] == 1 << 40
    assert graph.nodes["vm-1"]["template"] is False
    assert graph.edges["app", "vm-2"]["needed"] == 1
    assert json.loads(graph.edges["app", "vm-1"]["properties"]) == {"not an `identifier\\u0060": NASTY}


async def test_dot_quotes_what_would_end_a_text(store: EmbeddedStore) -> None:
    text = await exported(store, "dot")
    without = re.sub(r'"(?:[^"\\]|\\.)*"', "S", text)  # as Graphviz reads quoted texts
    statement = r"  S( -> S)? \[label=S(, fillcolor=S)?\];"
    body = without.split("\n")[3:-2]
    assert len(body) == len(CIS) + len(RELATIONS)
    assert all(re.fullmatch(statement, line) for line in body), body
    assert without.endswith("}\n")


async def test_parts_of_the_graph(store: EmbeddedStore) -> None:
    assert await uids(store, cls="VirtualMachine") == {"vm-1", "vm-2"}
    assert await uids(store, tag="env:prod") == {"vm-1"}
    assert await uids(store, text="cmd") == {"vm-2"}
    assert await uids(store, around="host") == {"host", "vm-1"}
    assert await uids(store, around="host", depth=2) == {"host", "vm-1", "vm-2", "app"}
    assert await uids(store, around="app", depth=3, direction="out", types="NEEDS,RUNS_ON") == {"app", "vm-1", "vm-2", "host"}
    assert await uids(store, around="vm-1", direction="in") == {"app", "vm-1"}
    assert await uids(store, around="app", depth=2, cls="Hypervisor") == {"host"}
    said = json.loads(await exported(store, "json", cls="VirtualMachine"))
    assert [one["type"] for one in said["relations"]] == ["MADE_FROM"], "only those between what is there"


async def test_a_part_that_cannot_be_is_refused_before_anything_is_written(store: EmbeddedStore) -> None:
    for wanted, refusal in (
        ({"cls": "Nothing"}, InvalidArgument),
        ({"around": "nothing"}, NotFound),
        ({"around": "app", "types": "LIKES"}, InvalidArgument),
    ):
        with pytest.raises(refusal):
            await exported(store, "json", **wanted)


async def test_what_changes_meanwhile_stays_out(store: EmbeddedStore) -> None:
    async with store.snapshot() as snapshot:
        assert snapshot.exact
        await store.apply(Batch(upserts=[ci("vm-3")], removals=["vm-1"]))
        selection = await Selection.of(snapshot, Wanted())
        found = [one.uid async for some in selection.cis() for one in some]
        relations = [one.key async for some in selection.relations() for one in some]
    assert found == [one.uid for one in CIS]
    assert relations == sorted(one.key for one in RELATIONS)
    assert "vm-3" in await uids(store)

"""What people do to the graph is the same in every store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cmdb.editing import Edit, Editor, Founding
from cmdb.editing.bodies import Linking
from cmdb.importing import Importer, Options, Rows
from cmdb.importing.rows import rows_of_json
from cmdb.past import between, ci_at, page_at, relations_at
from cmdb.stores.port import GraphStore
from dcsim.events import Actor
from tests.unit.cmdb.projection.scene import Scene

ADA = Actor(principal="ada")


async def test_edits_imports_and_the_past(store: GraphStore, tmp_path: Path) -> None:
    scene = Scene(tmp_path, store)
    await scene.flow()
    editor, vm = Editor(scene.feed), await scene.named("VirtualMachine", "web")
    shop = await editor.found(ADA, Founding(cls="Application", name="shop", tags=["gold"]), "key")
    assert (await editor.found(ADA, Founding(cls="Application", name="shop", tags=["gold"]), "key")).uid == shop.uid
    await editor.relate(ADA, shop.uid, "NEEDS", vm.uid, Linking(properties={"tier": "web", "needed": 1}))
    then = datetime.now(UTC)
    await editor.change(ADA, shop.uid, Edit(name="store", attributes={"criticality": 1}))
    await editor.unrelate(ADA, shop.uid, "NEEDS", vm.uid)
    was = await ci_at(store, shop.uid, then)
    assert was is not None
    assert (was.name, len(await relations_at(store, vm.uid, then, "in"))) == ("shop", len(await store.relations_of([vm.uid], "in")) + 1)
    assert [one.name for one in (await page_at(store, then, "Application", {}, "", 10)).items] == ["shop"]
    (difference,) = await between(store, then, datetime.now(UTC))
    assert {"name", "criticality", f"NEEDS {vm.uid}"} == set(difference.fields)
    rows = rows_of_json(Rows([{"class": "Team", "name": "payments"}, {"uid": vm.uid, "tags": ["leased"]}]))
    done = await Importer(scene.feed).bring(ADA, *rows, Options(name="hr"))
    assert (done.created, done.updated) == (1, 1)
    digest = await store.digest()
    assert (await Importer(scene.feed).bring(ADA, *rows, Options(name="hr"))).unchanged == 2
    scene.feed._loaded = False
    await scene.feed.load()
    await scene.flow()
    assert await store.digest() == digest
    scene.lab.close()

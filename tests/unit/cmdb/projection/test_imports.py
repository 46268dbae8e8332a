"""Things that were in the graph before the engine told of them: merged when it is certain, left to people when it is not."""

from __future__ import annotations

from datetime import UTC, datetime

from cmdb.model import Ci, Claim
from cmdb.projection.projector import IMPORTED
from cmdb.reconciliation import claimed, new_uid
from cmdb.stores.port import Batch, Record
from emulators.world.model import Blade
from tests.unit.cmdb.projection.scene import Scene

NOW = datetime(2026, 11, 23, tzinfo=UTC)


async def imported(scene: Scene, key: str, **attributes: str) -> Ci:
    """A blade that somebody's spreadsheet tells of."""
    uid = new_uid("Blade", "import", key)
    ci = claimed(None, uid, "Blade", "import", Claim(key, 0, {"name": key, **attributes}), NOW)
    assert ci is not None
    await scene.store.apply(Batch(upserts=[ci], records=[Record(IMPORTED, uid, "Blade")]))
    return ci


async def test_an_imported_blade_is_the_engine_s(scene: Scene) -> None:
    blade = scene.lab.state.all(Blade)[0]
    mine = await imported(scene, "row 1", serial=blade.serial, description="bought second-hand")
    await scene.flow()
    assert (await scene.store.counts())["Blade"] == 3, "no doubles"
    merged = await scene.store.node(mine.uid)
    assert merged is not None
    assert set(merged.sources) == {"import", "ucs", "vsphere"}
    assert (merged.attributes["description"], merged.attributes["power"]) == ("bought second-hand", "on")
    assert await scene.relations(merged, "MOUNTED_IN")


async def test_two_rows_for_one_blade_are_a_task_and_nothing_is_merged(scene: Scene) -> None:
    blade = scene.lab.state.all(Blade)[0]
    rows = [await imported(scene, f"row {number}", serial=blade.serial) for number in (1, 2)]
    await scene.flow()
    assert (await scene.store.counts())["Blade"] == 5
    for row in rows:
        assert (await scene.store.node(row.uid)) == row, "untouched"
    tasks = await scene.store.find("DeDuplicationTask", "state", "open")
    assert tasks
    assert {candidate for task in tasks for candidate in task.attributes["candidates"]} >= {row.uid for row in rows}  # type: ignore[union-attr]
    assert {relation.target for relation in await scene.relations(tasks[0], "CONCERNS")} >= {row.uid for row in rows}

"""What the CMDB announces: each row of history once, in order, with who did it and why, in its catalogue's shape."""

from __future__ import annotations

from pathlib import Path

from cmdb.editing import Editor, Founding
from cmdb.events import CiChange
from cmdb.outbox import Announcer
from cmdb.stores.port import HistoryQuery
from dcsim.bus import Bus
from dcsim.events import Actor, Envelope, catalogue
from tests.unit.cmdb.projection.scene import Scene


async def test_every_change_becomes_an_event_whoever_made_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    await scene.open()
    await scene.flow()
    made = await Editor(scene.feed).found(Actor(principal="ada"), Founding(cls="Team", name="payments"))
    announcer = Announcer(scene.store, Bus())
    events: list[Envelope] = []
    after = 0
    while page := await announcer.read(after, 50):
        events += page
        after = page[-1].sequence
    rows = await scene.store.history(HistoryQuery(limit=100_000))
    assert [event.sequence for event in events] == [row.number for row in rows]
    assert len({event.id for event in events}) == len(events)
    for event, row in zip(events, rows, strict=True):
        declared = catalogue.get(event.type)
        assert declared is not None
        assert (declared.topic, event.subject, event.actor, event.causation_id) == ("cmdb", row.uid, row.actor, row.event_id)
        assert event.payload(CiChange).cls == row.cls
    assert (events[-1].type, events[-1].subject, events[-1].actor.principal) == ("dcsim.cmdb.ci.created", made.uid, "ada")
    await scene.close()

"""Filling the graph from a snapshot, and comparing it afterwards, against a real engine's REST API and a real bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cmdb.projection.hearing import HEARD
from cmdb.projection.sync import SYSTEM
from cmdb.projection.work import Projection
from cmdb.reconciliation import edited
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import Batch
from dcsim.bus import ENGINE, Bus, OutboxRelay
from dcsim.telemetry.metrics import Metrics
from dcsim.valkey import PrivateValkey
from emulators.api.context import EngineContext
from emulators.api.routes import routes
from emulators.service import EngineService  # importing registers every kind of entity
from emulators.world.checkpoints import Checkpoints
from emulators.world.decisions.power import PowerOff
from emulators.world.decisions.vms import DestroyVm
from emulators.world.outbox import Outbox
from tests.contract.bus.harness import eventually, running
from tests.unit.cmdb.projection.scene import Scene, story

assert EngineService.name == "engine"


class Stage(Scene):
    """A scene whose events go over a bus, and whose engine answers by REST."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.valkey = PrivateValkey(folder / "bus")
        self.bus = Bus()
        record = self.lab.world.record
        assert record is not None
        self.world = record.uid
        context = EngineContext(self.lab.world, cast("Any", None), Checkpoints(self.lab.world, folder / "checkpoints"), folder / "forks")
        app = web.Application()
        routes.add_to(app, context)
        self.server = TestServer(app)

    async def open(self) -> None:
        """Start everything."""
        await super().open()
        await self.valkey.start()
        await self.bus.open(self.valkey.url)
        await self.server.start_server()
        self.url = str(self.server.make_url("/")).rstrip("/")
        self.projection = Projection(self.store, self.bus, lambda: (self.url, "none"), Metrics())

    async def close(self) -> None:
        """Stop everything."""
        await self.server.close()
        await self.bus.close()
        await self.valkey.stop()
        await super().close()

    def relay(self) -> OutboxRelay:
        """What brings the engine's events to the bus."""
        return OutboxRelay(self.bus, Outbox(self.lab.world, source=f"/dcsim/{self.world}"), epoch=self.world)

    async def at_rest(self) -> bool:
        """Whether everything that happened is in the graph."""
        return await self.bus.cursor(ENGINE) == (self.world, self.lab.world.sequence) and await self.projection.caught_up()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """One stage."""
    made = Stage(tmp_path)
    await made.open()
    yield made
    await made.close()


def workers(stage: Stage) -> list[Any]:
    """The consumer and the feed; the synchroniser is called by hand."""
    return [stage.relay(), *stage.projection.workers()[:2]]


async def test_history_that_is_gone_is_made_up_for_by_a_snapshot(stage: Stage) -> None:
    story(stage.lab)
    async with running(stage.relay()):
        await eventually(lambda: published(stage))
    await stage.bus.trim(ENGINE, keep=3)
    async with running(*workers(stage)):
        assert await stage.projection.synchroniser.history_lost()
        report = await stage.projection.synchroniser.synchronise("history lost")
        assert report.error == ""
        await eventually(stage.at_rest)
        stage.lab.run(PowerOff(vm=stage.lab.vm("web").uid))
        await eventually(stage.at_rest)
        assert not await stage.projection.synchroniser.history_lost()
    web = await stage.named("VirtualMachine", "web")
    assert web.attributes["power"] == "off"
    assert (await stage.history(web))[-1].actor.principal == "tester"
    assert await stage.store.digest() == await calm(stage)


async def published(stage: Stage) -> bool:
    return await stage.bus.cursor(ENGINE) == (stage.world, stage.lab.world.sequence)


async def calm(stage: Stage) -> str:
    """The hash of the graph that all events make."""
    other = Scene.__new__(Scene)
    other.lab, other.store = stage.lab, EmbeddedStore(stage.lab.path.parent / "calm.db")
    from cmdb.projection.feed import Feed

    await other.store.open()
    await Feed(other.store, Bus()).take(other.events())
    found = await other.store.digest()
    await other.store.close()
    return found


async def test_a_comparison_of_equals_changes_nothing(stage: Stage) -> None:
    story(stage.lab)
    async with running(*workers(stage)):
        await eventually(stage.at_rest)
        before = await stage.store.revision()
        report = await stage.projection.synchroniser.synchronise("asked")
        assert (report.error, report.changed, report.removed) == ("", 0, 0)
    assert await stage.store.revision() == before


async def test_what_was_missed_is_put_right_and_people_s_edits_stay(stage: Stage) -> None:
    async with running(*workers(stage)):
        await eventually(stage.at_rest)
        web, spare = await stage.named("VirtualMachine", "web"), await stage.named("VirtualMachine", "spare")
        noted = edited(spare, spare.changed, {"description": "the boss's own"})
        await stage.store.apply(Batch(upserts=[noted]))
        await lose(stage)
        assert (await stage.named("VirtualMachine", "web")).attributes["power"] == "on", "it has missed that"
        report = await stage.projection.synchroniser.synchronise("asked")
        assert report.error == ""
        assert report.removed >= 1
    seen = await stage.named("VirtualMachine", "web")
    assert (seen.uid, seen.attributes["power"]) == (web.uid, "off")
    assert (await stage.history(seen))[-1].actor == SYSTEM
    kept = await stage.store.node(spare.uid)
    assert kept is not None, "a person owns it too"
    assert set(kept.sources) == {"person"}
    assert kept.attributes == {"description": "the boss's own"}
    assert await stage.relations(kept) == []


async def lose(stage: Stage) -> None:
    """Let things happen of which the projection never hears: its group is told that it has read them."""
    feed, heard = stage.projection.feed, stage.lab.world.sequence

    async def deaf(events: list[Any]) -> dict[str, Any]:
        return {} if all(event.sequence > heard for event in events) else await real(events)

    real, feed.take = feed.take, deaf  # type: ignore[method-assign,assignment]
    stage.lab.run(PowerOff(vm=stage.lab.vm("web").uid))
    stage.lab.run(DestroyVm(vm=stage.lab.vm("spare").uid))
    await asyncio.sleep(1.2)  # the relay looks once a second when nobody tells it
    await eventually(stage.at_rest)
    feed.take = real  # type: ignore[method-assign]


async def test_an_engine_that_is_away_is_said_and_nothing_breaks(stage: Stage) -> None:
    async with running(*workers(stage)):
        await eventually(stage.at_rest)
        await stage.server.close()
        report = await stage.projection.synchroniser.synchronise("asked")
        assert "does not answer" in report.error
        check = stage.projection.check()
        assert (check.ok, check.required) == (False, False)


async def test_another_journal_starts_the_graph_over(stage: Stage, tmp_path: Path) -> None:
    async with running(*workers(stage)):
        await eventually(stage.at_rest)
    stage.lab.run(DestroyVm(vm=stage.lab.vm("spare").uid))
    stage.world = "world-of-tomorrow"
    async with running(*workers(stage)):
        await eventually(stage.at_rest)
    assert await stage.store.find("VirtualMachine", "name", "spare") == []
    heard = await stage.store.cursor(HEARD)
    assert heard is not None
    assert (heard.epoch, heard.sequence) == ("world-of-tomorrow", stage.lab.world.sequence)
    assert (await stage.store.counts())["VirtualMachine"] == 3

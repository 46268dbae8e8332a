"""Services in one process: start order, failure, events through the bus, the lock, stopping."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dcsim.datadir import DataDir, RunState
from dcsim.errors import AlreadyRunning, JournalCorrupt, OperationalError, PortTaken
from dcsim.events import Envelope
from dcsim.service import Check, Health, ServiceContext
from dcsim.settings import Bus, Ports, Process, Settings
from dcsim.supervisor import Supervisor
from tests.unit.kernel.fake_service import FakeService


class Second(FakeService):
    """Another service, with a topic and group of its own."""

    name = "second"


class Late(Second):
    """Starts when clients can log in already, and finds the bus open and the others' endpoints announced."""

    late = True

    async def start(self, context: ServiceContext) -> None:
        await super().start(context)
        async with context.bus.speaking() as redis:
            await redis.ping()
        self.found = sorted(context.announced)


class Broken(FakeService):
    """Its worker fails."""

    name = "broken"

    def workers(self) -> list[Broken]:
        return [self]

    async def run(self) -> None:
        await asyncio.sleep(0.05)
        raise ZeroDivisionError("a bug in a worker")


class Unwell(FakeService):
    """Never becomes healthy."""

    async def health(self) -> Health:
        return Health((Check(name="store", ok=False, detail="no disk; insert one"),))


def settings_for(data_dir: Path, **changes: object) -> Settings:
    base = {"data_dir": data_dir, "ports": Ports(engine=0, vsphere=0), "process": Process(drain_seconds=1)}
    return Settings(**{**base, **changes})  # type: ignore[arg-type]


@asynccontextmanager
async def supervised(settings: Settings, *services: FakeService) -> AsyncIterator[tuple[Supervisor, RunState]]:
    ready: asyncio.Future[RunState] = asyncio.get_running_loop().create_future()
    supervisor = Supervisor(settings, services, when_ready=ready.set_result)
    running = asyncio.create_task(supervisor.run())
    waiting: set[asyncio.Future[Any]] = {running, ready}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    yield supervisor, ready.result()
    supervisor.stop()
    await asyncio.wait_for(running, 20)


async def test_services_start_and_their_events_travel(tmp_path: Path) -> None:
    service = FakeService()
    now = datetime.now(UTC)
    async with supervised(settings_for(tmp_path), service, Second()) as (_, state):
        assert [running.name for running in state.services] == ["fake", "second"]
        assert state.pid == os.getpid()
        service.events.append(
            Envelope(id="1", source="/fake", type="dcsim.a.b.c", subject="vm-1", time=now, simulated_time=now, sequence=1)
        )
        for _ in range(500):
            if service.heard:
                break
            await asyncio.sleep(0.01)
        assert service.heard == [1]
    assert service.stopped.is_set()


async def test_a_late_service_starts_after_the_others_whatever_the_order(tmp_path: Path) -> None:
    late = Late()
    async with supervised(settings_for(tmp_path), late, FakeService()) as (_, state):
        assert late.found == ["rest", "vendor"]
        assert [running.name for running in state.services] == ["second", "fake"]
    assert late.stopped.is_set()


async def test_run_state_is_there_only_while_it_runs(tmp_path: Path) -> None:
    directory = DataDir(tmp_path)
    assert (directory.holder(), directory.state()) == (None, None)
    async with supervised(settings_for(tmp_path), FakeService()) as (_, state):
        assert directory.holder() == os.getpid()
        assert directory.state() == state
        assert (tmp_path / "run.json").stat().st_mode & 0o077 == 0
    assert (directory.holder(), directory.state()) == (None, None)


async def test_second_run_of_a_data_dir_is_refused(tmp_path: Path) -> None:
    async with supervised(settings_for(tmp_path), FakeService()):
        with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}\); see `dcsim status`"):
            await Supervisor(settings_for(tmp_path), [FakeService()]).run()


async def test_service_that_fails_stops_the_ones_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = FakeService()

    class Failing(FakeService):
        async def start(self, context: object) -> None:
            raise JournalCorrupt("The journal is damaged; restore a checkpoint.")

    last = Failing()
    with pytest.raises(JournalCorrupt, match="restore a checkpoint"):
        await Supervisor(settings_for(tmp_path), [first, last]).run()
    assert first.stopped.is_set()
    assert last.stopped.is_set()
    assert DataDir(tmp_path).holder() is None


async def test_taken_port_stops_everything(tmp_path: Path) -> None:
    async with supervised(settings_for(tmp_path / "one"), FakeService()) as (_, state):
        port = int(state.endpoints[0].url.rpartition(":")[2])
        with pytest.raises(PortTaken, match=f"Port {port} .*--port-engine"):
            await Supervisor(settings_for(tmp_path / "two", ports=Ports(engine=port, vsphere=0)), [FakeService()]).run()


async def test_unreachable_bus_is_a_sentence(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, bus=Bus(url=f"unix://{tmp_path}/none"))
    with pytest.raises(OperationalError, match=r"check bus\.url"):
        await Supervisor(settings, [FakeService()]).run()


async def test_failing_worker_ends_the_process_with_its_error(tmp_path: Path) -> None:
    broken = Broken()
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(Supervisor(settings_for(tmp_path), [broken]).run(), 20)
    assert broken.stopped.is_set()


async def test_unhealthy_service_is_not_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcsim.supervisor.READY_SECONDS", 0.2)
    with pytest.raises(OperationalError, match=r"fake is not healthy after 0\.2 s \(store: no disk; insert one\)"):
        await Supervisor(settings_for(tmp_path), [Unwell()]).run()


async def test_unusable_data_dir_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperationalError, match="choose another with --data-dir"):
        await Supervisor(settings_for(tmp_path / "file"), [FakeService()]).run()

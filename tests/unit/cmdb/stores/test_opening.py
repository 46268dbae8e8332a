"""The store in the service: by the settings, opened beside the API, its state in the service's health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cmdb.service import CmdbService
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.opening import make_store
from dcsim.datadir import RunState
from dcsim.errors import OperationalError, StoreCorrupt
from dcsim.settings import Cmdb, Ports, Process, Settings, effective
from dcsim.supervisor import Supervisor


def settings_for(data_dir: Path, cmdb: Cmdb | None = None) -> Settings:
    """Return settings that take nothing from outside."""
    return Settings(data_dir=data_dir, ports=Ports(cmdb=0), process=Process(drain_seconds=1), cmdb=cmdb or Cmdb())


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[RunState]:
    """Run the CMDB alone."""
    ready: asyncio.Future[RunState] = asyncio.get_running_loop().create_future()
    supervisor = Supervisor(settings, [CmdbService()], when_ready=ready.set_result)
    task = asyncio.create_task(supervisor.run())
    waiting: set[asyncio.Future[Any]] = {task, ready}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    yield ready.result()
    supervisor.stop()
    await asyncio.wait_for(task, 20)


def test_the_settings_choose_the_store(tmp_path: Path) -> None:
    assert isinstance(make_store(settings_for(tmp_path)), EmbeddedStore)
    assert make_store(settings_for(tmp_path, Cmdb(neo4j_url="neo4j://127.0.0.1:1"))).kind == "neo4j"


def test_its_secrets_are_hidden(tmp_path: Path) -> None:
    shown = effective(settings_for(tmp_path, Cmdb(neo4j_password="secret", engine_token="also")))
    assert shown["cmdb"]["neo4j_password"] == shown["cmdb"]["engine_token"] == "********"
    assert effective(settings_for(tmp_path))["cmdb"]["neo4j_password"] == ""


async def test_the_service_is_ready_with_its_store_open(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as state:
        (endpoint,) = state.endpoints
        assert endpoint.env["DCSIM_CMDB_URL"] == endpoint.url
        async with aiohttp.ClientSession() as session, session.get(endpoint.health) as answer:
            assert answer.status == 200
            assert "embedded" in await answer.text()
    assert (tmp_path / "cmdb.db").exists()


async def test_a_damaged_store_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "cmdb.db").write_bytes(b"no database at all, and not a short text either" * 50)
    with pytest.raises(StoreCorrupt, match="Move the file away"):
        async with running(settings_for(tmp_path)):
            pass


async def test_a_neo4j_that_is_away_is_named_when_patience_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcsim.supervisor.READY_SECONDS", 1.0)
    with pytest.raises(OperationalError, match=r"cmdb is not healthy.*Neo4j at bolt://127\.0\.0\.1:1 is away"):
        async with running(settings_for(tmp_path, Cmdb(neo4j_url="bolt://127.0.0.1:1"))):
            pass

"""A desk over both databases: a SQLite file, and a real PostgreSQL where there is one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from dcsim.sql import Database
from itsm.desk import Desk

WHO = Actor(principal="ops", api="itsm")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    return f"sqlite:///{tmp_path / 'itsm.db'}" if request.param == "sqlite" else str(request.getfixturevalue("postgres").database())


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    """Yield an empty one."""
    database = Database(url, migrations="itsm.migrations", service="itsm")
    await database.open()
    yield Desk(database, SimulatedClock())
    await database.close()

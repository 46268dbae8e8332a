"""The databases that the contract holds for, each empty for every test: a SQLite file, and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcsim.sql import Database
from tests.postgres_server import Postgres

MIGRATIONS = "tests.contract.sql.migrations"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/deep/things.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """Yield it open, with the schema of the tests."""
    opened = Database(url, migrations=MIGRATIONS, service="things")
    await opened.open()
    yield opened
    await opened.close()

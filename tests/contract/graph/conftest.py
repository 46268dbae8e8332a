"""The graph stores that the contract holds for, each fresh and empty for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import GraphStore

Make = Callable[[], GraphStore]


@pytest.fixture(params=["embedded"])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return what makes the store, unopened, over what an earlier one left."""
    return lambda: EmbeddedStore(tmp_path / "cmdb.db")


@pytest.fixture
async def store(reopened: Make) -> AsyncIterator[GraphStore]:
    """Yield an open, empty store."""
    opened = reopened()
    await opened.open()
    yield opened
    await opened.close()

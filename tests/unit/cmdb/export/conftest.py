"""A store with a small graph."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import Batch
from tests.unit.cmdb.export.graph import CIS, RELATIONS


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """Yield a store with that graph."""
    opened = EmbeddedStore(tmp_path / "cmdb.db")
    await opened.open()
    await opened.apply(Batch(upserts=CIS, related=RELATIONS))
    yield opened
    await opened.close()

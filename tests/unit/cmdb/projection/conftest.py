"""A scene for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.cmdb.projection.scene import Scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A world of a few hosts, and a graph that is still empty."""
    made = Scene(tmp_path)
    await made.open()
    yield made
    await made.close()

"""A real Valkey for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcsim.bus import Bus
from dcsim.valkey import PrivateValkey


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[PrivateValkey]:
    """A running server on an empty directory."""
    server = PrivateValkey(tmp_path / "bus")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def bus(valkey: PrivateValkey) -> AsyncIterator[Bus]:
    """A connection to it."""
    connected = await Bus.connect(valkey.url)
    yield connected
    await connected.close()

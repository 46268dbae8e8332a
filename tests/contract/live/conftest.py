"""A real Valkey, a connection to it, and HTTP clients."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.contract.bus.conftest import bus, valkey

__all__ = ["bus", "session", "valkey"]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as opened:
        yield opened

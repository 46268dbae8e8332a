"""A private engine that is killed comes back by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emulators.machines.engine import PrivateEngine, answers, read_pid
from emulators.machines.keeper import EngineKeeper

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="dockerd is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a private Docker engine"),
]


@pytest.fixture
async def private(tmp_path: Path) -> AsyncIterator[PrivateEngine]:
    """One that runs and is kept running."""
    engine = PrivateEngine(tmp_path)
    await engine.start()
    keeping = asyncio.create_task(EngineKeeper(engine).run())
    yield engine
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await engine.engine.stop()


async def another_than(private: PrivateEngine, pid: int) -> int:
    """Wait until another engine answers; its pid."""
    deadline = time.monotonic() + 15
    while not ((now := read_pid(private.pidfile)) not in {None, pid} and await answers(private.host)):
        assert time.monotonic() < deadline, "no engine came back"
        await asyncio.sleep(0.05)
    assert now is not None
    return now


async def test_an_engine_that_ends_is_started_again(private: PrivateEngine) -> None:
    first = read_pid(private.pidfile)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    second = await another_than(private, first)
    os.kill(second, signal.SIGTERM)
    await another_than(private, second)

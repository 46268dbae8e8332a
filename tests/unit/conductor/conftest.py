"""What tests of the conductor share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.unit.conductor.stage import Containers, Stage

OpenStage = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def open_stage(tmp_path: Path) -> AsyncIterator[OpenStage]:
    """Opens a stage; whatever is open is closed after the test."""
    opened: list[Stage] = []

    async def make(*, observe: bool = True, timing: str = "instant", machines: Containers | None = None) -> Stage:
        stage = Stage(tmp_path, machines or Containers(), timing=timing)
        opened.append(stage)
        return await stage.open(observe=observe)

    yield make
    for stage in opened:
        await stage.close()


@pytest.fixture
async def stage(open_stage: OpenStage) -> Stage:
    """One that is open: web and db run in containers, spare and golden never did."""
    return await open_stage()

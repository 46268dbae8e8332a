"""The garbage collector of a server: full collections wait for an idle moment, and do come."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dcsim import collector
from dcsim.collector import Collector


class Knot:
    """An object that only a full collection can free, once it has grown old."""

    def __init__(self) -> None:
        self.me = self


@pytest_asyncio.fixture
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """One that looks often."""
    monkeypatch.setattr(collector, "WORTHWHILE", 0)
    made = Collector(look_seconds=0.02)
    made.start()
    yield made
    await made.stop()
    gc.unfreeze()


def old_garbage() -> weakref.ref[Knot]:
    """A knot that lay in the oldest generation before it was dropped."""
    knot = Knot()
    gc.collect(1)
    gc.collect(1)
    return weakref.ref(knot)


async def until_freed(found: weakref.ref[Knot], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while found() is not None and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    return found() is None


@pytest.mark.usefixtures("running")
async def test_an_idle_process_frees_old_cycles() -> None:
    assert await until_freed(old_garbage(), 10)


@pytest.mark.usefixtures("running")
async def test_a_busy_process_leaves_them_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "IDLE", -1.0)
    assert not await until_freed(old_garbage(), 0.3)


@pytest.mark.usefixtures("running")
async def test_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "IDLE", -1.0)
    monkeypatch.setattr(collector, "PRESSING", 1)
    found = old_garbage()
    gc.collect(1)
    assert await until_freed(found, 10)


@pytest.mark.usefixtures("running")
async def test_what_survived_is_looked_at_again_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    knot = Knot()
    found = weakref.ref(knot)
    await asyncio.sleep(0.1)  # a collection finds it alive and spares it
    del knot
    assert not await until_freed(found, 0.2)
    monkeypatch.setattr(collector, "WORTHWHILE", 1_000_000)
    monkeypatch.setattr(collector, "QUIET_LOOKS", 1)
    monkeypatch.setattr(collector, "THOROUGH_SECONDS", 0.0)
    assert await until_freed(found, 10)


async def test_it_is_left_as_it_was_found() -> None:
    before = gc.get_threshold()
    made = Collector()
    made.start()
    assert gc.get_threshold() != before
    assert gc.get_freeze_count() > 0
    await made.stop()
    gc.unfreeze()
    assert (gc.get_threshold(), gc.isenabled()) == (before, True)

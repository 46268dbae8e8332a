"""Waiting until operations are over, whoever began them."""

from __future__ import annotations

import asyncio
from typing import Final

from emulators.world.engine import World
from emulators.world.model import Task, TaskState

OVER: Final = frozenset({TaskState.SUCCESS, TaskState.ERROR})


async def over(world: World, uid: str) -> Task:
    """The task of that uid once it is over; raises NotFound when it is unknown.  Callers set the limit."""
    changed = asyncio.Event()
    stop = world.watch(lambda committed: changed.set() if uid in committed.touched else None)
    try:
        while (task := world.state.get(Task, uid)).state not in OVER:
            await changed.wait()
            changed.clear()
    finally:
        stop()
    return task

"""Waiting for operations, for methods of the API that answer only when the work is done."""

from __future__ import annotations

import asyncio
from typing import Final

from pyVmomi import vim

from emulators.vsphere.call import Call
from emulators.vsphere.faults import task_fault
from emulators.vsphere.soap.faults import VimFault
from emulators.world.commands import Operation
from emulators.world.engine import World
from emulators.world.model import Task, TaskState

DEADLINE: Final = 300.0
"""Seconds that a client's call may take."""
OVER: Final = frozenset({TaskState.SUCCESS, TaskState.ERROR})


async def completed(call: Call, operation: Operation) -> Task:
    """Execute an operation and answer its task when it has succeeded.

    Raises the DomainError that refuses to begin it, the VimFault that it fails with, or VimFault Timedout.
    """
    outcome = await call.execute(operation)
    try:
        async with asyncio.timeout(DEADLINE):
            task = await over(call.world, outcome.result)
    except TimeoutError:
        raise VimFault(vim.fault.Timedout(), "The operation did not complete in time.") from None
    if task.error is not None:
        raise VimFault(task_fault(task.error, call.view))
    return task


async def over(world: World, uid: str) -> Task:
    """The task of that uid once it is over; raises NotFound when it is unknown."""
    changed = asyncio.Event()
    stop = world.watch(lambda committed: changed.set() if uid in committed.touched else None)
    try:
        while (task := world.state.get(Task, uid)).state not in OVER:
            await changed.wait()
            changed.clear()
    finally:
        stop()
    return task

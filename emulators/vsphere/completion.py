"""Waiting for operations, for methods of the API that answer only when the work is done."""

from __future__ import annotations

import asyncio
from typing import Final

from pyVmomi import vim

from emulators.conductor.endings import over
from emulators.vsphere.call import Call
from emulators.vsphere.faults import task_fault
from emulators.vsphere.soap.faults import VimFault
from emulators.world.commands import Operation
from emulators.world.model import Task

DEADLINE: Final = 300.0
"""Seconds that a client's call may take."""


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

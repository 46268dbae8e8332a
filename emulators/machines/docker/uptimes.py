"""How long a guest has run, as it reads it in ``/proc/uptime``: since its container started, not since its host did.

The kernel counts for the whole machine, so a file stands in its place (`inside.show`), and one task writes all of them at every full
second.  Whole seconds of the wall clock and of the file change together: now minus uptime is the same second whenever a guest is asked.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Final, NamedTuple

from emulators.machines.docker import inside
from emulators.machines.docker.endpoint import Endpoint
from emulators.machines.docker.observe import ContainerInfo

PATH: Final = "/proc/uptime"


class Counted(NamedTuple):
    """A container's first process, when it started (seconds since 1970), and its file, open for writing."""

    pid: int
    started: float
    file: int


class Uptimes:
    """The uptimes of one engine's containers."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._counted: dict[str, Counted] = {}
        self._ticking: asyncio.Task[None] | None = None

    async def count(self, info: ContainerInfo) -> bool:
        """Count a running container's uptime until it ends; False where that can't be done. Raises MachineError."""
        pid = info.State.Pid
        known = self._counted.get(info.Id)
        if known is not None and known.pid == pid:
            return True
        started = info.State.StartedAt.timestamp()
        if not await inside.show(self._endpoint, info, PATH, line(started, int(time.time()))):
            return False
        self._forget(info.Id)
        try:
            file = os.open(f"/proc/{pid}/root{PATH}", os.O_WRONLY)
        except FileNotFoundError:  # it has ended meanwhile
            return True
        self._counted[info.Id] = Counted(pid, started, file)
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.get_running_loop().create_task(self._tick(), name="uptimes of guests")
        return True

    async def _tick(self) -> None:
        while self._counted:
            await asyncio.sleep(1 - time.time() % 1)
            self._write(round(time.time()))

    def _write(self, now: int) -> None:
        """Some microseconds for each container that runs; those that have ended are dropped."""
        for container, one in list(self._counted.items()):
            if Path(f"/proc/{one.pid}").exists():
                os.pwrite(one.file, line(one.started, now), 0)
            else:
                self._forget(container)

    def _forget(self, container: str) -> None:
        known = self._counted.pop(container, None)
        if known is not None:
            os.close(known.file)

    async def close(self) -> None:
        """Count no more; containers that go on keep what they were shown last."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        for container in list(self._counted):
            self._forget(container)


def line(started: float, now: int) -> bytes:
    """The file's only line, always of one length: seconds since the start, and that nothing was done in them."""
    seconds = max(now - int(started), 0)
    return f"{seconds}.00 {seconds}.00".ljust(32).encode() + b"\n"

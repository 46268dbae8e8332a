"""Routes of the host to single addresses: where another range stands in for one that machines are to be reached at from here."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import Final

import structlog

from emulators.machines.docker.endpoint import Endpoint

log = structlog.get_logger(__name__)
SECONDS: Final = 10.0


class HostRoutes:
    """Sets routes with `ip`, which needs root on the engine's machine; a bridge that goes takes its routes with it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._ip = shutil.which("ip") or ""
        self._possible = endpoint.local and os.geteuid() == 0 and bool(self._ip)

    async def lead(self, address: str, bridge: str) -> None:
        """Have the host find an address behind a bridge; says so in the log when it can't be done."""
        if not self._possible or not await self._run("route", "replace", f"{address}/32", "dev", bridge):
            log.warning("an address cannot be reached from this machine", address=address, reason="the host's route can't be set")

    async def _run(self, *arguments: str) -> bool:
        null = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(self._ip, *arguments, stdout=null, stderr=null)
        try:
            async with asyncio.timeout(SECONDS):
                return await process.wait() == 0
        except TimeoutError:
            return False
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

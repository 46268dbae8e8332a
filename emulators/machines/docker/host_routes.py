"""Routes of the host to single addresses: where another range stands in for one that machines are to be reached at from here."""

from __future__ import annotations

import os
import shutil
from typing import Final

import structlog

from dcsim.errors import MachineError
from emulators.machines.commands import run
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
        reason = "the host's routes can't be set from here"
        if self._possible:
            try:
                await run(self._ip, "route", "replace", f"{address}/32", "dev", bridge, deadline=SECONDS)
            except MachineError as error:
                reason = error.message
            else:
                return
        log.warning("an address cannot be reached from this machine", address=address, reason=reason)

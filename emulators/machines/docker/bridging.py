"""Packets between containers of one network are nobody's to translate.

The engine translates the source address of what leaves a network, by its range; where the kernel shows bridged packets to its filter
(`br_netfilter`), and two networks have one range, that catches what machines of the second send one another.  One rule of the host's lets
bridged packets be.  It needs root on the engine's machine; elsewhere machines in a range that exists twice may not reach one another.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import Final

import structlog

from dcsim.errors import MachineError
from emulators.machines.commands import run
from emulators.machines.docker.endpoint import Endpoint

log = structlog.get_logger(__name__)
SECONDS: Final = 10.0
RULE: Final = ("POSTROUTING", "-m", "physdev", "--physdev-is-bridged", "-m", "comment", "--comment", "dcsim", "-j", "ACCEPT")


class Bridging:
    """The rule.  The engine puts those of each new network before all others, so this one is put first again after that."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._iptables = shutil.which("iptables") or ""
        self._possible = endpoint.local and os.geteuid() == 0 and bool(self._iptables)
        self._needed = False
        self._turn = asyncio.Lock()

    async def need(self) -> None:
        """Let bridged packets be from now on, whatever the ranges are."""
        if not self._needed:
            await self.created(twice=True)

    async def created(self, *, twice: bool) -> None:
        """Note that a network was made, and whether its range exists twice now: from the first such one on, bridged packets are let be."""
        self._needed |= twice
        if not self._needed:
            return
        reason = "the host's filter can't be set from here"
        async with self._turn:
            if self._possible:
                try:
                    await self._put_first()
                except MachineError as error:
                    reason = error.message
                else:
                    return
        log.warning("machines of tenants whose ranges overlap may not reach one another", reason=reason)

    async def _put_first(self) -> None:
        """Insert the rule before all others. Raises MachineError."""
        try:
            await self._run("-D")
        except MachineError as error:
            log.debug("the rule for bridged packets was not there yet", said=error.message)
        await self._run("-I")

    async def _run(self, verb: str) -> None:
        """Delete the rule (``-D``) or insert it (``-I``). Raises MachineError."""
        await run(self._iptables, "-w", "-t", "nat", verb, *RULE, deadline=SECONDS)

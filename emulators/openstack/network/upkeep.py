"""Keeping something outside the world in line with it: what a commit concerns is done anew, one thing after another, once however often."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

import structlog

from dcsim.errors import DcsimError, MachineNotFound
from emulators.openstack.cloud import Cloud
from emulators.world.engine import Committed
from emulators.world.events import Change, Created, Updated
from emulators.world.model import Owner, Power, Vm

log = structlog.get_logger(__name__)
_CONCERNING = frozenset({"power", "guest", "machine", "change"})
"""Fields of a VM after whose change its machine is looked at."""


class Upkeep(ABC):
    """One such keeper; ``what`` names it in the log."""

    what: ClassVar[str]

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._dirty: dict[str, None] = {}
        self._working: asyncio.Task[None] | None = None
        self._unwatch = cloud.world.watch(self._on_commit)

    @abstractmethod
    def concerned(self, change: Change) -> Iterable[str]:
        """The uids of what a change may concern."""

    @abstractmethod
    async def apply(self, uid: str) -> None:
        """Bring one of them in line. Raises DcsimError."""

    def mark(self, uids: Iterable[str]) -> None:
        """Have these brought in line soon."""
        before = len(self._dirty)
        self._dirty |= dict.fromkeys(uids)
        if len(self._dirty) > before and (self._working is None or self._working.done()):
            self._working = asyncio.get_running_loop().create_task(self._work(), name=self.what)

    async def close(self) -> None:
        """Follow the world no more."""
        self._unwatch()
        self._dirty.clear()
        await self.idle()

    async def idle(self) -> None:
        """Wait until nothing is left to do."""
        while self._working is not None and not self._working.done():
            await asyncio.wait([self._working])

    def _on_commit(self, committed: Committed) -> None:
        found = [uid for record in committed.records for change in record.event.changes for uid in self.concerned(change)]
        if found:
            self.mark(found)

    async def _work(self) -> None:
        while self._dirty:
            uid = next(iter(self._dirty))
            del self._dirty[uid]
            try:
                await self.apply(uid)
            except MachineNotFound:
                continue  # it goes: nobody reaches it any more
            except DcsimError as error:
                log.warning("what servers have of Neutron is not in line", what=self.what, subject=uid, reason=error.message)


def contained(vm: Vm) -> bool:
    """Whether a VM is a server in a container."""
    return vm.owner is Owner.OPENSTACK and vm.machine not in {"", "simulated"}


def runs(vm: Vm) -> bool:
    """Whether it is, and is on."""
    return contained(vm) and vm.power is Power.ON


def looked_at(vm: Vm, change: Change) -> bool:
    """Whether a change of a VM may be one of its container."""
    return contained(vm) and (isinstance(change, Created) or (isinstance(change, Updated) and bool(_CONCERNING & set(change.fields))))

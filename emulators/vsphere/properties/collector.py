"""A property collector: the filters of one client, the versions that it has heard, and the one call that waits for the next.

A version is a number.  A client that asks with the version it was last given gets what has changed since; one that asks with the version
before that gets the same answer again, because it has not heard it; an empty version begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vmodl as api

from emulators.vsphere.pace import Pace
from emulators.vsphere.properties.filters import Filter
from emulators.vsphere.properties.fragments import Changed
from emulators.vsphere.sessions import not_authenticated
from emulators.vsphere.soap import envelope
from emulators.vsphere.soap.faults import VimFault

if TYPE_CHECKING:
    from emulators.vsphere.sessions import Session

_UNLIMITED: Final = 1 << 30
_LOOK_SECONDS: Final = 5.0
"""How often a waiting call sees whether its client has hung up."""
_SHORTEST_SECONDS: Final = 0.5
"""Volatile properties are looked at no more often than this, by the wall's clock."""


class Collector:
    """A PropertyCollector of a session."""

    type: Any = api.query.PropertyCollector

    def __init__(self, session: Session) -> None:
        self.id = session.new_id()
        self.key = ("vsphere", "collector", self.id)
        self.filters: dict[str, Filter] = {}
        self._session = session
        self._properties = session.view.properties
        self._version = 0
        self._last: tuple[str, bytes] | None = None
        self._wake = asyncio.Event()
        self._telling = asyncio.Lock()
        self._waiting: asyncio.Future[None] | None = None
        self._stop: list[Callable[[], None]] = [self._properties.watch(self._note), session.when_closed(self._expire)]

    def close(self) -> None:
        """Drop all filters; a waiting call ends."""
        self._fail(cancelled())
        for stop in self._stop:
            stop()
        for one in tuple(self.filters.values()):
            self._session.disown(one.id)

    def add(self, own: Filter) -> None:
        """Take a filter in; a waiting call reports it."""
        self.filters[own.id] = own
        self._properties.touch([self.key])
        self._wake.set()

    def drop(self, own: Filter) -> None:
        """A filter is closed."""
        self.filters.pop(own.id, None)
        self._properties.touch([self.key])

    def cancel(self) -> None:
        """End the waiting call with RequestCanceled."""
        self._fail(cancelled())

    # -- waiting -----------------------------------------------------------------------------------------------------------------

    async def wait(self, version: str, seconds: float | None, most: int | None, gone: Callable[[], bool]) -> bytes:
        """The ``<returnval>`` of the next UpdateSet, b"" when there is nothing for so many seconds (None: for ever).

        Raises VimFault InvalidCollectorVersion, RequestCanceled (``cancel``, or another call waits), NotAuthenticated (the session ended).
        """
        self._fail(cancelled())
        self._waiting = waiting = asyncio.get_running_loop().create_future()
        try:
            return await self._next(version, waiting, seconds, most or _UNLIMITED, gone)
        finally:
            if self._waiting is waiting:
                self._waiting = None
            if waiting.done():
                waiting.exception()  # seen, whichever way the call ends

    async def _next(self, version: str, waiting: asyncio.Future[None], seconds: float | None, most: int, gone: Callable[[], bool]) -> bytes:
        loop = asyncio.get_running_loop()
        deadline = None if seconds is None else loop.time() + seconds
        anew = not version
        while True:
            self._wake.clear()
            async with self._telling:
                reply = self._last_reply(version) if not anew else self._begin()
                reply = reply or await self._collect(version, most)
            anew = False
            if waiting.done():
                waiting.result()
            if reply or gone() or (deadline is not None and loop.time() >= deadline):
                return reply
            if not self._wake.is_set():
                await self._sleep(waiting, deadline)

    def _begin(self) -> bytes:
        """The client knows nothing (any more)."""
        for one in self.filters.values():
            one.reset()
        return b""

    def _last_reply(self, version: str) -> bytes:
        """The last answer, when the client has not heard it; nothing when it has."""
        if version in {"", str(self._version)}:
            return b""
        if self._last is not None and version == self._last[0]:
            return self._last[1]
        raise VimFault(api.query.InvalidCollectorVersion())

    async def _sleep(self, waiting: asyncio.Future[None], deadline: float | None) -> None:
        """Until a change, the deadline, the end of a volatile property, or time to look after the client."""
        pause = _LOOK_SECONDS
        if deadline is not None:
            pause = min(pause, max(deadline - asyncio.get_running_loop().time(), 0))
        expires = min((one.expires for one in self.filters.values() if one.expires is not None), default=None)
        clock = self._properties.world.clock
        if expires is not None and not clock.paused:
            pause = min(pause, max((expires - self._properties.now()) / clock.speed, _SHORTEST_SECONDS))
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((woken, waiting), timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()

    async def _collect(self, version: str, most: int) -> bytes:
        """The UpdateSet of everything that is pending, kept until the client has heard it; b"" when that is nothing."""
        self._expire_volatile()
        try:
            sets = await self._filter_updates(most)
        except BaseException:
            self._begin()  # half of it is lost: tell all again rather than too little
            raise
        if not sets:
            return b""
        self._version += 1
        truncated = b"<truncated>true</truncated>" if any(one.pending for one in self.filters.values()) else b""
        reply = b"".join((b"<returnval><version>%d</version>" % self._version, *sets, truncated, b"</returnval>"))
        self._last = (version, reply)
        return reply

    async def _filter_updates(self, most: int) -> list[bytes]:
        pace = Pace()
        sets: list[bytes] = []
        left = most
        while left > 0 and (pending := [one for one in self.filters.values() if one.pending]):
            for one in pending:
                updates, missing = await one.updates(left, pace)
                left -= len(updates)
                if updates or missing:
                    sets.append(_filter_update(one, updates, missing))
        return sets

    # -- being woken ---------------------------------------------------------------------------------------------------------------

    def _note(self, changed: Changed) -> None:
        mine = [one.note(changed) for one in tuple(self.filters.values())]
        if any(mine):
            self._wake.set()

    def _expire_volatile(self) -> None:
        now = self._properties.now()
        for one in self.filters.values():
            one.expire(now)

    def _expire(self) -> None:
        self._fail(not_authenticated())
        for stop in self._stop:
            stop()

    def _fail(self, fault: VimFault) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(fault)


def cancelled() -> VimFault:
    """The fault of a wait that somebody else has ended."""
    return VimFault(api.fault.RequestCanceled())


def _filter_update(own: Filter, updates: list[bytes], missing: list[bytes]) -> bytes:
    return b"".join((b"<filterSet>", envelope.reference(b"filter", "PropertyFilter", own.id), *updates, *missing, b"</filterSet>"))

"""The event stream: every change of an object, to every subscriber, as ``configMoChangeEvent`` in UCS Manager's framing."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from emulators.ucs.mit.node import NodeChange
from emulators.ucs.mit.tree import Tree
from emulators.ucs.sessions import Session
from emulators.ucs.xmlapi.encode import element
from emulators.ucs.xmlapi.filters import Predicate

BACKLOG: Final = 16 << 20
"""Bytes that a subscriber may be behind before its stream ends."""
KEPT: Final = 1000
"""Events that can be asked for again."""


def frame(document: bytes) -> bytes:
    """A document of the stream: its length in decimal digits, a newline, and itself."""
    return b"%d\n%s" % (len(document), document)


def change_event(change: NodeChange, number: int) -> bytes:
    """The event of one change: the object with what is new of it, and its status."""
    node = change.node
    props = {**change.changed, "dn": node.dn, "status": change.status}
    mo = element(node.class_id, dict(sorted(props.items())))
    return element("configMoChangeEvent", {"cookie": "", "inEid": str(number)}, element("inConfig", {}, mo))


def vessel(event: bytes) -> bytes:
    """An event as it travels in the stream."""
    return element("methodVessel", {"cookie": ""}, element("inStimuli", {}, event))


class Subscription:
    """A client's stream: ``next`` waits for pieces of it.  ``wanted`` says of which objects it tells; None: of all."""

    def __init__(self, events: Events, session: Session, wanted: Predicate | None) -> None:
        self.session = session
        self.wanted = wanted
        self._events = events
        self._pending: list[bytes] = []
        self._size = 0
        self._ready = asyncio.Event()
        self.closed = False

    def put(self, data: bytes) -> None:
        """Send it; a subscriber that is too far behind is cut off."""
        self._pending.append(data)
        self._size += len(data)
        if self._size > BACKLOG:
            self.close()
        self._ready.set()

    async def next(self, seconds: float) -> bytes:
        """What is to be sent next; empty when there is nothing within so many (of the wall's) seconds, or the stream is over."""
        if not self._pending and not self.closed:
            self._ready.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._ready.wait()
        data, self._pending, self._size = b"".join(self._pending), [], 0
        return data

    def close(self) -> None:
        """End the stream after what is pending."""
        self.closed = True
        self._events.forget(self)
        self._ready.set()


class Events:
    """The subscribers of a domain, and what they were told last."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._subscribers: list[Subscription] = []
        self._numbers = itertools.count(1)
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._unwatch: Callable[[], None] | None = None

    async def subscribe(self, session: Session, wanted: Predicate | None = None) -> Subscription:
        """A stream of what changes from now on."""
        made = Subscription(self, session, wanted)
        self._subscribers.append(made)
        session.when_closed(made.close)
        if self._unwatch is None:
            self._unwatch = self._tree.watch(self._changed)
        await self._tree.warm()
        return made

    def unsubscribe(self, session: Session) -> bool:
        """End a session's streams; false when it has none."""
        own = [one for one in self._subscribers if one.session is session]
        for one in own:
            one.close()
        return bool(own)

    def forget(self, subscription: Subscription) -> None:
        """Take a stream off the list.  Changes are still noted, so that who comes back can catch up."""
        if subscription in self._subscribers:
            self._subscribers.remove(subscription)

    def between(self, first: int, last: int) -> list[bytes]:
        """The kept events with numbers from first to last, where zero is no bound."""
        return [event for number, event in self._kept if number >= first and (not last or number <= last)]

    def close(self) -> None:
        """End all streams."""
        for one in tuple(self._subscribers):
            one.close()
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    def _changed(self, changes: Sequence[NodeChange]) -> None:
        told: list[tuple[NodeChange, bytes]] = []
        for change in changes:
            number = next(self._numbers)
            event = change_event(change, number)
            self._kept.append((number, event))
            told.append((change, frame(vessel(event))))
        for one in tuple(self._subscribers):
            data = b"".join([framed for change, framed in told if one.wanted is None or one.wanted(change.node)])
            if data:
                one.put(data)

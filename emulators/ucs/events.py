"""The event stream: every change of an object, to every subscriber, as ``configMoChangeEvent`` in UCS Manager's framing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from typing import Final

from emulators.ucs.mit.node import NodeChange
from emulators.ucs.mit.tree import Tree
from emulators.ucs.sessions import Session
from emulators.ucs.xmlapi.encode import element

BACKLOG: Final = 16 << 20
"""Bytes that a subscriber may be behind before its stream ends."""


def frame(document: bytes) -> bytes:
    """A document of the stream: its length in decimal digits, a newline, and itself."""
    return b"%d\n%s" % (len(document), document)


def change_event(change: NodeChange, number: int, cookie: str = "") -> bytes:
    """The event of one change: the object with what is new of it, and its status."""
    node = change.node
    props = {**change.changed, "dn": node.dn, "status": change.status}
    mo = element(node.class_id, dict(sorted(props.items())))
    event = element("configMoChangeEvent", {"cookie": cookie, "inEid": str(number)}, element("inConfig", {}, mo))
    return element("methodVessel", {"cookie": cookie}, element("inStimuli", {}, event))


class Subscription:
    """A client's stream; iterate over it for pieces of it."""

    def __init__(self, events: Events, session: Session) -> None:
        self.session = session
        self._events = events
        self._pending: list[bytes] = []
        self._size = 0
        self._ready = asyncio.Event()
        self._closed = False

    def put(self, data: bytes) -> None:
        """Send it; a subscriber that is too far behind is cut off."""
        self._pending.append(data)
        self._size += len(data)
        if self._size > BACKLOG:
            self.close()
        self._ready.set()

    async def next(self) -> bytes:
        """What is to be sent next; empty when the stream is over."""
        while not self._pending and not self._closed:
            self._ready.clear()
            await self._ready.wait()
        data, self._pending, self._size = b"".join(self._pending), [], 0
        return data

    def close(self) -> None:
        """End the stream after what is pending."""
        self._closed = True
        self._events.forget(self)
        self._ready.set()


class Events:
    """The subscribers of a domain."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._subscribers: list[Subscription] = []
        self._numbers = itertools.count(1)
        self._unwatch: Callable[[], None] | None = None

    async def subscribe(self, session: Session) -> Subscription:
        """A stream of what changes from now on."""
        made = Subscription(self, session)
        self._subscribers.append(made)
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
        """Take a stream off the list."""
        if subscription in self._subscribers:
            self._subscribers.remove(subscription)
            if not self._subscribers and self._unwatch is not None:
                self._unwatch()
                self._unwatch = None

    def close(self) -> None:
        """End all streams."""
        for one in tuple(self._subscribers):
            one.close()

    def _changed(self, changes: Sequence[NodeChange]) -> None:
        data = b"".join([frame(change_event(change, next(self._numbers))) for change in changes])
        for one in tuple(self._subscribers):
            one.put(data)

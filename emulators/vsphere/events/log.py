"""The newest events of one vCenter: from the journal at first, then as the world commits them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final
from weakref import WeakKeyDictionary

from emulators.vsphere.events import inventory, posted, tasks, vms
from emulators.vsphere.events.arguments import fill, lineage
from emulators.vsphere.events.recall import recall
from emulators.vsphere.events.telling import TELLERS, UNMADE, Told, Work
from emulators.vsphere.events.wording import message_of
from emulators.vsphere.objects import untracked
from emulators.vsphere.properties.reader import Properties
from emulators.vsphere.properties.view import View
from emulators.world.commands import decode_command
from emulators.world.decisions import operations
from emulators.world.engine import Committed
from emulators.world.events import Record
from emulators.world.model import Entity, Task

KEPT: Final = 5_000
"""Events that are kept to be asked for."""
LATEST_KEY: Final = ("vsphere", "events", "latest")
"""The key that properties depend on which show the newest event."""
TELLING: Final = (inventory, posted, tasks, vms)
"""The modules that fill the table of what is told."""
Follower = Callable[[Told], None]


class EventLog:
    """The ring of events.  An event is made when somebody asks for it, and then kept."""

    def __init__(self, properties: Properties) -> None:
        self._properties = properties
        self._view: View = properties.anonymous
        self._ring: deque[Told] = deque(maxlen=KEPT)
        self._works: dict[str, Work] = {}
        self._followers: list[Follower] = []
        for record in recall(properties.world):
            self._hear(record)
        properties.world.watch(self._committed)

    def __iter__(self) -> Iterator[Told]:
        """What vCenter has events for, oldest first."""
        return iter(tuple(self._ring))

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Call ``follower`` with each new event; the answer stops that."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower) if follower in self._followers else None

    def latest(self) -> Any:
        """The newest event; None when there is none."""
        return next((event for told in reversed(self._ring) if (event := self.event(told)) is not None), None)

    # -- hearing ---------------------------------------------------------------------------------------------------------------

    def _committed(self, committed: Committed) -> None:
        heard = [told for record in committed.records if (told := self._hear(record)) is not None]
        if not heard:
            return
        for told in heard:
            for follower in tuple(self._followers):
                follower(told)
        self._properties.touch([LATEST_KEY])

    def _hear(self, record: Record) -> Told | None:
        """Keep a record that vCenter logs; None for all others, which are most."""
        kind = record.event.type
        if kind == operations.TASK_STARTED.name:
            self._begin(record)
        work = self._works.get(record.event.subject)
        told = None
        if kind in TELLERS:
            told = Told(record, work)
            told.about = self._about(told)
            self._ring.append(told)
        if kind in {operations.TASK_COMPLETED.name, operations.TASK_FAILED.name}:
            self._end(record.event.subject)
        return told

    def _begin(self, record: Record) -> None:
        task = Told(record, None).subject()
        if not isinstance(task, Task):
            return
        work = Work(task.uid, task.operation, task.subject, task.subject_name, Told(record, None).user, task.number)
        made = getattr(decode_command(task.request), "vm", "")
        for uid in {task.uid, task.lock, made} - {""}:
            self._works[uid] = work

    def _end(self, task: str) -> None:
        for uid in [uid for uid, work in self._works.items() if work.task == task]:
            del self._works[uid]

    # -- making ----------------------------------------------------------------------------------------------------------------

    def event(self, told: Told) -> Any:
        """The vim event, None when vCenter has none for it."""
        if told.event is UNMADE:
            with untracked(self._view.state):
                told.event = self._make(told)
        return told.event

    def _make(self, told: Told) -> Any:
        made = TELLERS[told.record.event.type](told, self._view)
        if made is None:
            return None
        made.key, made.chainId = told.key, told.chain
        made.createdTime = told.record.simulated
        made.userName = made.userName or told.user
        fill(self._view, made, told.about)
        subject = told.subject()
        label = subject.name if isinstance(subject, Task) else ""
        message = message_of(made, label=label, changes=_changes(made), why="user request")
        made.fullFormattedMessage = f"{message}: {told.outside}" if told.outside else message
        return made

    def _about(self, told: Told) -> Entity | None:
        """The managed entity that an event is about: for a task, what it works on."""
        subject = told.subject()
        if isinstance(subject, Task):
            return self._view.state.find(subject.subject) if subject.subject else None
        return subject if subject is not None else self._view.state.find(told.record.event.subject)

    def lineage(self, told: Told) -> list[str]:
        """The uids of what an event is about, and of all that contains it now."""
        with untracked(self._view.state):
            return lineage(self._view.state, told.about)


def _changes(made: Any) -> str:
    info = getattr(made, "configChanges", None)
    return f" \n\nModified: \n \n{info.modified}" if info is not None and info.modified else ""


_LOGS: WeakKeyDictionary[Properties, EventLog] = WeakKeyDictionary()


def event_log(properties: Properties) -> EventLog:
    """The log of the vCenter that has these properties; the first asker starts it, which takes some 50 ms for a long journal."""
    log = _LOGS.get(properties)
    if log is None:
        log = _LOGS[properties] = EventLog(properties)
    return log

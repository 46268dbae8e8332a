"""``TaskFilterSpec``: which tasks a client wants."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.call import Call
from emulators.vsphere.events.arguments import lineage
from emulators.vsphere.events.filters import utc
from emulators.vsphere.soap import faults
from emulators.world.model import Task
from emulators.world.state import WorldState

_MOMENTS: Final = {"queuedTime": "created", "startedTime": "started", "completedTime": "completed"}


class TaskFilter:
    """A filter, compiled: the entity is looked up once."""

    def __init__(self, call: Call, spec: Any) -> None:
        """VimFault InvalidArgument for what cannot be, ManagedObjectNotFound for an entity that is gone."""
        self.spec = spec
        self._states = frozenset(str(state) for state in spec.state)
        self._nothing = any((spec.alarm, spec.scheduledTask, spec.tag, spec.parentTaskKey, spec.activationId))
        self._roots = frozenset(spec.rootTaskKey)
        self._users = frozenset(spec.userName.userList) if spec.userName is not None else frozenset()
        self._system = spec.userName is not None and bool(spec.userName.systemUser)
        self._field = _MOMENTS[str(spec.time.timeType)] if spec.time is not None else ""
        self._begin = utc(spec.time.beginTime) if spec.time is not None else None
        self._end = utc(spec.time.endTime) if spec.time is not None else None
        self._uid, self._recursion = _entity(call, spec.entity)

    def wants(self, state: WorldState, task: Task, shown: Any) -> bool:
        """Is the task one that the client wants?  ``shown`` is its reference, None when vCenter doesn't show it."""
        if self._nothing or shown is None or (self._states and task.state not in self._states):
            return False
        if self._roots and shown._moId not in self._roots:
            return False
        return self._by_user(task) and self._in_time(task) and self._concerns(state, task)

    def _by_user(self, task: Task) -> bool:
        if not self._users and not self._system:
            return True
        return task.actor.principal in self._users or (self._system and task.actor.principal == "system")

    def _in_time(self, task: Task) -> bool:
        if not self._field:
            return True
        moment: datetime | None = getattr(task, self._field)
        if moment is None:
            return False
        return (self._begin is None or moment >= self._begin) and (self._end is None or moment <= self._end)

    def _concerns(self, state: WorldState, task: Task) -> bool:
        if not self._uid:
            return True
        if self._recursion == "self":
            return task.subject == self._uid
        line = lineage(state, state.find(task.subject) if task.subject else None)
        return self._uid in line and (self._recursion == "all" or line[0] != self._uid)


def _entity(call: Call, spec: Any) -> tuple[str, str]:
    if spec is None:
        return "", "all"
    found = call.object(type(spec.entity), spec.entity._moId)
    if not isinstance(found.subject, str) or not issubclass(found.type, vim.ManagedEntity):
        raise faults.invalid_argument("filter.entity.entity")
    everything = found.id == "group-d1" and spec.recursion == "all"
    return ("" if everything else found.subject), str(spec.recursion)

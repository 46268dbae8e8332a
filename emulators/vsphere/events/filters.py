"""``EventFilterSpec``: which events a client wants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pyVmomi import vim

from emulators.vsphere.call import Call
from emulators.vsphere.events.log import EventLog
from emulators.vsphere.events.telling import Told
from emulators.vsphere.events.wording import category_of
from emulators.vsphere.soap import faults
from emulators.vsphere.soap.vmodl import wire_name


def utc(moment: datetime | None) -> datetime | None:
    """A time of a request; without a zone it is UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


class EventFilter:
    """A filter, compiled: the entity is looked up once."""

    def __init__(self, call: Call, spec: Any) -> None:
        """VimFault InvalidArgument for what cannot be, ManagedObjectNotFound for an entity that is gone."""
        self.spec = spec
        if spec.maxCount is not None and spec.maxCount < 0:
            raise faults.invalid_argument("filter.maxCount")
        self.most: int | None = spec.maxCount or None
        self._begin = utc(spec.time.beginTime) if spec.time is not None else None
        self._end = utc(spec.time.endTime) if spec.time is not None else None
        self._chain: int = spec.eventChainId or 0
        self._categories = frozenset(spec.category)
        self._types: tuple[Any, ...] = tuple(spec.type)
        self._ids = frozenset(spec.eventTypeId)
        self._nothing = spec.alarm is not None or spec.scheduledTask is not None or bool(spec.tag)
        self._uid, self._recursion = _entity(call, spec.entity)
        self._users = _users(spec.userName)

    def wants(self, log: EventLog, told: Told) -> bool:
        """Is the event one that the client wants?"""
        if self._nothing or (self._chain and told.chain != self._chain):
            return False
        moment = told.record.simulated
        if (self._begin is not None and moment < self._begin) or (self._end is not None and moment > self._end):
            return False
        if not self._concerns(log, told):  # the cheaper question first: an event is made only when it may be wanted
            return False
        event = log.event(told)
        return event is not None and self._fits(event)

    def _fits(self, event: Any) -> bool:
        if self._users is not None and event.userName not in self._users:
            return False
        if self._categories and category_of(event) not in self._categories:
            return False
        if self._types and not isinstance(event, self._types):
            return False
        return not self._ids or not self._ids.isdisjoint(type_ids(event))

    def _concerns(self, log: EventLog, told: Told) -> bool:
        if not self._uid:
            return True
        if self._recursion == "self":
            return told.about is not None and told.about.uid == self._uid
        line = log.lineage(told)
        own = bool(line) and line[0] == self._uid
        return self._uid in line and (self._recursion == "all" or not own)


def _entity(call: Call, spec: Any) -> tuple[str, str]:
    """The uid of the entity, empty for everything: the root folder with all below it stands for that."""
    if spec is None:
        return "", "all"
    found = call.object(type(spec.entity), spec.entity._moId)
    if not isinstance(found.subject, str):
        raise faults.invalid_argument("filter.entity.entity")
    everything = found.id == "group-d1" and spec.recursion == "all"
    return ("" if everything else found.subject), str(spec.recursion)


def _users(spec: Any) -> frozenset[str] | None:
    """The users whose events are wanted; None for everyone's.  ``systemUser`` asks for what nobody did."""
    if spec is None:
        return None
    named = set(spec.userList)
    if not named and not spec.systemUser:
        return None
    return frozenset(named | {""} if spec.systemUser else named)


def type_ids(event: Any) -> set[str]:
    """What an event can be asked for by: its class and those above it, with and without namespace, and the id of an EventEx."""
    if isinstance(event, vim.event.EventEx):
        return {event.eventTypeId, "EventEx", "vim.event.EventEx"}
    classes = [cls for cls in type(event).__mro__ if issubclass(cls, vim.event.Event)]
    return {name for cls in classes for name in (wire_name(cls), cls.__name__)}

"""EventManager and EventHistoryCollector."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.events import posted, wording
from emulators.vsphere.events.collectors import MOST_COLLECTORS, Collector, Kept
from emulators.vsphere.events.filters import EventFilter
from emulators.vsphere.events.log import LATEST_KEY, EventLog, event_log
from emulators.vsphere.events.telling import Told
from emulators.vsphere.objects import Singleton, singleton
from emulators.vsphere.pace import Pace
from emulators.vsphere.properties.reader import Properties
from emulators.vsphere.properties.table import prop
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap import faults, metadata, vmodl
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.views.constructors import element
from emulators.world.model import Entity

EVENT_MANAGER: Final = singleton(vim.event.EventManager, "EventManager", content="eventManager")
_LARGEST_QUERY: Final = 1_000
_CATEGORIES: Final = {"info": "Information", "warning": "Warning", "error": "Error", "user": "User"}


class EventCollector(Collector):
    """The events that fit a filter, and each new one that does."""

    type: Any = vim.event.EventHistoryCollector

    def __init__(self, object_id: str, properties: Properties, wanted: EventFilter) -> None:
        self._log = event_log(properties)
        self._wanted = wanted
        self._properties = properties
        self._found = Kept(wanted.most)
        super().__init__(object_id, wanted.spec, self._log.follow(self._hear))

    async def fill(self) -> None:
        """Find what the log has already, with pauses for other clients."""
        found = await select(self._log, self._wanted)
        newer = [told for told in self._found if not found or told.key > found[-1].key]
        self._found.clear()
        self._found.extend([*found, *newer])

    def items(self) -> list[Told]:
        """What was found, oldest first."""
        return list(self._found)

    def event(self, told: Told) -> Any:
        """The event, without its message when the client doesn't want messages."""
        made = self._log.event(told)
        if not self.spec.disableFullMessage:
            return made
        bare = type(made)(**vars(made))
        bare.fullFormattedMessage = None
        return bare

    def _hear(self, told: Told) -> None:
        if self._wanted.wants(self._log, told):
            self._found.append(told)
            self._properties.touch([self.own_key])


async def select(log: EventLog, wanted: EventFilter) -> list[Told]:
    """The events that fit, oldest first."""
    pace, found = Pace(), []
    for told in log:
        if wanted.wants(log, told):
            found.append(told)
        if pace.due():
            await pace.rest()
    return found


# -- properties -------------------------------------------------------------------------------------------------------------------


@prop(vim.event.EventManager, "description")
def description(_view: View, _manager: Singleton) -> Any:
    """Categories, and the words of every event class that is logged."""
    return vim.event.EventDescription(
        category=[element(key, label) for key, label in _CATEGORIES.items()],
        eventInfo=[_detail(cls) for cls in wording.event_classes()],
    )


def _detail(cls: Any) -> Any:
    words = wording.words_of(cls)
    return vim.event.EventDescription.EventDetail(
        key=cls,
        description=words.description,
        category=words.category,
        formatOnDatacenter=words.message.replace(" in {datacenter.name}", ""),
        formatOnComputeResource=words.message.replace(" in {datacenter.name}", ""),
        formatOnHost=words.message.replace(" on {host.name} in {datacenter.name}", ""),
        formatOnVm=words.message.replace("{vm.name} on", "Virtual machine on"),
        fullFormat=words.message,
    )


@prop(vim.event.EventManager, "latestEvent")
def latest_event(view: View, _manager: Singleton) -> Any:
    """The newest event."""
    view.depends(LATEST_KEY)
    return event_log(view.properties).latest()


@prop(vim.event.EventManager, "maxCollector")
def max_collector(_view: View, _manager: Singleton) -> int:
    """Collectors that one client may have."""
    return MOST_COLLECTORS


@prop(vim.HistoryCollector, "filter")
def collector_filter(_view: View, collector: Collector) -> Any:
    """The filter that it was made with."""
    return collector.spec


@prop(vim.event.EventHistoryCollector, "latestPage")
def latest_page(view: View, collector: EventCollector) -> list[Any]:
    """The newest events, newest first."""
    view.depends(collector.own_key)
    return [collector.event(told) for told in collector.latest_page()]


@prop(vim.event.EventHistoryCollector, "initialized")
def initialized(_view: View, _collector: EventCollector) -> bool:
    """It is filled when it is made."""
    return True


# -- methods ----------------------------------------------------------------------------------------------------------------------


@method(vim.event.EventManager, "QueryEvents", quality="client")
async def query_events(call: Call) -> list[Any]:
    """The newest events that fit a filter, at most 1,000, oldest first.  Faults: InvalidArgument, ManagedObjectNotFound."""
    wanted = EventFilter(call, call.args.filter)
    log = event_log(call.services.properties)
    found = await select(log, wanted)
    return [log.event(told) for told in found[-min(wanted.most or _LARGEST_QUERY, _LARGEST_QUERY) :]]


@method(vim.event.EventManager, "CreateCollectorForEvents", quality="client")
async def create_collector(call: Call) -> vim.event.EventHistoryCollector:
    """A collector of the events that fit a filter.  Faults: InvalidArgument, ManagedObjectNotFound, InvalidState (too many)."""
    wanted = EventFilter(call, call.args.filter)
    check_room(call)
    collector = EventCollector(call.session.new_id(), call.services.properties, wanted)
    made: vim.event.EventHistoryCollector = call.session.own(collector).ref
    await collector.fill()
    return made


def check_room(call: Call) -> None:
    """VimFault InvalidState when the session has as many collectors as it may."""
    if len(call.session.owned_of(Collector)) >= MOST_COLLECTORS:
        raise VimFault(vim.fault.InvalidState(), "The maximum number of history collectors has been reached.")


@method(vim.event.EventHistoryCollector, "ReadNextEvents", quality="client")
async def read_next(call: Call) -> list[Any]:
    """The next newer events.  Faults: InvalidArgument."""
    collector = call.own(EventCollector)
    return [collector.event(told) for told in collector.read_next(call.args.maxCount)]


@method(vim.event.EventHistoryCollector, "ReadPreviousEvents", quality="client")
async def read_previous(call: Call) -> list[Any]:
    """The next older events.  Faults: InvalidArgument."""
    collector = call.own(EventCollector)
    return [collector.event(told) for told in collector.read_previous(call.args.maxCount)]


@method(vim.HistoryCollector, "SetCollectorPageSize", quality="client")
async def set_page_size(call: Call) -> None:
    """How many items the latest page has.  Faults: InvalidArgument (not from 1 to 1,000)."""
    collector = call.own(Collector)
    collector.set_page_size(call.args.maxCount)
    call.services.properties.touch([collector.own_key])


@method(vim.HistoryCollector, "RewindCollector", quality="client")
async def rewind(call: Call) -> None:
    """Go to the oldest item."""
    call.own(Collector).rewind()


@method(vim.HistoryCollector, "ResetCollector", quality="client")
async def reset(call: Call) -> None:
    """Go to just before the latest page."""
    call.own(Collector).reset()


@method(vim.HistoryCollector, "DestroyCollector", quality="client")
async def destroy(call: Call) -> None:
    """Forget the collector."""
    call.session.disown(call.own(Collector).id)


@method(vim.event.EventManager, "PostEvent", quality="client")
async def post_event(call: Call) -> None:
    """Log an event of the client's: a GeneralUserEvent or an EventEx, about the entity that it names.  Faults: InvalidEvent."""
    event = call.args.eventToPost
    if isinstance(event, vim.event.EventEx):
        command = posted.PostEvent(
            sort="EventEx",
            message=event.message or "",
            event_type=event.eventTypeId,
            severity=str(event.severity or "info"),
            subject=_subject(call, event),
        )
    elif isinstance(event, vim.event.GeneralEvent):
        command = posted.PostEvent(sort=vmodl.wire_name(type(event)), message=event.message, subject=_subject(call, event))
    else:
        raise VimFault(vim.fault.InvalidEvent(), "Only general events and extended events can be posted.")
    await call.execute(command)


def _subject(call: Call, event: Any) -> str:
    """The uid of the entity that a posted event names; empty for none.  VimFault ManagedObjectNotFound."""
    if isinstance(event, vim.event.EventEx) and event.objectId and event.objectType is not None:
        return _uid(call, event.objectType, event.objectId)
    argument: Any = getattr(event, "entity", None)
    if argument is not None:
        return _uid(call, type(argument.entity), argument.entity._moId)
    for argument, field in ((event.vm, "vm"), (event.host, "host"), (event.datacenter, "datacenter")):
        if argument is not None:
            reference = getattr(argument, field)
            return _uid(call, type(reference), reference._moId)
    return ""


def _uid(call: Call, managed: Any, object_id: str) -> str:
    found = call.object(managed, object_id)
    if not isinstance(found.subject, str):
        raise faults.invalid_argument("eventToPost")
    return found.subject


@method(vim.event.EventManager, "LogUserEvent", quality="client")
async def log_user_event(call: Call) -> None:
    """Log a message about an entity.  Faults: ManagedObjectNotFound."""
    await call.execute(posted.PostEvent(message=call.args.msg, subject=call.find(call.args.entity, Entity).uid))


@method(vim.event.EventManager, "RetrieveArgumentDescription", quality="client")
async def argument_description(call: Call) -> list[Any]:
    """The arguments of an event class.  Faults: InvalidArgument for an unknown one."""
    name = call.args.eventTypeId.rpartition(".")[2]
    cls = metadata.data_type(name)
    if cls is None or not issubclass(cls, vim.event.Event):
        raise faults.invalid_argument("eventTypeId")
    common = {field.name for field in metadata.fields_of(vim.event.Event)}
    own = [field for field in metadata.fields_of(cls) if field.name not in common]
    return [vim.event.EventDescription.EventArgDesc(name=field.name, type=vmodl.wire_name(field.type)) for field in own]

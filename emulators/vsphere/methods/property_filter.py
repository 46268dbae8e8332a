"""PropertyCollector: filters, and waiting for what they have to tell."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vmodl

from emulators.vsphere.call import Call, Encoded, method
from emulators.vsphere.objects import Singleton
from emulators.vsphere.properties.collector import Collector
from emulators.vsphere.properties.filters import Filter
from emulators.vsphere.properties.specs import Plan
from emulators.vsphere.properties.table import prop
from emulators.vsphere.properties.view import View
from emulators.vsphere.sessions import Session
from emulators.vsphere.soap import faults

PropertyCollector: Final = vmodl.query.PropertyCollector


def collector_of(session: Session, subject: Any) -> Collector:
    """The collector behind a managed object: one that the session has created, or its own behind the singleton."""
    if isinstance(subject, Collector):
        return subject
    return session.part(Collector, lambda: Collector(session))


@prop(PropertyCollector, "filter")
def filters(view: View, subject: Singleton | Collector) -> list[Any]:
    """The filters of the session's collector."""
    own = collector_of(view.session, subject)
    view.depends(own.key)
    return [view.session.owned[object_id].ref for object_id in own.filters]


@prop(PropertyCollector.Filter, "spec")
def filter_spec(_view: View, own: Filter) -> Any:
    """The spec that it was made with."""
    return own.spec


@prop(PropertyCollector.Filter, "partialUpdates")
def partial_updates(_view: View, own: Filter) -> bool:
    """Whether it tells of nested changes alone."""
    return own.partial


@method(PropertyCollector, "CreateFilter", quality="client")
async def create_filter(call: Call) -> Any:
    """Watch what a filter spec selects.  Faults: InvalidProperty, ManagedObjectNotFound."""
    collector = collector_of(call.session, call.target.subject)
    plan = Plan(call.args.spec, call.version)
    for start in plan.starts:
        if not plan.tolerant:
            call.object(type(start.reference), start.reference._moId)
    own = Filter(call.session, call.args.spec, plan, partial=call.args.partialUpdates, closed=collector.drop)
    made = call.session.own(own)
    collector.add(own)
    return made.ref


@method(PropertyCollector.Filter, "DestroyPropertyFilter", quality="client")
async def destroy_property_filter(call: Call) -> None:
    """Stop watching."""
    call.session.disown(call.own(Filter).id)


@method(PropertyCollector, "CreatePropertyCollector", quality="client")
async def create_property_collector(call: Call) -> Any:
    """A collector with filters and versions of its own, for another thread of the client."""
    return call.session.own(Collector(call.session)).ref


@method(PropertyCollector, "DestroyPropertyCollector", quality="client")
async def destroy_property_collector(call: Call) -> None:
    """Drop a collector and its filters; for the session's first one, only its filters.  What waits ends with RequestCanceled."""
    collector = collector_of(call.session, call.target.subject)
    if collector.id in call.session.owned:
        call.session.disown(collector.id)
        return
    collector.cancel()
    for object_id in tuple(collector.filters):
        call.session.disown(object_id)


@method(PropertyCollector, "WaitForUpdatesEx", quality="client")
async def wait_for_updates_ex(call: Call) -> Encoded:
    """What has changed since a version, as soon as anything has.  Faults: InvalidCollectorVersion, RequestCanceled."""
    options = call.args.options
    seconds = options.maxWaitSeconds if options is not None else None
    most = options.maxObjectUpdates if options is not None else None
    if seconds is not None and seconds < 0:
        raise faults.invalid_argument("options.maxWaitSeconds")
    if most is not None and most <= 0:
        raise faults.invalid_argument("options.maxObjectUpdates")
    return await _wait(call, seconds, most)


@method(PropertyCollector, "WaitForUpdates", quality="client")
async def wait_for_updates(call: Call) -> Encoded:
    """What has changed since a version, however long that takes.  Faults: InvalidCollectorVersion, RequestCanceled."""
    return await _wait(call, None, None)


@method(PropertyCollector, "CheckForUpdates", quality="client")
async def check_for_updates(call: Call) -> Encoded:
    """What has changed since a version, without waiting.  Faults: InvalidCollectorVersion."""
    return await _wait(call, 0, None)


@method(PropertyCollector, "CancelWaitForUpdates", quality="client")
async def cancel_wait_for_updates(call: Call) -> None:
    """End the call that waits, with RequestCanceled."""
    collector_of(call.session, call.target.subject).cancel()


async def _wait(call: Call, seconds: float | None, most: int | None) -> Encoded:
    collector = collector_of(call.session, call.target.subject)
    return Encoded(await collector.wait(call.args.version or "", seconds, most, call.context.client.gone))

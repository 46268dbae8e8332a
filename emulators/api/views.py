"""Entities of the world as the REST API shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from dcsim.http import pages
from dcsim.http.pages import Page
from emulators.api.shapes import EntityView, EventView, FaultView, HostView, TaskView, VmView
from emulators.world import reach
from emulators.world.journal import StoredRecord
from emulators.world.model import Entity, Fault, Hypervisor, Server, Task, Vm, as_builtins
from emulators.world.state import WorldState

E = TypeVar("E", bound=Entity)
V = TypeVar("V")


def page(entities: Sequence[E], limit: int, cursor: str, view: Callable[[E], V]) -> Page[V]:
    """The page after a cursor, in order of creation."""
    return pages.page(entities, limit, cursor, lambda entity: entity.number, view)


def vm_view(state: WorldState, vm: Vm) -> VmView:
    """A VM."""
    host = state.maybe(Hypervisor, vm.host)
    return VmView(
        uid=vm.uid,
        name=vm.name,
        version=vm.version,
        owner=vm.owner,
        power=vm.power,
        host=vm.host,
        host_name=host.name if host else "",
        addresses=[address for addresses in vm.guest.addresses.values() for address in addresses],
        cpus=vm.cpus,
        memory_bytes=vm.memory_bytes,
        machine=vm.machine,
        uuid=vm.uuid,
        instance_uuid=vm.instance_uuid,
        tags=list(vm.tags),
        template=vm.template,
    )


def host_view(state: WorldState, host: Hypervisor) -> HostView:
    """A hypervisor."""
    blade = state.get(Server, host.blade)
    return HostView(
        uid=host.uid,
        name=host.name,
        version=host.version,
        flavor=host.flavor,
        cluster=host.cluster,
        connection=host.connection,
        running=host.running,
        maintenance=host.maintenance,
        blade=blade.uid,
        blade_name=blade.name,
        blade_power=blade.power,
        vms=state.count(Vm, "host", host.uid),
        why_down=reach.why_down(state, host),
    )


def entity_view(entity: Entity) -> EntityView:
    """Any entity."""
    fields: dict[str, Any] = as_builtins(entity)
    fields.pop("request", None)
    return EntityView(entity.KIND, entity.uid, entity.name, entity.version, fields)


def task_view(task: Task) -> TaskView:
    """A task."""
    return TaskView(
        uid=task.uid,
        operation=task.operation,
        subject=task.subject,
        state=task.state,
        progress=task.progress,
        created=task.created,
        completed=task.completed,
        actor=task.actor,
        result=task.result,
        error=task.error.message if task.error else "",
    )


def fault_view(state: WorldState, fault: Fault) -> FaultView:
    """A fault."""
    subject = state.find(fault.subject)
    return FaultView(
        uid=fault.uid,
        code=fault.code,
        subject=fault.subject,
        subject_name=subject.name if subject else "",
        severity=fault.severity,
        description=fault.description,
        injected=fault.injected,
        since=fault.created,
    )


def event_view(record: StoredRecord) -> EventView:
    """An event."""
    event = record.event
    return EventView(
        sequence=record.sequence,
        id=event.id,
        type=event.type,
        subject=event.subject,
        time=record.time,
        simulated_time=record.simulated,
        actor=record.actor,
        cause=event.cause,
        data=event.payload(),
    )

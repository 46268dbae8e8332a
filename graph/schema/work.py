"""Faults and tasks of the world."""

from __future__ import annotations

from graph.backends.keyed import EntityOf
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection, Node
from graph.execution.scalars import DateTime
from graph.schema.entity import entity_types, shows
from graph.schema.enums import TaskState
from graph.schema.faultkinds import FaultKind, FaultKinds
from graph.schema.filters import entities


@shows("fault")
@graph_type
class Fault(Node):
    """Something that is wrong with a thing of the world, injected or caused."""

    uid: str = column()
    name: str = column()
    version: int = column()
    created: DateTime = column()
    code: str = column(description="Which fault it is, e.g. `blade-inoperable`.")
    severity: str = column()
    description: str = column()
    injected: bool = column(description="Somebody injected it; what is injected can be cleared.")
    cause: str = column(description="The id of the event that brought it about.")
    subject_uid: str = column("subject")
    subject: Node | None = joined(EntityOf("subject", entity_types, kind_column="subject_kind"))


@shows("task")
@graph_type
class Task(Node):
    """A long action, as every control plane's own tasks are views of it."""

    uid: str = column()
    name: str = column()
    version: int = column()
    created: DateTime = column()
    operation: str = column(description="What is done: `vm.power_on`...")
    state: TaskState = column()
    progress: int = column(description="Percent.")
    cancelable: bool = column()
    started: DateTime | None = column()
    completed: DateTime | None = column()
    result: str = column()
    error: str = column("error_message", description="Why it failed, as a sentence; empty when it did not.")
    error_type: str = column(description="The class of the error.")
    principal: str = column("actor.principal", description="Who asked for it.")
    agent: str = column("actor.agent", description="By which client.")
    api: str = column("actor.api", description="Through which API: vsphere, openstack, ucs or sim.")
    api_operation: str = column("actor.operation", description="By which of its operations.")
    request_id: str = column("actor.request_id")
    subject_uid: str = column("subject")
    subject_name: str = column(description="It outlives the subject.")
    subject_kind: str = column()
    subject: Node | None = joined(EntityOf("subject", entity_types, kind_column="subject_kind"))


@graph_type
class WorkQuery:
    """Reading what is wrong and what is done."""

    faults: Connection[Fault] | None = entities("fault")
    fault_kinds: list[FaultKind] | None = joined(FaultKinds(), description="Faults that can be injected.")
    tasks: Connection[Task] | None = entities("task")

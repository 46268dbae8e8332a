"""TaskManager, TaskHistoryCollector and Task."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.events.collectors import Collector
from emulators.vsphere.events.task_filters import TaskFilter
from emulators.vsphere.methods.event_manager import check_room
from emulators.vsphere.objects import untracked
from emulators.vsphere.properties import table
from emulators.vsphere.properties.table import prop
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap import faults
from emulators.vsphere.soap.faults import VimFault
from emulators.world.decisions import operations
from emulators.world.model import Task, TaskState


class Entry(NamedTuple):
    """A task in its place in the history."""

    key: int
    task: Task


class TaskCollector(Collector):
    """The tasks that fit a filter, as they are whenever they are read."""

    type: Any = vim.TaskHistoryCollector

    def __init__(self, object_id: str, view: View, wanted: TaskFilter) -> None:
        super().__init__(object_id, wanted.spec, lambda: None)
        self._view = view
        self._wanted = wanted

    def items(self) -> list[Entry]:
        """The tasks, oldest first."""
        state = self._view.state
        tasks = state.all(Task)
        with untracked(state):
            return [Entry(task.number, task) for task in tasks if self._wanted.wants(state, task, self._view.maybe_ref(task))]


def _infos(view: View, entries: list[Entry]) -> list[Any]:
    info = table.find(vim.Task, "info")
    return [info.function(view, entry.task) for entry in entries] if info is not None else []


@prop(vim.TaskHistoryCollector, "latestPage")
def latest_page(view: View, collector: TaskCollector) -> list[Any]:
    """The newest tasks, newest first."""
    view.depends(collector.own_key)
    return _infos(view, collector.latest_page())


@method(vim.TaskManager, "CreateCollectorForTasks", quality="client")
async def create_collector(call: Call) -> vim.TaskHistoryCollector:
    """A collector of the tasks that fit a filter.  Faults: InvalidArgument, ManagedObjectNotFound, InvalidState (too many)."""
    wanted = TaskFilter(call, call.args.filter)
    check_room(call)
    made: vim.TaskHistoryCollector = call.session.own(TaskCollector(call.session.new_id(), call.view, wanted)).ref
    return made


@method(vim.TaskHistoryCollector, "ReadNextTasks", quality="client")
async def read_next(call: Call) -> list[Any]:
    """The next newer tasks.  Faults: InvalidArgument."""
    return _infos(call.view, call.own(TaskCollector).read_next(call.args.maxCount))


@method(vim.TaskHistoryCollector, "ReadPreviousTasks", quality="client")
async def read_previous(call: Call) -> list[Any]:
    """The next older tasks.  Faults: InvalidArgument."""
    return _infos(call.view, call.own(TaskCollector).read_previous(call.args.maxCount))


@method(vim.Task, "CancelTask", quality="client")
async def cancel(call: Call) -> None:
    """Stop the task.  Faults: InvalidState (it is over), NotSupported (it cannot be cancelled)."""
    task = call.entity(Task)
    if task.state not in {TaskState.RUNNING, TaskState.QUEUED}:
        raise VimFault(vim.fault.InvalidState(), "The operation is not allowed in the current state.")
    if not task.cancelable:
        raise faults.not_supported()
    await call.execute(operations.CancelTask(task=task.uid))

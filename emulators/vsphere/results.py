"""Results of tasks that are data rather than a reference: they are worked out from the operation when somebody reads the task.

@result_of(SearchDatastore)
def found(view: View, operation: SearchDatastore) -> Any: ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from emulators.vsphere.properties.view import View
from emulators.world.commands import Operation, decode_command
from emulators.world.model import Task

O = TypeVar("O", bound=Operation)  # noqa: E741 - the usual letter for it
Result = Callable[[View, Any], Any]
_RESULTS: Final[dict[str, Result]] = {}


def result_of(operation: type[O]) -> Callable[[Callable[[View, O], Any]], Callable[[View, O], Any]]:
    """Register what works out the result of an operation's tasks."""

    def register(function: Callable[[View, O], Any]) -> Callable[[View, O], Any]:
        _RESULTS[str(operation.__struct_config__.tag)] = function
        return function

    return register


def task_result(view: View, task: Task) -> Any:
    """The result of a task that has succeeded: data, the reference of what it made, or None."""
    found = _RESULTS.get(task.operation)
    if found is not None:
        return found(view, decode_command(task.request))
    return view.maybe_ref(task.result) if task.result else None

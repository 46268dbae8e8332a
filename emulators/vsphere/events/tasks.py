"""Events of tasks: that one began, and what its failure means for its VM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.events.telling import Told, tells
from emulators.vsphere.faults import task_fault
from emulators.vsphere.properties import table
from emulators.vsphere.properties.view import View
from emulators.world.decisions import operations
from emulators.world.model import Owner, Task, Vm

event: Final = vim.event
_GUEST: Final[dict[str, Callable[..., Any]]] = {
    "vm.shutdown_guest": event.VmGuestShutdownEvent,
    "vm.reboot_guest": event.VmGuestRebootEvent,
}
"""Operations that are no tasks in vCenter: the guest is asked, and an event says so."""
_FAILED: Final[dict[str, Callable[..., Any]]] = {
    "vm.power_on": event.VmFailedToPowerOnEvent,
    "vm.power_off": event.VmFailedToPowerOffEvent,
    "vm.suspend": event.VmFailedToSuspendEvent,
    "vm.reset": event.VmFailedToResetEvent,
    "vm.reboot_guest": event.VmFailedToRebootGuestEvent,
    "vm.shutdown_guest": event.VmFailedToShutdownGuestEvent,
}


@tells(operations.TASK_STARTED)
def started(told: Told, view: View) -> Any:
    """A long action began."""
    task = told.subject()
    if not isinstance(task, Task) or not _ours(task, view):
        return None
    asked = _GUEST.get(task.operation)
    if asked is not None:
        return asked(template=False)
    info = table.find(vim.Task, "info")
    return event.TaskEvent(info=info.function(view, task)) if info is not None else None


@tells(operations.TASK_FAILED)
def failed(told: Told, view: View) -> Any:
    """A long action on a VM failed."""
    task = told.subject()
    if not isinstance(task, Task) or task.error is None or not _ours(task, view):
        return None
    what = _FAILED.get(task.operation)
    return what(template=False, reason=task_fault(task.error, view)) if what is not None else None


def _ours(task: Task, view: View) -> bool:
    subject = view.state.find(task.subject) if task.subject else None
    return subject.owner is Owner.VSPHERE if isinstance(subject, Vm) else task.actor.api != "openstack"

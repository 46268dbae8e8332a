"""What every managed entity has: name, parent, status, alarms, permissions, tasks; and the custom fields of all extensible objects."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.world.model import Entity, Hypervisor, Task, TaskState

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

ADMINISTRATOR: Final = -1
"""The role id of Administrator."""
RECENT: Final = timedelta(minutes=10)
"""A completed task stays among the recent ones this long (vSphere API, TaskManager.recentTask)."""
NO_TASKS: Final = frozenset({"vm.shutdown_guest", "vm.reboot_guest"})
"""Operations whose methods return nothing: no task shows."""
_RECENT_CHECK_SECONDS: Final = 30.0


@prop(vim.ManagedEntity, "name")
def name(_view: View, entity: Entity) -> str:
    """The name."""
    return entity.name


@prop(vim.ManagedEntity, "parent")
def parent(view: View, entity: Entity) -> Any:
    """The managed entity above; unset for the root folder."""
    own = view.objects.of(entity)
    above = view.tree.parent(own) if own is not None else None
    return above.ref if above is not None else None


@prop(vim.ComputeResource, "parent")
def compute_resource_parent(view: View, entity: Entity) -> Any:
    """The folder above a cluster or a stand-alone host."""
    own = view.objects.facet(entity, vim.ComputeResource) if isinstance(entity, Hypervisor) else view.objects.of(entity)
    above = view.tree.parent(own) if own is not None else None
    return above.ref if above is not None else None


@prop(vim.ExtensibleManagedObject, "value")
def value(_view: View, _thing: object) -> list[Any]:
    """Values of custom fields."""
    return []


@prop(vim.ExtensibleManagedObject, "availableField")
def available_field(_view: View, _thing: object) -> list[Any]:
    """Custom fields that this object can have."""
    return []


@prop(vim.ManagedEntity, "customValue")
def custom_value(_view: View, _entity: Entity) -> list[Any]:
    """Values of custom fields."""
    return []


@prop(vim.ManagedEntity, "overallStatus")
def overall_status(_view: View, _entity: Entity) -> str:
    """Health; kinds that can be ill have functions of their own."""
    return "green"


@prop(vim.ManagedEntity, "configStatus")
def config_status(_view: View, _entity: Entity) -> str:
    """Whether the configuration has issues."""
    return "green"


@prop(vim.ManagedEntity, "configIssue")
def config_issue(_view: View, _entity: Entity) -> list[Any]:
    """Issues of the configuration."""
    return []


@prop(vim.ManagedEntity, "effectiveRole")
def effective_role(_view: View, _entity: Entity) -> list[int]:
    """The roles of whoever asks."""
    return [ADMINISTRATOR]


@prop(vim.ManagedEntity, "permission")
def permission(_view: View, _entity: Entity) -> list[Any]:
    """Permissions that are set right here."""
    return []


@prop(vim.ManagedEntity, "disabledMethod")
def disabled_method(_view: View, _entity: Entity) -> list[str]:
    """Methods that the object's state rules out now."""
    return []


@prop(vim.ManagedEntity, "recentTask")
def recent_task(view: View, entity: Entity) -> list[Any]:
    """Tasks on it that run, or ended within the last ten minutes."""
    return [view.ref(task) for task in recent(view, view.state.where(Task, "subject", entity.uid)) if view.maybe_ref(task) is not None]


def recent(view: View, tasks: list[Task]) -> list[Task]:
    """Those of the tasks that run, or ended within the last ten minutes; the answer holds half a minute when any has just ended.

    What the guest is asked for is no task in vCenter.
    """
    tasks = [task for task in tasks if task.operation not in NO_TASKS]
    ended = [task for task in tasks if task.state in {TaskState.SUCCESS, TaskState.ERROR}]
    if not ended:
        return tasks
    since = view.now - RECENT
    old = {task.uid for task in ended if (task.completed or task.created) < since}
    if len(old) < len(ended):
        view.volatile(_RECENT_CHECK_SECONDS)
    else:
        view.volatile(math.inf)  # all are old, and stay so until a task changes
    return [task for task in tasks if task.uid not in old]


@prop(vim.ManagedEntity, "declaredAlarmState")
def declared_alarm_state(_view: View, _entity: Entity) -> list[Any]:
    """States of the alarms that are declared on it or above."""
    return []


@prop(vim.ManagedEntity, "triggeredAlarmState")
def triggered_alarm_state(_view: View, _entity: Entity) -> list[Any]:
    """Alarms that are red or yellow on it or below."""
    return []


@prop(vim.ManagedEntity, "alarmActionsEnabled")
def alarm_actions_enabled(_view: View, _entity: Entity) -> bool:
    """Whether alarms may act."""
    return True


@prop(vim.ManagedEntity, "tag")
def tag(_view: View, _entity: Entity) -> list[Any]:
    """Tags of the old kind, which nothing sets any more; vSphere tags are another service."""
    return []

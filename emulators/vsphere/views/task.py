"""Properties of Task and TaskManager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyVmomi import vim

from emulators.vsphere.faults import task_fault
from emulators.vsphere.objects import Singleton, declarations
from emulators.vsphere.properties.table import prop
from emulators.vsphere.results import task_result
from emulators.vsphere.soap import metadata, vmodl
from emulators.vsphere.views.constructors import element, type_description
from emulators.vsphere.views.managed_entity import recent
from emulators.world.model import Task, TaskState

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

MAX_COLLECTORS: Final = 1000
CANCELLED: Final = "Cancelled"
SYSTEM: Final = frozenset({"", "system", "outside"})


class Method(NamedTuple):
    """The method that a task is of: its wire name, and the id of its description (``VirtualMachine.powerOn``)."""

    name: str
    description_id: str


_METHODS: Final = {
    "vm.create": Method("CreateVM_Task", "Folder.createVm"),
    "vm.clone": Method("CloneVM_Task", "VirtualMachine.clone"),
    "vm.reconfigure": Method("ReconfigVM_Task", "VirtualMachine.reconfigure"),
    "vm.move": Method("RelocateVM_Task", "VirtualMachine.relocate"),
    "vm.destroy": Method("Destroy_Task", "VirtualMachine.destroy"),
    "vm.power_on": Method("PowerOnVM_Task", "VirtualMachine.powerOn"),
    "vm.power_off": Method("PowerOffVM_Task", "VirtualMachine.powerOff"),
    "vm.suspend": Method("SuspendVM_Task", "VirtualMachine.suspend"),
    "vm.reset": Method("ResetVM_Task", "VirtualMachine.reset"),
    "vm.shutdown_guest": Method("ShutdownGuest", "VirtualMachine.shutdownGuest"),
    "vm.reboot_guest": Method("RebootGuest", "VirtualMachine.rebootGuest"),
    "snapshot.create": Method("CreateSnapshot_Task", "VirtualMachine.createSnapshot"),
    "snapshot.revert": Method("RevertToSnapshot_Task", "vm.Snapshot.revert"),
    "snapshot.remove": Method("RemoveSnapshot_Task", "vm.Snapshot.remove"),
    "pool.destroy": Method("Destroy_Task", "ResourcePool.destroy"),
}
"""The methods of operations that another API, or the world itself, began."""


def method_of(task: Task) -> Method:
    """The method that began a task: the one that was called through this API, else the one that does the same."""
    own = _METHODS.get(task.operation, Method("", task.operation))
    if task.actor.api != "vsphere" or not task.actor.operation:
        return own
    called = metadata.method(vmodl.VIM25, task.actor.operation)
    if called is None or not called.is_task:
        return own
    managed = called.managed.__name__.removeprefix("vim.")
    kind = own.description_id.partition(".")[0] if managed == "ManagedEntity" else managed
    return Method(called.wire_name, f"{kind}.{called.vmodl_name}")


@prop(vim.Task, "info")
def info(view: View, task: Task) -> vim.TaskInfo:
    """How far it is, who asked for it, and what came of it."""
    method, own = method_of(task), view.ref(task)
    made = vim.TaskInfo(
        key=own._moId,
        task=own,
        descriptionId=method.description_id,
        entity=_subject(view, task),
        entityName=task.subject_name,
        state=task.state.value,
        cancelled=task.error is not None and task.error.type == CANCELLED,
        cancelable=task.cancelable,
        reason=_reason(task),
        queueTime=task.created,
        startTime=task.started,
        completeTime=task.completed,
        eventChainId=task.number,
    )
    called = metadata.method(vmodl.VIM25, method.name)
    if called is not None:
        made.name = getattr(called.managed, called.name)
    if task.actor.request_id:
        made.activationId = task.actor.request_id
    if task.state is TaskState.RUNNING:
        made.progress = task.progress
    if task.state is TaskState.SUCCESS:
        made.result = task_result(view, task)
    if task.error is not None:
        made.error = task_fault(task.error, view)
    return made


def _subject(view: View, task: Task) -> Any:
    """What the task is about, also when that is gone: as in vCenter, and clients take it for granted (govc 0.26 crashes without)."""
    found = view.maybe_ref(task.subject)
    if found is not None:
        return found
    kinds = (one for one in declarations() if task.subject_kind == one.kind.KIND and not one.facet)
    declared = next(kinds, None)
    return declared.type(f"{declared.prefix}{task.subject_number}") if declared is not None else None


def _reason(task: Task) -> vim.TaskReason:
    if task.actor.principal in SYSTEM:
        return vim.TaskReasonSystem()
    return vim.TaskReasonUser(userName=task.actor.principal)


@prop(vim.Task, "info.state")
def info_state(_view: View, task: Task) -> str:
    """Queued, running, success or error."""
    return task.state.value


@prop(vim.Task, "info.progress")
def info_progress(_view: View, task: Task) -> int | None:
    """Percent while it runs."""
    return task.progress if task.state is TaskState.RUNNING else None


@prop(vim.Task, "info.error")
def info_error(view: View, task: Task) -> Any:
    """Why it failed."""
    return task_fault(task.error, view) if task.error is not None else None


# -- TaskManager --------------------------------------------------------------------------------------------------------------


@prop(vim.TaskManager, "recentTask")
def recent_task(view: View, _manager: Singleton) -> list[Any]:
    """Tasks that run, or ended within the last ten minutes."""
    return [view.ref(task) for task in recent(view, view.state.all(Task)) if view.maybe_ref(task) is not None]


@prop(vim.TaskManager, "maxCollector")
def max_collector(_view: View, _manager: Singleton) -> int:
    """Collectors that a session may have."""
    return MAX_COLLECTORS


@prop(vim.TaskManager, "description")
def task_description(_view: View, _manager: Singleton) -> vim.TaskDescription:
    """What tasks, their states and reasons are called."""
    return vim.TaskDescription(
        methodInfo=[element(key, label) for key, label in _labels().items()],
        state=[
            element("queued", "Queued", "Task is queued"),
            element("running", "Running", "Task is in progress"),
            element("success", "Completed", "Task completed successfully"),
            element("error", "Error", "Task completed with a failure"),
        ],
        reason=[
            type_description(name, label)
            for name, label in (
                ("TaskReasonSystem", "System"),
                ("TaskReasonUser", "User"),
                ("TaskReasonAlarm", "Alarm"),
                ("TaskReasonSchedule", "Scheduled task"),
            )
        ],
    )


_LABELS: Final = """
ClusterComputeResource.addHost|Add host
ClusterComputeResource.destroy|Delete cluster
ClusterComputeResource.moveInto|Move host into cluster
ClusterComputeResource.reconfigureEx|Reconfigure cluster
Datacenter.destroy|Remove datacenter
Datacenter.powerOnVm|Initialize powering On
Datacenter.rename|Rename datacenter
Datastore.rename|Rename datastore
Folder.addStandaloneHost|Add standalone host
Folder.createDVS|Create a vSphere Distributed Switch
Folder.createVm|Create virtual machine
Folder.destroy|Delete folder
Folder.moveInto|Move entities
Folder.registerVm|Register virtual machine
Folder.rename|Rename folder
HostSystem.destroy|Remove host
HostSystem.disconnect|Disconnect host
HostSystem.enterMaintenanceMode|Enter maintenance mode
HostSystem.exitMaintenanceMode|Exit maintenance mode
HostSystem.reboot|Initiate host reboot
HostSystem.reconnect|Reconnect host
HostSystem.shutdown|Initiate host shutdown
ResourcePool.destroy|Delete resource pool
VirtualMachine.clone|Clone virtual machine
VirtualMachine.createSnapshot|Create virtual machine snapshot
VirtualMachine.createSnapshotEx|Create virtual machine snapshot
VirtualMachine.destroy|Delete virtual machine
VirtualMachine.migrate|Migrate virtual machine
VirtualMachine.powerOff|Power Off virtual machine
VirtualMachine.powerOn|Power On virtual machine
VirtualMachine.rebootGuest|Initiate guest OS reboot
VirtualMachine.reconfigure|Reconfigure virtual machine
VirtualMachine.relocate|Relocate virtual machine
VirtualMachine.removeAllSnapshots|Remove all snapshots
VirtualMachine.rename|Rename virtual machine
VirtualMachine.reset|Reset virtual machine
VirtualMachine.revertToCurrentSnapshot|Revert to current snapshot
VirtualMachine.shutdownGuest|Initiate guest OS shutdown
VirtualMachine.suspend|Suspend virtual machine
VirtualMachine.upgradeVirtualHardware|Upgrade virtual machine compatibility
dvs.DistributedVirtualPortgroup.destroy|Delete distributed port group
dvs.DistributedVirtualPortgroup.reconfigure|Reconfigure distributed port group
vm.Snapshot.remove|Remove snapshot
vm.Snapshot.revert|Revert snapshot
"""


def _labels() -> dict[str, str]:
    """What tasks are called, by the id of their description."""
    rows = (line.partition("|") for line in _LABELS.strip().splitlines())
    return {key: label for key, _, label in rows}

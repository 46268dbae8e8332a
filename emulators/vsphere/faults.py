"""The one table from domain errors to vSphere's faults, for faults of calls and errors of tasks alike.

A task keeps its error as data (``TaskError``); an error on its way to the caller is brought into the same form first, so that a refusal
reads the same wherever the client meets it.  The wording is vCenter's where it has one, else the world's own sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from pyVmomi import vim
from pyVmomi import vmodl as api

from dcsim.errors import DcsimError, DomainError
from emulators.vsphere.soap import metadata, vmodl
from emulators.vsphere.soap.faults import VimFault, invalid_argument
from emulators.world.capacity import MIB, host_capacity, memory_reserved
from emulators.world.decisions.operations import task_error
from emulators.world.model import Connection, Datastore, Disk, Entity, Hypervisor, Power, ResourcePool, TaskError, Vm
from emulators.world.pool_capacity import pool_runtime
from emulators.world.state import WorldState

POWER_STATES: Final = {Power.ON: "poweredOn", Power.OFF: "poweredOff", Power.SUSPENDED: "suspended"}
_POWER_WORDS: Final = {"poweredOn": "Powered on", "poweredOff": "Powered off", "suspended": "Suspended"}


class Sight(Protocol):
    """What the table needs to know besides the error: the world, and the references of its things."""

    @property
    def state(self) -> WorldState:
        """The world's state."""
        ...

    def maybe_ref(self, thing: Any) -> Any:
        """The reference of an entity or its uid; None when vCenter doesn't show it or it is gone."""
        ...


class Trouble:
    """An error being translated; what it names is looked up as it is now, and may be gone."""

    def __init__(self, error: TaskError, sight: Sight) -> None:
        self.message = error.message
        self.detail = error.detail
        self.field = error.detail.get("field", "")
        self.sight = sight
        self.subject: Entity | None = sight.state.find(error.subject) if error.subject else None

    def ref(self, *kinds: type[Entity]) -> Any:
        """The reference of the subject, if it is there and of one of the kinds."""
        return self.sight.maybe_ref(self.subject) if isinstance(self.subject, kinds or (Entity,)) else None

    def ref_to(self, uid: str) -> Any:
        """The reference of something else that the error names, if it is there."""
        return self.sight.maybe_ref(uid) if uid else None


Builder = Callable[[Trouble], Any]
"""Makes the fault; its ``msg`` says what vCenter says, or nothing for the world's own words."""


def vim_fault(error: DcsimError, sight: Sight) -> VimFault:
    """The fault that answers a call which was refused with ``error``."""
    if isinstance(error, VimFault):
        return error
    return VimFault(task_fault(task_error(error), sight))


def task_fault(error: TaskError, sight: Sight) -> Any:
    """The fault (with its message as ``msg``) of a task that failed with ``error``."""
    trouble = Trouble(error, sight)
    fault = FAULTS.get(error.type, _system_error)(trouble)
    fault.msg = fault.msg or error.message
    return fault


def _system_error(trouble: Trouble) -> Any:
    return api.fault.SystemError(reason=trouble.message, msg=f"A general system error occurred: {trouble.message}")


def _not_found(trouble: Trouble) -> Any:
    ref = trouble.ref()
    return api.fault.ManagedObjectNotFound(obj=ref) if ref is not None and not trouble.field else vim.fault.NotFound()


def _already_exists(trouble: Trouble) -> Any:
    if trouble.field == "path":
        return vim.fault.FileAlreadyExists(file=_path_of(trouble))
    ref, name = trouble.ref(), trouble.subject.name if trouble.subject else ""
    if ref is None:
        return vim.fault.AlreadyExists(name=name or None)
    return vim.fault.DuplicateName(name=name, object=ref, msg=f"The name '{name}' already exists.")


def _path_of(trouble: Trouble) -> str:
    return trouble.subject.path if isinstance(trouble.subject, Disk | Vm) else ""


_PROPERTIES: Final = {
    "cpus": "configSpec.numCPUs",
    "cores_per_socket": "configSpec.numCoresPerSocket",
    "memory_bytes": "configSpec.memoryMB",
    "unit": "configSpec.deviceChange.device.unitNumber",
    "capacity_bytes": "configSpec.deviceChange.device.capacityInKB",
    "ip": "configSpec.deviceChange.device.backing",
    "cpu": "spec.cpuAllocation",
    "memory": "spec.memoryAllocation",
    "members": "list",
}
"""Arguments as the API names them, where the world names them otherwise."""


def _invalid_argument(trouble: Trouble) -> Any:
    if trouble.field == "path":
        return vim.fault.FileAlreadyExists(file=_path_of(trouble))
    return invalid_argument(_PROPERTIES.get(trouble.field, trouble.field) or None).fault


def _invalid_state(trouble: Trouble) -> Any:
    special = _STATE_FAULTS.get(trouble.field)
    return special(trouble) if special is not None else _power_state(trouble)


def _power_state(trouble: Trouble) -> Any:
    existing = POWER_STATES.get(trouble.detail.get("existing"))  # type: ignore[call-overload]  # other states are none of power's
    if existing is None:
        return vim.fault.InvalidState(msg=trouble.message or "The operation is not allowed in the current state.")
    requested = POWER_STATES.get(trouble.detail.get("requested"))  # type: ignore[call-overload]
    message = f"The attempted operation cannot be performed in the current state ({_POWER_WORDS[existing]})."
    return vim.fault.InvalidPowerState(existingState=existing, requestedState=requested, msg=message)


def _host_state(trouble: Trouble) -> Any:
    down = trouble.detail.get("existing") in set(Connection) - {Connection.CONNECTED}
    host = trouble.ref(Hypervisor)
    return vim.fault.InvalidHostConnectionState(host=host) if down else vim.fault.InvalidHostState(host=host)


def _inaccessible(trouble: Trouble) -> Any:
    name = trouble.subject.name if isinstance(trouble.subject, Datastore) else None
    message = f"Unable to access the specified datastore: {name}"
    return vim.fault.InaccessibleDatastore(datastore=trouble.ref(Datastore), name=name, detail="notAccessible", msg=message)


_STATE_FAULTS: Final[dict[str, Builder]] = {
    "tools": lambda _: vim.fault.ToolsUnavailable(
        msg="Cannot complete operation because VMware Tools is not running in this virtual machine."
    ),
    "template": lambda _: api.fault.NotSupported(msg="The operation is not supported on the object."),
    "cpus": lambda _: vim.fault.CpuHotPlugNotSupported(msg="CPU hot plug is not supported for this virtual machine."),
    "memory_bytes": lambda _: vim.fault.MemoryHotPlugNotSupported(msg="Memory hot plug is not supported for this virtual machine."),
    "datastore": _inaccessible,
    "host": _host_state,
    "disk": lambda trouble: vim.fault.FileLocked(file=_path_of(trouble), msg="Unable to access file since it is locked"),
}
"""States that have a fault of their own, by the field that the error names."""


def _busy(trouble: Trouble) -> Any:
    task = trouble.ref_to(trouble.detail.get("task", ""))
    if task is None:
        return vim.fault.InvalidState()
    return vim.fault.TaskInProgress(
        task=task, msg="The operation is not allowed in the current state: another task is already in progress."
    )


def _in_use(trouble: Trouble) -> Any:
    ref, name = trouble.ref(), trouble.subject.name if trouble.subject else None
    return vim.fault.ResourceInUse(type=type(ref) if ref is not None else None, name=name, msg=f"The resource '{name}' is in use.")


def _insufficient(trouble: Trouble) -> Any:
    resource = trouble.detail.get("resource", "")
    match resource:
        case "cpu" | "memory":
            return _short_of(trouble, resource)
        case "disk":
            name = trouble.subject.name if isinstance(trouble.subject, Datastore) else ""
            message = f"There is not enough space on the datastore: {name}"
            return vim.fault.NoDiskSpace(file=f"[{name}] ", datastore=name, msg=message)
        case "failover":
            return vim.fault.InsufficientFailoverResourcesFault(
                msg="Insufficient resources to satisfy configured failover level for vSphere HA."
            )
        case "host":
            return vim.fault.InsufficientHostCapacityFault(host=trouble.ref(Hypervisor))
    return vim.fault.InsufficientResourcesFault()


def _short_of(trouble: Trouble, resource: str) -> Any:
    free, wanted = _reckoning(trouble, resource)
    if resource == "cpu":
        return vim.fault.InsufficientCpuResourcesFault(unreserved=free, requested=wanted)
    return vim.fault.InsufficientMemoryResourcesFault(unreserved=free, requested=wanted)


def _reckoning(trouble: Trouble, resource: str) -> tuple[int, int]:
    """What can still be reserved where the subject is, and what it wants: MHz, or bytes."""
    state, subject = trouble.sight.state, trouble.subject
    if isinstance(subject, Vm):
        host, cpu = state.maybe(Hypervisor, subject.host), resource == "cpu"
        capacity = host_capacity(state, host) if host is not None else None
        free = 0 if capacity is None else capacity.cpu_unreserved_mhz if cpu else capacity.memory_unreserved_bytes
        return max(free, 0), subject.cpu.reservation if cpu else memory_reserved(subject)
    if isinstance(subject, ResourcePool):
        runtime = pool_runtime(state, subject)
        usage = runtime.cpu if resource == "cpu" else runtime.memory
        return max(usage.unreserved_for_vm, 0), max(usage.unreserved_for_vm, 0) + (1 if resource == "cpu" else MIB)
    return 0, 0


def _injected(trouble: Trouble) -> Any:
    """The fault that a failure rule names; GenericVmConfigFault when the API has no such fault, or it names what is not there."""
    named = metadata.data_type(trouble.detail.get("fault", ""))
    if named is None or not issubclass(named, vmodl.MethodFault):
        return vim.fault.GenericVmConfigFault(reason=trouble.message)
    fault = named()
    given = {field.name: _likely(field, trouble) for field in metadata.fields_of(named) if not field.optional}
    for name, value in given.items():
        setattr(fault, name, value)
    return fault if None not in given.values() else vim.fault.GenericVmConfigFault(reason=trouble.message)


def _likely(field: metadata.FieldInfo, trouble: Trouble) -> Any:
    """A value for a mandatory field of an injected fault; None when there is none."""
    if issubclass(field.item, vmodl.ManagedObject):
        return trouble.ref()
    if issubclass(field.item, vmodl.Enum):
        power = POWER_STATES[trouble.subject.power] if isinstance(trouble.subject, Vm) else ""
        return power if power in field.item.values else field.item.values[0]
    if issubclass(field.item, str):
        return trouble.message
    return field.item(0) if issubclass(field.item, int) else None


def _no_permission(trouble: Trouble) -> Any:
    return vim.fault.NoPermission(object=trouble.ref(), privilegeId=trouble.detail.get("privilege"))


def _machine(trouble: Trouble) -> Any:
    return vim.fault.GenericVmConfigFault(reason=trouble.message)


FAULTS: Final[dict[str, Builder]] = {
    "NotFound": _not_found,
    "AlreadyExists": _already_exists,
    "InvalidArgument": _invalid_argument,
    "InvalidState": _invalid_state,
    "Busy": _busy,
    "VersionConflict": lambda _: vim.fault.ConcurrentAccess(
        msg="The operation cannot be completed because the resource has been changed by another client."
    ),
    "InUse": _in_use,
    "InsufficientResources": _insufficient,
    "PermissionDenied": _no_permission,
    "Unauthenticated": lambda trouble: vim.fault.NotAuthenticated(object=trouble.ref(), msg="The session is not authenticated."),
    "TooManyRequests": lambda _: vim.fault.LimitExceeded(msg="The number of requests exceeds the limit; try again later."),
    "NotSupported": lambda _: api.fault.NotSupported(),
    "Injected": _injected,
    "MachineError": _machine,
    "MachineNotFound": _machine,
    "ImageNotFound": _machine,
    "MachinesUnavailable": _machine,
    "Cancelled": lambda _: api.fault.RequestCanceled(msg="The task was canceled by a user."),
}
"""Fault makers by the class name of the error; anything else is a SystemError."""


def uncovered() -> set[str]:
    """The names of the domain errors that the table has no line for: none, a test says.  Other vendors' own refusals never come here."""
    return {cls.__name__ for cls in DomainError.__subclasses__() if cls.__module__ == DomainError.__module__} - FAULTS.keys()

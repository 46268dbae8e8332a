"""Nova's state machine: what a server's status is called, and which action is allowed when.  All of it is data.

Sources: nova.compute.vm_states, task_states and the ``check_instance_state`` of nova.compute.api; nova.api.openstack.common.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.faults import Fault

ACTIVE: Final = "active"
BUILDING: Final = "building"
PAUSED: Final = "paused"
SUSPENDED: Final = "suspended"
STOPPED: Final = "stopped"
RESCUED: Final = "rescued"
RESIZED: Final = "resized"
SOFT_DELETED: Final = "soft-delete"
DELETED: Final = "deleted"
ERROR: Final = "error"
SHELVED: Final = "shelved"
OFFLOADED: Final = "shelved_offloaded"

NOSTATE: Final = 0
RUNNING: Final = 1
POWER_PAUSED: Final = 3
SHUTDOWN: Final = 4
CRASHED: Final = 6
POWER_SUSPENDED: Final = 7

_REBUILD: Final = {"rebuilding": "REBUILD", "rebuild_block_device_mapping": "REBUILD", "rebuild_spawning": "REBUILD"}
_RESIZE: Final = {"resize_prep": "RESIZE", "resize_migrating": "RESIZE", "resize_migrated": "RESIZE", "resize_finish": "RESIZE"}
_REBOOT: Final = {
    **dict.fromkeys(("rebooting", "reboot_pending", "reboot_started"), "REBOOT"),
    **dict.fromkeys(("rebooting_hard", "reboot_pending_hard", "reboot_started_hard"), "HARD_REBOOT"),
}
STATUS: Final[dict[str, dict[str, str]]] = {
    ACTIVE: {"default": "ACTIVE", **_REBOOT, "updating_password": "PASSWORD", **_REBUILD, "migrating": "MIGRATING", **_RESIZE},
    BUILDING: {"default": "BUILD"},
    STOPPED: {"default": "SHUTOFF", **_RESIZE, **_REBUILD},
    RESIZED: {"default": "VERIFY_RESIZE", "resize_reverting": "REVERT_RESIZE"},
    PAUSED: {"default": "PAUSED", "migrating": "MIGRATING"},
    SUSPENDED: {"default": "SUSPENDED"},
    RESCUED: {"default": "RESCUE"},
    ERROR: {"default": "ERROR", **_REBUILD},
    DELETED: {"default": "DELETED"},
    SOFT_DELETED: {"default": "SOFT_DELETED"},
    SHELVED: {"default": "SHELVED"},
    OFFLOADED: {"default": "SHELVED_OFFLOADED"},
}
"""The status of a vm_state, by task_state."""


def status_of(server: NovaServer) -> str:
    """``ACTIVE``, ``BUILD`` ... as clients see it."""
    tasks = STATUS.get(server.vm_state)
    return tasks.get(server.task_state, tasks["default"]) if tasks else "UNKNOWN"


def states_of(statuses: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The vm_states and task_states (``default`` among them) that statuses stand for; both empty for words that are none."""
    wanted = {status.lower() for status in statuses}
    found = [(vm, task) for vm, tasks in STATUS.items() for task, status in tasks.items() if status.lower() in wanted]
    return frozenset(vm for vm, _ in found), frozenset(task for _, task in found)


class When(NamedTuple):
    """When an action is allowed: vm_states and task_states (None: any; "" is no task), and whether a lock forbids it to the owner."""

    vm: frozenset[str] | None = None
    task: frozenset[str] | None = frozenset({""})
    locks: bool = True
    launched: bool = True


def _when(*vm: str) -> When:
    return When(frozenset(vm))


_LIVING: Final = (ACTIVE, STOPPED, PAUSED, SUSPENDED)
_ATTACHING: Final = (ACTIVE, PAUSED, STOPPED, RESIZED, SOFT_DELETED, SHELVED, OFFLOADED)
_HARD: Final = frozenset(
    {"", "rebooting", "reboot_pending", "reboot_started", "resuming", "rebooting_hard", "unpausing", "pausing", "suspending"}
)
WHEN: Final[dict[str, When]] = {
    "delete": When(task=None, launched=False),
    "forceDelete": When(task=None, launched=False),
    "restore": _when(SOFT_DELETED),
    "stop": _when(ACTIVE, ERROR),
    "start": _when(STOPPED),
    "trigger_crash_dump": _when(ACTIVE, PAUSED, RESCUED, RESIZED, ERROR),
    "createBackup": _when(*_LIVING)._replace(locks=False),
    "createImage": _when(*_LIVING)._replace(locks=False),
    "reboot": _when(ACTIVE),
    "reboot HARD": When(frozenset({ACTIVE, STOPPED, PAUSED, SUSPENDED, ERROR}), _HARD),
    "rebuild": _when(ACTIVE, STOPPED, ERROR),
    "resize": _when(ACTIVE, STOPPED),
    "migrate": _when(ACTIVE, STOPPED),
    "confirmResize": _when(RESIZED),
    "revertResize": _when(RESIZED),
    "shelve": _when(*_LIVING),
    "shelveOffload": _when(SHELVED),
    "unshelve": _when(SHELVED, OFFLOADED),
    "pause": _when(ACTIVE),
    "unpause": _when(PAUSED),
    "suspend": _when(ACTIVE),
    "resume": _when(SUSPENDED),
    "rescue": _when(ACTIVE, STOPPED, ERROR),
    "unrescue": _when(RESCUED),
    "changePassword": _when(ACTIVE),
    "attach_volume": _when(*_ATTACHING),
    "detach_volume": _when(*_ATTACHING),
    "swap_volume": _when(ACTIVE, PAUSED, RESIZED),
    "attach_interface": _when(ACTIVE, PAUSED, STOPPED),
    "detach_interface": _when(ACTIVE, PAUSED, STOPPED),
    "update metadata": When(frozenset(_LIVING), task=None),
    "delete metadata": When(frozenset(_LIVING), task=None),
    "os-migrateLive": _when(ACTIVE, PAUSED),
    "evacuate": When(frozenset({ACTIVE, STOPPED, ERROR}), task=None),
    "addSecurityGroup": When(task=None, locks=False, launched=False),
    "force_complete": When(frozenset({ACTIVE}), frozenset({"migrating"})),
    "abort": When(None, frozenset({"migrating"})),
}
"""By the name that the refusal has for the action (``reboot HARD``: refused as ``reboot``)."""


def require(server: NovaServer, action: str, *, admin: bool = False) -> None:
    """Raise Fault 409 unless the action is allowed now; a lock holds everybody off but administrators."""
    when = WHEN[action]
    if when.locks and server.locked and not admin:
        raise Fault(409, f"Instance {server.uid} is locked")
    name = action.partition(" HARD")[0]
    if when.vm is not None and server.vm_state not in when.vm:
        raise Fault(409, f"Cannot '{name}' instance {server.uid} while it is in vm_state {server.vm_state}")
    if when.task is not None and server.task_state not in when.task:
        raise Fault(409, f"Cannot '{name}' instance {server.uid} while it is in task_state {server.task_state}")
    if when.launched and server.launched is None and server.vm_state == BUILDING:
        raise Fault(409, f"Cannot '{name}' an instance which has never been active")

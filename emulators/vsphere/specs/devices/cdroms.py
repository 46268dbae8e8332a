"""CD-ROM drives, on the IDE controllers or a SATA one."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from pyVmomi import vim

from emulators.vsphere.specs import paths
from emulators.vsphere.specs.devices.plan import ADD, REMOVE, Change, Plan
from emulators.world.model import Cdrom

FIRST_KEY: Final = 3000
MOST_DRIVES: Final = 4


def change(plan: Plan, spec: Change) -> None:
    """Add, edit or remove a drive."""
    if spec.file_operation:
        raise spec.bad_operation()
    if spec.operation == ADD:
        _add(plan, spec)
        return
    drive = next((one for one in plan.cdroms if one.key == spec.device.key), None)
    if drive is None:
        raise spec.invalid("device.key")
    if spec.operation == REMOVE:
        plan.cdroms.remove(drive)
    else:
        plan.cdroms[plan.cdroms.index(drive)] = msgspec.structs.replace(drive, **_given(plan, spec))


def _add(plan: Plan, spec: Change) -> None:
    if len(plan.cdroms) >= MOST_DRIVES:
        raise spec.invalid("device", "The virtual machine has the most CD-ROM drives that are supported.")
    taken = {one.key for one in plan.cdroms}
    key = next(key for key in range(FIRST_KEY, FIRST_KEY + MOST_DRIVES) if key not in taken)
    plan.cdroms.append(Cdrom(key=key, **_given(plan, spec)))


def _given(plan: Plan, spec: Change) -> dict[str, Any]:
    """What the device says of its medium and connection; a drive without a medium is the client's."""
    given: dict[str, Any] = {}
    backing, link = spec.device.backing, spec.device.connectable
    if isinstance(backing, vim.vm.device.VirtualCdrom.IsoBackingInfo):
        name = backing.fileName or ""
        given["image"] = str(paths.parse(plan.call.world.state, name, plan.site)) if name else ""
    elif backing is not None:
        given["image"] = ""
    if link is not None:
        given |= {"connected": bool(link.connected), "start_connected": bool(link.startConnected)}
    return given

"""SCSI, SATA and NVMe controllers; the two IDE ones come with every VM."""

from __future__ import annotations

from typing import Final

from pyVmomi import vim

from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs.devices.plan import ADD, REMOVE, Change, Plan
from emulators.world.model import Controller

TYPES: Final = {
    "ParaVirtualSCSIController": "pvscsi",
    "VirtualLsiLogicController": "lsilogic",
    "VirtualLsiLogicSASController": "lsilogic-sas",
    "VirtualBusLogicController": "buslogic",
    "VirtualAHCIController": "ahci",
    "VirtualNVMEController": "nvme",
}
_FIRST_KEYS: Final = {"ahci": 15000, "nvme": 31000}
_FIRST_SCSI_KEY: Final = 1000
_BUSES: Final = 4
IDE_KEYS: Final = (200, 201)
_UNITS: Final = {"ahci": 30, "nvme": 15, "pvscsi": 64}
_SCSI_UNITS: Final = 16
_IDE_UNITS: Final = 2


def change(plan: Plan, spec: Change) -> None:
    """Add, edit or remove a controller."""
    if spec.operation == ADD:
        _add(plan, spec)
        return
    controller = next((one for one in plan.controllers if one.key == spec.device.key), None)
    if controller is None:
        raise spec.invalid("device.key")
    if spec.operation == REMOVE:
        _remove(plan, spec, controller)
    elif TYPES.get(type(spec.device)._wsdlName) != controller.type:
        raise spec.bad_operation()


def _add(plan: Plan, spec: Change) -> None:
    sort = TYPES.get(type(spec.device)._wsdlName)
    if sort is None:
        raise spec.invalid("device")
    first = _first_key(sort)
    taken = {one.bus for one in plan.controllers if _first_key(one.type) == first}
    free = (bus for bus in range(_BUSES) if bus not in taken)
    bus = next(free, _BUSES) if spec.device.busNumber in {None, -1} else spec.device.busNumber
    if bus in taken or not 0 <= bus < _BUSES:
        raise spec.invalid("device.busNumber")
    plan.controllers.append(Controller(key=first + bus, type=sort, bus=bus))
    if spec.device.key is not None:
        plan.temporary[spec.device.key] = first + bus


def _remove(plan: Plan, spec: Change, controller: Controller) -> None:
    if any(key == controller.key for key, _ in plan.units):
        raise spec.bad_operation()
    plan.controllers.remove(controller)


def _first_key(sort: str) -> int:
    return _FIRST_KEYS.get(sort, _FIRST_SCSI_KEY)


def controller_key(plan: Plan, spec: Change) -> int:
    """The controller that the device of ``spec`` goes on: the one named, for good or for this request, else the first.

    VimFault InvalidController when there is no such one, MissingController when there is none at all.
    """
    wanted: int | None = spec.device.controllerKey
    present = [one.key for one in plan.controllers]
    if wanted is None:
        if present:
            return present[0]
        missing = vim.fault.MissingController(property="virtualDeviceSpec.device.controllerKey", deviceIndex=spec.index)
        raise VimFault(missing, f"Device '{spec.index}' is missing its controller.")
    key = plan.temporary.get(wanted, wanted)
    if key in present or key in IDE_KEYS:
        return key
    fault = vim.fault.InvalidController(
        property="virtualDeviceSpec.device.controllerKey", deviceIndex=spec.index, controllerKey=spec.device.controllerKey
    )
    raise VimFault(fault, f"The controller for device '{spec.index}' is invalid.")


def unit_number(plan: Plan, spec: Change, controller: int) -> int:
    """The unit of a new disk on its controller: the wanted one, or the first that is free.  VimFault InvalidDeviceSpec when it is taken."""
    sort = next((one.type for one in plan.controllers if one.key == controller), "ide")
    limit = _IDE_UNITS if sort == "ide" else _UNITS.get(sort, _SCSI_UNITS)
    reserved = 7 if sort not in {"ide", "ahci", "nvme"} else -1  # a SCSI controller's own
    free = (unit for unit in range(limit) if unit != reserved and (controller, unit) not in plan.units)
    wanted = spec.device.unitNumber
    unit = next(free, limit) if wanted is None or wanted < 0 else wanted
    if unit == reserved or unit >= limit or (controller, unit) in plan.units:
        raise spec.invalid("device.unitNumber")
    plan.units.add((controller, unit))
    return int(unit)

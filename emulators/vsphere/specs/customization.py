"""``CustomizationSpec``, as far as a container can be customised: the addresses of its cards.

The guest's name is that of its VM, and only guests that Linux preparation fits can be customised.
"""

from __future__ import annotations

from typing import Any

import msgspec
from pyVmomi import vim

from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs.devices.plan import Plan
from emulators.world.decisions.hardware import PortSet
from emulators.world.model import Vm

customization = vim.vm.customization


def customize(plan: Plan, spec: Any, vm: Vm) -> None:
    """Give the cards of the VM to be (``plan``: how it differs from ``vm``) the fixed addresses of the specification.

    VimFault UncustomizableGuest, NicSettingMismatch.
    """
    if not isinstance(spec.identity, customization.LinuxPrep) or vm.guest_id.startswith("win"):
        fault = vim.fault.UncustomizableGuest(uncustomizableGuestOS=vm.guest_id)
        raise VimFault(fault, f"Customization of the guest operating system '{vm.guest_id}' is not supported in this configuration.")
    cards = [*sorted(plan.ports), *range(len(plan.add_ports))]
    if spec.nicSettingMap and len(spec.nicSettingMap) != len(cards):
        mismatch = vim.fault.NicSettingMismatch(numberOfNicsInSpec=len(spec.nicSettingMap), numberOfNicsInVM=len(cards))
        raise VimFault(mismatch, "The number of network interfaces in the customization specification and the virtual machine differ.")
    for place, mapping in enumerate(spec.nicSettingMap):
        address = mapping.adapter.ip
        if isinstance(address, customization.FixedIp):
            _set_address(plan, place, address.ipAddress)


def _set_address(plan: Plan, place: int, address: str) -> None:
    kept = sorted(plan.ports)
    if place >= len(kept):
        index = place - len(kept)
        plan.add_ports[index] = msgspec.structs.replace(plan.add_ports[index], ip=address)
        return
    uid = plan.ports[kept[place]].uid
    earlier = next((one for one in plan.set_ports if one.port == uid), PortSet(port=uid))
    plan.set_ports = [one for one in plan.set_ports if one.port != uid]
    plan.set_ports.append(msgspec.structs.replace(earlier, ip=address))

"""Virtual NICs as devices."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from dcsim.ids import digest
from emulators.vsphere.views.constructors import description, like, shares
from emulators.vsphere.views.virtual_machine.controllers import PCI, connection, pci_slot
from emulators.vsphere.views.virtual_machine.machine import Machine
from emulators.world.model import DistributedSwitch, Network, Port, Power, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

device = vim.vm.device
_CARDS: Final = {
    "vmxnet3": "VirtualVmxnet3",
    "vmxnet2": "VirtualVmxnet2",
    "e1000": "VirtualE1000",
    "e1000e": "VirtualE1000e",
    "pcnet32": "VirtualPCNet32",
    "sriov": "VirtualSriovEthernetCard",
}
_PCI_SLOTS: Final = (192, 224, 256, 1184, 1216, 1248, 1280, 2208, 2240, 2272)
_NORMAL_SHARES: Final = 50


def nic_devices(view: View, machine: Machine) -> list[Any]:
    """The VM's NICs, "Network adapter 1" first."""
    return [_nic(view, machine.vm, port, place) for place, port in enumerate(machine.ports)]


def nic_class(adapter: str) -> Any:
    """The device class of an emulated card; vmxnet3 for one that is not known."""
    return getattr(device, _CARDS.get(adapter, _CARDS["vmxnet3"]))


def _nic(view: View, vm: Vm, port: Port, place: int) -> Any:
    on = vm.power is Power.ON
    summary, backing = _backing(view, port)
    return like(
        _plain_card(port.adapter),
        key=port.key,
        deviceInfo=description(f"Network adapter {place + 1}", summary),
        backing=backing,
        connectable=connection(start=port.start_connected, connected=port.connected and on, tried=on),
        slotInfo=pci_slot(_PCI_SLOTS[place % len(_PCI_SLOTS)]),
        unitNumber=port.unit,
        addressType=port.mac_type,
        macAddress=port.mac,
    )


@cache
def _plain_card(adapter: str) -> Any:
    card = nic_class(adapter)(
        controllerKey=PCI, wakeOnLanEnabled=True, resourceAllocation=_allocation(), uptCompatibilityEnabled=adapter == "vmxnet3"
    )
    if adapter == "vmxnet3":
        card.uptv2Enabled = False
    return card


@cache
def _allocation() -> Any:
    return device.VirtualEthernetCard.ResourceAllocation(reservation=0, share=shares(_NORMAL_SHARES, "normal"), limit=-1)


def _backing(view: View, port: Port) -> tuple[str, Any]:
    """The summary line and the backing: a port of a distributed switch, or a standard network by name."""
    network = view.state.maybe(Network, port.network)
    switch = view.state.maybe(DistributedSwitch, network.switch) if network is not None and network.switch else None
    if network is not None and switch is not None:
        return f"DVSwitch: {switch.uuid}", device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(
            port=port_connection(view, switch, network, port)
        )
    backing = device.VirtualEthernetCard.NetworkBackingInfo(deviceName=network.name if network else "", useAutoDetect=False)
    if network is not None:
        backing.network = view.maybe_ref(network)
    return backing.deviceName, backing


def port_connection(view: View, switch: DistributedSwitch, network: Network, port: Port) -> Any:
    """Where a NIC is plugged in on a distributed switch; the port's key there is the number of the world's port."""
    return vim.dvs.PortConnection(
        switchUuid=switch.uuid,
        portgroupKey=view.ref(network)._moId,
        portKey=str(port.number),
        connectionCookie=int.from_bytes(digest("cookie", port.uid)[:4], "big") & 0x7FFFFFFF,
    )

"""Virtual network cards on standard networks and on ports of distributed switches."""

from __future__ import annotations

import re
from typing import Any, Final

from msgspec import UNSET
from pyVmomi import vim

from emulators.vsphere.specs.devices.plan import ADD, REMOVE, Change, Plan
from emulators.world.decisions.hardware import PortAdd, PortSet
from emulators.world.model import DistributedSwitch, Network, Owner, Port

ADAPTERS: Final = {
    "VirtualVmxnet3": "vmxnet3",
    "VirtualVmxnet2": "vmxnet2",
    "VirtualE1000": "e1000",
    "VirtualE1000e": "e1000e",
    "VirtualPCNet32": "pcnet32",
    "VirtualSriovEthernetCard": "sriov",
}
MOST_CARDS: Final = 10
"""Network cards that a VM may have (vSphere Configuration Maximums)."""
_MAC: Final = re.compile(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\Z")


def change(plan: Plan, spec: Change) -> None:
    """Add, edit or remove a card."""
    if spec.operation == ADD:
        _add(plan, spec)
        return
    port = plan.ports.get(spec.device.key)
    if port is None:
        raise spec.invalid("device.key")
    if spec.operation == REMOVE:
        del plan.ports[port.key]
        plan.remove_ports.append(port.uid)
    else:
        _edit(plan, spec, port)


def _add(plan: Plan, spec: Change) -> None:
    adapter = ADAPTERS.get(type(spec.device)._wsdlName)
    if adapter is None:
        raise spec.invalid("device")
    if len(plan.ports) + len(plan.add_ports) >= MOST_CARDS:
        raise spec.invalid("device", "The virtual machine has the most network adapters that are supported.")
    network = _network(plan, spec)
    if network is None:
        raise spec.bad_backing()
    link = spec.device.connectable
    plan.add_ports.append(
        PortAdd(
            network=network.uid,
            adapter=adapter,
            mac=_manual_mac(spec) or "",
            start_connected=link is None or bool(link.startConnected),
            connected=link is None or bool(link.connected or link.startConnected),
        )
    )


def _edit(plan: Plan, spec: Change, port: Port) -> None:
    if ADAPTERS.get(type(spec.device)._wsdlName, port.adapter) != port.adapter:
        raise spec.bad_operation()
    network, mac, link = _network(plan, spec), _manual_mac(spec), spec.device.connectable
    plan.set_ports.append(
        PortSet(
            port=port.uid,
            network=UNSET if network is None else network.uid,
            mac=UNSET if mac is None else mac,
            connected=UNSET if link is None else bool(link.connected),
            start_connected=UNSET if link is None else bool(link.startConnected),
        )
    )


def _manual_mac(spec: Change) -> str | None:
    """The address that the client chose; None where the server should."""
    address, sort = spec.device.macAddress, (spec.device.addressType or "").lower()
    if not address or sort in {"assigned", "generated"}:
        return None
    if not _MAC.match(address):
        raise spec.invalid("device.macAddress")
    return str(address).lower()


def _network(plan: Plan, spec: Change) -> Network | None:
    """The network of the backing, None when it has none; VimFault InvalidDeviceBacking when the VM's datacenter has no such one."""
    backing = spec.device.backing
    if backing is None:
        return None
    if isinstance(backing, vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo):
        found = _distributed(plan, backing.port)
    elif isinstance(backing, vim.vm.device.VirtualEthernetCard.NetworkBackingInfo):
        found = _standard(plan, backing)
    else:
        found = None
    if found is None or found.site != plan.site or found.type == "uplink":
        raise spec.bad_backing()
    return found


def _standard(plan: Plan, backing: Any) -> Network | None:
    if backing.network is not None:
        return plan.call.find(backing.network, Network)
    named = plan.call.world.state.where(Network, "name", backing.deviceName or "")
    return next((one for one in named if one.type == "standard" and one.owner is Owner.VSPHERE and one.site == plan.site), None)


def _distributed(plan: Plan, connection: Any) -> Network | None:
    """By the port group's key; a connection to the switch alone has no network."""
    if not connection.portgroupKey:
        return None
    found = plan.call.services.objects.find(connection.portgroupKey)
    uid = found.subject if found is not None and isinstance(found.subject, str) else ""
    network = plan.call.world.state.maybe(Network, uid)
    switch = plan.call.world.state.maybe(DistributedSwitch, network.switch) if network is not None else None
    if switch is None or (connection.switchUuid and connection.switchUuid.lower() != switch.uuid.lower()):
        return None
    return network

"""``guest``: what VMware Tools reports, here: what the VM's machine does."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.guest_os import GuestOs, guest_os
from emulators.vsphere.views.virtual_machine.config import TOOLS_TYPE, TOOLS_VERSION, has_tools
from emulators.vsphere.views.virtual_machine.machine import Machine, machine
from emulators.world.model import Network, Port, Power, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View
    from emulators.world.state import WorldState

UNMANAGED: Final = "guestToolsUnmanaged"
"""The version status of tools that the distribution ships."""
DOMAIN: Final = "localdomain"
_FILESYSTEM_OVERHEAD: Final = 0.02
_IPV6_BITS: Final = 64


def runs(vm: Vm) -> bool:
    """Does the guest answer?"""
    return vm.power is Power.ON and vm.guest.tools_running


@prop(vim.VirtualMachine, "guest")
def guest(view: View, vm: Vm) -> vim.vm.GuestInfo:
    """What is known of the guest."""
    status, version, running = tools_state(vm)
    info = vim.vm.GuestInfo(
        toolsStatus=status,
        toolsVersionStatus=version,
        toolsVersionStatus2=version,
        toolsRunningStatus=running,
        toolsVersion=str(TOOLS_VERSION if has_tools(vm) else 0),
        guestState="running" if runs(vm) else "notRunning",
        appHeartbeatStatus="appStatusGray",
        guestKernelCrashed=False,
        appState="none",
        guestOperationsReady=runs(vm),
        interactiveGuestOperationsReady=False,
        guestStateChangeSupported=runs(vm),
        hwVersion=f"vmx-{vm.hardware_version:02d}",
        screen=vim.vm.GuestInfo.ScreenInfo(width=-1, height=-1),
    )
    if has_tools(vm):
        info.toolsInstallType = TOOLS_TYPE
    if runs(vm):
        _set_running(view, info, machine(view.state, vm))
    return info


def _set_running(view: View, info: Any, machine: Machine) -> None:
    vm, system = machine.vm, guest_os(machine.vm.guest_id)
    info.guestId, info.guestFullName, info.guestFamily = system.id, system.name, system.family
    info.guestDetailedData = detailed_data(system)
    info.hostName = vm.guest.hostname
    info.ipAddress = primary_address(vm, machine.ports)
    info.net = [_nic(view.state, vm, port) for port in machine.ports]
    info.ipStack = [_stack(view.state, machine)]
    info.disk = _disks(machine)
    info.screen = vim.vm.GuestInfo.ScreenInfo(width=800, height=600)
    info.customizationInfo = vim.vm.GuestInfo.CustomizationInfo(customizationStatus="TOOLSDEPLOYPKG_IDLE")


def tools_state(vm: Vm) -> tuple[str, str, str]:
    """Tools status, version status and running status."""
    if runs(vm):
        return "toolsOk", UNMANAGED, "guestToolsRunning"
    if has_tools(vm):
        return "toolsNotRunning", UNMANAGED, "guestToolsNotRunning"
    return "toolsNotInstalled", "guestToolsNotInstalled", "guestToolsNotRunning"


def detailed_data(system: GuestOs) -> str:
    """The guest as open-vm-tools describes it in ``guestInfo.detailed.data``."""
    bits = "64" if "64" in system.id else "32"
    return (
        f"architecture='X86' bitness='{bits}' distroName='{system.name.partition(' (')[0]}' familyName='Linux' "
        f"prettyName='{system.name.partition(' (')[0]}'"
    )


# -- network ------------------------------------------------------------------------------------------------------------------


def port_addresses(vm: Vm, port: Port) -> tuple[str, ...]:
    """The addresses that the guest reports on a NIC, by its MAC."""
    return vm.guest.addresses.get(port.mac, ())


def primary_address(vm: Vm, ports: tuple[Port, ...]) -> str | None:
    """The address that vCenter shows for the VM: the first IPv4 one, else the first."""
    found = [address for port in ports for address in port_addresses(vm, port)]
    return next((address for address in found if ":" not in address), found[0] if found else None)


def _nic(state: WorldState, vm: Vm, port: Port) -> Any:
    addresses = port_addresses(vm, port)
    network = state.maybe(Network, port.network)
    prefix = _prefix(network)
    shown = [
        vim.net.IpConfigInfo.IpAddress(ipAddress=address, prefixLength=_IPV6_BITS if ":" in address else prefix, state="preferred")
        for address in addresses
    ]
    info = vim.vm.GuestInfo.NicInfo(
        ipAddress=list(addresses),
        macAddress=port.mac,
        connected=port.connected and not port.isolated,
        deviceConfigId=port.key,
        ipConfig=vim.net.IpConfigInfo(ipAddress=shown),
    )
    if network is not None:
        info.network = network.name
    return info


def _prefix(network: Network | None) -> int:
    return ipaddress.ip_network(network.cidr).prefixlen if network is not None and network.cidr else 24


def _stack(state: WorldState, machine: Machine) -> Any:
    """Name service and routes of the guest: a default route by the first network's gateway, and one to each network."""
    networks = [state.maybe(Network, port.network) for port in machine.ports]
    known = [(place, network) for place, network in enumerate(networks) if network is not None and network.cidr]
    routes = [_route("0.0.0.0", 0, network.gateway, place) for place, network in known[:1] if network.gateway]  # noqa: S104 - a default route
    for place, network in known:
        subnet = ipaddress.ip_network(network.cidr)
        routes.append(_route(str(subnet.network_address), subnet.prefixlen, "", place))
    dns = vim.net.DnsConfigInfo(
        dhcp=False,
        hostName=machine.vm.guest.hostname,
        domainName=DOMAIN,
        ipAddress=[network.gateway for _, network in known[:1] if network.gateway],
        searchDomain=[DOMAIN],
    )
    return vim.vm.GuestInfo.StackInfo(dnsConfig=dns, ipRouteConfig=vim.net.IpRouteConfigInfo(ipRoute=routes))


def _route(network: str, prefix: int, gateway: str, place: int) -> Any:
    through = vim.net.IpRouteConfigInfo.Gateway(device=str(place))
    if gateway:
        through.ipAddress = gateway
    return vim.net.IpRouteConfigInfo.IpRoute(network=network, prefixLength=prefix, gateway=through)


# -- disks --------------------------------------------------------------------------------------------------------------------


def _disks(machine: Machine) -> list[Any]:
    """One file system on each disk: the root on the first."""
    return [
        vim.vm.GuestInfo.DiskInfo(
            diskPath="/" if place == 0 else f"/disks/{disk.controller}-{disk.unit}",
            capacity=_formatted(disk.capacity_bytes),
            freeSpace=max(_formatted(disk.capacity_bytes) - disk.used_bytes, 0),
            filesystemType="ext4",
            mappings=[vim.vm.GuestInfo.VirtualDiskMapping(key=disk.key)],
        )
        for place, disk in enumerate(machine.disks)
    ]


def _formatted(capacity: int) -> int:
    return capacity - int(capacity * _FILESYSTEM_OVERHEAD)


# -- hot paths ----------------------------------------------------------------------------------------------------------------


@prop(vim.VirtualMachine, "guest.ipAddress")
def guest_ip_address(view: View, vm: Vm) -> str | None:
    """The VM's address while it runs."""
    return primary_address(vm, machine(view.state, vm).ports) if runs(vm) else None


@prop(vim.VirtualMachine, "guest.hostName")
def guest_host_name(_view: View, vm: Vm) -> str | None:
    """The guest's own name while it runs."""
    return vm.guest.hostname if runs(vm) else None


@prop(vim.VirtualMachine, "guest.guestState")
def guest_state(_view: View, vm: Vm) -> str:
    """Running, or not."""
    return "running" if runs(vm) else "notRunning"


@prop(vim.VirtualMachine, "guest.toolsRunningStatus")
def guest_tools_running_status(_view: View, vm: Vm) -> str:
    """Whether VMware Tools runs."""
    return tools_state(vm)[2]


@prop(vim.VirtualMachine, "guest.toolsStatus")
def guest_tools_status(_view: View, vm: Vm) -> str:
    """VMware Tools in one word."""
    return tools_state(vm)[0]

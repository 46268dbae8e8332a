"""Network of a host: its switches, port groups, NICs, VMkernel interface, names and routes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.views.constructors import words
from emulators.vsphere.views.host_system import pci
from emulators.vsphere.views.host_system.facts import (
    Facts,
    management,
    standard_networks,
    standard_uplinks,
    switch_uplinks,
    switches,
)
from emulators.vsphere.views.host_system.vmkernel import MANAGEMENT, dns_config, kernel_mac, route_config, route_table, stack, vmk0
from emulators.world.identity import PhysicalNic
from emulators.world.model import DistributedSwitch, Network, Port, Power, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

VSWITCH: Final = "vSwitch0"
LINK_MB: Final = 20_000
"""A Cisco VIC 1440 shows its vNICs at 20 Gbit/s."""
PORTS: Final = 2520
TEAMING: Final = words("loadbalance_ip loadbalance_srcmac loadbalance_srcid failover_explicit")


def network_info(view: View, found: Facts) -> vim.host.NetworkInfo:
    """``config.network``."""
    reach = management(view.state, found.host)
    networks, uplinks, ports = standard_networks(view.state, found.host), _uplink_names(view, found), _vm_ports(view, found)
    return vim.host.NetworkInfo(
        vswitch=[_vswitch(networks, uplinks, sum(len(ports.get(one.uid, [])) for one in networks))],
        proxySwitch=[_proxy_switch(found, one, place) for place, one in enumerate(switches(view.state, found.host))],
        portgroup=[_port_group(MANAGEMENT, reach.vlan, uplinks, _kernel_port(found))]
        + [_port_group(one.name, one.vlan, uplinks, ports.get(one.uid, [])) for one in networks],
        pnic=[_pnic(found, nic, place) for place, nic in enumerate(found.identity.nics)],
        vnic=[vmk0(found, reach)],
        dnsConfig=dns_config(found, reach),
        ipRouteConfig=route_config(reach),
        routeTableInfo=route_table(reach),
        ipV6Enabled=True,
        atBootIpV6Enabled=True,
        netStackInstance=[stack(found, reach)],
        nsxTransportNodeId="",
        nvdsToVdsMigrationRequired=False,
    )


# -- switches -----------------------------------------------------------------------------------------------------------------


def _uplink_names(view: View, found: Facts) -> list[str]:
    return [nic.name for nic in standard_uplinks(view.state, found)]


def _mtu(networks: list[Network]) -> int:
    return max((network.mtu for network in networks), default=1500)


def _vswitch(networks: list[Network], uplinks: list[str], vm_ports: int) -> Any:
    return vim.host.VirtualSwitch(
        name=VSWITCH,
        key=f"key-vim.host.VirtualSwitch-{VSWITCH}",
        numPorts=PORTS,
        numPortsAvailable=PORTS - len(uplinks) - 1 - vm_ports,
        mtu=_mtu(networks),
        portgroup=[port_group_key(name) for name in [MANAGEMENT, *(network.name for network in networks)]],
        pnic=[pnic_key(name) for name in uplinks],
        spec=vim.host.VirtualSwitch.Specification(
            numPorts=128,
            bridge=vim.host.VirtualSwitch.BondBridge(
                nicDevice=uplinks,
                beacon=vim.host.VirtualSwitch.BeaconConfig(interval=1),
                linkDiscoveryProtocolConfig=vim.host.LinkDiscoveryProtocolConfig(protocol="cdp", operation="listen"),
            ),
            policy=policy(tuple(uplinks)),
            mtu=_mtu(networks),
        ),
    )


@cache
def policy(uplinks: tuple[str, ...]) -> vim.host.NetworkPolicy:
    """The policy of a switch, as the installer makes it; shared, so nobody may change it."""
    return vim.host.NetworkPolicy(
        security=vim.host.NetworkPolicy.SecurityPolicy(allowPromiscuous=False, macChanges=False, forgedTransmits=False),
        nicTeaming=vim.host.NetworkPolicy.NicTeamingPolicy(
            policy="loadbalance_srcid",
            reversePolicy=True,
            notifySwitches=True,
            rollingOrder=False,
            failureCriteria=vim.host.NetworkPolicy.NicFailureCriteria(
                checkSpeed="minimum",
                speed=10,
                checkDuplex=False,
                fullDuplex=False,
                checkErrorPercent=False,
                percentage=0,
                checkBeacon=False,
            ),
            nicOrder=vim.host.NetworkPolicy.NicOrderPolicy(activeNic=list(uplinks)),
        ),
        offloadPolicy=offload(),
        shapingPolicy=vim.host.NetworkPolicy.TrafficShapingPolicy(enabled=False),
    )


@cache
def offload() -> vim.host.NetOffloadCapabilities:
    """What the NICs do for the processors."""
    return vim.host.NetOffloadCapabilities(csumOffload=True, tcpSegmentation=True, zeroCopyXmit=True)


def _proxy_switch(found: Facts, switch: DistributedSwitch, place: int) -> Any:
    uplinks = switch_uplinks(found, place)
    names = [nic.name for nic in uplinks]
    return vim.host.HostProxySwitch(
        dvsUuid=switch.uuid,
        dvsName=switch.name,
        key=f"key-vim.host.HostProxySwitch-{switch.name}",
        numPorts=PORTS,
        configNumPorts=PORTS,
        numPortsAvailable=PORTS - len(names),
        uplinkPort=[vim.KeyValue(key=str(number), value=name) for number, name in enumerate(switch.uplinks)],
        mtu=1500,
        pnic=[pnic_key(name) for name in names],
        spec=vim.host.HostProxySwitch.Specification(backing=uplink_backing(names)),
        networkReservationSupported=True,
        nsxtEnabled=False,
        ensEnabled=False,
        ensInterruptEnabled=False,
    )


def uplink_backing(names: list[str]) -> vim.dvs.HostMember.PnicBacking:
    """The NICs that a host gives to a distributed switch, plugged in the uplinks in order."""
    specs = [vim.dvs.HostMember.PnicSpec(pnicDevice=name, uplinkPortKey=str(number)) for number, name in enumerate(names)]
    return vim.dvs.HostMember.PnicBacking(pnicSpec=specs)


# -- port groups --------------------------------------------------------------------------------------------------------------


def port_group_key(name: str) -> str:
    """The key of a standard port group."""
    return f"key-vim.host.PortGroup-{name}"


def _port_group(name: str, vlan: int, uplinks: list[str], ports: list[Any]) -> Any:
    return vim.host.PortGroup(
        key=port_group_key(name),
        port=ports,
        vswitch=f"key-vim.host.VirtualSwitch-{VSWITCH}",
        computedPolicy=policy(tuple(uplinks)),
        spec=vim.host.PortGroup.Specification(
            name=name,
            vlanId=vlan,
            vswitchName=VSWITCH,
            policy=_inherited(),
        ),
    )


@cache
def _inherited() -> vim.host.NetworkPolicy:
    """The policy of a port group that leaves all to its switch."""
    return vim.host.NetworkPolicy(
        security=vim.host.NetworkPolicy.SecurityPolicy(),
        nicTeaming=vim.host.NetworkPolicy.NicTeamingPolicy(failureCriteria=vim.host.NetworkPolicy.NicFailureCriteria()),
        offloadPolicy=vim.host.NetOffloadCapabilities(),
        shapingPolicy=vim.host.NetworkPolicy.TrafficShapingPolicy(),
    )


def _kernel_port(found: Facts) -> list[Any]:
    return [_port(1, kernel_mac(found), "host")]


def _vm_ports(view: View, found: Facts) -> dict[str, list[Any]]:
    """The connected ports of the VMs that run on this host, by the uid of their network."""
    ports: dict[str, list[Any]] = {}
    for vm in view.state.where(Vm, "host", found.host.uid):
        if vm.power is Power.ON:
            for port in view.state.where(Port, "vm", vm.uid):
                if port.connected:
                    ports.setdefault(port.network, []).append(_port(port.number, port.mac, "virtualMachine"))
    return ports


def _port(number: int, mac: str, kind: str) -> Any:
    return vim.host.PortGroup.Port(key=f"key-vim.host.PortGroup.Port-{67_108_864 + number}", mac=[mac], type=kind)


# -- interfaces ---------------------------------------------------------------------------------------------------------------


def pnic_key(name: str) -> str:
    """The key of a physical NIC."""
    return f"key-vim.host.PhysicalNic-{name}"


def _pnic(found: Facts, nic: PhysicalNic, place: int) -> Any:
    """A NIC; without ``linkSpeed`` while its fabric is down, as vCenter shows a link that is down."""
    speed = vim.host.PhysicalNic.LinkSpeedDuplex(speedMb=LINK_MB, duplex=True)
    card = vim.host.PhysicalNic(
        key=pnic_key(nic.name),
        device=nic.name,
        pci=pci.nic(place).address,
        driver="nenic",
        driverVersion="1.0.45.0-1OEM.700.1.0.15843807",
        firmwareVersion="5.2(3e)",
        validLinkSpecification=[speed],
        spec=vim.host.PhysicalNic.Specification(
            ip=vim.host.IpConfig(dhcp=False, ipAddress="", subnetMask=""),
            linkSpeed=speed,
            enableEnhancedNetworkingStack=False,
            ensInterruptEnabled=False,
        ),
        wakeOnLanSupported=False,
        mac=nic.mac,
        vmDirectPathGen2Supported=False,
        resourcePoolSchedulerAllowed=True,
        autoNegotiateSupported=False,
        enhancedNetworkingStackSupported=False,
        ensInterruptSupported=False,
    )
    if link_up(found, nic):
        card.linkSpeed = speed
    return card


def link_up(found: Facts, nic: PhysicalNic) -> bool:
    """Does the NIC have a link: is the server on, and the path through its fabric working, or through the other if it may go there?"""
    return found.powered and (nic.leg in found.legs or (nic.failover and bool(found.legs)))


# -- capabilities -------------------------------------------------------------------------------------------------------------


@cache
def capabilities() -> vim.host.NetCapabilities:
    """What can be configured."""
    return vim.host.NetCapabilities(
        canSetPhysicalNicLinkSpeed=True,
        supportsNicTeaming=True,
        nicTeamingPolicy=list(TEAMING),
        supportsVlan=True,
        usesServiceConsoleNic=False,
        supportsNetworkHints=True,
        vswitchConfigSupported=True,
        vnicConfigSupported=True,
        ipRouteConfigSupported=True,
        dnsConfigSupported=True,
        dhcpOnVnicSupported=True,
        ipV6Supported=True,
        backupNfcNiocSupported=True,
    )

"""The VMkernel interface of a host: its address, names and routes, and the traffic that it carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.views.constructors import words
from emulators.vsphere.views.host_system.facts import Facts, Management, management

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

MANAGEMENT: Final = "Management Network"
VMKERNEL: Final = "vmk0"
STACK: Final = "defaultTcpipStack"
MAX_CONNECTIONS: Final = 11000


def kernel_mac(found: Facts) -> str:
    """The management interface takes the first NIC's address."""
    return found.identity.nics[0].mac if found.identity.nics else "00:00:00:00:00:00"


def vmk0(found: Facts, reach: Management, key: str = f"key-vim.host.VirtualNic-{VMKERNEL}") -> vim.host.VirtualNic:
    """The VMkernel interface; it carries management and vMotion."""
    return vim.host.VirtualNic(
        device=VMKERNEL,
        key=key,
        portgroup=MANAGEMENT,
        spec=vim.host.VirtualNic.Specification(
            ip=ip_config(reach),
            mac=kernel_mac(found),
            portgroup=MANAGEMENT,
            mtu=1500,
            tsoEnabled=True,
            netStackInstanceKey=STACK,
            systemOwned=False,
        ),
        port="key-vim.host.PortGroup.Port-67108865",
    )


def ip_config(reach: Management) -> vim.host.IpConfig:
    """The management address."""
    return vim.host.IpConfig(dhcp=False, ipAddress=reach.address, subnetMask=reach.netmask)


# -- names and routes -----------------------------------------------------------------------------------------------------------


def dns_config(found: Facts, reach: Management) -> vim.host.DnsConfig:
    """The host's name, and where it asks for others'."""
    short, _, domain = found.host.name.partition(".")
    return vim.host.DnsConfig(
        dhcp=False,
        hostName=short,
        domainName=domain,
        address=[reach.gateway] if reach.gateway else [],
        searchDomain=[domain] if domain else [],
    )


def route_config(reach: Management) -> vim.host.IpRouteConfig:
    """The default gateway."""
    config = vim.host.IpRouteConfig()
    if reach.gateway:
        config.defaultGateway = reach.gateway
        config.gatewayDevice = VMKERNEL
    return config


def route_table(reach: Management) -> Any:
    routes = [_route(reach.subnet, reach.prefix, "0.0.0.0")]  # noqa: S104 - the gateway of an attached network
    if reach.gateway:
        routes.insert(0, _route("0.0.0.0", 0, reach.gateway))  # noqa: S104 - the default route
    return vim.host.IpRouteTableInfo(ipRoute=routes)


def _route(network: str, prefix: int, gateway: str) -> Any:
    return vim.host.IpRouteEntry(network=network, prefixLength=prefix, gateway=gateway, deviceName=VMKERNEL)


def stack(found: Facts, reach: Management) -> Any:
    return vim.host.NetStackInstance(
        key=STACK,
        name=STACK,
        dnsConfig=dns_config(found, reach),
        ipRouteConfig=route_config(reach),
        requestedMaxNumberOfConnections=MAX_CONNECTIONS,
        congestionControlAlgorithm="newreno",
        ipV6Enabled=True,
    )


# -- what it carries ------------------------------------------------------------------------------------------------------------

NIC_TYPES: Final = words(
    "vmotion faultToleranceLogging vSphereReplication vSphereReplicationNFC management vsan vSphereProvisioning vsanWitness "
    "vSphereBackupNFC ptp nvmeTcp nvmeRdma"
)
SELECTED: Final = frozenset({"management", "vmotion"})


def nic_manager_info(view: View, found: Facts) -> vim.host.VirtualNicManagerInfo:
    """``config.virtualNicManagerInfo``: which interface carries which kind of traffic."""
    reach = management(view.state, found.host)
    return vim.host.VirtualNicManagerInfo(netConfig=[_nic_config(found, reach, kind) for kind in NIC_TYPES])


def _nic_config(found: Facts, reach: Management, kind: str) -> Any:
    key = f"{kind}.key-vim.host.VirtualNic-{VMKERNEL}"
    return vim.host.VirtualNicManager.NetConfig(
        nicType=kind,
        multiSelectAllowed=True,
        candidateVnic=[vmk0(found, reach, key)],
        selectedVnic=[key] if kind in SELECTED else [],
    )


def vmotion_config(view: View, found: Facts) -> vim.host.VMotionSystem.NetConfig:
    """The interface for vMotion."""
    reach = management(view.state, found.host)
    key = f"VMotionConfig.vmotion.key-vim.host.VirtualNic-{VMKERNEL}"
    return vim.host.VMotionSystem.NetConfig(candidateVnic=[vmk0(found, reach, key)], selectedVnic=key)

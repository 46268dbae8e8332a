"""Properties of Network and DistributedVirtualPortgroup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.tree import members
from emulators.vsphere.views.status import network_status
from emulators.world.model import DistributedSwitch, Hypervisor, Network, Port

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

dvs = vim.dvs.VmwareDistributedVirtualSwitch
UPLINK: Final = "uplink"
VMS_PORTS: Final = 8
"""Ports that a new port group has; it grows with its VMs (elastic)."""


@prop(vim.Network, "summary")
def summary(view: View, network: Network) -> vim.Network.Summary:
    """The network in one object."""
    return vim.Network.Summary(network=view.ref(network), name=network.name, accessible=bool(network.hosts), ipPoolName="")


@prop(vim.Network, "host")
def host(view: View, network: Network) -> list[Any]:
    """The hosts that have it."""
    return view.refs(network.hosts)


@prop(vim.Network, "vm")
def vm(view: View, network: Network) -> list[Any]:
    """The VMs with a NIC on it."""
    return view.refs(dict.fromkeys(port.vm for port in members(view.state, Port, "network", network.uid) if port.vm))


@prop(vim.Network, "overallStatus")
def overall_status(view: View, network: Network) -> str:
    """Its health."""
    return network_status(view.state, network)


# -- port groups of distributed switches ----------------------------------------------------------------------------------------


@prop(vim.dvs.DistributedVirtualPortgroup, "key")
def key(view: View, network: Network) -> str:
    """Its id, which its VMs' backings name."""
    return str(view.ref(network)._moId)


@prop(vim.dvs.DistributedVirtualPortgroup, "portKeys")
def port_keys(view: View, network: Network) -> list[str]:
    """The keys of its ports: those that VMs use, or the uplinks of each host."""
    return keys_of(view, network)


def keys_of(view: View, network: Network) -> list[str]:
    """The keys of a port group's ports."""
    if network.type == UPLINK:
        switch = view.state.maybe(DistributedSwitch, network.switch)
        return [str(number) for number in range(len(network.hosts) * len(switch.uplinks))] if switch is not None else []
    return [str(port.number) for port in members(view.state, Port, "network", network.uid)]


@prop(vim.dvs.DistributedVirtualPortgroup, "config")
def config(view: View, network: Network) -> vim.dvs.DistributedVirtualPortgroup.ConfigInfo:
    """VLAN, teaming and security of its ports."""
    ports, uplink = len(keys_of(view, network)), network.type == UPLINK
    return vim.dvs.DistributedVirtualPortgroup.ConfigInfo(
        key=str(view.ref(network)._moId),
        name=network.name,
        numPorts=ports if uplink else max(ports, VMS_PORTS),
        distributedVirtualSwitch=view.maybe_ref(network.switch) if network.switch else None,
        defaultPortConfig=port_setting(view, network),
        description="",
        type="earlyBinding",
        backingType="standard",
        policy=_policy(),
        portNameFormat="<portIndex>",
        configVersion=str(network.version - 1),
        autoExpand=not uplink,
        vmVnicNetworkResourcePoolKey="-1",
        uplink=uplink,
    )


def _policy() -> vim.dvs.DistributedVirtualPortgroup.PortgroupPolicy:
    return dvs.VMwarePortgroupPolicy(
        blockOverrideAllowed=True,
        shapingOverrideAllowed=False,
        vendorConfigOverrideAllowed=False,
        livePortMovingAllowed=False,
        portConfigResetAtDisconnect=True,
        networkResourcePoolOverrideAllowed=False,
        trafficFilterOverrideAllowed=False,
        vlanOverrideAllowed=False,
        uplinkTeamingOverrideAllowed=False,
        securityPolicyOverrideAllowed=False,
        ipfixOverrideAllowed=False,
        macManagementOverrideAllowed=False,
    )


def port_setting(view: View, network: Network) -> vim.dvs.DistributedVirtualPort.Setting:
    """The setting of a port group's ports: uplinks carry every VLAN, others their own."""
    switch = view.state.maybe(DistributedSwitch, network.switch)
    return setting(network.vlan, list(switch.uplinks) if switch is not None else [], trunk=network.type == UPLINK)


def setting(vlan: int, uplinks: list[str], *, trunk: bool = False) -> vim.dvs.DistributedVirtualPort.Setting:
    """A port's setting."""
    tag: Any = dvs.TrunkVlanSpec(inherited=False, vlanId=[vim.NumericRange(start=0, end=4094)])
    return dvs.VmwarePortConfigPolicy(
        blocked=_bool(False),
        vmDirectPathGen2Allowed=_bool(False),
        inShapingPolicy=_shaping(),
        outShapingPolicy=_shaping(),
        vendorSpecificConfig=vim.dvs.DistributedVirtualPort.VendorSpecificConfig(inherited=False),
        networkResourcePoolKey=vim.StringPolicy(inherited=False, value="-1"),
        filterPolicy=vim.dvs.DistributedVirtualPort.FilterPolicy(inherited=False),
        vlan=tag if trunk else dvs.VlanIdSpec(inherited=False, vlanId=vlan),
        uplinkTeamingPolicy=_teaming(uplinks),
        securityPolicy=dvs.SecurityPolicy(
            inherited=False, allowPromiscuous=_bool(False), macChanges=_bool(False), forgedTransmits=_bool(False)
        ),
        ipfixEnabled=_bool(False),
        txUplink=_bool(False),
        lacpPolicy=dvs.UplinkLacpPolicy(inherited=False, enable=_bool(False), mode=_text("passive")),
        macManagementPolicy=dvs.MacManagementPolicy(
            inherited=False,
            allowPromiscuous=False,
            macChanges=False,
            forgedTransmits=False,
            macLearningPolicy=dvs.MacLearningPolicy(
                inherited=False, enabled=False, allowUnicastFlooding=True, limit=4096, limitPolicy="DROP"
            ),
        ),
    )


def _teaming(uplinks: list[str]) -> Any:
    return dvs.UplinkPortTeamingPolicy(
        inherited=False,
        policy=_text("loadbalance_srcid"),
        reversePolicy=_bool(True),
        notifySwitches=_bool(True),
        rollingOrder=_bool(False),
        failureCriteria=dvs.FailureCriteria(
            inherited=False,
            checkSpeed=_text("minimum"),
            speed=vim.IntPolicy(inherited=False, value=10),
            checkDuplex=_bool(False),
            fullDuplex=_bool(False),
            checkErrorPercent=_bool(False),
            percentage=vim.IntPolicy(inherited=False, value=0),
            checkBeacon=_bool(False),
        ),
        uplinkPortOrder=dvs.UplinkPortOrderPolicy(inherited=False, activeUplinkPort=uplinks, standbyUplinkPort=[]),
    )


def _shaping() -> Any:
    limit = vim.LongPolicy(inherited=False, value=100_000_000)
    return vim.dvs.DistributedVirtualPort.TrafficShapingPolicy(
        inherited=False,
        enabled=_bool(False),
        averageBandwidth=limit,
        peakBandwidth=limit,
        burstSize=vim.LongPolicy(inherited=False, value=104_857_600),
    )


def _bool(value: bool) -> Any:
    return vim.BoolPolicy(inherited=False, value=value)


def _text(value: str) -> Any:
    return vim.StringPolicy(inherited=False, value=value)


def hosts_of(view: View, uids: tuple[str, ...]) -> list[Hypervisor]:
    """The hosts of those uids that vCenter shows."""
    found = (view.state.maybe(Hypervisor, uid) for uid in uids)
    return [one for one in found if one is not None and view.maybe_ref(one) is not None]

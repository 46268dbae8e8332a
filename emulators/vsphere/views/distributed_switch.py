"""Properties of VmwareDistributedVirtualSwitch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.tree import members
from emulators.vsphere.views.about import VCENTER_BUILD
from emulators.vsphere.views.constructors import words
from emulators.vsphere.views.host_system.facts import facts, switch_uplinks
from emulators.vsphere.views.host_system.network import TEAMING, uplink_backing
from emulators.vsphere.views.network import UPLINK, hosts_of, keys_of, setting
from emulators.world.model import DistributedSwitch, Hypervisor, Network, Port

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

dvs = vim.dvs.VmwareDistributedVirtualSwitch
MAX_PORTS: Final = 2_147_483_647
PROXY_PORTS: Final = 512
MTU: Final = 1500
_TRAFFIC: Final = words("management faultTolerance vmotion virtualMachine iSCSI nfs hbr vsan vdp backupNfc nvmetcp provisioning")
_VM_SHARES, _SYSTEM_SHARES = 100, 50


@prop(vim.dvs.VmwareDistributedVirtualSwitch, "uuid")
def uuid(_view: View, switch: DistributedSwitch) -> str:
    """Its UUID, as port connections name it."""
    return switch.uuid


@prop(vim.dvs.VmwareDistributedVirtualSwitch, "portgroup")
def port_group(view: View, switch: DistributedSwitch) -> list[Any]:
    """Its port groups, that of the uplinks included."""
    return view.refs(members(view.state, Network, "switch", switch.uid))


@prop(vim.dvs.VmwareDistributedVirtualSwitch, "summary")
def summary(view: View, switch: DistributedSwitch) -> vim.DistributedVirtualSwitch.Summary:
    """The switch in one object."""
    groups = view.state.where(Network, "switch", switch.uid)
    hosts = [view.ref(one) for one in hosts_of(view, switch.hosts)]
    return vim.DistributedVirtualSwitch.Summary(
        name=switch.name,
        uuid=switch.uuid,
        numPorts=_ports(view, groups),
        productInfo=product(switch),
        hostMember=hosts,
        host=hosts,
        vm=view.refs(dict.fromkeys(port.vm for one in groups for port in members(view.state, Port, "network", one.uid) if port.vm)),
        portgroupName=[one.name for one in groups],
        contact=vim.DistributedVirtualSwitch.ContactInfo(),
        numHosts=len(hosts),
    )


def _ports(view: View, groups: list[Network]) -> int:
    return sum(len(keys_of(view, one)) for one in groups)


def product(switch: DistributedSwitch) -> vim.dvs.ProductSpec:
    """What it is a version of."""
    return vim.dvs.ProductSpec(
        name="DVS", vendor="VMware, Inc.", version=switch.release, build=VCENTER_BUILD, forwardingClass="etherswitch"
    )


@prop(vim.dvs.VmwareDistributedVirtualSwitch, "config")
def config(view: View, switch: DistributedSwitch) -> vim.DistributedVirtualSwitch.ConfigInfo:
    """Uplinks, members and defaults."""
    groups = view.state.where(Network, "switch", switch.uid)
    return dvs.ConfigInfo(
        uuid=switch.uuid,
        name=switch.name,
        numStandalonePorts=0,
        numPorts=_ports(view, groups),
        maxPorts=MAX_PORTS,
        uplinkPortPolicy=vim.DistributedVirtualSwitch.NameArrayUplinkPortPolicy(uplinkPortName=list(switch.uplinks)),
        uplinkPortgroup=[view.ref(one) for one in groups if one.type == UPLINK],
        defaultPortConfig=setting(0, list(switch.uplinks)),
        host=[_member(view, switch, host) for host in hosts_of(view, switch.hosts)],
        productInfo=product(switch),
        extensionKey="com.vmware.vcDvs",
        policy=vim.DistributedVirtualSwitch.SwitchPolicy(
            autoPreInstallAllowed=False, autoUpgradeAllowed=False, partialUpgradeAllowed=False
        ),
        configVersion=str(switch.version),
        contact=vim.DistributedVirtualSwitch.ContactInfo(),
        createTime=switch.created,
        networkResourceManagementEnabled=True,
        defaultProxySwitchMaxNumPorts=PROXY_PORTS,
        infrastructureTrafficResourceConfig=[_traffic(name) for name in _TRAFFIC],
        networkResourceControlVersion="version3",
        pnicCapacityRatioForReservation=75,
        maxMtu=max((one.mtu for one in groups), default=MTU),
        linkDiscoveryProtocolConfig=vim.host.LinkDiscoveryProtocolConfig(protocol="cdp", operation="listen"),
        ipfixConfig=dvs.IpfixConfig(activeFlowTimeout=60, idleFlowTimeout=15, samplingRate=4096, internalFlowsOnly=False),
        lacpApiVersion="multipleLag",
        multicastFilteringMode="snooping",
    )


def _traffic(name: str) -> Any:
    high = name == "virtualMachine"
    shares = vim.SharesInfo(shares=_VM_SHARES if high else _SYSTEM_SHARES, level="high" if high else "normal")
    resource: Any = vim.DistributedVirtualSwitch.HostInfrastructureTrafficResource
    return resource(key=name, description=name, allocationInfo=resource.ResourceAllocation(limit=-1, shares=shares, reservation=0))


def _member(view: View, switch: DistributedSwitch, host: Hypervisor) -> Any:
    """A host with the NICs that it gives to the switch."""
    own = [one.uid for one in view.state.where(DistributedSwitch, "hosts", host.uid)]
    nics = switch_uplinks(facts(view.state, host), own.index(switch.uid))
    place = switch.hosts.index(host.uid) * len(switch.uplinks)
    status = "up" if host.running else "disconnected"
    return vim.dvs.HostMember(
        runtimeState=vim.dvs.HostMember.RuntimeState(currentMaxProxySwitchPorts=PROXY_PORTS),
        config=vim.dvs.HostMember.ConfigInfo(
            host=view.ref(host),
            maxProxySwitchPorts=PROXY_PORTS,
            backing=uplink_backing([nic.name for nic in nics]),
            nsxSwitch=False,
            ensEnabled=False,
            ensInterruptEnabled=False,
        ),
        uplinkPortKey=[str(place + number) for number in range(len(switch.uplinks))],
        status=status,
    )


@prop(vim.dvs.VmwareDistributedVirtualSwitch, "capability")
def capability(_view: View, switch: DistributedSwitch) -> vim.DistributedVirtualSwitch.Capability:
    """What it can do."""
    return vim.DistributedVirtualSwitch.Capability(
        dvsOperationSupported=True,
        dvPortGroupOperationSupported=True,
        dvPortOperationSupported=True,
        compatibleHostComponentProductInfo=[vim.dvs.HostProductSpec(productLineId="embeddedEsx", version=f"{switch.release}+")],
        featuresSupported=dvs.FeatureCapability(
            networkResourceManagementSupported=True,
            vmDirectPathGen2Supported=False,
            nicTeamingPolicy=[*TEAMING, "loadbalance_loadbased"],
            networkResourcePoolHighShareValue=_VM_SHARES,
            networkFilterSupported=True,
            macLearningSupported=True,
            vspanSupported=True,
            lldpSupported=True,
            ipfixSupported=True,
            multicastSnoopingSupported=True,
            nsxSupported=False,
        ),
    )


@prop(vim.dvs.VmwareDistributedVirtualSwitch, "runtime")
def runtime(view: View, switch: DistributedSwitch) -> vim.DistributedVirtualSwitch.RuntimeInfo:
    """How each member is."""
    return vim.DistributedVirtualSwitch.RuntimeInfo(
        hostMemberRuntime=[
            vim.dvs.HostMember.RuntimeInfo(host=view.ref(host), status="up" if host.running else "disconnected")
            for host in hosts_of(view, switch.hosts)
        ]
    )

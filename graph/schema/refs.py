"""Types by name, for fields that lead from one module of the schema to another; each module may lead to every other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from graph.schema.cmdb import Ci
    from graph.schema.cmdb_impact import Impact, Needs
    from graph.schema.compute import Host, Snapshot, VirtualMachine
    from graph.schema.fabric import FabricInterconnect, FabricPort, ServiceProfile, UcsDomain
    from graph.schema.facility import PowerFeed, Rack, Site, UpstreamSwitch
    from graph.schema.hardware import Chassis, Fan, IoModule, PowerSupply
    from graph.schema.network import DistributedSwitch, Network, Port
    from graph.schema.openstack_compute import Flavor, OpenStackServer
    from graph.schema.openstack_network import (
        FloatingIp,
        OpenStackNetwork,
        OpenStackPort,
        Router,
        SecurityGroup,
        SecurityGroupRule,
        Subnet,
    )
    from graph.schema.openstack_storage import OpenStackImage, Volume, VolumeSnapshot
    from graph.schema.pools import Cluster, ResourcePool
    from graph.schema.servers import Blade, RackServer, Server
    from graph.schema.storage import Datastore, Disk, Image, Lun, StorageArray
    from graph.schema.tenancy import Application, BusinessService, Project, Team
    from graph.schema.vsphere import Datacenter, Folder
    from graph.schema.work import Fault, Task

SiteRef = Annotated["Site", strawberry.lazy("graph.schema.facility")]
RackRef = Annotated["Rack", strawberry.lazy("graph.schema.facility")]
PowerFeedRef = Annotated["PowerFeed", strawberry.lazy("graph.schema.facility")]
UpstreamSwitchRef = Annotated["UpstreamSwitch", strawberry.lazy("graph.schema.facility")]

UcsDomainRef = Annotated["UcsDomain", strawberry.lazy("graph.schema.fabric")]
FabricInterconnectRef = Annotated["FabricInterconnect", strawberry.lazy("graph.schema.fabric")]
FabricPortRef = Annotated["FabricPort", strawberry.lazy("graph.schema.fabric")]
ServiceProfileRef = Annotated["ServiceProfile", strawberry.lazy("graph.schema.fabric")]
ChassisRef = Annotated["Chassis", strawberry.lazy("graph.schema.hardware")]
IoModuleRef = Annotated["IoModule", strawberry.lazy("graph.schema.hardware")]
PowerSupplyRef = Annotated["PowerSupply", strawberry.lazy("graph.schema.hardware")]
FanRef = Annotated["Fan", strawberry.lazy("graph.schema.hardware")]
ServerRef = Annotated["Server", strawberry.lazy("graph.schema.servers")]
BladeRef = Annotated["Blade", strawberry.lazy("graph.schema.servers")]
RackServerRef = Annotated["RackServer", strawberry.lazy("graph.schema.servers")]

HostRef = Annotated["Host", strawberry.lazy("graph.schema.compute")]
ClusterRef = Annotated["Cluster", strawberry.lazy("graph.schema.pools")]
ResourcePoolRef = Annotated["ResourcePool", strawberry.lazy("graph.schema.pools")]
VirtualMachineRef = Annotated["VirtualMachine", strawberry.lazy("graph.schema.compute")]
SnapshotRef = Annotated["Snapshot", strawberry.lazy("graph.schema.compute")]
NetworkRef = Annotated["Network", strawberry.lazy("graph.schema.network")]
DistributedSwitchRef = Annotated["DistributedSwitch", strawberry.lazy("graph.schema.network")]
PortRef = Annotated["Port", strawberry.lazy("graph.schema.network")]
DatastoreRef = Annotated["Datastore", strawberry.lazy("graph.schema.storage")]
DiskRef = Annotated["Disk", strawberry.lazy("graph.schema.storage")]
LunRef = Annotated["Lun", strawberry.lazy("graph.schema.storage")]
StorageArrayRef = Annotated["StorageArray", strawberry.lazy("graph.schema.storage")]
ImageRef = Annotated["Image", strawberry.lazy("graph.schema.storage")]
DatacenterRef = Annotated["Datacenter", strawberry.lazy("graph.schema.vsphere")]
FolderRef = Annotated["Folder", strawberry.lazy("graph.schema.vsphere")]

ProjectRef = Annotated["Project", strawberry.lazy("graph.schema.tenancy")]
TeamRef = Annotated["Team", strawberry.lazy("graph.schema.tenancy")]
ApplicationRef = Annotated["Application", strawberry.lazy("graph.schema.tenancy")]
BusinessServiceRef = Annotated["BusinessService", strawberry.lazy("graph.schema.tenancy")]
FaultRef = Annotated["Fault", strawberry.lazy("graph.schema.work")]
TaskRef = Annotated["Task", strawberry.lazy("graph.schema.work")]

OpenStackServerRef = Annotated["OpenStackServer", strawberry.lazy("graph.schema.openstack_compute")]
FlavorRef = Annotated["Flavor", strawberry.lazy("graph.schema.openstack_compute")]
OpenStackImageRef = Annotated["OpenStackImage", strawberry.lazy("graph.schema.openstack_storage")]
VolumeRef = Annotated["Volume", strawberry.lazy("graph.schema.openstack_storage")]
VolumeSnapshotRef = Annotated["VolumeSnapshot", strawberry.lazy("graph.schema.openstack_storage")]
OpenStackNetworkRef = Annotated["OpenStackNetwork", strawberry.lazy("graph.schema.openstack_network")]
SubnetRef = Annotated["Subnet", strawberry.lazy("graph.schema.openstack_network")]
OpenStackPortRef = Annotated["OpenStackPort", strawberry.lazy("graph.schema.openstack_network")]
RouterRef = Annotated["Router", strawberry.lazy("graph.schema.openstack_network")]
FloatingIpRef = Annotated["FloatingIp", strawberry.lazy("graph.schema.openstack_network")]
SecurityGroupRef = Annotated["SecurityGroup", strawberry.lazy("graph.schema.openstack_network")]
SecurityGroupRuleRef = Annotated["SecurityGroupRule", strawberry.lazy("graph.schema.openstack_network")]

CiRef = Annotated["Ci", strawberry.lazy("graph.schema.cmdb")]
ImpactRef = Annotated["Impact", strawberry.lazy("graph.schema.cmdb_impact")]
NeedsRef = Annotated["Needs", strawberry.lazy("graph.schema.cmdb_impact")]

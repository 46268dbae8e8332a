"""Every relation, from the dependant to what it needs, with its impact rule."""

from __future__ import annotations

from cmdb.model import classes  # noqa: F401 - importing registers the classes that are named here
from cmdb.model.declare import relation
from cmdb.model.rules import ALL_OF, DEGRADES, NONE, AnyOf, Capacity, KOfN, Restart

POWER, FABRIC, LINKS, UPLINKS = AnyOf("power"), AnyOf("fabric"), AnyOf("links"), AnyOf("uplinks")

# -- power, fabric, hardware ----------------------------------------------------------------------------------------------------
relation("FED_BY", "PowerSupply", "PowerFeed", ALL_OF, "A power supply is dead without its feed.")
relation("POWERED_BY", "Chassis", "PowerSupply", POWER, "A chassis runs while one of its supplies does.")
relation("POWERED_BY", "RackServer", "PowerSupply", POWER, "A rack server runs while one of its supplies does.")
relation("COOLED_BY", "Chassis", "Fan", DEGRADES, "A chassis with a dead fan runs on, louder.")
relation("COOLED_BY", "RackServer", "Fan", DEGRADES, "A rack server with a dead fan runs on, louder.")
relation("MOUNTED_IN", "Blade", "Chassis", ALL_OF, "A blade has its power and its fabric from its chassis.")
relation("CONNECTED_BY", "Chassis", "IoModule", FABRIC, "Either I/O module connects the whole chassis; with none it is cut off.")
relation("UPLINKS_TO", "IoModule", "FabricInterconnect", ALL_OF, "An I/O module extends one fabric interconnect and is nothing without it.")
relation("LINKED_BY", "IoModule", "FabricPort", LINKS, "One server port is enough for an I/O module to reach its fabric interconnect.")
relation("LINKED_BY", "RackServer", "FabricPort", FABRIC, "A rack server is cabled to a server port of each fabric; one is enough.")
relation(
    "PORT_OF", "FabricPort", "FabricInterconnect", ALL_OF, "A server port is dead without its fabric interconnect (uplinks: UPLINKS_BY)."
)
relation("UPLINKS_BY", "FabricInterconnect", "FabricPort", UPLINKS, "A fabric interconnect with no uplink left shuts its server ports.")
relation("UPLINKS_TO", "FabricPort", "Switch", ALL_OF, "An uplink port ends at one upstream switch.")
relation("IDENTIFIED_BY", "Server", "ServiceProfile", ALL_OF, "A server without its profile has no identity, and its host does not run.")
relation("MEMBER_OF", "Hardware", "UcsDomain", NONE, "The UCS Manager that manages it.")
relation("MEMBER_OF", "ServiceProfile", "UcsDomain", NONE, "The UCS Manager that keeps it.")
relation("RUNS_FIRMWARE", "Hardware", "FirmwareBundle", NONE, "The firmware that it runs.")

# -- virtualisation -------------------------------------------------------------------------------------------------------------
relation("RUNS_ON", "Hypervisor", "Server", ALL_OF, "A host is up only while its server is.")
relation(
    "RUNS_ON", "VirtualMachine", "Hypervisor", Restart(), "An HA cluster restarts the VMs of a dead host while the survivors have room."
)
relation("MEMBER_OF", "Hypervisor", "Cluster", Capacity(), "A cluster is as strong as the hosts that are left.")
relation("MEMBER_OF", "VirtualMachine", ("Cluster", "ResourcePool"), NONE, "Where its resources come from; the cluster restarts it.")
relation("PART_OF", "ResourcePool", ("Cluster", "Hypervisor", "ResourcePool"), NONE, "What it is a share of.")
relation("MADE_FROM", "VirtualMachine", ("Image", "VirtualMachine"), NONE, "The image, or the template, that it was made from.")
relation("SHAPED_BY", "VirtualMachine", "Flavor", NONE, "The size that it was made in.")

# -- storage --------------------------------------------------------------------------------------------------------------------
relation("STORED_ON", "VirtualMachine", "Datastore", ALL_OF, "A VM's files lie there; it hangs or dies without them.")
relation("STORED_ON", "Disk", "Datastore", ALL_OF, "The file of the disk lies there.")
relation("USES", "VirtualMachine", "Disk", ALL_OF, "A VM needs each of its disks.")
relation("MOUNTS", "Hypervisor", "Datastore", NONE, "A host sees the datastore; its VMs, not itself, need it.")
relation("BACKED_BY", "Datastore", "Lun", ALL_OF, "A datastore is lost with any of its extents.")
relation("PART_OF", "Lun", "StorageArray", ALL_OF, "A LUN is served by its array.")

# -- network --------------------------------------------------------------------------------------------------------------------
relation("ATTACHED_TO", "VirtualMachine", "Network", DEGRADES, "A VM without its network runs, and is not reached there.")
relation("CONNECTED_BY", "VirtualMachine", "NetworkPort", DEGRADES, "A VM whose port is dead runs, and is not reached there.")
relation("ATTACHED_TO", "NetworkPort", "Network", ALL_OF, "A port is dead without its network.")
relation("CARRIES", "Hypervisor", "Network", NONE, "A host has the port group; its VMs may be attached to it.")
relation("PART_OF", "Subnet", "Network", ALL_OF, "A range of addresses on the network.")
relation("PART_OF", "Network", "DistributedSwitch", ALL_OF, "A port group of the distributed switch.")
relation("CARRIED_ON", "Network", "Vlan", ALL_OF, "The VLAN that carries the network over the fabric.")
relation("TRUNKS", "ServiceProfile", "Vlan", NONE, "A vNIC of the profile carries the VLAN.")
relation("SPANS", "DistributedSwitch", "Hypervisor", NONE, "The hosts that the switch has a part in.")
relation("ROUTES", "Router", "Subnet", NONE, "The subnets between which it routes.")
relation("GATEWAY_TO", "Router", "Network", DEGRADES, "The outside network that it leads to.")
relation("POINTS_TO", "FloatingIp", "NetworkPort", ALL_OF, "The port that the address leads to.")
relation("GUARDED_BY", "NetworkPort", "SecurityGroup", NONE, "Whose rules the port obeys.")

# -- services -------------------------------------------------------------------------------------------------------------------
relation("NEEDS", "Application", "VirtualMachine", KOfN(), "Of each ``tier``, ``needed`` VMs must be up.")
relation("DEPENDS_ON", "Application", "Application", ALL_OF, "An application that calls another.")
relation(
    "DEPENDS_ON", "BusinessService", ("Application", "BusinessService"), ALL_OF, "A business service stands on all of its applications."
)
relation("OWNED_BY", "CI", ("Team", "Project"), NONE, "Who answers for it.")
relation("LOCATED_IN", "CI", ("Rack", "Datacenter"), NONE, "Where it stands.")

# -- software and work ----------------------------------------------------------------------------------------------------------
relation("HAS_INSTALLED", "VirtualMachine", "Package", NONE, "What is installed in the guest.")
relation("AFFECTS", "Advisory", ("Package", "FirmwareBundle"), NONE, "What the advisory warns of.")
relation("CONCERNS", "DeDuplicationTask", "CI", NONE, "The CIs that may be one.")

"""Subscriptions to objects: one field for each type of object whose changes people watch."""

# pyright: reportInvalidTypeForm=false
# The types of changes are made by a function, from the types that change.
from __future__ import annotations

from typing import Any

from graph.backends.entities import EntityByKey
from graph.execution.fields import graph_type
from graph.live.fields import changed, one_changed
from graph.schema.compute import Host, VirtualMachine
from graph.schema.fabric import FabricInterconnect, ServiceProfile
from graph.schema.hardware import Chassis
from graph.schema.live import change_type
from graph.schema.pools import Cluster
from graph.schema.servers import Blade, RackServer
from graph.schema.storage import Datastore
from graph.schema.work import Fault, Task


def _of(kind: str, of: Any) -> Any:
    return change_type(of, EntityByKey(kind, "uid"))


VirtualMachineChange: Any = _of("vm", VirtualMachine)
HostChange: Any = _of("hypervisor", Host)
ClusterChange: Any = _of("cluster", Cluster)
DatastoreChange: Any = _of("datastore", Datastore)
ChassisChange: Any = _of("chassis", Chassis)
BladeChange: Any = _of("blade", Blade)
RackServerChange: Any = _of("rack_server", RackServer)
FabricInterconnectChange: Any = _of("fabric_interconnect", FabricInterconnect)
ServiceProfileChange: Any = _of("service_profile", ServiceProfile)
FaultChange: Any = _of("fault", Fault)
TaskChange: Any = _of("task", Task)


@graph_type
class ChangesSubscription:
    """Objects as they change."""

    vm_changed: VirtualMachineChange = changed("vm", "VirtualMachine")
    host_changed: HostChange = changed("hypervisor", "Host")
    cluster_changed: ClusterChange = changed("cluster", "Cluster")
    datastore_changed: DatastoreChange = changed("datastore", "Datastore")
    chassis_changed: ChassisChange = changed("chassis", "Chassis")
    blade_changed: BladeChange = changed("blade", "Blade")
    rack_server_changed: RackServerChange = changed("rack_server", "RackServer")
    fabric_interconnect_changed: FabricInterconnectChange = changed("fabric_interconnect", "FabricInterconnect")
    service_profile_changed: ServiceProfileChange = changed("service_profile", "ServiceProfile")
    fault_changed: FaultChange = changed("fault", "Fault")
    task_changed: TaskChange = changed("task", "Task")
    task_updated: TaskChange = one_changed("task", "Task", description="One task as it is now, and whenever it changes.")

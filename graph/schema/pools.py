"""Clusters and resource pools."""

from __future__ import annotations

from graph.backends.keyed import EntityOf, Within
from graph.execution.fields import column, graph_type, joined
from graph.execution.relay import Connection, Node
from graph.execution.scalars import BigInt
from graph.schema.entity import Entity, entity_types, shows
from graph.schema.enums import ControlPlane
from graph.schema.filters import entities
from graph.schema.refs import HostRef, VirtualMachineRef


@graph_type
class Allocation:
    """Reservation, limit (-1: none) and shares: MHz for CPU, MiB for memory."""

    reservation: BigInt = column()
    limit: BigInt = column()
    shares: int = column()
    level: str = column(description="low, normal, high or custom.")
    expandable: bool = column()


@shows("cluster")
@graph_type
class Cluster(Entity):
    """Hosts that share work."""

    owner: ControlPlane = column()
    moid: str = column(description="vCenter's managed object id; empty where vCenter does not show it.")
    ha_enabled: bool = column("ha.enabled")
    ha_admission_control: bool = column("ha.admission_control")
    ha_failures_to_tolerate: int = column("ha.failures_to_tolerate")
    drs_enabled: bool = column("drs.enabled")
    drs_automation: str = column("drs.automation")
    host_count: int = column()
    hosts: Connection[HostRef] | None = entities("hypervisor", "cluster")
    vms: Connection[VirtualMachineRef] | None = entities("vm", "cluster")
    resource_pools: Connection[ResourcePool] | None = entities("resource_pool", "parent", description="Its root pool.")


@shows("resource_pool")
@graph_type
class ResourcePool(Entity):
    """A share of a cluster's or host's CPU and memory."""

    moid: str = column(description="vCenter's managed object id; empty where vCenter does not show it.")
    cpu: Allocation | None = joined(Within("cpu"))
    memory: Allocation | None = joined(Within("memory"))
    parent: Node | None = joined(
        EntityOf("parent", entity_types, kind_column="parent_kind"), description="A pool; of a root pool its cluster or host."
    )
    pools: Connection[ResourcePool] | None = entities("resource_pool", "parent")
    vms: Connection[VirtualMachineRef] | None = entities("vm", "in_pool")


@graph_type
class PoolQuery:
    """Reading clusters and pools."""

    clusters: Connection[Cluster] | None = entities("cluster")
    resource_pools: Connection[ResourcePool] | None = entities("resource_pool")

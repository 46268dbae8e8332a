"""Hosts, clusters and virtual machines."""

from __future__ import annotations

import enum
from typing import Annotated

import strawberry

from graph.backends.entities import EntityByKey, EntityList
from graph.execution.fields import column, joined
from graph.execution.relay import Connection, Node
from graph.execution.scalars import BigInt, DateTime
from graph.schema.inputs import FlagFilter, NumberFilter, TextFilter, TextsFilter, enum_filter, filter_input, order_enum, paged


@strawberry.enum
class Power(enum.Enum):
    """Power of a virtual machine."""

    ON = "on"
    OFF = "off"
    SUSPENDED = "suspended"


@strawberry.enum
class ConnectionState(enum.Enum):
    """How its control plane sees a host."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    NOT_RESPONDING = "not_responding"


PowerFilter = enum_filter(Power)
VirtualMachineFilter = filter_input(
    "VirtualMachine",
    name=TextFilter,
    power=PowerFilter,
    owner=TextFilter,
    cpus=NumberFilter,
    memory_bytes=NumberFilter,
    tags=TextsFilter,
    template=FlagFilter,
)
VirtualMachineOrder = order_enum("VirtualMachine", "name", "cpus", "memory_bytes", "created", "power")
HostFilter = filter_input("Host", name=TextFilter, flavor=TextFilter, running=FlagFilter, maintenance=FlagFilter)
HostOrder = order_enum("Host", "name", "created")


@strawberry.type
class VirtualMachine(Node):
    """A virtual machine of vSphere or a server of OpenStack."""

    uid: str = column()
    name: str = column()
    version: int = column()
    owner: str = column()
    power: Power = column()
    cpus: int = column()
    memory_bytes: BigInt = column()
    addresses: list[str] = column()
    hostname: str = column("guest.hostname")
    moid: str = column()
    instance_uuid: str = column()
    tags: list[str] = column()
    template: bool = column()
    machine: str = column()
    created: DateTime = column()
    host: Annotated[Host, strawberry.lazy("graph.schema.compute")] | None = joined(EntityByKey("hypervisor", "host"))


@strawberry.type
class Host(Node):
    """A hypervisor: an ESXi host, or a Nova compute host."""

    uid: str = column()
    name: str = column()
    version: int = column()
    flavor: str = column()
    connection: ConnectionState = column()
    running: bool = column()
    maintenance: bool = column()
    why_down: str = column()
    vms: Connection[VirtualMachine] | None = paged(EntityList("vm", "host"), filters=VirtualMachineFilter, orders=VirtualMachineOrder)


@strawberry.type
class ComputeQuery:
    """Reading compute."""

    vms: Connection[VirtualMachine] | None = paged(EntityList("vm"), filters=VirtualMachineFilter, orders=VirtualMachineOrder)
    hosts: Connection[Host] | None = paged(EntityList("hypervisor"), filters=HostFilter, orders=HostOrder)

"""What of the world has a fixed vocabulary."""

from __future__ import annotations

import enum

from graph.execution.fields import graph_enum


@graph_enum
class Power(enum.Enum):
    """Power of a virtual machine."""

    ON = "on"
    OFF = "off"
    SUSPENDED = "suspended"


@graph_enum
class ServerPower(enum.Enum):
    """Power of a blade or rack server as its CIMC sees it."""

    ON = "on"
    OFF = "off"


@graph_enum
class ControlPlane(enum.Enum):
    """Which control plane manages a thing."""

    VSPHERE = "vsphere"
    OPENSTACK = "openstack"


@graph_enum
class ConnectionState(enum.Enum):
    """How its control plane sees a host."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    NOT_RESPONDING = "not_responding"


@graph_enum
class HypervisorFlavor(enum.Enum):
    """What runs on a host."""

    ESXI = "esxi"
    KVM = "kvm"


@graph_enum
class NetworkType(enum.Enum):
    """What a segment is: vSphere's port groups and uplinks, Neutron's networks of tenants and to the outside."""

    STANDARD = "standard"
    DISTRIBUTED = "distributed"
    UPLINK = "uplink"
    TENANT = "tenant"
    EXTERNAL = "external"


@graph_enum
class TaskState(enum.Enum):
    """Where a long action stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    ERROR = "error"

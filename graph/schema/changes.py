"""Subscriptions to objects: one field for each type of object whose changes people watch."""

from __future__ import annotations

from typing import Any

from graph.backends.entities import EntityByKey
from graph.execution.described import graph_type
from graph.live.fields import changed
from graph.schema.compute import Host, VirtualMachine
from graph.schema.live import change_type

VirtualMachineChange: Any = change_type(VirtualMachine, EntityByKey("vm", "uid"))
HostChange: Any = change_type(Host, EntityByKey("hypervisor", "uid"))


@graph_type
class ChangesSubscription:
    """Objects as they change."""

    vm_changed: VirtualMachineChange = changed("vm", "VirtualMachine")
    host_changed: HostChange = changed("hypervisor", "Host")

"""What is asked of clusters and datacenters as tasks: their settings, and many VMs powered on at once."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
from pyVmomi import vim

from dcsim.errors import InvalidArgument
from emulators.vsphere.faults import task_fault
from emulators.vsphere.properties.view import View
from emulators.vsphere.results import result_of
from emulators.world.commands import Effect, Operation, begins, finishes
from emulators.world.decide import Decision
from emulators.world.decisions import operations
from emulators.world.decisions.power import PowerOn
from emulators.world.events import declare
from emulators.world.model import Cluster, DrsConfig, Entity, HaConfig, TaskError, Vm

CLUSTER_CHANGED = declare("dcsim.compute.cluster.changed", "A cluster's high availability or resource scheduling was configured")
VM_PRIORITISED = declare("dcsim.compute.vm.prioritised", "A VM got another priority for its restart by high availability")
VMOTION_RATES = range(1, 6)


class ConfigureCluster(Operation, frozen=True, kw_only=True, tag="vsphere.configure_cluster"):
    """Set a cluster's HA and DRS; ``priorities`` maps VMs' uids to their own restart priority, empty for the cluster's."""

    LABEL: ClassVar[str] = "Reconfigure cluster"
    SUBJECT: ClassVar[str] = "cluster"
    SECONDS: ClassVar[float] = 5.0
    cluster: str
    ha: HaConfig
    drs: DrsConfig
    priorities: dict[str, str] = msgspec.field(default_factory=dict)


class PowerOnMany(Operation, frozen=True, kw_only=True, tag="vsphere.power_on_many"):
    """Power VMs on, each by a task of its own; ``tasks`` and ``refused`` are filled in when it begins."""

    LABEL: ClassVar[str] = "Initialize powering On"
    SUBJECT: ClassVar[str] = "datacenter"
    LOCKS: ClassVar[bool] = False
    datacenter: str
    vms: tuple[str, ...]
    tasks: dict[str, str] = msgspec.field(default_factory=dict)
    refused: dict[str, TaskError] = msgspec.field(default_factory=dict)


@begins(ConfigureCluster)
def begin_configure(decision: Decision, operation: ConfigureCluster) -> None:
    """Settings that no cluster can have are refused."""
    decision.get(Cluster, operation.cluster)
    if operation.drs.vmotion_rate not in VMOTION_RATES:
        raise InvalidArgument("The migration threshold is from 1 to 5.", field="spec.drsConfig.vmotionRate")
    if operation.ha.failures_to_tolerate < 0:
        raise InvalidArgument("A cluster cannot tolerate a negative number of failures.", field="spec.dasConfig.failoverLevel")
    for uid in operation.priorities:
        decision.get(Vm, uid)


@finishes(ConfigureCluster, effect=False)
def finish_configure(decision: Decision, operation: ConfigureCluster, _: Effect) -> None:
    """The settings hold."""
    decision.update(CLUSTER_CHANGED, decision.get(Cluster, operation.cluster), ha=operation.ha, drs=operation.drs)
    for uid, priority in operation.priorities.items():
        decision.update(VM_PRIORITISED, decision.get(Vm, uid), restart_priority=priority)


@begins(PowerOnMany)
def begin_power_on(decision: Decision, operation: PowerOnMany) -> PowerOnMany:
    """Start what can be started; what is refused keeps nothing else from starting."""
    decision.get(Entity, operation.datacenter)
    tasks: dict[str, str] = {}
    refused: dict[str, TaskError] = {}
    for uid in operation.vms:
        with decision.savepoint() as savepoint:
            tasks[uid] = operations.start(decision, PowerOn(vm=uid))
        if savepoint.error is not None:
            refused[uid] = operations.task_error(savepoint.error)
    return msgspec.structs.replace(operation, tasks=tasks, refused=refused)


@finishes(PowerOnMany, effect=False)
def finish_power_on(decision: Decision, operation: PowerOnMany, _: Effect) -> None:
    """Every VM has its task, or the reason why it has none."""
    decision.get(Entity, operation.datacenter)


@result_of(PowerOnMany)
def powered_on(view: View, operation: PowerOnMany) -> Any:
    """Which VMs were attempted, by which tasks, and which were not, and why; what is gone by now is left out."""
    made = vim.cluster
    attempted = [
        made.AttemptedVmInfo(vm=reference, task=view.maybe_ref(task))
        for uid, task in operation.tasks.items()
        if (reference := view.maybe_ref(uid)) is not None
    ]
    rest = [
        made.NotAttemptedVmInfo(vm=reference, fault=task_fault(error, view))
        for uid, error in operation.refused.items()
        if (reference := view.maybe_ref(uid)) is not None
    ]
    return made.PowerOnVmResult(attempted=attempted, notAttempted=rest)

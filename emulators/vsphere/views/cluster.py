"""Properties of ClusterComputeResource: high availability, resource scheduling and their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.compute_resource import capacity_fields, hosts_of
from emulators.vsphere.views.constructors import MIB
from emulators.vsphere.views.status import cluster_status
from emulators.world.capacity import Capacity, blade_memory_bytes, cluster_capacity, host_capacity
from emulators.world.load import vm_load
from emulators.world.model import Cluster, Hypervisor, Power, Server, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View
    from emulators.world.state import WorldState

TARGET_BALANCE: Final = 200
"""Target standard deviation of the hosts' loads, in thousandths, at DRS' middle setting."""


# -- summary ------------------------------------------------------------------------------------------------------------------


@prop(vim.ClusterComputeResource, "summary")
def summary(view: View, cluster: Cluster) -> vim.ClusterComputeResource.Summary:
    """Capacity, failover and balance."""
    capacity = cluster_capacity(view.state, cluster)
    made = vim.ClusterComputeResource.Summary(
        **capacity_fields(capacity),
        overallStatus=cluster_status(view.state, cluster),
        currentFailoverLevel=failover_level(view.state, cluster) if cluster.ha.enabled else 0,
        numVmotions=0,
        usageSummary=usage(view, cluster, capacity),
        vcsHealthStatus="healthy",
        clusterMaintenanceModeStatus="notInMaintenanceMode",
    )
    if cluster.ha.enabled and cluster.ha.admission_control:
        made.admissionControlInfo = _admission(capacity)
    if cluster.drs.enabled:
        _set_balance(view, made, cluster)
    return made


@prop(vim.ClusterComputeResource, "summaryEx")
def summary_ex(view: View, cluster: Cluster) -> vim.ClusterComputeResource.Summary:
    """The same, under the name it has had since vSphere 7."""
    return summary(view, cluster)


def failover_level(state: WorldState, cluster: Cluster) -> int:
    """How many of the hosts, the largest first, can fail before reserved memory no longer fits on the others."""
    hosts = [host_capacity(state, host) for host in state.where(Hypervisor, "cluster", cluster.uid)]
    usable = sorted((one.effective_memory_bytes for one in hosts if one.usable_hosts), reverse=True)
    reserved, level = sum(one.memory_reserved_bytes for one in hosts), 0
    while usable[level + 1 :] and sum(usable[level + 1 :]) >= reserved:
        level += 1
    return level


def _admission(capacity: Capacity) -> Any:
    """What is not reserved, in percent."""
    return vim.cluster.FailoverResourcesAdmissionControlInfo(
        currentCpuFailoverResourcesPercent=_percent(capacity.cpu_unreserved_mhz, capacity.effective_cpu_mhz),
        currentMemoryFailoverResourcesPercent=_percent(capacity.memory_unreserved_bytes, capacity.effective_memory_bytes),
        currentPMemFailoverResourcesPercent=0,
    )


def _percent(part: int, whole: int) -> int:
    return max(part * 100 // whole, 0) if whole else 0


def usage(view: View, cluster: Cluster, capacity: Capacity) -> vim.cluster.UsageSummary:
    """What all VMs of the cluster want now; it holds as long as a sample of loads."""
    now = view.now
    cpu = memory = off = count = reserved_cpu = reserved_memory = 0
    for host in view.state.where(Hypervisor, "cluster", cluster.uid):
        mhz = view.state.get(Server, host.blade).cpu.mhz
        for vm in view.state.where(Vm, "host", host.uid):
            load, count = vm_load(vm, mhz, now), count + 1
            cpu, memory = cpu + load.cpu_demand_mhz, memory + load.active_bytes // MIB
            if vm.power is not Power.ON:
                off, reserved_cpu, reserved_memory = off + 1, reserved_cpu + vm.cpu.reservation, reserved_memory + vm.memory.reservation
    return vim.cluster.UsageSummary(
        totalCpuCapacityMhz=capacity.effective_cpu_mhz,
        totalMemCapacityMB=capacity.effective_memory_bytes // MIB,
        cpuReservationMhz=capacity.cpu_reserved_mhz,
        memReservationMB=capacity.memory_reserved_bytes // MIB,
        poweredOffCpuReservationMhz=reserved_cpu,
        poweredOffMemReservationMB=reserved_memory,
        cpuDemandMhz=cpu,
        memDemandMB=memory,
        statsGenNumber=int(now.timestamp()) // 20,
        cpuEntitledMhz=cpu,
        memEntitledMB=memory,
        poweredOffVmCount=off,
        totalVmCount=count,
    )


def _set_balance(view: View, made: Any, cluster: Cluster) -> None:
    """Balance of memory over the hosts, and DRS' score of how well VMs fare (100: nothing is short)."""
    shares = []
    for host in view.state.where(Hypervisor, "cluster", cluster.uid):
        capacity = host_capacity(view.state, host)
        if capacity.usable_hosts:
            shares.append(capacity.memory_used_bytes / max(blade_memory_bytes(view.state.get(Server, host.blade)), 1))
    mean = sum(shares) / len(shares) if shares else 0.0
    deviation = (sum((share - mean) ** 2 for share in shares) / len(shares)) ** 0.5 if shares else 0.0
    score = max(100 - int(100 * max(mean - 0.7, 0.0)), 0)
    running = sum(1 for host in hosts_of(view.state, cluster) for vm in view.state.where(Vm, "host", host.uid) if vm.power is Power.ON)
    made.targetBalance, made.currentBalance = TARGET_BALANCE, int(deviation * 1000)
    made.drsScore = score
    buckets = [0, 0, 0, 0, 0]
    buckets[min(score // 20, 4)] = running
    made.numVmsPerDrsScoreBucket = buckets


# -- configuration ------------------------------------------------------------------------------------------------------------


@prop(vim.ClusterComputeResource, "configurationEx")
def configuration_ex(view: View, cluster: Cluster) -> vim.cluster.ConfigInfoEx:
    """HA, DRS and power management, with what single VMs have otherwise."""
    return vim.cluster.ConfigInfoEx(
        vmSwapPlacement="vmDirectory",
        spbmEnabled=False,
        dasConfig=das_config(view, cluster),
        dasVmConfig=_das_vms(view, cluster),
        drsConfig=drs_config(cluster),
        orchestration=vim.cluster.OrchestrationInfo(defaultVmReadiness=vim.cluster.VmReadiness(readyCondition="none", postReadyDelay=0)),
        dpmConfigInfo=vim.cluster.DpmConfigInfo(enabled=False, defaultDpmBehavior="automated", hostPowerActionRate=3),
        vsanConfigInfo=vim.vsan.cluster.ConfigInfo(enabled=False),
        infraUpdateHaConfig=vim.cluster.InfraUpdateHaConfigInfo(
            enabled=False, behavior="Manual", moderateRemediation="QuarantineMode", severeRemediation="QuarantineMode"
        ),
        proactiveDrsConfig=vim.cluster.ProactiveDrsConfigInfo(enabled=False),
        cryptoConfig=vim.cluster.CryptoConfigInfo(cryptoMode="onDemand"),
    )


@prop(vim.ClusterComputeResource, "configuration")
def configuration(view: View, cluster: Cluster) -> vim.cluster.ConfigInfo:
    """HA and DRS as vSphere 2.5 told them."""
    return vim.cluster.ConfigInfo(dasConfig=das_config(view, cluster), dasVmConfig=_das_vms(view, cluster), drsConfig=drs_config(cluster))


def das_config(view: View, cluster: Cluster) -> vim.cluster.DasConfigInfo:
    """vSphere HA."""
    return vim.cluster.DasConfigInfo(
        enabled=cluster.ha.enabled,
        vmMonitoring="vmMonitoringDisabled",
        hostMonitoring="enabled",
        vmComponentProtecting="enabled",
        failoverLevel=cluster.ha.failures_to_tolerate,
        admissionControlEnabled=cluster.ha.admission_control,
        admissionControlPolicy=_admission_policy(view, cluster),
        defaultVmSettings=_vm_settings(cluster.ha.restart_priority),
        hBDatastoreCandidatePolicy="allFeasibleDsWithUserPreference",
    )


def _admission_policy(view: View, cluster: Cluster) -> Any:
    """Keep the tolerated hosts' share of the cluster free."""
    hosts = max(len(hosts_of(view.state, cluster)), 1)
    percent = min(-(-100 * cluster.ha.failures_to_tolerate // hosts), 100)
    return vim.cluster.FailoverResourcesAdmissionControlPolicy(
        resourceReductionToToleratePercent=100,
        pMemAdmissionControlEnabled=False,
        cpuFailoverResourcesPercent=percent,
        memoryFailoverResourcesPercent=percent,
        failoverLevel=cluster.ha.failures_to_tolerate,
        autoComputePercentages=True,
        pMemFailoverResourcesPercent=percent,
        autoComputePMemFailoverResourcesPercent=True,
    )


def _vm_settings(priority: str) -> vim.cluster.DasVmSettings:
    return vim.cluster.DasVmSettings(
        restartPriority=priority,
        restartPriorityTimeout=600,
        isolationResponse="none",
        vmToolsMonitoringSettings=vim.cluster.VmToolsMonitoringSettings(
            enabled=False,
            vmMonitoring="vmMonitoringDisabled",
            clusterSettings=False,
            failureInterval=30,
            minUpTime=120,
            maxFailures=3,
            maxFailureWindow=3600,
        ),
        vmComponentProtectionSettings=vim.cluster.VmComponentProtectionSettings(
            vmStorageProtectionForAPD="restartConservative",
            enableAPDTimeoutForHosts=True,
            vmTerminateDelayForAPDSec=180,
            vmReactionOnAPDCleared="none",
            vmStorageProtectionForPDL="restartAggressive",
        ),
    )


def _das_vms(view: View, cluster: Cluster) -> list[Any]:
    """VMs with a restart priority of their own."""
    return [
        vim.cluster.DasVmConfigInfo(key=view.ref(vm), dasSettings=vim.cluster.DasVmSettings(restartPriority=vm.restart_priority))
        for host in hosts_of(view.state, cluster)
        for vm in view.state.where(Vm, "host", host.uid)
        if vm.restart_priority and view.maybe_ref(vm) is not None
    ]


def drs_config(cluster: Cluster) -> vim.cluster.DrsConfigInfo:
    """vSphere DRS."""
    return vim.cluster.DrsConfigInfo(
        enabled=cluster.drs.enabled,
        enableVmBehaviorOverrides=True,
        defaultVmBehavior=cluster.drs.automation,
        vmotionRate=cluster.drs.vmotion_rate,
        scaleDescendantsShares="disabled",
    )


# -- what DRS did and would do ------------------------------------------------------------------------------------------------


@prop(vim.ClusterComputeResource, "recommendation")
def recommendation(_view: View, _cluster: Cluster) -> list[Any]:
    """What DRS recommends: nothing is pending."""
    return []


@prop(vim.ClusterComputeResource, "drsRecommendation")
def drs_recommendation(_view: View, _cluster: Cluster) -> list[Any]:
    """The same, as vSphere 2 told it."""
    return []


@prop(vim.ClusterComputeResource, "migrationHistory")
def migration_history(_view: View, _cluster: Cluster) -> list[Any]:
    """Migrations that DRS made."""
    return []


@prop(vim.ClusterComputeResource, "actionHistory")
def action_history(_view: View, _cluster: Cluster) -> list[Any]:
    """Actions that DRS took."""
    return []


@prop(vim.ClusterComputeResource, "drsFault")
def drs_fault(_view: View, _cluster: Cluster) -> list[Any]:
    """Why DRS could not do what it would."""
    return []

"""Methods of ClusterComputeResource and its environment browser."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.soap import faults
from emulators.vsphere.specs import cluster as specs
from emulators.world import placement
from emulators.world.capacity import MIB, host_capacity, usable
from emulators.world.model import Blade, Cluster, Entity, Hypervisor, ResourcePool, Vm

_BEST: Final = 5
_NEWEST: Final = 21


@method(vim.ComputeResource, "ReconfigureComputeResource_Task", quality="client")
async def reconfigure(call: Call) -> vim.Task:
    """Set a cluster's HA and DRS.  Faults: InvalidArgument, NotSupported (rules, groups, DPM, vSAN; hosts that stand alone)."""
    entity, spec = call.entity(Entity), call.args.spec
    if not isinstance(entity, Cluster) or not isinstance(spec, vim.cluster.ConfigSpecEx):
        raise faults.not_supported()
    return await call.task(specs.configure(call, entity, spec, modify=call.args.modify))


@method(vim.ClusterComputeResource, "ReconfigureCluster_Task", quality="client")
async def reconfigure_cluster(call: Call) -> vim.Task:
    """As ReconfigureComputeResource_Task, with the older spec."""
    return await call.task(specs.configure(call, call.entity(Cluster), call.args.spec, modify=call.args.modify))


@method(vim.ClusterComputeResource, "RecommendHostsForVm", quality="client")
async def recommend_hosts(call: Call) -> list[Any]:
    """Hosts that could run a VM, the least loaded with the best rating.  Faults: InvalidArgument (a pool of another cluster)."""
    cluster, vm, pool = call.entity(Cluster), call.find(call.args.vm, Vm), call.maybe(call.args.pool, ResourcePool)
    state = call.world.state
    if pool is not None and _owner(call, pool) != cluster.uid:
        raise faults.invalid_argument("pool")
    hosts = [host for host in state.where(Hypervisor, "cluster", cluster.uid) if placement.shortage(state, host, vm) is None]
    hosts.sort(key=lambda host: (host_capacity(state, host).memory_configured_bytes, host.number))
    return [vim.cluster.HostRecommendation(host=call.view.ref(host), rating=max(_BEST - place, 1)) for place, host in enumerate(hosts)]


def _owner(call: Call, pool: ResourcePool) -> str:
    above: Entity | None = pool
    while isinstance(above, ResourcePool):
        above = call.world.state.find(above.parent)
    return above.uid if above is not None else ""


# -- the environment --------------------------------------------------------------------------------------------------------------


def _hosts(call: Call) -> list[Hypervisor]:
    """The hosts that an environment browser speaks of; one of them when the call names it.  VimFault InvalidArgument for a foreign one."""
    entity, state = call.entity(Entity), call.world.state
    if isinstance(entity, Vm):
        host = state.maybe(Hypervisor, entity.host)
        found = [host] if host is not None else []
    elif isinstance(entity, Cluster):
        found = state.where(Hypervisor, "cluster", entity.uid)
    else:
        found = [entity] if isinstance(entity, Hypervisor) else []
    named = call.maybe(getattr(call.args, "host", None), Hypervisor) if "host" in call.args.as_dict() else None
    if named is not None and named not in found:
        raise faults.invalid_argument("host")
    return [named] if named is not None else found


@method(vim.EnvironmentBrowser, "QueryConfigOptionDescriptor", quality="client")
async def config_option_descriptor(call: Call) -> list[Any]:
    """The virtual hardware versions that the hosts run, newest last."""
    hosts = call.view.refs(_hosts(call))
    return [
        vim.vm.ConfigOptionDescriptor(
            key=f"vmx-{version:02d}",
            description=f"Hardware version {version}",
            host=hosts,
            createSupported=version >= 7,  # noqa: PLR2004 - ESXi 8.0 makes no VMs older than version 7
            defaultConfigOption=version == _NEWEST,
            runSupported=True,
            upgradeSupported=version < _NEWEST,
        )
        for version in (4, 7, 8, 9, 10, 11, 13, 14, 15, 17, 18, 19, 20, _NEWEST)
    ]


@method(vim.EnvironmentBrowser, "QueryConfigTarget", quality="client")
async def config_target(call: Call) -> Any:
    """What VMs can be attached to on the hosts.  Faults: InvalidArgument (a host of another environment)."""
    hosts = [host for host in _hosts(call) if usable(call.world.state, host)]
    if not hosts:
        return None
    cpus = [call.world.state.get(Blade, host.blade).cpu for host in hosts]
    memory = max(host_capacity(call.world.state, host).memory_bytes for host in hosts)
    return vim.vm.ConfigTarget(
        numCpus=max(cpu.threads for cpu in cpus),
        numCpuCores=max(cpu.cores for cpu in cpus),
        numNumaNodes=max(cpu.sockets for cpu in cpus),
        maxCpusPerHost=max(cpu.threads for cpu in cpus),
        smcPresent=False,
        datastore=_datastores(call, hosts),
        network=_networks(call, hosts),
        maxMemMBOptimalPerf=memory // MIB,
        autoVmotion=True,
    )


def _shared(call: Call, hosts: list[Hypervisor], name: str) -> list[Any]:
    """The managed objects that a property of every host names."""
    lists = [
        call.services.properties.value(call.view, call.services.objects.get(vim.HostSystem, call.view.ref(host)._moId), name)
        for host in hosts
    ]
    common = set.intersection(*({one._moId for one in found} for found in lists))
    return [one for one in lists[0] if one._moId in common]


def _read(call: Call, reference: Any, path: str) -> Any:
    found = call.services.objects.get(type(reference), reference._moId)
    return call.services.properties.value(call.view, found, path)


def _datastores(call: Call, hosts: list[Hypervisor]) -> list[Any]:
    return [
        vim.vm.DatastoreInfo(
            name=_read(call, one, "name"),
            datastore=_read(call, one, "summary"),
            capability=_read(call, one, "capability"),
            maxFileSize=64 << 40,
            mode="readWrite",
        )
        for one in _shared(call, hosts, "datastore")
    ]


def _networks(call: Call, hosts: list[Hypervisor]) -> list[Any]:
    standard = [one for one in _shared(call, hosts, "network") if type(one) is vim.Network]
    return [vim.vm.NetworkInfo(name=_read(call, one, "name"), network=_read(call, one, "summary")) for one in standard]

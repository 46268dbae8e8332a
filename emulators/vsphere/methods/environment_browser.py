"""Methods of EnvironmentBrowser: what hosts offer to VMs."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere import config_option
from emulators.vsphere.call import Call, method
from emulators.vsphere.soap import faults
from emulators.vsphere.specs.config import NEWEST_HARDWARE, hardware_version
from emulators.world.capacity import MIB, host_capacity, usable
from emulators.world.model import Cluster, Entity, Hypervisor, Server, Vm

_VERSIONS: Final = (4, 7, 8, 9, 10, 11, 13, 14, 15, 17, 18, 19, 20, NEWEST_HARDWARE)
_OLDEST_MADE: Final = 7
"""ESXi 8.0 makes no VMs of older hardware."""
_LARGEST_FILE: Final = 64 << 40


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
            createSupported=version >= _OLDEST_MADE,
            defaultConfigOption=version == NEWEST_HARDWARE,
            runSupported=True,
            upgradeSupported=version < NEWEST_HARDWARE,
        )
        for version in _VERSIONS
    ]


@method(vim.EnvironmentBrowser, "QueryConfigTarget", quality="client")
async def config_target(call: Call) -> Any:
    """What VMs can be attached to on the hosts.  Faults: InvalidArgument (a host of another environment)."""
    hosts = [host for host in _hosts(call) if usable(call.world.state, host)]
    if not hosts:
        return None
    cpus = [call.world.state.get(Server, host.blade).cpu for host in hosts]
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
            maxFileSize=_LARGEST_FILE,
            mode="readWrite",
        )
        for one in _shared(call, hosts, "datastore")
    ]


def _networks(call: Call, hosts: list[Hypervisor]) -> list[Any]:
    standard = [one for one in _shared(call, hosts, "network") if type(one) is vim.Network]
    return [vim.vm.NetworkInfo(name=_read(call, one, "name"), network=_read(call, one, "summary")) for one in standard]


@method(vim.EnvironmentBrowser, "QueryConfigOption", quality="client")
async def query_config_option(call: Call) -> Any:
    """What VMs of a hardware version can be made of, the newest unless ``key`` names one.  Faults: InvalidArgument."""
    _hosts(call)
    return config_option.config_option(call.view, _version(call.args.key, "key"))


@method(vim.EnvironmentBrowser, "QueryConfigOptionEx", quality="client")
async def query_config_option_ex(call: Call) -> Any:
    """As QueryConfigOption, for some guest systems only when the spec names them.  Faults: InvalidArgument."""
    spec = call.args.spec
    if spec is None:
        return config_option.config_option(call.view, NEWEST_HARDWARE)
    host = call.maybe(spec.host, Hypervisor)
    if host is not None and host not in _hosts(call):
        raise faults.invalid_argument("spec.host")
    if not all(config_option.knows(guest) for guest in spec.guestId):
        raise faults.invalid_argument("spec.guestId")
    return config_option.config_option(call.view, _version(spec.key, "spec.key"), set(spec.guestId))


def _version(key: str | None, path: str) -> int:
    version = hardware_version(key) if key else NEWEST_HARDWARE
    if version not in _VERSIONS:
        raise faults.invalid_argument(path)
    return version

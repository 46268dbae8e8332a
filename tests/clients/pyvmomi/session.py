"""What the tests of one pyVmomi session share: finding objects, and the results of tasks."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from tests.clients.harness import Datacenter


def trusting(datacenter: Datacenter) -> ssl.SSLContext:
    """A TLS context that trusts dc-sim's own authority and nobody else's."""
    return ssl.create_default_context(cafile=str(datacenter.ca))


@contextmanager
def connected(datacenter: Datacenter) -> Iterator[Any]:
    """A ServiceInstance over verified TLS, logged in as the administrator."""
    service = SmartConnect(
        host=datacenter.host, port=datacenter.port, user=datacenter.user, pwd=datacenter.password, sslContext=trusting(datacenter)
    )
    try:
        yield service
    finally:
        Disconnect(service)


def finish(task: Any) -> Any:
    """Wait for a task with pyVim; its result, or its fault raised."""
    WaitForTask(task)
    return task.info.result


def all_of(service: Any, *types: Any) -> list[Any]:
    """Every object of some types, by a container view."""
    content = service.RetrieveContent()
    view = content.viewManager.CreateContainerView(content.rootFolder, list(types), True)
    try:
        return list(view.view)
    finally:
        view.Destroy()


def named(service: Any, cls: Any, name: str) -> Any:
    """The object of that name."""
    return next(one for one in all_of(service, cls) if one.name == name)


def reference(cls: Any, value: str, adapter: Any) -> Any:
    """A client's own reference to an object, which the server may or may not know."""
    return cls(value, adapter)


def read(obj: Any, name: str) -> Any:
    """Fetch one property; a call, however it looks."""
    return getattr(obj, name)


def select(obj: Any, *paths: str) -> Any:
    """A filter spec of one object; all its properties when no path is given."""
    collector = vmodl.query.PropertyCollector
    return collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=obj)],
        propSet=[collector.PropertySpec(type=type(obj), all=not paths, pathSet=list(paths))],
    )


def card(si: Any) -> Any:
    """A network card to add, on the first distributed port group that is no uplink."""
    group = next(one for one in all_of(si, vim.dvs.DistributedVirtualPortgroup) if not one.config.uplink)
    port = vim.dvs.PortConnection(portgroupKey=group.key, switchUuid=group.config.distributedVirtualSwitch.uuid)
    backing = vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(port=port)
    return vim.vm.device.VirtualDeviceSpec(operation="add", device=vim.vm.device.VirtualVmxnet3(key=-9, backing=backing))


def create_vm(si: Any, name: str, **settings: Any) -> Any:
    """Create a VM in the first datacenter with CreateVM_Task: in the first resource pool, on the first datastore."""
    datacenter = all_of(si, vim.Datacenter)[0]
    pool = all_of(si, vim.ClusterComputeResource)[0].resourcePool
    datastore = all_of(si, vim.Datastore)[0]
    files = vim.vm.FileInfo(vmPathName=f"[{datastore.name}]")
    spec = vim.vm.ConfigSpec(**{"name": name, "memoryMB": 128, "numCPUs": 1, "guestId": "debian12_64Guest", "files": files, **settings})
    return finish(datacenter.vmFolder.CreateVM_Task(spec, pool))


def remove(si: Any, vm: Any) -> None:
    """Destroy a VM, if it is still there."""
    if any(one._moId == vm._moId for one in all_of(si, vim.VirtualMachine)):
        if vm.runtime.powerState != "poweredOff":
            finish(vm.PowerOff())
        finish(vm.Destroy())

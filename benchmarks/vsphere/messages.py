"""The SOAP requests that the benchmarks send, byte for byte as pyVmomi's client writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pyVmomi import SoapAdapter, vim
from pyVmomi import vmodl as _api

VERSION = "vim.version.v8_0_1_0"
ACTION = "urn:vim25/8.0.1.0"
FOUR = ("name", "runtime.powerState", "guest.ipAddress", "config.uuid")

api: Any = _api
collector: Any = api.query.PropertyCollector
_stub: Any = SoapAdapter.SoapStubAdapter(version=VERSION)
_VALUE = re.compile(rb"<returnval[^>]*>([^<]*)</returnval>")


def request(target: Any, name: str, *arguments: Any) -> bytes:
    """A method call; *arguments* in the order of the method's parameters."""
    body: bytes = _stub.SerializeRequest(target, getattr(type(target), name).info, list(arguments))
    return body


def reference(answer: bytes) -> str:
    """The managed object id that a call answered."""
    found = _VALUE.search(answer)
    if found is None:
        raise ValueError(f"no reference in {answer[:500]!r}")
    return found[1].decode()


def login(manager: str, user: str, password: str) -> bytes:
    """SessionManager.Login."""
    return request(vim.SessionManager(manager), "Login", user, password, None)


def service_content() -> bytes:
    """RetrieveServiceContent, the first call of every client."""
    return request(vim.ServiceInstance("ServiceInstance"), "RetrieveContent")


def container_view(manager: str, root: str) -> bytes:
    """A view of all VMs below a folder."""
    return request(vim.view.ViewManager(manager), "CreateContainerView", vim.Folder(root), [vim.VirtualMachine], True)


def through_view(view: str, paths: Sequence[str]) -> Any:
    """A filter spec: properties of all VMs of a view."""
    traversal = collector.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    start = collector.ObjectSpec(obj=vim.view.ContainerView(view), skip=True, selectSet=[traversal])
    return collector.FilterSpec(propSet=[_properties(paths)], objectSet=[start])


def of_vms(vms: Sequence[str], paths: Sequence[str]) -> Any:
    """A filter spec: properties of certain VMs."""
    starts = [collector.ObjectSpec(obj=vim.VirtualMachine(vm), skip=False) for vm in vms]
    return collector.FilterSpec(propSet=[_properties(paths)], objectSet=starts)


def of_tasks(tasks: Sequence[str], paths: Sequence[str] = ("info.state", "info.error")) -> Any:
    """A filter spec: properties of tasks; by default those by which clients wait for them."""
    starts = [collector.ObjectSpec(obj=vim.Task(task), skip=False) for task in tasks]
    properties = collector.PropertySpec(type=vim.Task, all=False, pathSet=list(paths))
    return collector.FilterSpec(propSet=[properties], objectSet=starts)


def _properties(paths: Sequence[str]) -> Any:
    return collector.PropertySpec(type=vim.VirtualMachine, all=False, pathSet=list(paths))


def retrieve(own: str, spec: Any) -> bytes:
    """PropertyCollector.RetrievePropertiesEx."""
    return request(collector(own), "RetrievePropertiesEx", [spec], collector.RetrieveOptions())


def create_filter(own: str, spec: Any) -> bytes:
    """PropertyCollector.CreateFilter."""
    return request(collector(own), "CreateFilter", spec, False)


def create_collector(own: str) -> bytes:
    """PropertyCollector.CreatePropertyCollector."""
    return request(collector(own), "CreatePropertyCollector")


def destroy_collector(own: str) -> bytes:
    """PropertyCollector.DestroyPropertyCollector."""
    return request(collector(own), "Destroy")


def wait(own: str, version: str, seconds: int = 60) -> bytes:
    """PropertyCollector.WaitForUpdatesEx."""
    return request(collector(own), "WaitForUpdatesEx", version, collector.WaitOptions(maxWaitSeconds=seconds))


def power(vm: str, *, on: bool) -> bytes:
    """VirtualMachine.PowerOnVM_Task or PowerOffVM_Task."""
    return request(vim.VirtualMachine(vm), "PowerOn", None) if on else request(vim.VirtualMachine(vm), "PowerOff")


def clone(vm: str, folder: str, pool: str, name: str) -> bytes:
    """VirtualMachine.CloneVM_Task, left off."""
    spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(pool=vim.ResourcePool(pool)), powerOn=False, template=False)
    return request(vim.VirtualMachine(vm), "Clone", vim.Folder(folder), name, spec)


def destroy(vm: str) -> bytes:
    """ManagedEntity.Destroy_Task of a VM."""
    return request(vim.VirtualMachine(vm), "Destroy")

"""Every property of every object that can be reached: none fails, none that must be set is unset, before and after changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyVmomi import vim

from tests.clients.harness import Datacenter, wait_until
from tests.clients.pyvmomi.crawl import COLLECTOR, by_type, crawl, holes, property_names, retrieve
from tests.clients.pyvmomi.session import all_of, finish

REACHED = {
    vim.ClusterComputeResource,
    vim.Datacenter,
    vim.Datastore,
    vim.Folder,
    vim.HostSystem,
    vim.Network,
    vim.ResourcePool,
    vim.VirtualMachine,
    vim.EnvironmentBrowser,
    vim.dvs.DistributedVirtualPortgroup,
    vim.dvs.VmwareDistributedVirtualSwitch,
    vim.event.EventManager,
    vim.host.DatastoreBrowser,
    vim.host.NetworkSystem,
    vim.host.StorageSystem,
    vim.option.OptionManager,
}


def unset(service: Any, found: dict[Any, dict[str, Any]]) -> list[str]:
    """Mandatory properties that were not told, and mandatory fields without a value inside those that were."""
    missing = [
        f"{cls.__name__}.{name}"
        for cls, objects in by_type(found).items()
        for name, optional in property_names(service, cls).items()
        if not optional and any(name not in found[one] for one in objects)
    ]
    inside = {hole for one, values in found.items() for name, value in values.items() for hole in holes(value, f"{one._moId}.{name}")}
    return missing + sorted(inside)


def test_everything_that_can_be_reached_tells_all_of_itself(si: Any) -> None:
    found = crawl(si)
    assert set(by_type(found)) >= REACHED
    assert unset(si, found) == []


def test_each_property_can_be_asked_for_alone(si: Any) -> None:
    found = crawl(si)
    for cls, objects in by_type(found).items():
        for name in property_names(si, cls):
            alone = retrieve(si, objects, COLLECTOR.PropertySpec(type=cls, pathSet=[name]))
            told = {one for one, values in alone.items() if name in values}
            assert told == {one for one in objects if name in found[one]}, f"{cls.__name__}.{name}"


def test_each_property_can_be_read_as_an_attribute(si: Any) -> None:
    for cls, objects in by_type(crawl(si)).items():
        for name in property_names(si, cls):
            getattr(objects[0], name)


@pytest.fixture
def busy(simulated: Datacenter, si: Any, new_vm: Callable[..., Any]) -> Any:
    """A datacenter in which things have happened: every power state, snapshots, a clone, a template, a crashed host."""
    on, off, suspended, template = (new_vm() for _ in range(4))
    for vm in (on, suspended):
        finish(vm.PowerOn())
    finish(suspended.Suspend())
    finish(on.CreateSnapshot("first", "a", memory=False, quiesce=False))
    finish(on.CreateSnapshot("second", "b", memory=False, quiesce=False))
    template.MarkAsTemplate()
    clone = finish(
        off.Clone(off.parent, f"{off.name}-clone", vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False))
    )
    host = all_of(si, vim.HostSystem)[-1]
    fault = simulated.rest("POST", "/sim/inject/host-crash", {"subject": host.name})
    wait_until(lambda: host.runtime.connectionState == "notResponding", "the host does not respond")
    yield si
    simulated.rest("DELETE", f"/sim/faults/{fault['uid']}")
    wait_until(lambda: host.runtime.connectionState == "connected", "the host is back")
    finish(clone.Destroy())


def test_it_all_still_holds_after_things_have_happened(busy: Any) -> None:
    found = crawl(busy)
    kinds = set(by_type(found))
    assert {vim.Task, vim.vm.Snapshot} <= kinds
    states = {values["runtime"].powerState for one, values in found.items() if isinstance(one, vim.VirtualMachine)}
    assert states == {"poweredOn", "poweredOff", "suspended"}
    assert unset(busy, found) == []

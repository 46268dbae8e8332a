"""Finding things: views, traversal, search, pages."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import all_of, named, read, select

COLLECTOR = vmodl.query.PropertyCollector
TRAVERSAL = COLLECTOR.TraversalSpec
SELECTION = COLLECTOR.SelectionSpec


def test_the_inventory_is_the_worlds(si: Any, simulated: Datacenter) -> None:
    vms = {vm["name"] for vm in simulated.rest("GET", "/sim/vms?limit=500")["items"] if vm["owner"] == "vsphere"}
    assert {vm.name for vm in all_of(si, vim.VirtualMachine)} == vms
    hosts = {host["name"] for host in simulated.rest("GET", "/sim/hosts")["items"] if host["flavor"] == "esxi"}
    assert {host.name for host in all_of(si, vim.HostSystem)} == hosts


def test_every_entity_is_its_parents_child(si: Any) -> None:
    for folder in all_of(si, vim.Folder):
        assert {child.parent for child in folder.childEntity} <= {folder}
    for pool in all_of(si, vim.ResourcePool):
        assert all(vm.resourcePool == pool for vm in pool.vm)
    for host in all_of(si, vim.HostSystem):
        assert all(vm.runtime.host == host for vm in host.vm)
        assert host in host.parent.host


def test_a_container_view_follows_what_comes_and_goes(si: Any, new_vm: Any) -> None:
    content = si.content
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    before = set(view.view)
    made = new_vm()
    assert set(view.view) - before == {made}
    view.Destroy()
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        read(view, "view")


def test_a_container_view_that_is_not_recursive_holds_only_children(si: Any) -> None:
    content = si.content
    view = content.viewManager.CreateContainerView(content.rootFolder, [], False)
    assert set(view.view) == set(content.rootFolder.childEntity)
    view.Destroy()


def test_traversal_as_the_documentation_teaches_it(si: Any) -> None:
    """From the root through folders to VMs, with a recursive selection by name."""
    folders = TRAVERSAL(
        name="folders",
        type=vim.Folder,
        path="childEntity",
        skip=False,
        selectSet=[SELECTION(name="folders"), SELECTION(name="datacenters")],
    )
    datacenters = TRAVERSAL(name="datacenters", type=vim.Datacenter, path="vmFolder", skip=False, selectSet=[SELECTION(name="folders")])
    objects = COLLECTOR.ObjectSpec(obj=si.content.rootFolder, skip=True, selectSet=[folders, datacenters])
    properties = COLLECTOR.PropertySpec(type=vim.VirtualMachine, pathSet=["name", "runtime.powerState"])
    found = si.content.propertyCollector.RetrieveProperties([COLLECTOR.FilterSpec(objectSet=[objects], propSet=[properties])])
    assert {content.obj for content in found} == set(all_of(si, vim.VirtualMachine))
    assert all({prop.name for prop in content.propSet} == {"name", "runtime.powerState"} for content in found)


def test_pages_are_fetched_with_tokens(si: Any) -> None:
    content = si.content
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    objects = COLLECTOR.ObjectSpec(obj=view, skip=True, selectSet=[TRAVERSAL(type=vim.view.ContainerView, path="view", skip=False)])
    spec = COLLECTOR.FilterSpec(objectSet=[objects], propSet=[COLLECTOR.PropertySpec(type=vim.VirtualMachine, pathSet=["name"])])
    page = content.propertyCollector.RetrievePropertiesEx([spec], COLLECTOR.RetrieveOptions(maxObjects=7))
    sizes, names = [], []
    while page is not None:
        sizes.append(len(page.objects))
        names += [one.propSet[0].val for one in page.objects]
        page = content.propertyCollector.ContinueRetrievePropertiesEx(page.token) if page.token else None
    assert sorted(names) == sorted(vm.name for vm in all_of(si, vim.VirtualMachine))
    assert set(sizes[:-1]) == {7}
    with pytest.raises(vmodl.fault.InvalidArgument):
        content.propertyCollector.ContinueRetrievePropertiesEx("no-such-token")
    view.Destroy()


def test_a_deep_path_tells_that_value_alone(si: Any) -> None:
    vm = named(si, vim.VirtualMachine, "shop-web-01")
    paths = ("config.hardware.numCPU", "summary.config.name", "config.hardware.device[4000].macAddress", "guest.net")
    content = si.content.propertyCollector.RetrieveContents([select(vm, *paths)])[0]
    told = {prop.name: prop.val for prop in content.propSet}
    assert told["config.hardware.numCPU"] == vm.config.hardware.numCPU
    assert told["summary.config.name"] == "shop-web-01"
    card = next(device for device in vm.config.hardware.device if device.key == 4000)
    assert told["config.hardware.device[4000].macAddress"] == card.macAddress


def test_a_property_that_does_not_exist_is_refused(si: Any) -> None:
    vm = all_of(si, vim.VirtualMachine)[0]
    with pytest.raises(vmodl.query.InvalidProperty) as raised:
        si.content.propertyCollector.RetrieveContents([select(vm, "config.nothing")])
    assert raised.value.name == "config.nothing"


def test_the_search_index_finds_by_path_name_uuid_and_address(si: Any) -> None:
    index, vm = si.content.searchIndex, named(si, vim.VirtualMachine, "shop-web-01")
    datacenter = all_of(si, vim.Datacenter)[0]
    assert index.FindByInventoryPath(f"{datacenter.name}/vm/shop-web-01") == vm
    assert index.FindByInventoryPath("nowhere/at/all") is None
    assert index.FindByUuid(uuid=vm.config.uuid, vmSearch=True) == vm
    assert index.FindByUuid(uuid=vm.config.instanceUuid, vmSearch=True, instanceUuid=True) == vm
    assert index.FindAllByIp(ip=vm.guest.ipAddress, vmSearch=True) == [vm]
    assert index.FindByDnsName(dnsName=vm.guest.hostName, vmSearch=True) == vm
    assert index.FindChild(datacenter.vmFolder, "shop-web-01") == vm
    host = all_of(si, vim.HostSystem)[0]
    assert index.FindByUuid(uuid=host.hardware.systemInfo.uuid, vmSearch=False) == host

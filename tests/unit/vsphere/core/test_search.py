"""SearchIndex: finding things by what people know of them."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.engine import World
from emulators.world.identity import host_identity
from emulators.world.model import Guest, Hypervisor, Owner, Vm
from tests.unit.vsphere.core.wire import SEARCH_INDEX, Copy, Edit, Wire, refused


async def find(wire: Wire, method: str, **args: Any) -> str | list[str] | None:
    found = await wire.call(SEARCH_INDEX, method, **args)
    if isinstance(found, list):
        return [one._moId for one in found]
    return None if found is None else found._moId


def moid(vm: Vm) -> str:
    return f"vm-{vm.number}"


async def test_vms_by_their_uuids(wire: Wire, vms: list[Vm]) -> None:
    vm = vms[4]
    assert await find(wire, "FindByUuid", uuid=vm.uuid, vmSearch=True) == moid(vm)
    assert await find(wire, "FindByUuid", uuid=vm.uuid.upper(), vmSearch=True, instanceUuid=False) == moid(vm)
    assert await find(wire, "FindByUuid", uuid=vm.instance_uuid, vmSearch=True, instanceUuid=True) == moid(vm)
    assert await find(wire, "FindByUuid", uuid=vm.instance_uuid, vmSearch=True) is None
    assert await find(wire, "FindByUuid", uuid=vm.uuid, vmSearch=False) is None
    assert await find(wire, "FindByUuid", uuid="no uuid", vmSearch=True) is None
    assert await find(wire, "FindAllByUuid", uuid=vm.uuid, vmSearch=True) == [moid(vm)]


async def test_hosts_by_uuid_name_and_address(wire: Wire, world: World) -> None:
    host = next(one for one in world.state.all(Hypervisor) if one.flavor == "esxi")
    uuid = host_identity(world.state, host).uuid
    wanted = f"host-{host.number}"
    assert await find(wire, "FindByUuid", uuid=uuid, vmSearch=False) == wanted
    assert await find(wire, "FindByDnsName", dnsName=host.name.upper(), vmSearch=False) == wanted
    assert await find(wire, "FindByIp", ip=host.management_ip, vmSearch=False) == wanted
    kvm = next(one for one in world.state.all(Hypervisor) if one.flavor == "kvm")
    assert await find(wire, "FindByDnsName", dnsName=kvm.name, vmSearch=False) is None


async def test_vms_by_what_their_guests_say(wire: Wire, vms: list[Vm]) -> None:
    guest = Guest(hostname="web.example", addresses={"port": ("192.0.2.77", "2001:db8::77")}, tools_running=True)
    for vm in vms[:2]:
        await wire.execute(Edit(uid=vm.uid, fields={"guest": guest}))
    assert await find(wire, "FindByIp", ip="192.0.2.77", vmSearch=True) == moid(vms[0])
    assert await find(wire, "FindAllByIp", ip="2001:db8::77", vmSearch=True) == [moid(vm) for vm in vms[:2]]
    assert await find(wire, "FindAllByDnsName", dnsName="WEB.example", vmSearch=True) == [moid(vm) for vm in vms[:2]]
    assert await find(wire, "FindByIp", ip="192.0.2.78", vmSearch=True) is None
    assert await find(wire, "FindByDnsName", dnsName="", vmSearch=True) is None


async def test_a_datacenter_narrows_the_search(wire: Wire, vms: list[Vm]) -> None:
    names = {one: await wire.call(SEARCH_INDEX, "FindByInventoryPath", inventoryPath=one) for one in ("ams1", "ams1/vm")}
    assert await find(wire, "FindByUuid", datacenter=names["ams1"], uuid=vms[0].uuid, vmSearch=True) == moid(vms[0])
    await refused(
        wire.call(SEARCH_INDEX, "FindByUuid", datacenter=vim.Datacenter("datacenter-1"), uuid="x", vmSearch=True),
        vmodl.fault.ManagedObjectNotFound,
    )


@pytest.mark.parametrize("slashes", ["{}", "/{}", "{}/"])
async def test_an_inventory_path_leads_to_an_entity(wire: Wire, vms: list[Vm], slashes: str) -> None:
    assert await find(wire, "FindByInventoryPath", inventoryPath=slashes.format(f"ams1/vm/{vms[0].name}")) == moid(vms[0])


async def test_inventory_paths_through_clusters_and_pools(wire: Wire, world: World) -> None:
    host = next(one for one in world.state.all(Hypervisor) if one.flavor == "esxi")
    cluster = world.state.find(host.cluster)
    assert cluster is not None
    assert await find(wire, "FindByInventoryPath", inventoryPath=f"ams1/host/{cluster.name}/{host.name}") == f"host-{host.number}"
    assert str(await find(wire, "FindByInventoryPath", inventoryPath=f"ams1/host/{cluster.name}/Resources/prod")).startswith("resgroup-")
    assert await find(wire, "FindByInventoryPath", inventoryPath="ams1/host/nothing/there") is None
    assert await find(wire, "FindByInventoryPath", inventoryPath="") == "group-d1"


async def test_names_with_slashes_are_written_escaped(wire: Wire, vms: list[Vm]) -> None:
    await wire.execute(Edit(uid=vms[0].uid, fields={"name": "a%2fb c"}))
    assert await find(wire, "FindByInventoryPath", inventoryPath="ams1/vm/a%2fb c") == moid(vms[0])


async def test_a_child_by_name(wire: Wire, vms: list[Vm]) -> None:
    folder = await wire.call(SEARCH_INDEX, "FindByInventoryPath", inventoryPath="ams1/vm")
    assert await find(wire, "FindChild", entity=folder, name=vms[0].name) == moid(vms[0])
    assert await find(wire, "FindChild", entity=folder, name="nothing") is None


async def test_a_vm_by_its_configuration_file(wire: Wire, vms: list[Vm]) -> None:
    datacenter = await wire.call(SEARCH_INDEX, "FindByInventoryPath", inventoryPath="ams1")
    assert vms[0].path.startswith("[")
    assert await find(wire, "FindByDatastorePath", datacenter=datacenter, path=vms[0].path) == moid(vms[0])
    assert await find(wire, "FindByDatastorePath", datacenter=datacenter, path=vms[0].path + "x") is None
    await refused(find(wire, "FindByDatastorePath", datacenter=datacenter, path="[nowhere] a/a.vmx"), vim.fault.InvalidDatastore)
    await refused(find(wire, "FindByDatastorePath", datacenter=datacenter, path="no path"), vim.fault.InvalidDatastorePath)


async def test_what_openstack_runs_is_not_found(wire: Wire, vms: list[Vm]) -> None:
    await wire.execute(
        Copy(uid=vms[0].uid, fields={"name": "server", "owner": Owner.OPENSTACK, "uuid": "5f0e7d3c-0000-4000-8000-000000000001"})
    )
    assert await find(wire, "FindByUuid", uuid="5f0e7d3c-0000-4000-8000-000000000001", vmSearch=True) is None

"""Views: what they show, and how that follows the inventory."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.vsphere.call import Services
from emulators.world.engine import World
from emulators.world.model import Cluster, Hypervisor, ResourcePool, Vm
from tests.unit.vsphere.core.wire import ROOT, VIEW_MANAGER, Copy, Edit, Remove, Wire, refused


async def shown(wire: Wire, view: Any) -> list[str]:
    return [one._moId for one in (await wire.read(view, "view"))["view"]]


def reference(services: Services, uid: str) -> Any:
    found = services.objects.of(uid)
    assert found is not None
    return found.ref


async def test_a_container_view_tells_what_it_is(wire: Wire) -> None:
    view = await wire.container(vim.VirtualMachine, vim.HostSystem, recursive=True)
    told = await wire.read(view, "*")
    assert told["container"]._moId == "group-d1"
    assert list(told["type"]) == ["VirtualMachine", "HostSystem"]
    assert told["recursive"] is True


async def test_a_container_view_of_everything(wire: Wire, services: Services, world: World) -> None:
    everything = set(await shown(wire, await wire.container()))
    entities = {
        found.id
        for entity in world.state
        if (found := services.objects.of(entity)) is not None and issubclass(found.type, vim.ManagedEntity) and found.id != "group-d1"
    }
    assert everything == entities


async def test_a_container_view_that_does_not_recurse(wire: Wire, services: Services) -> None:
    view = await wire.container(recursive=False)
    assert {one.partition("-")[0] for one in await shown(wire, view)} == {"datacenter"}
    assert await shown(wire, await wire.container(vim.VirtualMachine, recursive=False)) == []


async def test_containers_of_each_type(wire: Wire, services: Services, world: World, vms: list[Vm]) -> None:
    host = world.state.get(Hypervisor, next(vm.host for vm in vms if vm.host))
    on_host = {f"vm-{vm.number}" for vm in vms if vm.host == host.uid}
    assert set(await shown(wire, await wire.container(vim.VirtualMachine, container=reference(services, host.uid)))) == on_host
    cluster = world.state.get(Cluster, host.cluster)
    in_cluster = await wire.container(vim.VirtualMachine, container=reference(services, cluster.uid))
    pooled = {f"vm-{vm.number}" for vm in vms if vm.pool}
    assert set(await shown(wire, in_cluster)) >= on_host
    assert set(await shown(wire, in_cluster)) >= pooled
    pool = world.state.get(ResourcePool, next(vm.pool for vm in vms if vm.pool))
    in_pool = await wire.container(vim.VirtualMachine, container=reference(services, pool.uid))
    assert set(await shown(wire, in_pool)) == {f"vm-{vm.number}" for vm in vms if vm.pool == pool.uid}


async def test_a_container_view_follows_the_inventory(wire: Wire, vms: list[Vm]) -> None:
    view = await wire.container(vim.VirtualMachine)
    before = await shown(wire, view)
    await wire.execute(Edit(uid=vms[0].uid, fields={"name": "renamed"}))
    assert await shown(wire, view) == before
    await wire.execute(Copy(uid=vms[0].uid, fields={"name": "new"}))
    after = await shown(wire, view)
    assert len(after) == len(before) + 1
    await wire.execute(Remove(uid=vms[0].uid))
    assert await shown(wire, view) == after[1:]


async def test_alike_views_share_what_they_show(wire: Wire, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    await shown(wire, await wire.container(vim.VirtualMachine))
    monkeypatch.setattr("emulators.vsphere.containers._Walk.run", lambda *_args, **_named: pytest.fail("walked again"))
    other = Wire(services)
    await other.login()
    assert len(await shown(other, await other.container(vim.VirtualMachine))) > 10


async def test_only_containers_can_be_looked_into(wire: Wire, vms: list[Vm]) -> None:
    await refused(wire.container(container=vim.VirtualMachine(f"vm-{vms[0].number}")), vmodl.fault.InvalidArgument)
    await refused(wire.container(container=vim.Folder("group-v999999")), vmodl.fault.ManagedObjectNotFound)
    await refused(wire.container(vim.Task), vmodl.fault.InvalidArgument)


async def test_a_list_view_is_what_the_client_makes_of_it(wire: Wire, vms: list[Vm]) -> None:
    first, second, third = (vim.VirtualMachine(f"vm-{vm.number}") for vm in vms[:3])
    view = await wire.call(VIEW_MANAGER, "CreateListView", obj=[first])
    unknown = await wire.call(view, "ModifyListView", add=[second, third, vim.VirtualMachine("vm-999999")], remove=[first])
    assert [one._moId for one in unknown] == ["vm-999999"]
    assert await shown(wire, view) == [second._moId, third._moId]
    await wire.execute(Remove(uid=vms[1].uid))
    assert await shown(wire, view) == [third._moId]
    await wire.call(view, "ResetListView", obj=[first])
    assert await shown(wire, view) == [first._moId]
    await wire.call(view, "ResetListViewFromView", view=await wire.container(vim.Datacenter))
    copy = await wire.call(VIEW_MANAGER, "CreateListViewFromView", view=view)
    assert await shown(wire, copy) == await shown(wire, view)
    assert {one.partition("-")[0] for one in await shown(wire, view)} == {"datacenter"}
    await refused(wire.call(VIEW_MANAGER, "CreateListView", obj=[vim.VirtualMachine("vm-999999")]), vmodl.fault.ManagedObjectNotFound)


async def test_an_inventory_view_unfolds(wire: Wire) -> None:
    view = await wire.call(VIEW_MANAGER, "CreateInventoryView")
    assert await shown(wire, view) == ["group-d1"]
    unknown = await wire.call(view, "OpenInventoryViewFolder", entity=[ROOT, vim.Folder("group-v999999")])
    assert [one._moId for one in unknown] == ["group-v999999"]
    unfolded = await shown(wire, view)
    assert len(unfolded) == 2
    await wire.call(view, "OpenInventoryViewFolder", entity=[vim.Datacenter(unfolded[1])])
    assert len(await shown(wire, view)) == 6
    await wire.call(view, "CloseInventoryViewFolder", entity=[ROOT])
    assert len(await shown(wire, view)) == 5


async def test_views_are_listed_until_they_are_destroyed(wire: Wire) -> None:
    views = [await wire.container(vim.VirtualMachine), await wire.call(VIEW_MANAGER, "CreateListView", obj=[])]
    assert [one._moId for one in (await wire.read(VIEW_MANAGER, "viewList"))["viewList"]] == [view._moId for view in views]
    await wire.call(views[0], "DestroyView")
    assert [one._moId for one in (await wire.read(VIEW_MANAGER, "viewList"))["viewList"]] == [views[1]._moId]
    await refused(wire.call(views[0], "DestroyView"), vmodl.fault.ManagedObjectNotFound)


async def test_a_session_cannot_have_views_without_end(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulators.vsphere.sessions.MOST_OWNED", 3)
    for _ in range(3):
        await wire.container(vim.VirtualMachine)
    await refused(wire.container(vim.VirtualMachine), vim.fault.LimitExceeded)

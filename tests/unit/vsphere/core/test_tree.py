"""Parents and children, and what a list of children depends on."""

from __future__ import annotations

import pytest
from pyVmomi import vim

from dcsim.events import Actor
from emulators.vsphere.call import Services
from emulators.vsphere.objects import Object
from emulators.vsphere.records import Folder
from emulators.vsphere.tree import Tree, folder_of
from emulators.world.engine import World
from emulators.world.model import Hypervisor, Power, ResourcePool, Vm
from emulators.world.state import touched_keys
from tests.unit.vsphere.core.wire import Copy, Edit


@pytest.fixture
def tree(services: Services, world: World) -> Tree:
    return Tree(world.state, services.objects)


def below(tree: Tree, managed: Object) -> list[Object]:
    found = tree.children(managed)
    return found + [one for child in found for one in below(tree, child)]


def test_the_tree_holds_everything_shown_once_by_its_parent(services: Services, world: World, tree: Tree) -> None:
    root = services.objects.find("group-d1")
    assert root is not None
    assert tree.parent(root) is None
    for child in below(tree, root):
        above = tree.parent(child)
        assert above is not None
        assert child.id in {one.id for one in below(tree, above)}
    shown = {
        found.id
        for entity in world.state
        if (found := services.objects.of(entity)) is not None and issubclass(found.type, vim.ManagedEntity)
    }
    assert {one.id for one in below(tree, root)} | {"group-d1"} == shown


def test_a_host_alone_hangs_below_its_compute_resource(services: Services, world: World, tree: Tree) -> None:
    host = next(one for one in world.state.all(Hypervisor) if one.flavor == "esxi")
    alone = world.execute_now(Copy(uid=host.uid, fields={"name": "alone", "cluster": ""}), Actor()).result
    pool = world.execute_now(Copy(uid=world.state.all(ResourcePool)[0].uid, fields={"name": "Resources", "parent": alone}), Actor()).result
    compute = services.objects.facet(alone, vim.ComputeResource)
    main, root_pool = services.objects.of(alone), services.objects.of(pool)
    assert compute is not None
    assert main is not None
    assert root_pool is not None
    assert {one.id for one in tree.children(compute)} == {main.id, root_pool.id}
    assert tree.parent(main) is tree.parent(root_pool) is compute
    folder = tree.parent(compute)
    assert folder is not None
    assert compute in tree.children(folder)


def test_a_list_of_children_depends_on_who_is_in_it_alone(services: Services, world: World, tree: Tree, vms: list[Vm]) -> None:
    folder = folder_of(world.state, vms[0])
    assert folder is not None
    managed = services.objects.of(folder)
    assert managed is not None
    with world.state.tracking() as keys:
        before = tree.children(managed)
    touched: list[object] = []
    stop = world.watch(
        lambda committed: touched.extend(
            key for record in committed.records for change in record.event.changes for key in touched_keys(change)
        )
    )
    world.execute_now(Edit(uid=vms[0].uid, fields={"power": Power.SUSPENDED}), Actor())
    assert touched
    assert not keys & set(touched)
    touched.clear()
    other = world.execute_now(Copy(uid=folder.uid, fields={"name": "other", "parent": folder.uid}), Actor()).result
    assert keys & set(touched)
    touched.clear()
    with world.state.tracking() as keys:
        tree.children(managed)
    world.execute_now(Edit(uid=vms[0].uid, fields={"folder": other}), Actor())
    assert keys & set(touched), "moving a VM out of the default folder must be noticed"
    after = tree.children(managed)
    assert {one.id for one in before} - {one.id for one in after} == {f"vm-{vms[0].number}"}
    assert isinstance(world.state.find(other), Folder)
    stop()

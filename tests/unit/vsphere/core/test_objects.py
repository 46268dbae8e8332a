"""Managed object ids: from entities to objects and back."""

from __future__ import annotations

import pytest
from pyVmomi import vim, vmodl

from dcsim.events import Actor
from emulators.vsphere.call import Services
from emulators.vsphere.objects import SINGLETONS, declarations, managed, singleton
from emulators.vsphere.records import ROOT as ROOT_UID
from emulators.vsphere.soap.faults import VimFault
from emulators.world.engine import World
from emulators.world.model import Blade, Entity, Hypervisor, Network, Owner, Vm
from tests.unit.vsphere.core.wire import Copy, Edit, Remove


def test_what_has_an_id_is_found_by_it(services: Services, world: World) -> None:
    seen = set()
    for entity in world.state:
        found = services.objects.of(entity)
        if found is not None:
            assert services.objects.find(found.id) is found
            assert (found.subject, found.ref._moId) == (entity.uid, found.id)
            seen.add(found.type)
    assert seen >= {
        vim.VirtualMachine,
        vim.HostSystem,
        vim.ClusterComputeResource,
        vim.ResourcePool,
        vim.Folder,
        vim.Datacenter,
        vim.Datastore,
    }
    assert seen >= {vim.dvs.DistributedVirtualPortgroup, vim.dvs.VmwareDistributedVirtualSwitch}


def test_ids_have_vcenters_form(services: Services, world: World, vms: list[Vm]) -> None:
    assert services.objects.of(vms[0]) is not None
    assert repr(services.objects.of(vms[0])) == f"VirtualMachine:vm-{vms[0].number}"
    assert repr(services.objects.of(ROOT_UID)) == "Folder:group-d1"
    assert repr(services.objects.find("SessionManager")) == "SessionManager:SessionManager"


def test_what_others_manage_is_hidden(services: Services, world: World, vms: list[Vm]) -> None:
    server = world.execute_now(Copy(uid=vms[0].uid, fields={"name": "server", "owner": Owner.OPENSTACK}), Actor()).result
    hidden: list[Entity] = [world.state.get(Vm, server)]
    hidden += [host for host in world.state.all(Hypervisor) if host.flavor == "kvm"]
    hidden += [network for network in world.state.all(Network) if network.type == "tenant"]
    assert len(hidden) >= 3, "a KVM host is part of every generated inventory"
    assert [one.name for one in hidden if services.objects.of(one) is not None] == []
    assert services.objects.of(world.state.all(Blade)[0]) is None
    assert services.objects.find(f"vm-{hidden[0].number}") is None


@pytest.mark.parametrize(
    "object_id", ["", "vm-", "vm-0", "vm-99999999", "vm-007", "host--1", "vm-1x", "group-d2", "ServiceInstanc", "9", "vm-" + "9" * 400]
)
def test_other_ids_name_nothing(services: Services, object_id: str) -> None:
    with pytest.raises(VimFault) as caught:
        services.objects.get(vim.ManagedEntity, object_id)
    assert isinstance(caught.value.fault, vmodl.fault.ManagedObjectNotFound)


def test_an_id_of_another_type_names_nothing(services: Services, vms: list[Vm]) -> None:
    object_id = f"vm-{vms[0].number}"
    assert services.objects.get(vim.ManagedEntity, object_id).type is vim.VirtualMachine
    with pytest.raises(VimFault):
        services.objects.get(vim.HostSystem, object_id)
    assert services.objects.find(f"host-{vms[0].number}") is None


def test_a_host_alone_is_a_compute_resource_too(services: Services, world: World) -> None:
    host = next(one for one in world.state.all(Hypervisor) if one.flavor == "esxi")
    assert services.objects.facet(host, vim.ComputeResource) is None
    alone = world.execute_now(Copy(uid=host.uid, fields={"name": "alone", "cluster": ""}), Actor()).result
    number = world.state.get(Hypervisor, alone).number
    compute = services.objects.facet(alone, vim.ComputeResource)
    assert compute is not None
    assert compute is services.objects.find(f"domain-s{number}")
    assert services.objects.find(f"host-{number}") is services.objects.of(alone)


def test_what_comes_is_found_and_what_goes_is_not(services: Services, world: World, vms: list[Vm]) -> None:
    uid = world.execute_now(Copy(uid=vms[0].uid, fields={"name": "new"}), Actor()).result
    object_id = f"vm-{world.state.get(Vm, uid).number}"
    found = services.objects.find(object_id)
    assert found is not None
    assert found.subject == uid
    world.execute_now(Edit(uid=uid, fields={"name": "newer"}), Actor())
    assert services.objects.find(object_id) is found
    world.execute_now(Remove(uid=uid), Actor())
    assert services.objects.find(object_id) is None
    assert services.objects.of(uid) is None


def test_declarations_are_unambiguous() -> None:
    with pytest.raises(TypeError, match="vm-"):
        managed(vim.VirtualMachine, "vm-", Vm)
    with pytest.raises(TypeError, match="twice"):
        singleton(vim.SearchIndex, "SearchIndex")
    assert not {one.prefix for one in declarations()} & set(SINGLETONS)

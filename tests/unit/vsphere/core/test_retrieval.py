"""RetrieveProperties: what filter specs select and what of it is told."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.vsphere.call import Services
from emulators.world.engine import World
from emulators.world.model import Hypervisor, Vm
from tests.unit.vsphere.core.wire import (
    COLLECTOR,
    INSTANCE,
    PC,
    ROOT,
    Edit,
    Remove,
    Wire,
    filter_spec,
    in_view,
    object_spec,
    property_spec,
    refused,
    step,
)


async def retrieve(wire: Wire, *specs: Any) -> list[Any]:
    return list(await wire.call(COLLECTOR, "RetrieveProperties", specSet=list(specs)))


def ids(contents: list[Any]) -> list[str]:
    return [one.obj._moId for one in contents]


def walk_down() -> Any:
    """The traversal of the whole inventory that old clients use: recursive by names."""
    again = PC.SelectionSpec(name="folders")
    return step(vim.Folder, "childEntity", again, *(PC.SelectionSpec(name=name) for name in ("dcVm", "dcHost", "hosts")), name="folders"), (
        step(vim.Datacenter, "vmFolder", again, name="dcVm"),
        step(vim.Datacenter, "hostFolder", again, name="dcHost"),
        step(vim.ComputeResource, "host", name="hosts"),
    )


async def test_a_container_view_lists_its_vms_with_some_properties(wire: Wire, vms: list[Vm]) -> None:
    view = await wire.container(vim.VirtualMachine)
    found = await retrieve(wire, in_view(view, vim.VirtualMachine, "name", "config.hardware.numCPU"))
    told = {one.obj._moId: {prop.name: prop.val for prop in one.propSet} for one in found}
    assert told == {f"vm-{vm.number}": {"name": vm.name, "config.hardware.numCPU": vm.cpus} for vm in vms}


async def test_types_are_matched_with_their_subtypes(wire: Wire) -> None:
    view = await wire.container(vim.ManagedEntity)
    entities = await retrieve(wire, in_view(view, vim.ManagedEntity, "name"))
    computes = await retrieve(wire, in_view(view, vim.ComputeResource, "name"))
    assert {type(one.obj) for one in computes} == {vim.ClusterComputeResource}
    assert len(entities) > len(computes) > 0
    assert await retrieve(wire, in_view(view, vim.Task, "info")) == []


async def test_several_property_specs_add_up(wire: Wire, vms: list[Vm]) -> None:
    managed = vim.VirtualMachine(f"vm-{vms[0].number}")
    spec = filter_spec(
        [object_spec(managed)], property_spec(vim.ManagedEntity, "name"), property_spec(vim.VirtualMachine, "name", "config.uuid")
    )
    [found] = await retrieve(wire, spec)
    assert [one.name for one in found.propSet] == ["name", "config.uuid"]


async def test_no_paths_tell_only_what_is_there(wire: Wire) -> None:
    view = await wire.container(vim.Datastore)
    found = await retrieve(wire, in_view(view, vim.Datastore))
    assert found
    assert all(len(one.propSet) == 0 for one in found)


async def test_all_properties_of_an_object(wire: Wire, vms: list[Vm]) -> None:
    managed = vim.VirtualMachine(f"vm-{vms[0].number}")
    [found] = await retrieve(wire, filter_spec([object_spec(managed)], property_spec(vim.ManagedEntity, "*")))
    names = {one.name for one in found.propSet}
    assert {"name", "config", "runtime", "summary", "guest", "parent"} <= names
    assert not found.missingSet


async def test_a_recursive_traversal_by_names_reaches_everything_once(wire: Wire, world: World, vms: list[Vm]) -> None:
    start, others = walk_down()
    spec = filter_spec([object_spec(ROOT, start, *others)], property_spec(vim.ManagedEntity, "name"))
    found = ids(await retrieve(wire, spec))
    assert len(found) == len(set(found))
    assert {f"vm-{vm.number}" for vm in vms} <= set(found)
    hosts = {f"host-{host.number}" for host in world.state.all(Hypervisor) if host.flavor == "esxi"}
    assert hosts <= set(found)
    assert found[0] == "group-d1"


async def test_what_is_skipped_is_walked_through_but_not_told(wire: Wire) -> None:
    inner = step(vim.Datacenter, "vmFolder", skip=False)
    spec = filter_spec(
        [object_spec(ROOT, step(vim.Folder, "childEntity", inner, skip=True), skip=True)], property_spec(vim.ManagedEntity, "name")
    )
    found = await retrieve(wire, spec)
    assert [one.propSet[0].val for one in found] == ["vm"]


async def test_a_parent_can_be_walked_up_to(wire: Wire, vms: list[Vm]) -> None:
    up = step(vim.ManagedEntity, "parent", PC.SelectionSpec(name="up"), name="up")
    spec = filter_spec([object_spec(vim.VirtualMachine(f"vm-{vms[0].number}"), up)], property_spec(vim.ManagedEntity, "name"))
    names = [one.propSet[0].val for one in await retrieve(wire, spec)]
    assert names == [vms[0].name, "vm", names[2], "Datacenters"]


async def test_two_filter_specs_are_answered_one_after_another(wire: Wire, vms: list[Vm]) -> None:
    managed = vim.VirtualMachine(f"vm-{vms[0].number}")
    specs = [filter_spec([object_spec(one)], property_spec(vim.ManagedEntity, "name")) for one in (ROOT, managed)]
    assert ids(await retrieve(wire, *specs)) == ["group-d1", managed._moId]


async def test_a_property_that_no_object_could_have_is_refused(wire: Wire) -> None:
    for path in ("nothing", "config.hardware.nothing", "name.", "config[", ""):
        fault = await refused(
            retrieve(wire, filter_spec([object_spec(ROOT)], property_spec(vim.VirtualMachine, path))), vmodl.query.InvalidProperty
        )
        assert fault.name == path


@pytest.mark.parametrize(
    "selection",
    [
        PC.SelectionSpec(name="nowhere"),
        PC.SelectionSpec(),
        step(vim.Folder, "name"),
        step(vim.Folder, "childEntity", PC.SelectionSpec(name="x")),
    ],
)
async def test_a_traversal_that_leads_nowhere_is_refused(wire: Wire, selection: Any) -> None:
    spec = filter_spec([object_spec(ROOT, selection)], property_spec(vim.Folder, "name"))
    await refused(retrieve(wire, spec), vmodl.fault.InvalidArgument)


async def test_a_traversal_by_an_unknown_property_is_refused(wire: Wire) -> None:
    spec = filter_spec([object_spec(ROOT, step(vim.Folder, "nothing"))], property_spec(vim.Folder, "name"))
    await refused(retrieve(wire, spec), vmodl.query.InvalidProperty)


async def test_an_object_that_is_gone_is_refused_or_left_out(wire: Wire, vms: list[Vm]) -> None:
    await wire.execute(Remove(uid=vms[0].uid))
    gone = object_spec(vim.VirtualMachine(f"vm-{vms[0].number}"))
    there = object_spec(vim.VirtualMachine(f"vm-{vms[1].number}"))
    name = property_spec(vim.ManagedEntity, "name")
    fault = await refused(retrieve(wire, filter_spec([there, gone], name)), vmodl.fault.ManagedObjectNotFound)
    assert fault.obj._moId == f"vm-{vms[0].number}"
    assert ids(await retrieve(wire, filter_spec([there, gone], name, tolerant=True))) == [f"vm-{vms[1].number}"]


async def test_an_answer_is_the_same_from_the_cache_and_follows_changes(wire: Wire, vms: list[Vm]) -> None:
    spec = in_view(await wire.container(vim.VirtualMachine), vim.VirtualMachine, "name", "runtime.powerState")
    first = await retrieve(wire, spec)
    assert [str(one) for one in await retrieve(wire, spec)] == [str(one) for one in first]
    await wire.execute(Edit(uid=vms[3].uid, fields={"name": "renamed"}))
    changed = await retrieve(wire, spec)
    assert [one.propSet[0].val for one in changed][3] == "renamed"
    assert [str(one) for place, one in enumerate(changed) if place != 3] == [str(one) for place, one in enumerate(first) if place != 3]


async def test_pages(wire: Wire, vms: list[Vm]) -> None:
    spec = in_view(await wire.container(vim.VirtualMachine), vim.VirtualMachine, "name")
    page = await wire.call(COLLECTOR, "RetrievePropertiesEx", specSet=[spec], options=PC.RetrieveOptions(maxObjects=7))
    sizes = [len(page.objects)]
    names = [one.propSet[0].val for one in page.objects]
    while page.token:
        used = page.token
        page = await wire.call(COLLECTOR, "ContinueRetrievePropertiesEx", token=used)
        sizes.append(len(page.objects))
        names += [one.propSet[0].val for one in page.objects]
        await refused(wire.call(COLLECTOR, "ContinueRetrievePropertiesEx", token=used), vmodl.fault.InvalidArgument)
    assert names == [vm.name for vm in vms]
    assert max(sizes) == 7
    assert sizes[:-1] == [7] * (len(sizes) - 1)


async def test_a_long_answer_is_sent_while_it_is_made(wire: Wire, vms: list[Vm], monkeypatch: pytest.MonkeyPatch) -> None:
    spec = in_view(await wire.container(vim.VirtualMachine), vim.VirtualMachine, "name")
    options = PC.RetrieveOptions(maxObjects=len(vms) - 1)
    whole = [await retrieve(wire, spec), await wire.call(COLLECTOR, "RetrievePropertiesEx", specSet=[spec], options=options)]
    monkeypatch.setattr("emulators.vsphere.properties.retrieval._AT_ONCE", 1000)
    monkeypatch.setattr("emulators.vsphere.properties.retrieval._PIECE", 300)
    sent = [await retrieve(wire, spec), await wire.call(COLLECTOR, "RetrievePropertiesEx", specSet=[spec], options=options)]
    assert str(sent[0]) == str(whole[0])
    assert str(sent[1].objects) == str(whole[1].objects)
    assert sent[1].token


async def test_a_page_can_be_cancelled(wire: Wire) -> None:
    spec = in_view(await wire.container(vim.VirtualMachine), vim.VirtualMachine, "name")
    page = await wire.call(COLLECTOR, "RetrievePropertiesEx", specSet=[spec], options=PC.RetrieveOptions(maxObjects=1))
    await wire.call(COLLECTOR, "CancelRetrievePropertiesEx", token=page.token)
    for method in ("ContinueRetrievePropertiesEx", "CancelRetrievePropertiesEx"):
        await refused(wire.call(COLLECTOR, method, token=page.token), vmodl.fault.InvalidArgument)


@pytest.mark.parametrize("most", [0, -1])
async def test_a_page_must_have_room(wire: Wire, most: int) -> None:
    spec = filter_spec([object_spec(ROOT)], property_spec(vim.Folder, "name"))
    options = PC.RetrieveOptions(maxObjects=most)
    await refused(wire.call(COLLECTOR, "RetrievePropertiesEx", specSet=[spec], options=options), vmodl.fault.InvalidArgument)


async def test_nothing_selected_is_no_result(wire: Wire) -> None:
    spec = filter_spec([object_spec(ROOT)], property_spec(vim.Task, "info"))
    assert await wire.call(COLLECTOR, "RetrievePropertiesEx", specSet=[spec], options=PC.RetrieveOptions()) is None


async def test_a_stub_reads_one_property_of_an_object(wire: Wire) -> None:
    found = await wire.read(INSTANCE, "content")
    assert found["content"].about.name == "VMware vCenter Server"


async def test_a_client_of_an_older_version_is_not_told_what_it_cannot_know(wire: Wire, services: Services, vms: list[Vm]) -> None:
    selection = f'<objectSet><obj type="VirtualMachine">vm-{vms[0].number}</obj></objectSet>'
    wanted = "<propSet><type>VirtualMachine</type><pathSet>summary</pathSet></propSet>"
    call = f'<_this type="PropertyCollector">propertyCollector</_this><specSet>{wanted}{selection}</specSet>'
    body = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        f'<RetrieveProperties xmlns="urn:vim25">{call}</RetrieveProperties></soapenv:Body></soapenv:Envelope>'
    ).encode()
    new = (await wire.send(body)).body
    old = (await wire.send(body, '"urn:vim25/4.0"')).body
    assert b"<instanceUuid>" in old
    assert len(old) < len(new)
    assert (await wire.send(body)).body == new

"""The method table: who answers, and what is said when nobody does."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from emulators.vsphere.soap import faults
from emulators.vsphere.soap.dispatch import Args, Call, CoverageRow, RegistrationError, Registry
from tests.unit.vsphere.soap.requests import fault_name, read

POWER_OFF = '<PowerOffVM_Task xmlns="urn:vim25"><_this type="{}">x-1</_this></PowerOffVM_Task>'
DESTROY = '<Destroy_Task xmlns="urn:vim25"><_this type="{}">x-1</_this></Destroy_Task>'


@pytest.fixture
def registry() -> Registry:
    """Return a table with one method of a virtual machine and one of every managed entity."""
    table = Registry()

    @table.method(vim.VirtualMachine, "PowerOffVM_Task", quality="client")
    async def power_off(call: Call[str]) -> str:
        return f"{call.context}: {call.target_type.__name__}:{call.target_id} {call.method.wire_name}"

    @table.method(vim.ManagedEntity, "Destroy_Task")
    async def destroy(call: Call[str]) -> str:
        return "entity"

    @table.method(vim.Datacenter, "Destroy_Task", quality="faults")
    async def destroy_datacenter(call: Call[str]) -> str:
        return "datacenter"

    assert power_off is not destroy is not destroy_datacenter
    return table


async def answer(registry: Registry, call: str) -> Any:
    """Dispatch a call."""
    return await registry.dispatch(Call("ctx", read(call)))


async def test_a_registered_method_runs(registry: Registry) -> None:
    assert await answer(registry, POWER_OFF.format("VirtualMachine")) == "ctx: vim.VirtualMachine:x-1 PowerOffVM_Task"


async def test_the_nearest_ancestor_answers(registry: Registry) -> None:
    assert await answer(registry, DESTROY.format("Datacenter")) == "datacenter"
    assert await answer(registry, DESTROY.format("VirtualMachine")) == "entity"
    assert await answer(registry, DESTROY.format("VmwareDistributedVirtualSwitch")) == "entity"


async def test_a_known_method_that_nobody_registered_is_not_supported(registry: Registry) -> None:
    call = '<PowerOnVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-1</_this></PowerOnVM_Task>'
    with pytest.raises(faults.VimFault) as raised:
        await answer(registry, call)
    assert fault_name(raised.value) == "vmodl.fault.NotSupported"


async def test_a_method_of_another_type_is_not_found(registry: Registry) -> None:
    with pytest.raises(faults.VimFault) as raised:
        await answer(registry, POWER_OFF.format("HostSystem"))
    assert fault_name(raised.value) == "vmodl.fault.MethodNotFound"
    assert (raised.value.fault.receiver, raised.value.fault.method) == (vim.HostSystem("x-1"), "PowerOffVM_Task")


@pytest.mark.parametrize(("managed", "wire_name"), [(vim.VirtualMachine, "PowerOffVM"), (vim.HostSystem, "PowerOffVM_Task")])
def test_a_method_that_the_metadata_lacks_cannot_be_registered(managed: Any, wire_name: str) -> None:
    with pytest.raises(RegistrationError, match=f"{managed.__name__} has no method {wire_name}"):
        Registry().method(managed, wire_name)


def test_nothing_is_registered_twice(registry: Registry) -> None:
    async def another(call: Call[str]) -> None:
        raise AssertionError(call)

    with pytest.raises(RegistrationError, match=r"vim\.VirtualMachine\.PowerOffVM_Task is registered twice"):
        registry.method(vim.VirtualMachine, "PowerOffVM_Task")(another)


def test_registering_later_is_noticed(registry: Registry) -> None:
    info = read(DESTROY.format("Folder")).method
    before = registry.find(vim.Folder, info)
    assert before is not None
    assert before.managed is vim.ManagedEntity

    @registry.method(vim.Folder, "Destroy_Task")
    async def destroy_folder(call: Call[str]) -> str:
        return "folder"

    after = registry.find(vim.Folder, info)
    assert after is not None
    assert after.handler is destroy_folder


def test_coverage_lists_every_method_with_the_best_quality(registry: Registry) -> None:
    rows = registry.coverage()
    assert len(rows) >= 1409
    found = {(row.type, row.method): row for row in rows}
    assert found["VirtualMachine", "PowerOffVM_Task"] == CoverageRow(
        "VirtualMachine", "PowerOffVM_Task", "urn:vim25", "vim.version.version1", "client"
    )
    assert found["ManagedEntity", "Destroy_Task"].quality == "faults"
    assert found["VirtualMachine", "PowerOnVM_Task"].quality is None
    assert len(registry.entries()) == 3


def test_arguments_by_name() -> None:
    args = Args({"spec": 1, "name": None})
    assert (args.spec, args["name"], args.as_dict()) == (1, None, {"spec": 1, "name": None})
    with pytest.raises(AttributeError, match="sepc"):
        _ = args.sepc

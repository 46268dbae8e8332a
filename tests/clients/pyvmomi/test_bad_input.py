"""What a client does wrong, and the fault that vCenter has for it; nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import all_of, create_vm, finish, read, reference


def test_an_object_that_never_was(si: Any) -> None:
    with pytest.raises(vmodl.fault.ManagedObjectNotFound) as raised:
        reference(vim.VirtualMachine, "vm-999999", si._stub).PowerOn()
    assert raised.value.obj._moId == "vm-999999"


def test_an_object_of_another_type(si: Any, vm: Any) -> None:
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        read(reference(vim.HostSystem, vm._moId, si._stub), "name")


def test_an_object_that_is_no_more(si: Any, new_vm: Callable[..., Any]) -> None:
    vm = new_vm()
    finish(vm.Destroy())
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        vm.PowerOn()


def test_the_wrong_power_state(vm: Any) -> None:
    with pytest.raises(vim.fault.InvalidPowerState) as raised:
        finish(vm.PowerOff())
    assert (raised.value.existingState, raised.value.requestedState) == ("poweredOff", "poweredOff")
    finish(vm.PowerOn())
    with pytest.raises(vim.fault.InvalidPowerState) as raised:
        finish(vm.Destroy())
    assert raised.value.existingState == "poweredOn"


def test_a_guest_that_does_not_run_takes_no_orders(vm: Any) -> None:
    with pytest.raises(vim.fault.InvalidPowerState):
        vm.ShutdownGuest()


def test_a_name_that_is_taken(si: Any, vm: Any, new_vm: Callable[..., Any]) -> None:
    with pytest.raises(vim.fault.DuplicateName) as raised:
        create_vm(si, vm.name)
    assert (raised.value.name, raised.value.object) == (vm.name, vm)
    other = new_vm()
    with pytest.raises(vim.fault.DuplicateName):
        finish(other.Rename(vm.name))
    with pytest.raises(vim.fault.DuplicateName):
        finish(vm.Clone(vm.parent, vm.name, vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False)))
    folder = vm.parent.CreateFolder("taken")
    with pytest.raises(vim.fault.DuplicateName):
        vm.parent.CreateFolder("taken")
    finish(folder.Destroy())


def test_a_mandatory_argument_that_is_not_there(si: Any, vm: Any) -> None:
    with pytest.raises(TypeError):  # the client's own check; test_raw_soap asks without one
        vm.Rename(None)
    with pytest.raises((vim.fault.InvalidName, vmodl.fault.InvalidArgument)):
        finish(all_of(si, vim.Datacenter)[0].vmFolder.CreateVM_Task(vim.vm.ConfigSpec(), vm.resourcePool))


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"numCPUs": 0}, "numCPUs"),
        ({"numCPUs": 100_000}, "numCPUs"),
        ({"memoryMB": -4}, "memoryMB"),
        ({"memoryMB": 1 << 40}, "memoryMB"),
        ({"numCPUs": 3, "numCoresPerSocket": 2}, "num"),
    ],
)
def test_hardware_that_cannot_be(vm: Any, settings: dict[str, int], field: str) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument) as raised:
        finish(vm.Reconfigure(vim.vm.ConfigSpec(**settings)))
    assert field in str(raised.value.invalidProperty)
    assert (vm.config.hardware.numCPU, vm.config.hardware.memoryMB) == (1, 128)


def test_a_device_that_is_not_there(vm: Any) -> None:
    ghost = vim.vm.device.VirtualDisk(key=2999, controllerKey=1000, unitNumber=0, capacityInKB=1024)
    change = vim.vm.device.VirtualDeviceSpec(operation="remove", device=ghost)
    with pytest.raises(vim.fault.InvalidDeviceSpec) as raised:
        finish(vm.Reconfigure(vim.vm.ConfigSpec(deviceChange=[change])))
    assert raised.value.deviceIndex == 0


@pytest.mark.parametrize("name", ["", "x" * 200])
def test_a_name_that_cannot_be(vm: Any, name: str) -> None:
    before = vm.name
    with pytest.raises((vim.fault.InvalidName, vmodl.fault.InvalidArgument)):
        finish(vm.Rename(name))
    assert vm.name == before


def test_a_snapshot_that_is_not_there(si: Any, vm: Any) -> None:
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        reference(vim.vm.Snapshot, "snapshot-999999", si._stub).Revert()
    with pytest.raises(vim.fault.NotFound):
        finish(vm.RevertToCurrentSnapshot())


def test_more_memory_than_any_host_has(vm: Any) -> None:
    host = vm.resourcePool.owner.host[0]
    finish(vm.Reconfigure(vim.vm.ConfigSpec(memoryMB=host.hardware.memorySize >> 19, memoryReservationLockedToMax=True)))
    with pytest.raises(vim.fault.InsufficientResourcesFault):
        finish(vm.PowerOn())
    assert vm.runtime.powerState == "poweredOff"


def test_an_argument_of_the_wrong_type_never_leaves_the_client_or_is_refused(si: Any, vm: Any) -> None:
    """pyVmomi checks types itself; so the reference is renamed on its way."""
    pool = vim.ResourcePool(vm._moId, si._stub)
    with pytest.raises((vmodl.fault.ManagedObjectNotFound, vmodl.fault.InvalidArgument, vmodl.fault.InvalidRequest)):
        finish(all_of(si, vim.Datacenter)[0].vmFolder.CreateVM_Task(vm_spec("of-a-wrong-type", vm), pool))


def vm_spec(name: str, vm: Any) -> Any:
    """A small VM beside another."""
    return vim.vm.ConfigSpec(name=name, memoryMB=128, numCPUs=1, files=vim.vm.FileInfo(vmPathName=f"[{vm.datastore[0].name}]"))


def test_methods_that_are_not_supported_say_so(si: Any) -> None:
    """Every method of the client's metadata is known: what the emulator does not do answers NotSupported, as the real one may."""
    with pytest.raises(vmodl.fault.NotSupported):
        si.content.ovfManager.ParseDescriptor("<ovf/>", vim.OvfManager.ParseDescriptorParams(deploymentOption="", locale=""))


def test_nothing_of_it_is_an_error_of_the_servers(simulated: Datacenter, si: Any) -> None:
    """After all of the above: what clients do wrong is answered, and no bug was met on the way."""
    assert si.CurrentTime() is not None
    assert "Traceback" not in simulated.log

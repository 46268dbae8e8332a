"""Power of VMs, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.decisions.hosts import SetConnection
from emulators.world.decisions.power import PowerOff
from emulators.world.model import Guest, HaConfig, Vm


async def test_power_goes_off_and_on_and_back_through_suspension(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    for method, state in (
        (vm.SuspendVM_Task, "suspended"),
        (vm.PowerOnVM_Task, "poweredOn"),
        (vm.ResetVM_Task, "poweredOn"),
        (vm.PowerOffVM_Task, "poweredOff"),
    ):
        await vcenter.task(method)
        assert await vcenter.call(lambda: vm.runtime.powerState) == state


async def test_power_on_takes_the_host_that_is_named(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    here = await vcenter.call(lambda: vm.runtime.host)
    cluster = await vcenter.call(lambda: here.parent)
    other = await vcenter.call(lambda: next(host for host in cluster.host if host != here))
    await vcenter.task(vm.PowerOnVM_Task, other)
    assert await vcenter.call(lambda: vm.runtime.host) == other


@pytest.mark.parametrize(
    ("on", "method", "existing", "requested"),
    [
        (True, "PowerOnVM_Task", "poweredOn", "poweredOn"),
        (False, "PowerOffVM_Task", "poweredOff", "poweredOff"),
        (False, "SuspendVM_Task", "poweredOff", "suspended"),
        (False, "ResetVM_Task", "poweredOff", "poweredOn"),
        (False, "ShutdownGuest", "poweredOff", "poweredOn"),
        (False, "RebootGuest", "poweredOff", "poweredOn"),
        (False, "StandbyGuest", "poweredOff", "suspended"),
    ],
)
async def test_a_wrong_power_state_is_told_with_both_states(vcenter: Any, on: bool, method: str, existing: str, requested: str) -> None:
    vm = await vcenter.vm(on=on)
    with pytest.raises(vim.fault.InvalidPowerState) as raised:
        await vcenter.task(getattr(vm, method))
    assert (raised.value.existingState, raised.value.requestedState) == (existing, requested)
    assert str(vars(raised.value)["msg"]).startswith("The attempted operation cannot be performed in the current state (Powered o")


async def test_guest_shutdown_and_reboot(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    await vcenter.task(vm.PowerOffVM_Task)
    await vcenter.task(vm.PowerOnVM_Task)
    await vcenter.call(vm.RebootGuest)
    await vcenter.settled()
    assert await vcenter.call(lambda: vm.runtime.powerState) == "poweredOn"
    await vcenter.call(vm.ShutdownGuest)
    await vcenter.settled()
    assert await vcenter.call(lambda: vm.runtime.powerState) == "poweredOff"


@pytest.mark.parametrize("method", ["ShutdownGuest", "RebootGuest", "StandbyGuest"])
async def test_a_guest_without_tools_cannot_be_asked(vcenter: Any, method: str) -> None:
    vm = await vcenter.vm(on=True)
    await vcenter.change(vm, guest=Guest())
    with pytest.raises(vim.fault.ToolsUnavailable):
        await vcenter.task(getattr(vm, method))


async def test_a_vm_that_is_busy_names_the_task(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    vcenter.hold()
    uid = await vcenter.execute(PowerOff(vm=vcenter.entity(vm).uid))
    with pytest.raises(vim.fault.TaskInProgress) as raised:
        await vcenter.task(vm.SuspendVM_Task)
    assert vcenter.entity(raised.value.task).uid == uid


async def test_a_template_cannot_be_powered(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    await vcenter.call(vm.MarkAsTemplate)
    for method in (vm.PowerOnVM_Task, vm.PowerOffVM_Task, vm.ResetVM_Task, vm.ShutdownGuest):
        with pytest.raises(vmodl.fault.NotSupported):
            await vcenter.task(method)


async def test_power_on_is_refused_where_memory_is_short(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    huge = vim.vm.ConfigSpec(memoryMB=16 << 20, memoryAllocation=vim.ResourceAllocationInfo(reservation=16 << 20))
    await vcenter.task(vm.ReconfigVM_Task, huge)
    with pytest.raises(vim.fault.InsufficientResourcesFault):
        await vcenter.task(vm.PowerOnVM_Task)


async def test_power_on_is_refused_on_a_host_that_is_away(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    host = await vcenter.call(lambda: vm.runtime.host)
    await vcenter.change(await vcenter.call(lambda: host.parent), ha=HaConfig(enabled=False))
    await vcenter.execute(SetConnection(host=vcenter.entity(host).uid, connected=False))
    with pytest.raises(vim.fault.InvalidHostConnectionState) as raised:
        await vcenter.task(vm.PowerOnVM_Task, host)
    assert raised.value.host == host


async def test_what_is_gone_is_not_found(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    await vcenter.task(vm.Destroy_Task)
    assert not [one for one in vcenter.world.state.all(Vm) if one.number == int(vm._moId.removeprefix("vm-"))]
    with pytest.raises(vmodl.fault.ManagedObjectNotFound) as raised:
        await vcenter.task(vm.PowerOnVM_Task)
    assert raised.value.obj == vm

"""Settings of VMs, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.model import Vm

Spec = vim.vm.ConfigSpec


async def test_settings_change_together(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    spec = Spec(
        name="renamed",
        annotation="of the second floor",
        guestId="debian12_64Guest",
        numCPUs=4,
        numCoresPerSocket=2,
        memoryMB=2048,
        cpuAllocation=vim.ResourceAllocationInfo(reservation=500, limit=1000, shares=vim.SharesInfo(level="custom", shares=700)),
        memoryAllocation=vim.ResourceAllocationInfo(reservation=256),
        cpuHotAddEnabled=True,
        memoryHotAddEnabled=True,
        firmware="efi",
        extraConfig=[vim.option.OptionValue(key="guestinfo.role", value="web"), vim.option.OptionValue(key="answer", value=42)],
    )
    await vcenter.task(vm.ReconfigVM_Task, spec)
    config = await vcenter.call(lambda: vm.config)
    assert (config.name, config.annotation, config.guestId, config.firmware) == (
        "renamed",
        "of the second floor",
        "debian12_64Guest",
        "efi",
    )
    assert (config.hardware.numCPU, config.hardware.numCoresPerSocket, config.hardware.memoryMB) == (4, 2, 2048)
    assert (config.cpuAllocation.reservation, config.cpuAllocation.limit, config.cpuAllocation.shares.shares) == (500, 1000, 700)
    assert (config.memoryAllocation.reservation, config.memoryAllocation.limit) == (256, -1)
    assert config.cpuHotAddEnabled is True
    assert config.memoryHotAddEnabled is True
    kept = {option.key: option.value for option in config.extraConfig}
    assert (kept["guestinfo.role"], kept["answer"]) == ("web", "42")

    await vcenter.task(vm.ReconfigVM_Task, Spec(extraConfig=[vim.option.OptionValue(key="answer", value="")]))
    assert "answer" not in {option.key for option in await vcenter.call(lambda: vm.config.extraConfig)}


async def test_hot_add_lets_a_running_vm_grow_only(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    await vcenter.task(vm.ReconfigVM_Task, Spec(numCPUs=2, memoryMB=1024, cpuHotAddEnabled=True, memoryHotAddEnabled=True))
    await vcenter.task(vm.PowerOnVM_Task)
    await vcenter.task(vm.ReconfigVM_Task, Spec(numCPUs=4, memoryMB=2048))
    entity = vcenter.entity(vm)
    assert isinstance(entity, Vm)
    assert (entity.cpus, entity.memory_bytes) == (4, 2048 << 20)
    with pytest.raises(vim.fault.CpuHotPlugNotSupported):
        await vcenter.task(vm.ReconfigVM_Task, Spec(numCPUs=2))
    with pytest.raises(vim.fault.MemoryHotPlugNotSupported):
        await vcenter.task(vm.ReconfigVM_Task, Spec(memoryMB=1024))
    with pytest.raises(vim.fault.InvalidPowerState) as raised:
        await vcenter.task(vm.ReconfigVM_Task, Spec(firmware="efi"))
    assert (raised.value.existingState, raised.value.requestedState) == ("poweredOn", "poweredOff")


async def test_the_change_version_guards_against_lost_updates(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    seen = await vcenter.call(lambda: vm.config.changeVersion)
    await vcenter.task(vm.ReconfigVM_Task, Spec(changeVersion=seen, annotation="mine"))
    with pytest.raises(vim.fault.ConcurrentAccess):
        await vcenter.task(vm.ReconfigVM_Task, Spec(changeVersion=seen, annotation="theirs"))
    assert await vcenter.call(lambda: vm.config.annotation) == "mine"


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        (Spec(numCPUs=0), "configSpec.numCPUs"),
        (Spec(numCPUs=3, numCoresPerSocket=2), "configSpec.numCPUs"),
        (Spec(numCPUs=100_000), "configSpec.numCPUs"),
        (Spec(memoryMB=3), "configSpec.memoryMB"),
        (Spec(memoryMB=1 << 40), "configSpec.memoryMB"),
        (Spec(guestId="toasterGuest"), "configSpec.guestId"),
        (Spec(firmware="coreboot"), "configSpec.firmware"),
        (Spec(version="vmx-99"), "configSpec.version"),
        (Spec(cpuAllocation=vim.ResourceAllocationInfo(reservation=-5)), "configSpec.cpuAllocation.reservation"),
        (Spec(memoryAllocation=vim.ResourceAllocationInfo(limit=10, reservation=20)), "configSpec.memoryAllocation.reservation"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_what_no_vm_can_have_is_named(vcenter: Any, spec: Any, path: str) -> None:
    vm = await vcenter.vm(on=False)
    before = vcenter.entity(vm)
    with pytest.raises(vmodl.fault.InvalidArgument) as raised:
        await vcenter.task(vm.ReconfigVM_Task, spec)
    assert raised.value.invalidProperty == path
    assert raised.value.msg == f"A specified parameter was not correct: {path}"
    assert vcenter.entity(vm) == before


async def test_names_are_checked(vcenter: Any) -> None:
    vm, other = (await vcenter.all(vim.VirtualMachine))[:2]
    taken = await vcenter.call(lambda: other.name)
    for method, argument in ((vm.ReconfigVM_Task, Spec(name=taken)), (vm.Rename_Task, taken)):
        with pytest.raises(vim.fault.DuplicateName) as duplicate:
            await vcenter.task(method, argument)
        assert (duplicate.value.name, duplicate.value.object) == (taken, other)
    for name in ("", "  ", "x" * 81):
        with pytest.raises(vim.fault.InvalidName) as invalid:
            await vcenter.task(vm.Rename_Task, name)
        assert (invalid.value.name, invalid.value.entity) == (name, vm)


async def test_renaming_escapes_slashes(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    await vcenter.task(vm.Rename_Task, "web/1")
    assert await vcenter.call(lambda: vm.name) == "web%2f1"


async def test_a_busy_vm_cannot_be_reconfigured(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    vcenter.hold()
    await vcenter.execute(ReconfigureVm(vm=vcenter.entity(vm).uid, settings=VmSettings(annotation="slow")))
    with pytest.raises(vim.fault.TaskInProgress):
        await vcenter.task(vm.ReconfigVM_Task, Spec(annotation="quick"))


async def test_hardware_is_upgraded_once(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    await vcenter.change(vm, hardware_version=13)
    await vcenter.task(vm.UpgradeVM_Task, "vmx-19")
    assert await vcenter.call(lambda: vm.config.version) == "vmx-19"
    with pytest.raises(vim.fault.AlreadyUpgraded):
        await vcenter.task(vm.UpgradeVM_Task, "vmx-19")
    await vcenter.task(vm.PowerOnVM_Task)
    with pytest.raises(vim.fault.InvalidPowerState):
        await vcenter.task(vm.UpgradeVM_Task)


async def test_fault_tolerance_and_encryption_are_refused(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.task(
            vm.ReconfigVM_Task,
            Spec(
                ftInfo=vim.vm.FaultTolerancePrimaryConfigInfo(
                    role=1, instanceUuids=["1"], configPaths=["x"], secondaries=[vim.VirtualMachine("vm-1")]
                )
            ),
        )

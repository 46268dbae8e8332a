"""Resource pools, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.model import Cluster


def share(cpu: int = 0, memory: int = 0, **more: Any) -> Any:
    """A ResourceConfigSpec that reserves MHz and MiB."""

    def one(reservation: int) -> Any:
        return vim.ResourceAllocationInfo(
            reservation=reservation, limit=-1, expandableReservation=True, shares=vim.SharesInfo(level="normal", shares=0)
        )

    return vim.ResourceConfigSpec(cpuAllocation=one(cpu), memoryAllocation=one(memory), **more)


async def test_pools_are_made_configured_filled_and_dissolved(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    root = await vcenter.call(lambda: vm.resourcePool.owner.resourcePool)
    gold = await vcenter.call(root.CreateResourcePool, "gold", share(1000, 512))
    assert await vcenter.call(lambda: [gold.config.cpuAllocation.reservation, gold.parent, gold.owner]) == [
        1000,
        root,
        await vcenter.call(lambda: root.owner),
    ]
    inner = await vcenter.call(gold.CreateResourcePool, "inner", share())
    await vcenter.call(inner.MoveIntoResourcePool, [vm])
    assert await vcenter.call(lambda: [vm.resourcePool, list(inner.vm)]) == [inner, [vm]]
    await vcenter.call(gold.UpdateConfig, "platinum", share(500, 256))
    assert await vcenter.call(lambda: [gold.name, gold.config.memoryAllocation.reservation]) == ["platinum", 256]
    await vcenter.task(inner.Rename_Task, "deep")
    await vcenter.call(gold.UpdateChildResourceConfiguration, [share(100, entity=inner)])
    assert await vcenter.call(lambda: [inner.name, inner.config.cpuAllocation.reservation]) == ["deep", 100]
    await vcenter.call(root.MoveIntoResourcePool, [inner])
    assert await vcenter.call(lambda: inner.parent) == root
    await vcenter.task(inner.Destroy_Task)
    assert await vcenter.call(lambda: vm.resourcePool) == root
    for name in ("a", "b"):
        await vcenter.call(gold.CreateResourcePool, name, share())
    await vcenter.call(gold.DestroyChildren)
    assert await vcenter.call(lambda: list(gold.resourcePool)) == []


async def test_what_pools_refuse(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    root = await vcenter.call(lambda: vm.resourcePool.owner.resourcePool)
    pool = await vcenter.call(root.CreateResourcePool, "one", share())
    inner = await vcenter.call(pool.CreateResourcePool, "two", share())
    with pytest.raises(vim.fault.DuplicateName) as duplicate:
        await vcenter.call(root.CreateResourcePool, "one", share())
    assert duplicate.value.object == pool
    with pytest.raises(vim.fault.InvalidName):
        await vcenter.call(root.CreateResourcePool, "", share())
    with pytest.raises(vim.fault.InsufficientCpuResourcesFault) as short:
        await vcenter.call(root.CreateResourcePool, "greedy", share(cpu=10**9))
    assert short.value.unreserved > 0
    with pytest.raises(vim.fault.InsufficientMemoryResourcesFault):
        await vcenter.call(pool.UpdateConfig, None, share(memory=10**9))
    with pytest.raises(vmodl.fault.InvalidArgument) as wrong:
        await vcenter.call(root.CreateResourcePool, "bad", share(cpu=-1))
    assert wrong.value.invalidProperty == "spec.cpuAllocation.reservation"
    with pytest.raises(vmodl.fault.InvalidArgument):
        await vcenter.call(inner.MoveIntoResourcePool, [pool])
    for refused in (lambda: root.UpdateConfig("x", None), lambda: root.UpdateConfig(None, share(1))):
        with pytest.raises(vmodl.fault.NotSupported):
            await vcenter.call(refused)
    with pytest.raises(vmodl.fault.NotSupported):
        await vcenter.task(root.Destroy_Task)


async def test_vms_of_another_cluster_stay_out(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    root = await vcenter.call(lambda: vm.resourcePool.owner.resourcePool)
    pool = await vcenter.call(root.CreateResourcePool, "far", share())
    elsewhere = next(one for one in vcenter.world.state.all(Cluster) if one.uid != vcenter.entity(root).parent)
    await vcenter.change(pool, parent=elsewhere.uid)
    with pytest.raises(vmodl.fault.InvalidArgument) as raised:
        await vcenter.call(pool.MoveIntoResourcePool, [vm])
    assert raised.value.invalidProperty == "list"

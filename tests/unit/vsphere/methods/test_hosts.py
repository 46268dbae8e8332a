"""Hosts under an operator's hands, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from emulators.world.model import Blade, BladePower, Cluster, DrsConfig, HaConfig, Hypervisor, Power, Vm


async def busy_host(vcenter: Any) -> Any:
    """A host with a VM that is on."""
    vm = await vcenter.vm(on=True)
    return await vcenter.call(lambda: vm.runtime.host)


def running_on(vcenter: Any, host: Any) -> list[Vm]:
    """The VMs that are on there."""
    return [vm for vm in vcenter.world.state.where(Vm, "host", vcenter.entity(host).uid) if vm.power is Power.ON]


async def test_drs_empties_a_host_for_maintenance(vcenter: Any) -> None:
    host = await busy_host(vcenter)
    await vcenter.task(host.EnterMaintenanceMode_Task, 0)
    assert await vcenter.call(lambda: host.runtime.inMaintenanceMode) is True
    assert running_on(vcenter, host) == []
    with pytest.raises(vim.fault.InvalidState):
        await vcenter.task(host.EnterMaintenanceMode_Task, 0)
    await vcenter.task(host.ExitMaintenanceMode_Task, 0)
    assert await vcenter.call(lambda: host.runtime.inMaintenanceMode) is False
    with pytest.raises(vim.fault.InvalidState):
        await vcenter.task(host.ExitMaintenanceMode_Task, 0)


async def test_powered_off_vms_leave_when_asked(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    host = await vcenter.call(lambda: vm.runtime.host)
    await vcenter.task(host.EnterMaintenanceMode_Task, 0, True)
    assert await vcenter.call(lambda: vm.runtime.host) != host


async def test_without_drs_vms_keep_a_host_out_of_maintenance(vcenter: Any) -> None:
    host = await busy_host(vcenter)
    await vcenter.change(await vcenter.call(lambda: host.parent), drs=DrsConfig(enabled=False))
    before = running_on(vcenter, host)
    with pytest.raises(vim.fault.InvalidState):
        await vcenter.task(host.EnterMaintenanceMode_Task, 0)
    assert running_on(vcenter, host) == before


async def test_connection_goes_and_comes_back(vcenter: Any) -> None:
    host = await busy_host(vcenter)
    with pytest.raises(vim.fault.InvalidHostState):
        await vcenter.task(host.ReconnectHost_Task)
    await vcenter.task(host.DisconnectHost_Task)
    assert await vcenter.call(lambda: host.runtime.connectionState) == "disconnected"
    with pytest.raises(vim.fault.InvalidHostConnectionState):
        await vcenter.task(host.DisconnectHost_Task)
    with pytest.raises(vim.fault.InvalidHostConnectionState):
        await vcenter.task(host.EnterMaintenanceMode_Task, 0)
    await vcenter.task(host.ReconnectHost_Task)
    assert await vcenter.call(lambda: host.runtime.connectionState) == "connected"


async def test_a_reboot_needs_maintenance_mode_or_force(vcenter: Any) -> None:
    host = await busy_host(vcenter)
    with pytest.raises(vim.fault.InvalidHostState):
        await vcenter.task(host.RebootHost_Task, False)
    booted = await vcenter.call(lambda: host.runtime.bootTime)
    await vcenter.task(host.EnterMaintenanceMode_Task, 0)
    await vcenter.task(host.RebootHost_Task, False)
    await vcenter.settled()
    assert await vcenter.call(lambda: host.runtime.connectionState) == "connected"
    assert await vcenter.call(lambda: host.runtime.bootTime) != booted


async def test_a_forced_shutdown_takes_the_blade_and_its_vms_down(vcenter: Any) -> None:
    host = await busy_host(vcenter)
    cluster = next(one for one in vcenter.world.state.all(Cluster) if one.uid == vcenter.entity(host).cluster)
    await vcenter.change(await vcenter.call(lambda: host.parent), ha=HaConfig(enabled=False))
    assert cluster.ha.enabled
    lost = running_on(vcenter, host)
    assert lost
    with pytest.raises(vim.fault.InvalidHostState):
        await vcenter.task(host.ShutdownHost_Task, False)
    await vcenter.task(host.ShutdownHost_Task, True)
    await vcenter.settled()
    entity = vcenter.entity(host)
    assert isinstance(entity, Hypervisor)
    assert vcenter.world.state.get(Blade, entity.blade).power is BladePower.OFF
    assert all(vcenter.world.state.get(Vm, vm.uid).power is Power.OFF for vm in lost)
    with pytest.raises(vim.fault.InvalidHostConnectionState):
        await vcenter.task(host.RebootHost_Task, True)


async def test_memory_overhead_grows_with_the_vm(vcenter: Any) -> None:
    host = (await vcenter.all(vim.HostSystem))[0]
    small = await vcenter.call(host.QueryMemoryOverhead, 1 << 30, None, 1)
    large = await vcenter.call(host.QueryMemoryOverhead, 64 << 30, None, 16)
    assert 0 < small < large

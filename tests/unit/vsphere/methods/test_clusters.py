"""Clusters, their environment, and many VMs at once, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from emulators.world.model import Cluster


async def the_cluster(vcenter: Any) -> Any:
    """The cluster."""
    return (await vcenter.all(vim.ClusterComputeResource))[0]


async def test_ha_and_drs_are_configured(vcenter: Any) -> None:
    cluster, vm = await the_cluster(vcenter), await vcenter.vm(on=True)
    spec = vim.cluster.ConfigSpecEx(
        dasConfig=vim.cluster.DasConfigInfo(
            enabled=True,
            admissionControlEnabled=False,
            failoverLevel=2,
            defaultVmSettings=vim.cluster.DasVmSettings(restartPriority="high"),
        ),
        drsConfig=vim.cluster.DrsConfigInfo(enabled=True, defaultVmBehavior="manual", vmotionRate=5),
        dasVmConfigSpec=[
            vim.cluster.DasVmConfigSpec(
                operation="add",
                info=vim.cluster.DasVmConfigInfo(key=vm, dasSettings=vim.cluster.DasVmSettings(restartPriority="highest")),
            )
        ],
    )
    await vcenter.task(cluster.ReconfigureComputeResource_Task, spec, True)
    entity = vcenter.entity(cluster)
    assert isinstance(entity, Cluster)
    assert (entity.ha.admission_control, entity.ha.failures_to_tolerate, entity.ha.restart_priority) == (False, 2, "high")
    shown = await vcenter.call(lambda: cluster.configurationEx.drsConfig)
    assert (shown.enabled, shown.defaultVmBehavior, shown.vmotionRate) == (True, "manual", 5)
    assert vcenter.entity(vm).restart_priority == "highest"
    remove = vim.cluster.ConfigSpecEx(dasVmConfigSpec=[vim.cluster.DasVmConfigSpec(operation="remove", removeKey=vm)])
    await vcenter.task(cluster.ReconfigureComputeResource_Task, remove, True)
    assert vcenter.entity(vm).restart_priority == ""
    off = vim.cluster.ConfigSpecEx(
        dpmConfig=vim.cluster.DpmConfigInfo(enabled=False), vsanConfig=vim.vsan.cluster.ConfigInfo(enabled=False)
    )
    await vcenter.task(cluster.ReconfigureComputeResource_Task, off, False)
    assert vcenter.entity(cluster).drs.enabled is False


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        (vim.cluster.ConfigSpecEx(drsConfig=vim.cluster.DrsConfigInfo(vmotionRate=9)), vmodl.fault.InvalidArgument),
        (vim.cluster.ConfigSpecEx(dasConfig=vim.cluster.DasConfigInfo(failoverLevel=-1)), vmodl.fault.InvalidArgument),
        (
            vim.cluster.ConfigSpecEx(
                dasConfig=vim.cluster.DasConfigInfo(defaultVmSettings=vim.cluster.DasVmSettings(restartPriority="urgent"))
            ),
            vmodl.fault.InvalidArgument,
        ),
        (vim.cluster.ConfigSpecEx(dpmConfig=vim.cluster.DpmConfigInfo(enabled=True)), vmodl.fault.NotSupported),
    ],
)
async def test_settings_that_no_cluster_has(vcenter: Any, spec: Any, fault: Any) -> None:
    cluster = await the_cluster(vcenter)
    before = vcenter.entity(cluster)
    with pytest.raises(fault):
        await vcenter.task(cluster.ReconfigureComputeResource_Task, spec, True)
    assert vcenter.entity(cluster) == before


async def test_hosts_are_recommended_as_long_as_they_can_run_the_vm(vcenter: Any) -> None:
    cluster, vm = await the_cluster(vcenter), await vcenter.vm(on=False)
    found = await vcenter.call(cluster.RecommendHostsForVm, vm)
    hosts = await vcenter.call(lambda: list(cluster.host))
    assert {one.host for one in found} == set(hosts)
    assert [one.rating for one in found] == sorted((one.rating for one in found), reverse=True)
    await vcenter.task(hosts[0].EnterMaintenanceMode_Task, 0)
    assert hosts[0] not in {one.host for one in await vcenter.call(cluster.RecommendHostsForVm, vm)}


async def test_many_vms_are_powered_on_and_those_that_cannot_be_say_why(vcenter: Any) -> None:
    datacenter, off = (await vcenter.all(vim.Datacenter))[0], await vcenter.vm(on=False)
    on = await vcenter.vm(on=True)
    result = await vcenter.task(datacenter.PowerOnMultiVM_Task, [off, on])
    assert [one.vm for one in result.attempted] == [off]
    assert isinstance(result.attempted[0].task, vim.Task)
    (refused,) = result.notAttempted
    assert refused.vm == on
    assert isinstance(refused.fault, vim.fault.InvalidPowerState)
    await vcenter.settled()
    assert await vcenter.call(lambda: off.runtime.powerState) == "poweredOn"


async def test_the_environment_is_what_the_hosts_have(vcenter: Any) -> None:
    cluster, vm = await the_cluster(vcenter), await vcenter.vm(on=True)
    browser = await vcenter.call(lambda: cluster.environmentBrowser)
    target = await vcenter.call(browser.QueryConfigTarget, None)
    assert {one.name for one in target.datastore} == set(await vcenter.call(lambda: [one.name for one in cluster.datastore]))
    assert target.numCpus >= target.numCpuCores > 0
    versions = await vcenter.call(browser.QueryConfigOptionDescriptor)
    assert [one.key for one in versions if one.defaultConfigOption] == ["vmx-21"]
    own = await vcenter.call(lambda: vm.environmentBrowser)
    here = await vcenter.call(lambda: vm.runtime.host)
    there = await vcenter.call(lambda: next(one for one in cluster.host if one != here))
    assert (await vcenter.call(own.QueryConfigTarget, here)).maxMemMBOptimalPerf > 0
    with pytest.raises(vmodl.fault.InvalidArgument):
        await vcenter.call(own.QueryConfigTarget, there)


async def test_what_a_new_vm_can_be_made_of(vcenter: Any) -> None:
    browser = await vcenter.call(lambda: vcenter.objects(vim.ClusterComputeResource)[0].environmentBrowser)
    option = await vcenter.call(browser.QueryConfigOption, None, None)
    assert option.version == "vmx-21"
    assert len({guest.id for guest in option.guestOSDescriptor}) > 50
    one = await vcenter.call(
        browser.QueryConfigOptionEx, vim.EnvironmentBrowser.ConfigOptionQuerySpec(key="vmx-19", guestId=["debian12_64Guest"])
    )
    assert (one.version, [guest.fullName for guest in one.guestOSDescriptor]) == ("vmx-19", ["Debian GNU/Linux 12 (64-bit)"])
    for wrong in (
        lambda: browser.QueryConfigOption("vmx-12", None),
        lambda: browser.QueryConfigOption("nonsense", None),
        lambda: browser.QueryConfigOptionEx(vim.EnvironmentBrowser.ConfigOptionQuerySpec(guestId=["toasterGuest"])),
    ):
        with pytest.raises(vmodl.fault.InvalidArgument):
            await vcenter.call(wrong)

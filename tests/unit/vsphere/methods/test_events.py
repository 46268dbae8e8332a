"""Event history, through pyVmomi."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl
from pyVmomi.SoapAdapter import SoapStubAdapter

from dcsim.events import Actor
from emulators.vsphere.events.log import EventLog
from emulators.vsphere.events.wording import WORDS
from emulators.world.decisions.hosts import SetConnection, SetMaintenance
from emulators.world.decisions.power import PowerOff, ReportMachine
from emulators.world.model import Power, Vm

Spec = vim.event.EventFilterSpec
USER, PASSWORD = "administrator@vsphere.local", "VMware1!"


def about(entity: Any, recursion: str = "self", **more: Any) -> Any:
    """A filter by entity."""
    return Spec(entity=Spec.ByEntity(entity=entity, recursion=recursion), **more)


async def query(vcenter: Any, spec: Any) -> list[Any]:
    """The events that fit."""
    return list(await vcenter.call(lambda: vcenter.si.content.eventManager.QueryEvents(spec)))


def kinds(events: list[Any]) -> list[str]:
    """The names of their classes."""
    return [type(one).__name__.removeprefix("vim.event.") for one in events]


async def test_what_was_done_behind_the_apis_back_is_told(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    report = ReportMachine(vm=vcenter.entity(vm).uid, power=Power.OFF, reason="the container was changed outside dc-sim (exit code 137)")
    await vcenter.world.execute(report, Actor(principal="outside", api="machines"))
    off = (await query(vcenter, about(vm)))[-1]
    assert (kinds([off]), off.userName) == (["VmPoweredOffEvent"], "")
    assert off.fullFormattedMessage.endswith(" is powered off: the container was changed outside dc-sim (exit code 137)")


async def test_a_day_of_a_vm_is_told_in_vcenters_words(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    name, host, datacenter = await vcenter.call(lambda: (vm.name, vm.runtime.host.name, vcenter.objects(vim.Datacenter)[0].name))
    await vcenter.task(vm.PowerOffVM_Task)
    await vcenter.task(vm.ReconfigVM_Task, vim.vm.ConfigSpec(numCPUs=8))
    await vcenter.task(vm.Rename_Task, "other")
    events = await query(vcenter, about(vm))
    assert kinds(events) == ["TaskEvent", "VmPoweredOffEvent", "TaskEvent", "VmReconfiguredEvent", "TaskEvent", "VmRenamedEvent"]
    off, reconfigured, renamed = events[1], events[3], events[5]
    assert off.fullFormattedMessage == f"{name} on {host} in {datacenter} is powered off"
    assert (off.userName, off.vm.vm, off.vm.name, off.host.name) == ("VSPHERE.LOCAL\\Administrator", vm, name, host)
    assert (off.datacenter.name, off.ds.name) == (datacenter, await vcenter.call(lambda: vm.datastore[0].name))
    assert events[0].fullFormattedMessage == "Task: Power Off virtual machine"
    assert events[0].info.descriptionId == "VirtualMachine.powerOff"
    assert events[0].chainId == off.chainId == events[0].info.eventChainId
    assert reconfigured.configSpec.numCPUs == 8
    assert reconfigured.configChanges.modified.endswith("-> 8;")
    assert (renamed.oldName, renamed.newName) == (name, "other")
    assert renamed.fullFormattedMessage == f"Renamed other from {name} to other in {datacenter}"
    assert [one.key for one in events] == sorted({one.key for one in events})


async def _off_and_on(vcenter: Any, vm: Any) -> None:
    await vcenter.task(vm.SuspendVM_Task)
    await vcenter.task(vm.PowerOnVM_Task)
    await vcenter.task(vm.ResetVM_Task)


async def _guest(vcenter: Any, vm: Any) -> None:
    await vcenter.task(vm.PowerOffVM_Task)
    await vcenter.task(vm.PowerOnVM_Task)
    await vcenter.call(vm.RebootGuest)
    await vcenter.settled()
    await vcenter.call(vm.ShutdownGuest)
    await vcenter.settled()


async def _move(vcenter: Any, vm: Any) -> None:
    here = await vcenter.call(lambda: vm.runtime.host)
    there = await vcenter.call(lambda: next(one for one in here.parent.host if one != here))
    await vcenter.task(vm.MigrateVM_Task, None, there, "defaultPriority")
    root = await vcenter.call(lambda: vm.resourcePool)
    spec = vim.ResourceConfigSpec(cpuAllocation=vim.ResourceAllocationInfo(), memoryAllocation=vim.ResourceAllocationInfo())
    pool = await vcenter.call(root.CreateResourcePool, "pool", spec)
    await vcenter.call(pool.MoveIntoResourcePool, [vm])


async def _go(vcenter: Any, vm: Any) -> None:
    await vcenter.task(vm.PowerOffVM_Task)
    await vcenter.task(vm.Destroy_Task)


@pytest.mark.parametrize(
    ("story", "told"),
    [
        (_off_and_on, ["VmSuspendedEvent", "VmPoweredOnEvent", "VmResettingEvent"]),
        (_guest, ["VmPoweredOffEvent", "VmPoweredOnEvent", "VmGuestRebootEvent", "VmGuestShutdownEvent", "VmPoweredOffEvent"]),
        (_move, ["VmMigratedEvent", "VmResourcePoolMovedEvent"]),
        (_go, ["VmPoweredOffEvent", "VmRemovedEvent"]),
    ],
)
async def test_what_happens_to_a_vm_has_its_events(vcenter: Any, story: Callable[..., Any], told: list[str]) -> None:
    vm = await vcenter.vm(on=True)
    name = await vcenter.call(lambda: vm.name)
    await story(vcenter, vm)
    events = [one for one in await query(vcenter, Spec()) if one.vm is not None and one.vm.name == name]
    assert [one for one in kinds(events) if one != "TaskEvent"] == told
    assert all(one.fullFormattedMessage for one in events)


async def test_clones_templates_and_failures(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    folder, pool = await vcenter.call(lambda: (vm.parent, vm.resourcePool))
    spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False)
    clone = await vcenter.task(vm.CloneVM_Task, folder, "twin", spec)
    (cloned,) = await query(vcenter, about(clone))
    assert kinds([cloned]) == ["VmClonedEvent"]
    assert cloned.sourceVm.vm == vm
    assert cloned.userName == "VSPHERE.LOCAL\\Administrator"
    await vcenter.call(vm.MarkAsTemplate)
    spec.location.pool = pool
    deployed = await vcenter.task(vm.CloneVM_Task, folder, "deployed", spec)
    assert kinds(await query(vcenter, about(deployed))) == ["VmDeployedEvent"]
    with pytest.raises(vim.fault.InvalidPowerState):
        await vcenter.task(clone.PowerOffVM_Task)
    failed = (await query(vcenter, about(clone, eventTypeId=["VmFailedToPowerOffEvent"])))[0]
    assert isinstance(failed.reason, vim.fault.InvalidPowerState)
    assert failed.fullFormattedMessage.startswith("Cannot power off twin on ")


async def test_hosts_pools_and_datacenters_are_told(vcenter: Any) -> None:
    host = (await vcenter.all(vim.HostSystem))[0]
    uid = vcenter.entity(host).uid
    for vm in vcenter.world.state.where(Vm, "host", uid):
        if vm.power == "on":
            await vcenter.execute(PowerOff(vm=vm.uid))
    await vcenter.settled()
    for maintenance in (True, False):
        await vcenter.execute(SetMaintenance(host=uid, maintenance=maintenance))
    for connected in (False, True):
        await vcenter.execute(SetConnection(host=uid, connected=connected))
    assert kinds(await query(vcenter, about(host))) == [
        "EnteredMaintenanceModeEvent",
        "ExitMaintenanceModeEvent",
        "HostDisconnectedEvent",
        "HostConnectedEvent",
    ]
    root = await vcenter.call(lambda: vcenter.si.content.rootFolder)
    made = await vcenter.call(root.CreateDatacenter, "dc9")
    await vcenter.task(made.Rename_Task, "dc10")
    events = await query(vcenter, about(made))
    assert [one for one in kinds(events) if one != "TaskEvent"] == ["DatacenterCreatedEvent", "DatacenterRenamedEvent"]
    assert events[0].fullFormattedMessage == "Created datacenter dc9 in folder Datacenters"


async def test_filters(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    host, root = await vcenter.call(lambda: (vm.runtime.host, vcenter.si.content.rootFolder))
    start = vcenter.world.clock.now()
    await vcenter.task(vm.PowerOffVM_Task)
    everything = await query(vcenter, Spec())
    assert kinds(everything)[-2:] == ["TaskEvent", "VmPoweredOffEvent"]
    wanted: list[tuple[Any, int]] = [
        (about(vm), 2),
        (about(host), 0),
        (about(host, "children"), 2),
        (about(host, "all"), 2),
        (about(root, "all", maxCount=1), 1),
        (Spec(eventTypeId=["VmPoweredOffEvent"]), 1),
        (Spec(eventTypeId=["vim.event.VmPoweredOffEvent"]), 1),
        (Spec(eventTypeId=["VmEvent"]), 1),
        (Spec(type=[vim.event.VmPoweredOffEvent]), 1),
        (Spec(category=["error"]), 0),
        (about(vm, category=["info"]), 2),
        (about(vm, userName=Spec.ByUsername(systemUser=False, userList=["VSPHERE.LOCAL\\Administrator"])), 2),
        (about(vm, userName=Spec.ByUsername(systemUser=False, userList=["nobody"])), 0),
        (about(vm, time=Spec.ByTime(beginTime=start)), 2),
        (about(vm, time=Spec.ByTime(endTime=start - timedelta(seconds=1))), 0),
        (Spec(eventChainId=everything[-1].chainId), 2),
    ]
    for spec, count in wanted:
        assert len(await query(vcenter, spec)) == count, spec
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await query(vcenter, about(vim.VirtualMachine("vm-99999")))


async def test_a_collector_reads_back_and_forth(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    manager = await vcenter.call(lambda: vcenter.si.content.eventManager)
    collector = await vcenter.call(manager.CreateCollectorForEvents, about(vm))
    assert await vcenter.call(lambda: list(collector.latestPage)) == []
    await vcenter.task(vm.SuspendVM_Task)
    await vcenter.task(vm.PowerOnVM_Task)
    page = await vcenter.call(lambda: list(collector.latestPage))
    assert kinds(page) == ["VmPoweredOnEvent", "TaskEvent", "VmSuspendedEvent", "TaskEvent"]
    assert kinds(await vcenter.call(collector.ReadNextEvents, 3)) == ["TaskEvent", "VmSuspendedEvent", "TaskEvent"]
    assert kinds(await vcenter.call(collector.ReadNextEvents, 3)) == ["VmPoweredOnEvent"]
    assert await vcenter.call(collector.ReadNextEvents, 3) == []
    assert kinds(await vcenter.call(collector.ReadPreviousEvents, 2)) == ["VmPoweredOnEvent", "TaskEvent"]
    await vcenter.call(collector.SetCollectorPageSize, 1)
    assert kinds(await vcenter.call(lambda: list(collector.latestPage))) == ["VmPoweredOnEvent"]
    await vcenter.call(collector.ResetCollector)
    assert kinds(await vcenter.call(collector.ReadPreviousEvents, 1)) == ["TaskEvent"]
    await vcenter.call(collector.RewindCollector)
    assert len(await vcenter.call(collector.ReadNextEvents, 100)) == 4
    assert (await vcenter.call(lambda: collector.filter)).entity.entity == vm
    for wrong in (
        lambda: collector.ReadNextEvents(0),
        lambda: collector.SetCollectorPageSize(0),
        lambda: collector.SetCollectorPageSize(1001),
    ):
        with pytest.raises(vmodl.fault.InvalidArgument) as raised:
            await vcenter.call(wrong)
        assert raised.value.invalidProperty == "maxCount"
    await vcenter.call(collector.DestroyCollector)
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await vcenter.call(collector.RewindCollector)


async def test_a_session_has_so_many_collectors(vcenter: Any) -> None:
    manager = await vcenter.call(lambda: vcenter.si.content.eventManager)
    for _ in range(await vcenter.call(lambda: manager.maxCollector)):
        await vcenter.call(manager.CreateCollectorForEvents, Spec())
    with pytest.raises(vim.fault.InvalidState):
        await vcenter.call(manager.CreateCollectorForEvents, Spec())


async def test_clients_log_events_of_their_own(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    manager = await vcenter.call(lambda: vcenter.si.content.eventManager)
    await vcenter.call(manager.LogUserEvent, vm, "change 4711 begins")
    extended = vim.event.EventEx(
        eventTypeId="org.example.backup",
        severity="warning",
        message="no backup for a week",
        objectId=vm._moId,
        objectType=vim.VirtualMachine,
        key=0,
        chainId=0,
        createdTime=vcenter.world.clock.now(),
        userName="x",
    )
    await vcenter.call(manager.PostEvent, extended)
    user, posted = await query(vcenter, about(vm))
    assert (user.fullFormattedMessage, user.entity.entity) == ("User logged event: change 4711 begins", vm)
    assert (posted.eventTypeId, posted.severity, posted.message) == ("org.example.backup", "warning", "no backup for a week")
    assert posted.userName == "VSPHERE.LOCAL\\Administrator"
    assert len(await query(vcenter, Spec(eventTypeId=["org.example.backup"]))) == 1
    assert await vcenter.call(lambda: manager.latestEvent.key) == posted.key
    off = vim.event.VmPoweredOffEvent(key=0, chainId=0, createdTime=vcenter.world.clock.now(), userName="x", template=False)
    with pytest.raises(vim.fault.InvalidEvent):
        await vcenter.call(manager.PostEvent, off)
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await vcenter.call(manager.LogUserEvent, vim.VirtualMachine("vm-99999"), "x")


async def test_arguments_and_words_are_described(vcenter: Any) -> None:
    manager = await vcenter.call(lambda: vcenter.si.content.eventManager)
    described = await vcenter.call(manager.RetrieveArgumentDescription, "vim.event.VmRenamedEvent")
    assert {one.name for one in described} == {"template", "oldName", "newName"}
    with pytest.raises(vmodl.fault.InvalidArgument):
        await vcenter.call(manager.RetrieveArgumentDescription, "vim.event.Nonsense")
    description = await vcenter.call(lambda: manager.description)
    assert {one.key for one in description.category} == {"info", "warning", "error", "user"}
    assert len(description.eventInfo) == len(WORDS)


async def test_events_survive_a_restart(vcenter: Any) -> None:
    vm, other = (await vcenter.all(vim.VirtualMachine))[:2]
    name = await vcenter.call(lambda: other.name)
    await _off_and_on(vcenter, await vcenter.vm(on=True))
    await vcenter.task(vm.ReconfigVM_Task, vim.vm.ConfigSpec(annotation="kept"))
    if await vcenter.call(lambda: other.runtime.powerState) == "poweredOn":
        await vcenter.task(other.PowerOffVM_Task)
    await vcenter.task(other.Destroy_Task)
    live = await query(vcenter, Spec())
    again = EventLog(vcenter.services.properties)
    recalled = [event for told in again if (event := again.event(told)) is not None]
    assert kinds(recalled) == kinds(live)
    for new, old in zip(recalled, live, strict=True):
        assert (new.key, new.chainId, new.userName, new.createdTime) == (old.key, old.chainId, old.userName, old.createdTime)
        if not isinstance(new, vim.event.TaskEvent):
            assert new.fullFormattedMessage == old.fullFormattedMessage
    assert any(one.fullFormattedMessage.startswith(f"Removed {name} on ") for one in recalled)


async def test_clients_are_seen_coming_and_going(vcenter: Any) -> None:
    def visit() -> None:
        Disconnect(SmartConnect(protocol="http", host="127.0.0.1", port=vcenter.port, user=USER, pwd=PASSWORD))

    def fail() -> None:
        stub: Any = SoapStubAdapter("127.0.0.1", -vcenter.port, path="/sdk", version="vim.version.version9")  # negative: without TLS
        try:
            content: Any = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
            content.sessionManager.Login("mallory", "guess", None)
        finally:
            stub.DropConnections()

    await vcenter.call(visit)
    with pytest.raises(vim.fault.InvalidLogin):
        await vcenter.call(fail)
    first, came, went, refused = await query(vcenter, Spec(eventTypeId=["SessionEvent"]))
    assert kinds([first, came, went, refused]) == [
        "UserLoginSessionEvent",
        "UserLoginSessionEvent",
        "UserLogoutSessionEvent",
        "BadUsernameSessionEvent",
    ]
    assert came.fullFormattedMessage.startswith("User VSPHERE.LOCAL\\Administrator@127.0.0.1 logged in as pyvmomi")
    assert (went.sessionId, went.loginTime is not None) == (came.sessionId, True)
    assert refused.fullFormattedMessage == "Cannot login mallory@127.0.0.1"

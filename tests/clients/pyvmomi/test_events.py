"""What happened, as EventManager tells it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pyVmomi import vim

from tests.clients.harness import Datacenter, wait_until
from tests.clients.pyvmomi.session import finish


def told(si: Any, entity: Any) -> list[Any]:
    """Events of an entity, oldest first."""
    by_entity = vim.event.EventFilterSpec.ByEntity(entity=entity, recursion="self")
    return sorted(si.content.eventManager.QueryEvents(vim.event.EventFilterSpec(entity=by_entity)), key=lambda event: event.key)


def test_a_vms_life_is_told_in_order(si: Any, vm: Any) -> None:
    finish(vm.PowerOn())
    finish(vm.Reconfigure(vim.vm.ConfigSpec(annotation="changed")))
    finish(vm.PowerOff())
    kinds = [type(event) for event in told(si, vm)]
    life = [vim.event.VmCreatedEvent, vim.event.VmPoweredOnEvent, vim.event.VmReconfiguredEvent, vim.event.VmPoweredOffEvent]
    assert [kind for kind in kinds if kind in life] == life


def test_an_event_names_who_where_and_when(si: Any, vm: Any) -> None:
    finish(vm.PowerOn())
    event: Any = next(event for event in told(si, vm) if isinstance(event, vim.event.VmPoweredOnEvent))
    assert (event.userName, event.vm.vm, event.vm.name, event.host.host) == ("VSPHERE.LOCAL\\Administrator", vm, vm.name, vm.runtime.host)
    assert event.datacenter.name in event.fullFormattedMessage
    assert vm.name in event.fullFormattedMessage
    assert abs(event.createdTime - si.CurrentTime()) < timedelta(minutes=1)


def test_filters_select_by_type_and_by_time(si: Any, vm: Any) -> None:
    finish(vm.PowerOn())
    finish(vm.PowerOff())
    manager = si.content.eventManager
    only = manager.QueryEvents(vim.event.EventFilterSpec(eventTypeId=["VmPoweredOffEvent"]))
    assert {type(event) for event in only} == {vim.event.VmPoweredOffEvent}
    later = vim.event.EventFilterSpec.ByTime(beginTime=si.CurrentTime() + timedelta(hours=1))
    assert manager.QueryEvents(vim.event.EventFilterSpec(time=later)) == []


def test_a_collector_pages_back_and_forth(si: Any, vm: Any) -> None:
    finish(vm.PowerOn())
    collector = si.content.eventManager.CreateCollectorForEvents(vim.event.EventFilterSpec())
    collector.ResetCollector()
    newest = collector.ReadPreviousEvents(2)
    older = collector.ReadPreviousEvents(2)
    assert {event.key for event in newest}.isdisjoint({event.key for event in older})
    assert min(event.key for event in newest) > max(event.key for event in older)
    assert len(collector.latestPage) > 2
    collector.DestroyCollector()


def test_a_host_that_crashes_is_told_of(si: Any, simulated: Datacenter) -> None:
    fault = simulated.rest("POST", "/sim/inject/host-crash", {"subject": "esx-01.ams1"})
    try:
        by_type = vim.event.EventFilterSpec(eventTypeId=["HostConnectionLostEvent"])
        lost = wait_until(lambda: si.content.eventManager.QueryEvents(by_type), "HostConnectionLostEvent")
        assert lost[-1].host.name == "esx-01.ams1"
    finally:
        simulated.rest("DELETE", f"/sim/faults/{fault['uid']}")

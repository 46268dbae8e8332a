"""Waits that are cancelled, taken over, torn off or ended; filters and collectors of one's own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from dcsim.events import Actor
from emulators.vsphere.call import Services
from emulators.vsphere.objects import Object
from emulators.vsphere.properties.view import View
from emulators.world.model import Vm
from tests.unit.vsphere.core.watcher import Watcher, moid
from tests.unit.vsphere.core.wire import (
    COLLECTOR,
    PC,
    ROOT,
    SESSION_MANAGER,
    Edit,
    Wire,
    filter_spec,
    object_spec,
    property_spec,
    refused,
)


async def test_a_wait_can_be_cancelled(watcher: Watcher) -> None:
    await watcher.vms("name")
    await watcher.hear()
    waiting = asyncio.create_task(watcher.hear(seconds=60))
    await asyncio.sleep(0.02)
    await watcher.wire.call(COLLECTOR, "CancelWaitForUpdates")
    await refused(waiting, vmodl.fault.RequestCanceled)
    assert await watcher.hear() == []


async def test_a_second_wait_ends_the_first(watcher: Watcher) -> None:
    await watcher.vms("name")
    await watcher.hear()
    first = asyncio.create_task(watcher.hear(seconds=60))
    await asyncio.sleep(0.02)
    assert await watcher.hear() == []
    await refused(first, vmodl.fault.RequestCanceled)


@pytest.mark.parametrize("again", [False, True], ids=["first", "later"])
async def test_a_second_wait_in_the_middle_of_an_answer_loses_nothing(
    watcher: Watcher, vms: list[Vm], monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    monkeypatch.setattr("emulators.vsphere.pace.SLICE", 0)
    await watcher.vms("name")
    expected = {moid(vm): vm.name for vm in vms}
    if again:
        await watcher.hear()
        for vm in vms:
            await watcher.wire.execute(Edit(uid=vm.uid, fields={"name": f"new-{vm.name}"}))
        expected = {moid(vm): f"new-{vm.name}" for vm in vms}
    first = asyncio.create_task(watcher.hear(seconds=60))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not first.done()
    heard = await watcher.hear()
    assert {one: changes["name"] for _, one, changes in heard} == expected
    await refused(first, vmodl.fault.RequestCanceled)
    assert await watcher.hear() == []


async def test_a_wait_that_is_torn_off_in_the_middle_of_an_answer_tells_all_again(
    watcher: Watcher, vms: list[Vm], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulators.vsphere.pace.SLICE", 0)
    await watcher.vms("name")
    torn = asyncio.create_task(watcher.hear(seconds=60))
    for _ in range(5):
        await asyncio.sleep(0)
    torn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await torn
    assert sorted(one for _, one, _ in await watcher.hear()) == sorted(moid(vm) for vm in vms)


async def test_a_filter_that_goes_in_the_middle_of_an_answer_leaves_nothing_behind(
    watcher: Watcher, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulators.vsphere.pace.SLICE", 0)
    for turns in range(1, 12):
        made = await watcher.vms("name")
        watcher.version = ""
        waiting = asyncio.create_task(watcher.hear())
        for _ in range(turns):
            await asyncio.sleep(0)
        await watcher.wire.call(made, "DestroyPropertyFilter")
        await waiting
        rows = [row for home in services.properties.fragments._homes.values() for row in home.values()]
        assert not any(row.pins for row in rows)


async def test_logout_ends_a_wait(watcher: Watcher) -> None:
    await watcher.vms("name")
    await watcher.hear()
    waiting = asyncio.create_task(watcher.hear(seconds=60))
    await asyncio.sleep(0.02)
    await watcher.wire.call(SESSION_MANAGER, "Logout")
    await refused(waiting, vim.fault.NotAuthenticated)


async def test_a_wait_whose_client_has_hung_up_ends(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulators.vsphere.properties.collector._LOOK_SECONDS", 0.05)
    hung_up = asyncio.Event()
    wire = Wire(services, gone=hung_up.is_set)
    await wire.login()
    watcher = Watcher(wire)
    waiting = asyncio.create_task(watcher.hear(seconds=60))
    await asyncio.sleep(0.02)
    hung_up.set()
    async with asyncio.timeout(1):
        assert await waiting == []


async def test_a_collector_of_ones_own_has_its_own_versions(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name")
    await watcher.hear()
    own = await watcher.wire.call(COLLECTOR, "CreatePropertyCollector")
    spec = filter_spec([object_spec(ROOT)], property_spec(vim.Folder, "name"))
    made = await watcher.wire.call(own, "CreateFilter", spec=spec, partialUpdates=False)
    assert [one._moId for one in (await watcher.wire.read(own, "filter"))["filter"]] == [made._moId]
    assert (await watcher.wire.read(made, "spec"))["spec"].objectSet[0].obj._moId == "group-d1"
    update = await watcher.wire.call(own, "WaitForUpdatesEx", version="", options=None)
    assert update.filterSet[0].filter._moId == made._moId
    waiting = asyncio.create_task(watcher.wire.call(own, "WaitForUpdatesEx", version=update.version, options=None))
    await asyncio.sleep(0.02)
    await watcher.wire.call(own, "DestroyPropertyCollector")
    await refused(waiting, vmodl.fault.RequestCanceled)
    await refused(watcher.wire.read(made, "spec"), vmodl.fault.ManagedObjectNotFound)
    assert await watcher.hear() == []


async def test_partial_updates_name_what_is_inside(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("config", partial=True)
    await watcher.hear()
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"annotation": "noted", "extra_config": {"guestinfo.x": "1"}}))
    [(kind, object_id, changes)] = await watcher.hear()
    assert (kind, object_id) == ("modify", moid(vms[0]))
    assert changes["config.annotation"] == "noted"
    assert "config" not in changes
    assert 'config.extraConfig["guestinfo.x"]' in changes
    assert changes['config.extraConfig["guestinfo.x"]'] == "add"
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"extra_config": {"guestinfo.x": "2"}}))
    assert (await watcher.hear())[0][2]['config.extraConfig["guestinfo.x"].value'] == "2"


async def test_missing_objects_are_told_once(watcher: Watcher, vms: list[Vm]) -> None:
    gone = vim.VirtualMachine("vm-999999")
    there = vim.VirtualMachine(moid(vms[0]))
    name = property_spec(vim.VirtualMachine, "name")
    await refused(watcher.watch(filter_spec([object_spec(gone)], name)), vmodl.fault.ManagedObjectNotFound)
    await watcher.watch(filter_spec([object_spec(gone), object_spec(there)], name, tolerant=True))
    update = await watcher.wire.call(COLLECTOR, "WaitForUpdatesEx", version="", options=None)
    assert [one.obj._moId for one in update.filterSet[0].missingSet] == ["vm-999999"]
    assert isinstance(update.filterSet[0].missingSet[0].fault, vmodl.fault.ManagedObjectNotFound)
    watcher.version = update.version
    assert await watcher.hear() == []


@pytest.mark.parametrize(
    "options", [PC.WaitOptions(maxWaitSeconds=-1), PC.WaitOptions(maxObjectUpdates=0), PC.WaitOptions(maxObjectUpdates=-5)]
)
async def test_options_must_make_sense(watcher: Watcher, options: Any) -> None:
    call = watcher.wire.call(COLLECTOR, "WaitForUpdatesEx", version="", options=options)
    await refused(call, vmodl.fault.InvalidArgument)


async def test_a_spec_that_is_wrong_makes_no_filter(watcher: Watcher) -> None:
    await refused(watcher.watch(filter_spec([object_spec(ROOT)], property_spec(vim.Folder, "nothing"))), vmodl.query.InvalidProperty)
    assert list((await watcher.wire.read(COLLECTOR, "filter")).get("filter", [])) == []


async def test_fifty_clients_hear_of_one_change_from_one_computation(
    services: Services, vms: list[Vm], monkeypatch: pytest.MonkeyPatch
) -> None:
    watchers = []
    for _ in range(50):
        wire = Wire(services)
        await wire.login()
        watcher = Watcher(wire)
        await watcher.vms("name", "runtime.powerState")
        await watcher.hear()
        watchers.append(watcher)
    waiting = [asyncio.create_task(watcher.hear(seconds=60)) for watcher in watchers]
    await asyncio.sleep(0.05)
    computed: list[str] = []
    evaluate = services.properties._evaluate

    def count(view: View, managed: Object, path: str) -> Any:
        computed.append(path)
        return evaluate(view, managed, path)

    monkeypatch.setattr(services.properties, "_evaluate", count)
    await services.world.execute(Edit(uid=vms[0].uid, fields={"name": "heard"}), Actor())
    async with asyncio.timeout(5):
        heard = await asyncio.gather(*waiting)
    assert heard == [[("modify", moid(vms[0]), {"name": "heard"})]] * 50
    assert sorted(computed) == ["name", "runtime.powerState"]


async def test_a_closed_filter_lets_its_rows_go(watcher: Watcher, services: Services) -> None:
    made = await watcher.vms("name")
    await watcher.hear()
    rows = [row for home in services.properties.fragments._homes.values() for row in home.values()]
    assert any(row.pins for row in rows)
    await watcher.wire.call(made, "DestroyPropertyFilter")
    assert not any(row.pins for row in rows)


async def test_what_is_volatile_is_told_when_its_time_is_over(
    watcher: Watcher, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulators.vsphere.properties.collector._SHORTEST_SECONDS", 0.01)
    instance = vim.ServiceInstance("ServiceInstance")
    await watcher.watch(filter_spec([object_spec(instance)], property_spec(vim.ServiceInstance, "serverClock")))
    [(_, _, first)] = await watcher.hear()
    async with asyncio.timeout(2):
        [(kind, _, second)] = await watcher.hear(seconds=60)
    assert kind == "modify"
    assert second["serverClock"] > first["serverClock"]

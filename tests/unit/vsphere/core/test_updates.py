"""Waiting for updates: what a client is told, when, and what it is not told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from dcsim.events import Actor
from emulators.vsphere.call import Services
from emulators.vsphere.objects import Object
from emulators.vsphere.properties.view import View
from emulators.world.model import Power, Vm
from tests.unit.vsphere.core.wire import (
    COLLECTOR,
    PC,
    ROOT,
    SESSION_MANAGER,
    Copy,
    Edit,
    Remove,
    Wire,
    filter_spec,
    in_view,
    object_spec,
    property_spec,
    refused,
)


class Watcher:
    """A client that has a filter and listens."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.version = ""
        self.truncated = False

    async def watch(self, spec: Any, *, partial: bool = False) -> Any:
        return await self.wire.call(COLLECTOR, "CreateFilter", spec=spec, partialUpdates=partial)

    async def vms(self, *paths: str, partial: bool = False) -> Any:
        return await self.watch(in_view(await self.wire.container(vim.VirtualMachine), vim.VirtualMachine, *paths), partial=partial)

    async def hear(self, seconds: int = 0, most: int | None = None) -> list[tuple[str, str, dict[str, Any]]]:
        """(kind, id, changes) of every object of the next UpdateSet, of all filters."""
        options = PC.WaitOptions(maxWaitSeconds=seconds, maxObjectUpdates=most)
        update = await self.wire.call(COLLECTOR, "WaitForUpdatesEx", version=self.version, options=options)
        if update is None:
            return []
        self.version, self.truncated = update.version, bool(update.truncated)
        return [
            (one.kind, one.obj._moId, {change.name: change.val if change.op == "assign" else change.op for change in one.changeSet})
            for told in update.filterSet
            for one in told.objectSet
        ]


@pytest.fixture
def watcher(wire: Wire) -> Watcher:
    return Watcher(wire)


def moid(vm: Vm) -> str:
    return f"vm-{vm.number}"


async def test_first_everything_enters_then_nothing_is_new(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name", "runtime.powerState")
    states = {Power.ON: "poweredOn", Power.OFF: "poweredOff", Power.SUSPENDED: "suspended"}
    expected = [("enter", moid(vm), {"name": vm.name, "runtime.powerState": states[vm.power]}) for vm in vms]
    assert sorted(await watcher.hear()) == sorted(expected)
    assert await watcher.hear() == []


async def test_a_waiting_client_is_woken_by_the_change(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name")
    await watcher.hear()
    waiting = asyncio.create_task(watcher.hear(seconds=60))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    async with asyncio.timeout(1):
        await watcher.wire.execute(Edit(uid=vms[2].uid, fields={"name": "renamed"}))
        assert await waiting == [("modify", moid(vms[2]), {"name": "renamed"})]


async def test_only_what_differs_is_told(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name", "config.annotation")
    await watcher.hear()
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"annotation": "noted"}))
    assert await watcher.hear() == [("modify", moid(vms[0]), {"config.annotation": "noted"})]
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"name": "a"}))
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"name": vms[0].name}))
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"change": 77}))
    assert await watcher.hear() == []


async def test_changes_between_two_calls_are_told_as_one(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name")
    await watcher.hear()
    for name in ("a", "b", "c"):
        await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"name": name}))
    await watcher.wire.execute(Edit(uid=vms[1].uid, fields={"name": "d"}))
    assert sorted(await watcher.hear()) == sorted([("modify", moid(vms[0]), {"name": "c"}), ("modify", moid(vms[1]), {"name": "d"})])


async def test_objects_enter_and_leave_a_view(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name")
    await watcher.hear()
    waiting = asyncio.create_task(watcher.hear(seconds=60))
    await asyncio.sleep(0.02)
    uid = await watcher.wire.execute(Copy(uid=vms[0].uid, fields={"name": "new"}))
    [(kind, made, changes)] = await waiting
    assert (kind, changes) == ("enter", {"name": "new"})
    await watcher.wire.execute(Remove(uid=uid))
    assert await watcher.hear() == [("leave", made, {})]
    short = await watcher.wire.execute(Copy(uid=vms[0].uid, fields={"name": "short"}))
    await watcher.wire.execute(Remove(uid=short))
    assert await watcher.hear() == []


async def test_a_property_that_becomes_unset_is_told_as_removed(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.watch(
        filter_spec([object_spec(vim.VirtualMachine(moid(vms[0])))], property_spec(vim.VirtualMachine, "resourcePool", "config.annotation"))
    )
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"pool": vms[1].pool}))
    [(_, _, entered)] = await watcher.hear()
    assert "resourcePool" in entered
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"pool": ""}))
    assert await watcher.hear() == [("modify", moid(vms[0]), {"resourcePool": None})]


async def test_the_object_itself_leaves_when_it_goes(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.watch(filter_spec([object_spec(vim.VirtualMachine(moid(vms[0])))], property_spec(vim.VirtualMachine, "name")))
    assert [kind for kind, _, _ in await watcher.hear()] == ["enter"]
    await watcher.wire.execute(Remove(uid=vms[0].uid))
    assert await watcher.hear() == [("leave", moid(vms[0]), {})]
    assert await watcher.hear() == []


async def test_long_updates_come_in_parts(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name")
    heard, parts = [], 0
    while not parts or watcher.truncated:
        part = await watcher.hear(most=6)
        assert 0 < len(part) <= 6
        heard += part
        parts += 1
    assert sorted(one for _, one, _ in heard) == sorted(moid(vm) for vm in vms)
    assert parts == -(-len(vms) // 6)


async def test_several_filters_are_told_together(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name")
    second = await watcher.vms("config.annotation")
    await watcher.hear()
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"name": "n", "annotation": "a"}))
    assert sorted(changes for _, _, changes in [(a, b, tuple(c.items())) for a, b, c in await watcher.hear()]) == [
        (("config.annotation", "a"),),
        (("name", "n"),),
    ]
    await watcher.wire.call(second, "DestroyPropertyFilter")
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"name": "n2", "annotation": "a2"}))
    assert await watcher.hear() == [("modify", moid(vms[0]), {"name": "n2"})]


async def test_a_filter_that_comes_while_waiting_is_told(watcher: Watcher) -> None:
    waiting = asyncio.create_task(watcher.hear(seconds=60))
    await asyncio.sleep(0.02)
    await watcher.watch(filter_spec([object_spec(ROOT)], property_spec(vim.Folder, "name")))
    async with asyncio.timeout(1):
        assert await waiting == [("enter", "group-d1", {"name": "Datacenters"})]


async def test_an_answer_that_was_lost_is_given_again(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name")
    await watcher.hear()
    before = watcher.version
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"name": "once"}))
    first = await watcher.hear()
    watcher.version = before
    assert await watcher.hear() == first
    assert await watcher.hear() == []


async def test_an_empty_version_begins_anew(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name")
    first = await watcher.hear()
    watcher.version = ""
    assert await watcher.hear() == first


@pytest.mark.parametrize("version", ["7", "x", "0x1", "-1"])
async def test_an_unknown_version_is_refused(watcher: Watcher, version: str) -> None:
    await watcher.vms("name")
    await watcher.hear()
    watcher.version = version
    await refused(watcher.hear(), vmodl.query.InvalidCollectorVersion)


async def test_nothing_new_is_no_answer_when_the_time_is_over(watcher: Watcher) -> None:
    await watcher.vms("name")
    await watcher.hear()
    started = asyncio.get_running_loop().time()
    assert await watcher.hear(seconds=1) == []
    assert 0.9 < asyncio.get_running_loop().time() - started < 3


async def test_check_and_the_old_wait(watcher: Watcher, vms: list[Vm]) -> None:
    await watcher.vms("name")
    update = await watcher.wire.call(COLLECTOR, "CheckForUpdates", version="")
    assert len(update.filterSet[0].objectSet) == len(vms)
    assert await watcher.wire.call(COLLECTOR, "CheckForUpdates", version=update.version) is None
    waiting = asyncio.create_task(watcher.wire.call(COLLECTOR, "WaitForUpdates", version=update.version))
    await asyncio.sleep(0.02)
    await watcher.wire.execute(Edit(uid=vms[0].uid, fields={"name": "x"}))
    assert (await waiting).filterSet[0].objectSet[0].changeSet[0].val == "x"


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

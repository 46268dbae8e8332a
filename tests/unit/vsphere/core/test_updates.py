"""Waiting for updates: what a client is told, when, and what it is not told."""

from __future__ import annotations

import asyncio

import pytest
from pyVmomi import vim, vmodl

from emulators.world.model import Power, Vm
from tests.unit.vsphere.core.watcher import Watcher, moid
from tests.unit.vsphere.core.wire import (
    COLLECTOR,
    ROOT,
    Copy,
    Edit,
    Remove,
    filter_spec,
    object_spec,
    property_spec,
    refused,
)


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

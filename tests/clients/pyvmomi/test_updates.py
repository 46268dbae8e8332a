"""WaitForUpdatesEx: told at the change, told only what changed, told once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import connected, finish, select

COLLECTOR = vmodl.query.PropertyCollector
WAIT = COLLECTOR.WaitOptions
LATENCY_SECONDS = 0.25
"""Far above what is needed (a few milliseconds), far below any ticker that a person would choose, on a machine that does other things."""


@contextmanager
def watching(service: Any, *filters: Any) -> Iterator[tuple[Any, str]]:
    """A collector with filters whose first update, the whole, has been read; and the version to wait from."""
    collector = service.content.propertyCollector.CreatePropertyCollector()
    for one in filters:
        collector.CreateFilter(one, False)
    first = collector.WaitForUpdatesEx("", WAIT(maxWaitSeconds=5))
    assert first is not None
    yield collector, first.version
    collector.DestroyPropertyCollector()


def changes(update: Any) -> dict[str, Any]:
    """{path: value} of all changes in an update."""
    return {change.name: change.val for one in update.filterSet for obj in one.objectSet for change in obj.changeSet}


def test_the_first_update_is_the_whole(si: Any, vm: Any) -> None:
    collector = si.content.propertyCollector.CreatePropertyCollector()
    collector.CreateFilter(select(vm, "name", "runtime.powerState"), False)
    first = collector.WaitForUpdatesEx("", None)
    assert changes(first) == {"name": vm.name, "runtime.powerState": "poweredOff"}
    assert first.filterSet[0].objectSet[0].kind == "enter"
    collector.DestroyPropertyCollector()


def test_a_power_change_wakes_who_waits(simulated: Datacenter, si: Any, vm: Any) -> None:
    """A second session switches; the waiting one hears at once, over several switches, and of nothing else."""
    delays = []
    with watching(si, select(vm, "runtime.powerState")) as (collector, begun), connected(simulated) as other:
        version = begun
        switched = vim.VirtualMachine(vm._moId, other._stub)
        for switch, wanted in ((switched.PowerOn, "poweredOn"), (switched.PowerOff, "poweredOff")) * 3:
            done: list[float] = []
            thread = threading.Thread(target=lambda switch=switch, done=done: (finish(switch()), done.append(time.monotonic())))
            thread.start()
            update = collector.WaitForUpdatesEx(version, WAIT(maxWaitSeconds=20))
            heard = time.monotonic()
            thread.join()
            assert changes(update) == {"runtime.powerState": wanted}
            delays.append(heard - done[0])
            version = update.version
    assert max(delays) < LATENCY_SECONDS, f"seconds after the task's end: {delays}"


def test_without_changes_the_wait_ends_empty_when_time_is_up(si: Any, vm: Any) -> None:
    with watching(si, select(vm, "runtime.powerState")) as (collector, version):
        begun = time.monotonic()
        assert collector.WaitForUpdatesEx(version, WAIT(maxWaitSeconds=1)) is None
        assert 0.9 < time.monotonic() - begun < 5
        assert collector.CheckForUpdates(version) is None


def test_a_view_in_a_filter_tells_who_enters_and_leaves(si: Any, new_vm: Any) -> None:
    view = si.content.viewManager.CreateContainerView(si.content.rootFolder, [vim.VirtualMachine], True)
    traversal = COLLECTOR.TraversalSpec(type=vim.view.ContainerView, path="view", skip=False)
    spec = COLLECTOR.FilterSpec(
        objectSet=[COLLECTOR.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
        propSet=[COLLECTOR.PropertySpec(type=vim.VirtualMachine, pathSet=["name"])],
    )
    with watching(si, spec) as (collector, begun):
        version = begun
        made = new_vm("comes-and-goes")
        seen: dict[str, str] = {}
        while seen.get(made._moId) != "leave":
            update = collector.WaitForUpdatesEx(version, WAIT(maxWaitSeconds=10))
            assert update is not None, seen
            version = update.version
            seen |= {one.obj._moId: one.kind for part in update.filterSet for one in part.objectSet}
            if seen.get(made._moId) == "enter":
                finish(made.Destroy())
                seen[made._moId] = "told"
    view.Destroy()


def test_a_terminated_session_ends_its_waits(si: Any, simulated: Datacenter, vm: Any) -> None:
    ended: list[type[BaseException]] = []
    with connected(simulated) as other:
        collector = other.content.propertyCollector.CreatePropertyCollector()
        collector.CreateFilter(select(vm, "name"), False)
        version = collector.WaitForUpdatesEx("", None).version

        def wait() -> None:
            try:
                collector.WaitForUpdatesEx(version, WAIT(maxWaitSeconds=20))
            except vmodl.MethodFault as error:
                ended.append(type(error))

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.2)
        si.content.sessionManager.TerminateSession([other.content.sessionManager.currentSession.key])
        thread.join(timeout=5)
        assert not thread.is_alive()
    assert ended in ([vim.fault.NotAuthenticated], [vmodl.fault.RequestCanceled], [vmodl.fault.ManagedObjectNotFound])


def test_a_version_that_never_was_is_refused(si: Any, vm: Any) -> None:
    with watching(si, select(vm, "name")) as (collector, _), pytest.raises(vmodl.query.InvalidCollectorVersion):
        collector.WaitForUpdatesEx("no version", WAIT(maxWaitSeconds=1))


def test_objects_enter_in_the_order_of_their_list(si: Any, new_vm: Any) -> None:
    """What clients show last is the newest only if they are told in order (govc tasks)."""
    vms = [new_vm() for _ in range(12)]
    view = si.content.viewManager.CreateListView(vms[:1])
    traversal = COLLECTOR.TraversalSpec(type=vim.view.ListView, path="view", skip=False)
    spec = COLLECTOR.FilterSpec(
        objectSet=[COLLECTOR.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
        propSet=[COLLECTOR.PropertySpec(type=vim.VirtualMachine, pathSet=["name"])],
    )
    with watching(si, spec) as (collector, version):
        view.ResetListView(vms)
        update = collector.WaitForUpdatesEx(version, WAIT(maxWaitSeconds=10))
        assert [one.obj for one in update.filterSet[0].objectSet] == vms[1:]
    view.DestroyView()

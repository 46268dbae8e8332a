"""Hard reboots that wait for what is done to their servers: Nova takes them in its stride, and does one after another."""

from __future__ import annotations

from typing import Final

from emulators.openstack.compute.servers.actions import open_action
from emulators.openstack.compute.servers.events import SERVER_TASK
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.servers.works import DELETING, REBOOTING_HARD, WORKS, Caller, ServerWork
from emulators.world.commands import follows
from emulators.world.decide import Decision
from emulators.world.decisions.operations import TASK_COMPLETED, TASK_FAILED, holder, start
from emulators.world.events import Event
from emulators.world.model import Task, Vm

WORK: Final = "reboot"


def reboot_when_free(d: Decision, server: NovaServer, caller: Caller) -> None:
    """Have a server rebooted as soon as nothing else is done to it."""
    action = open_action(d, server, WORK, event=WORKS[WORK].event, host=server.host, caller=caller)
    d.update(SERVER_TASK, server, task_state=REBOOTING_HARD, queued=(*server.queued, action), updated=d.now)


@follows(TASK_COMPLETED, TASK_FAILED)
def reboot_next(d: Decision, event: Event) -> None:
    """The first reboot that waited begins."""
    task = d.state.maybe(Task, event.subject)
    server = d.state.one(NovaServer, "vm", task.subject) if task is not None and task.subject_kind == Vm.KIND else None
    if server is None or not server.queued or server.task_state == DELETING or holder(d, server.vm) is not None:
        return
    action, *later = server.queued
    d.update(SERVER_TASK, server, task_state=REBOOTING_HARD, queued=tuple(later), updated=d.now)
    start(d, ServerWork(vm=server.vm, server=server.uid, work=WORK, action=action, given={"type": "HARD"}))

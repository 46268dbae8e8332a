"""The end of servers: their machine, ports, volumes and VM go; lists of deleted servers keep them for a while."""

from __future__ import annotations

from typing import Final

import msgspec

from emulators.conductor.hands import Hands
from emulators.openstack.asks import ask
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.actions import open_action
from emulators.openstack.compute.servers.events import (
    ACTION_FORGOTTEN,
    BLOCK_DEVICE_REMOVED,
    MIGRATION_FORGOTTEN,
    SERVER_DELETED,
    SERVER_FORGOTTEN,
    SERVER_REMEMBERED,
    SERVER_TASK,
)
from emulators.openstack.compute.servers.records import BlockDevice, DeletedServer, InstanceAction, Migration, NovaServer
from emulators.openstack.compute.servers.works import DELETING, ServerWork, conclude, let_be, work
from emulators.openstack.network.face import deallocate
from emulators.openstack.volume import face as volume
from emulators.world.commands import Effect
from emulators.world.decide import Decision
from emulators.world.decisions import hardware as hw
from emulators.world.decisions.operations import holder, start
from emulators.world.decisions.vms import VM_DELETED
from emulators.world.model import Disk, Port, Vm

KEPT_DELETED: Final = 2_000
KEPT_ACTIONS_OF_DELETED: Final = 500
"""Deleted servers whose actions are kept, too."""


@ask
def delete(d: Decision, *, server: str, admin: bool, force: bool = False) -> None:
    """Delete a server: at once when it has no machine, else as soon as nothing else is done to it."""
    found = d.get(NovaServer, server)
    states.require(found, "forceDelete" if force else "delete", admin=admin)
    if found.task_state == DELETING:
        return
    open_action(d, found, "delete", event="compute_terminate_instance", host=found.host)
    if not found.vm:
        remove(d, found)
        return
    d.update(SERVER_TASK, found, task_state=DELETING, updated=d.now)
    if holder(d, found.vm) is None:
        start(d, ServerWork(vm=found.vm, server=found.uid, work="delete"))


@work("delete", event="compute_terminate_instance")
async def end(hands: Hands, job: ServerWork) -> Effect:
    """Remove the machine and the files that were kept of it."""
    server = hands.state.maybe(NovaServer, job.server)
    await hands.delete(job.vm)
    if server is not None and server.stash.ref:
        await hands.remove_snapshot(server.stash.ref)
    return Effect()


@end.finish
def ended(d: Decision, server: NovaServer, job: ServerWork, _: Effect) -> None:
    """The server is gone."""
    remove(d, server)


@end.fail
def not_ended(d: Decision, server: NovaServer, job: ServerWork, message: str) -> None:
    """The server is in ERROR, and can be deleted again."""
    d.update(SERVER_TASK, server, task_state="", vm_state=states.ERROR, updated=d.now)
    let_be(d, server, job, message)
    conclude(d, server, states.ERROR)


def remove(d: Decision, server: NovaServer) -> None:
    """The server is gone, with everything that was its own."""
    deallocate(d, server.uid)
    volume.release_server(d, server.uid)
    for device in d.state.where(BlockDevice, "server", server.uid):
        d.delete(BLOCK_DEVICE_REMOVED, device)
    remove_vm(d, server.vm)
    d.delete(SERVER_DELETED, server)
    _remember(d, server)


def remove_vm(d: Decision, uid: str) -> None:
    """The VM is gone, with its own disk and what is left of its cards."""
    vm = d.state.maybe(Vm, uid)
    if vm is None:
        return
    for port in d.state.where(Port, "vm", uid):
        d.delete(hw.PORT_DELETED, port)
    for disk in d.state.where(Disk, "vm", uid):
        d.delete(hw.DISK_DELETED, disk)
    d.delete(VM_DELETED, vm, detail={"reason": "destroyed"})


def _remember(d: Decision, server: NovaServer) -> None:
    last = msgspec.structs.replace(server, vm_state=states.DELETED, task_state="", terminated=d.now, updated=d.now, vm="", power_state=0)
    d.create(SERVER_REMEMBERED, DeletedServer, uid=f"deleted-{server.uid}", name=server.name, project=server.project, server=last)
    count = d.state.count(DeletedServer)
    if count > KEPT_DELETED:
        d.delete(SERVER_FORGOTTEN, next(d.state.iterate(DeletedServer)))
    if count > KEPT_ACTIONS_OF_DELETED:
        _forget_actions(d, d.state.all(DeletedServer)[-KEPT_ACTIONS_OF_DELETED - 1])


def _forget_actions(d: Decision, deleted: DeletedServer) -> None:
    for action in d.state.where(InstanceAction, "server", deleted.server.uid):
        d.delete(ACTION_FORGOTTEN, action)
    for move in d.state.where(Migration, "server", deleted.server.uid):
        d.delete(MIGRATION_FORGOTTEN, move)

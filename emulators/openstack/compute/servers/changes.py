"""Changes to what is kept of a server that no machine has to know of: name, lock, state, metadata, tags."""

from __future__ import annotations

from typing import Any

from emulators.openstack.asks import ask
from emulators.openstack.compute import quotas
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.actions import note_action
from emulators.openstack.compute.servers.events import SERVER_CHANGED, SERVER_STATE
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.servers.schemas import MAX_TAGS
from emulators.openstack.compute.servers.works import DELETING, Caller
from emulators.openstack.faults import Fault
from emulators.world.decide import Decision
from emulators.world.decisions.vms import VM_RECONFIGURED
from emulators.world.model import Vm


@ask
def change(d: Decision, *, server: str, fields: dict[str, Any]) -> NovaServer:
    """Set fields of a server; its VM's name follows."""
    found = d.get(NovaServer, server)
    vm = d.state.maybe(Vm, found.vm)
    if vm is not None and "name" in fields:
        d.update(VM_RECONFIGURED, vm, name=fields["name"])
    return d.update(SERVER_CHANGED, found, **fields, updated=d.now)


@ask
def lock(d: Decision, *, server: str, by: str, reason: str | None, caller: Caller) -> None:
    """Lock a server; ``by`` is ``owner`` or ``admin``.  An administrator's lock stays one."""
    found = d.get(NovaServer, server)
    note_action(d, found, "lock", caller)
    d.update(SERVER_CHANGED, found, locked="admin" if found.locked == "admin" else by, locked_reason=reason)


@ask
def unlock(d: Decision, *, server: str, admin: bool, caller: Caller) -> None:
    """Unlock a server; raises Fault 403 when an administrator has locked it."""
    found = d.get(NovaServer, server)
    if found.locked == "admin" and not admin:
        raise Fault(403, "Policy doesn't allow os_compute_api:os-lock-server:unlock:unlock_override to be performed.")
    note_action(d, found, "unlock", caller)
    d.update(SERVER_CHANGED, found, locked="", locked_reason=None)


@ask
def reset_state(d: Decision, *, server: str, vm_state: str, caller: Caller) -> None:
    """Say what state a server is in; it has no task any more."""
    found = d.get(NovaServer, server)
    note_action(d, found, "resetState", caller)
    task = found.task_state if found.task_state == DELETING else ""
    d.update(SERVER_STATE, found, vm_state=vm_state, task_state=task, updated=d.now)


@ask
def set_metadata(d: Decision, *, server: str, metadata: dict[str, str], replace: bool, admin: bool) -> dict[str, str]:
    """Add metadata, or replace all of it; raises Fault 403 over quota, 409 when it may not be changed now."""
    found = d.get(NovaServer, server)
    states.require(found, "update metadata", admin=admin)
    new = metadata if replace else {**found.metadata, **metadata}
    quotas.require_metadata(d.state, found.project, len(new))
    d.update(SERVER_CHANGED, found, metadata=new, updated=d.now)
    return new


@ask
def drop_metadata(d: Decision, *, server: str, key: str, admin: bool) -> None:
    """Remove an item; raises Fault 404 when there is none."""
    found = d.get(NovaServer, server)
    if key not in found.metadata:
        raise Fault(404, "Metadata item was not found")
    states.require(found, "delete metadata", admin=admin)
    kept = {name: value for name, value in found.metadata.items() if name != key}
    d.update(SERVER_CHANGED, found, metadata=kept, updated=d.now)


@ask
def set_tags(d: Decision, *, server: str, tags: tuple[str, ...]) -> tuple[str, ...]:
    """Set the tags; raises Fault 400 for too many."""
    found = d.get(NovaServer, server)
    if len(tags) > MAX_TAGS:
        raise Fault(400, f"The number of tags exceeded the per-server limit {MAX_TAGS}")
    return d.update(SERVER_CHANGED, found, tags=tags, updated=d.now).tags

"""Resize and cold migration: the server stops, comes up with another flavor or on another host, and waits to be confirmed."""

from __future__ import annotations

from emulators.conductor.hands import Hands
from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.compute import quotas
from emulators.openstack.compute.parameters import HOSTNAME
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.actions import note_action
from emulators.openstack.compute.servers.asked import require_machine
from emulators.openstack.compute.servers.building import flavor_of
from emulators.openstack.compute.servers.events import SERVER_CHANGED, SERVER_STATE
from emulators.openstack.compute.servers.hosts import MIB
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.moves import last_move, open_move, relocate, set_move, target_for
from emulators.openstack.compute.servers.power import switch_off, switch_on
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.records import BlockDevice, FlavorOf, NovaServer, Stash
from emulators.openstack.compute.servers.request import flavor_named, require_fit
from emulators.openstack.compute.servers.running import end_machine, run_machine
from emulators.openstack.compute.servers.schemas import ANYTHING, RESIZE
from emulators.openstack.compute.servers.works import Caller, ServerWork, begin_work, conclude, gone_wrong, work
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.image import face as image
from emulators.openstack.schemas import closed
from emulators.openstack.service import Versioned
from emulators.world.commands import Effect
from emulators.world.decide import Decision
from emulators.world.decisions.vms import VM_RECONFIGURED
from emulators.world.model import Power, Vm

MIGRATE = Versioned(
    {
        "2.1-2.55": ANYTHING,
        "2.56-": {**closed({"host": {**HOSTNAME, "type": ["string", "null"]}}), "type": ["object", "null"]},
    }
)


@ask
def resize_server(d: Decision, *, server: str, flavor: FlavorOf | None, host: str, disk_config: str, admin: bool, caller: Caller) -> None:
    """Begin a resize, or without a flavor a migration, to the named host or the best.

    Raises Fault 409 when that is not allowed now, 403 over quota, 400 when no host can have it.
    """
    found = d.get(NovaServer, server)
    action = "resize" if flavor else "migrate"
    states.require(found, action, admin=admin)
    require_machine(d, found, action)
    if flavor is not None:
        more = {"cores": flavor.vcpus - found.flavor.vcpus, "ram": flavor.ram - found.flavor.ram}
        quotas.require(d, found.project, user=found.user, **{name: max(size, 0) for name, size in more.items()})
    target = target_for(d, found, host=host, flavor=flavor, stay=flavor is not None and not host)
    move = open_move(d, found, "resize" if flavor else "migration", target.uid, caller, flavor=flavor)
    stash = Stash(flavor=found.flavor, host=found.host, vm_state=found.vm_state)
    off = "yes" if found.vm_state == states.STOPPED else ""
    changed = d.update(SERVER_CHANGED, found, stash=stash, disk_config=disk_config or found.disk_config)
    begin_work(d, changed, "resize", task="resize_prep", action=action, caller=caller, off=off, target=target.uid, move=move.uid)
    _set_flavor(d, d.get(NovaServer, server), flavor or found.flavor)


def _set_flavor(d: Decision, server: NovaServer, flavor: FlavorOf) -> NovaServer:
    vm = d.get(Vm, server.vm)
    d.update(VM_RECONFIGURED, vm, cpus=flavor.vcpus, memory_bytes=flavor.ram * MIB, change=vm.change + 1)
    return d.update(SERVER_CHANGED, server, flavor=flavor, updated=d.now)


@work("resize", event="compute_resize_instance")
async def resize_machine(hands: Hands, job: ServerWork) -> Effect:
    """Stop the machine, and start it with its new limits; one that was off gets them when it is started."""
    await end_machine(hands, job)
    return Effect() if job.given.get("off") else await run_machine(hands, job)


def _moved(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The VM is where it was to be, and runs if it ran."""
    if d.get(Vm, job.vm).power is not Power.OFF:
        switch_off(d, job.vm)
    relocate(d, server, job.given["target"])
    if not job.given.get("off"):
        switch_on(d, job.vm, done)


@resize_machine.finish
def resized(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server waits to be confirmed."""
    _moved(d, server, job, done)
    set_move(d, job.given["move"], "finished")
    conclude(d, server, states.RESIZED)


@resize_machine.fail
def not_resized(d: Decision, server: NovaServer, job: ServerWork, message: str) -> None:
    """The server has its old flavor, and is in ERROR."""
    set_move(d, job.given["move"], "error")
    if server.stash.flavor is not None:
        _set_flavor(d, server, server.stash.flavor)
    gone_wrong(d, server, job, message)


@ask
def confirm(d: Decision, *, server: str, admin: bool, caller: Caller) -> None:
    """The server is as it is now; raises Fault 409 or 400."""
    found = d.get(NovaServer, server)
    states.require(found, "confirmResize", admin=admin)
    move = last_move(d, server, "finished")
    if move is None:
        raise Fault(400, "Instance has not been resized.")
    note_action(d, found, "confirmResize", caller)
    set_move(d, move.uid, "confirmed")
    off = found.power_state == states.SHUTDOWN
    d.update(SERVER_STATE, found, vm_state=states.STOPPED if off else states.ACTIVE, task_state="", stash=Stash(), updated=d.now)


@ask
def revert(d: Decision, *, server: str, admin: bool, caller: Caller) -> None:
    """Begin the way back; raises Fault 409 or 400."""
    found = d.get(NovaServer, server)
    states.require(found, "revertResize", admin=admin)
    move, stash = last_move(d, server, "finished"), found.stash
    if move is None or stash.flavor is None:
        raise Fault(400, "Instance has not been resized.")
    more = {"cores": stash.flavor.vcpus - found.flavor.vcpus, "ram": stash.flavor.ram - found.flavor.ram}
    quotas.require(d, found.project, user=found.user, **{name: max(size, 0) for name, size in more.items()})
    set_move(d, move.uid, "reverting")
    off = "yes" if stash.vm_state == states.STOPPED else ""
    given = {"off": off, "target": stash.host, "move": move.uid}
    begin_work(d, found, "revert", task="resize_reverting", action="revertResize", caller=caller, **given)
    _set_flavor(d, d.get(NovaServer, server), stash.flavor)


revert_machine = work("revert", event="compute_revert_resize")(resize_machine.machine)


@revert_machine.finish
def reverted(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server is as it was."""
    _moved(d, server, job, done)
    set_move(d, job.given["move"], "reverted")
    conclude(d, server, states.STOPPED if job.given.get("off") else states.ACTIVE, stash=Stash())


@revert_machine.fail
def not_reverted(d: Decision, server: NovaServer, job: ServerWork, message: str) -> None:
    """The server is in ERROR."""
    set_move(d, job.given["move"], "error")
    gone_wrong(d, server, job, message)


@COMPUTE.action(ACTION, "resize", body=RESIZE)
async def resize(call: Call) -> None:
    """Give the server another flavor."""
    server, body = server_of(call), call.body
    states.require(server, "resize", admin=call.credentials.admin)
    flavor = flavor_named(call, str(body["flavorRef"]))
    from_volume = any(one.boot_index == 0 for one in call.state.where(BlockDevice, "server", server.uid))
    _check(call, server, flavor_of(flavor), from_volume=from_volume)
    await call.ask(
        resize_server,
        server=server.uid,
        flavor=flavor_of(flavor),
        host="",
        disk_config=body.get("OS-DCF:diskConfig", ""),
        admin=call.credentials.admin,
        caller=caller_of(call),
    )


def _check(call: Call, server: NovaServer, flavor: FlavorOf, *, from_volume: bool) -> None:
    if flavor.id == server.flavor.id and server.flavor.id:
        raise Fault(400, "When resizing, instances must change flavor!")
    if from_volume:
        return
    if flavor.disk == 0 and server.flavor.disk != 0:
        raise Fault(400, "Resize to zero disk flavor is not allowed.")
    made_of = image.image(call.state, server.image)
    if made_of is not None:
        require_fit(call, made_of, flavor)


@COMPUTE.action(ACTION, "confirmResize", body=ANYTHING, status=204)
async def confirm_resize(call: Call) -> None:
    """Keep the new flavor or host."""
    await call.ask(confirm, server=server_of(call).uid, admin=call.credentials.admin, caller=caller_of(call))


@COMPUTE.action(ACTION, "revertResize", body=ANYTHING)
async def revert_resize(call: Call) -> None:
    """Go back."""
    await call.ask(revert, server=server_of(call).uid, admin=call.credentials.admin, caller=caller_of(call))


@COMPUTE.action(ACTION, "migrate", body=MIGRATE, rule=admin)
async def migrate(call: Call) -> None:
    """Move the server to another host, cold."""
    host = ((call.body or {}).get("host") or "") if call.since("2.56") else ""
    uid, caller = server_of(call).uid, caller_of(call)
    await call.ask(resize_server, server=uid, flavor=None, host=host, disk_config="", admin=True, caller=caller)

"""Live migration and evacuation."""

from __future__ import annotations

from typing import Any, Final

from emulators.conductor.hands import Hands
from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.compute.parameters import HOSTNAME
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.asked import require_machine
from emulators.openstack.compute.servers.events import SERVER_CHANGED
from emulators.openstack.compute.servers.hosts import host_named
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.moves import open_move, relocate, set_move, target_for
from emulators.openstack.compute.servers.passwords import password_of, sealing
from emulators.openstack.compute.servers.power import switch_off, switch_on
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.servers.running import run_machine
from emulators.openstack.compute.servers.schemas import PASSWORD
from emulators.openstack.compute.servers.works import Caller, ServerWork, begin_work, conclude, gone_wrong, let_be, nothing, work
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.compute.services import compute_service
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, closed
from emulators.openstack.service import Versioned
from emulators.world.commands import Effect
from emulators.world.decide import Decision
from emulators.world.model import Hypervisor, Power, Vm

_HOST: Final = {**HOSTNAME, "type": ["string", "null"]}
_BLOCK: Final = {"enum": [*BOOLEAN["enum"], "auto"]}
LIVE: Final = Versioned(
    {
        "2.1-2.24": closed(
            {"host": _HOST, "block_migration": BOOLEAN, "disk_over_commit": BOOLEAN}, "block_migration", "disk_over_commit", "host"
        ),
        "2.25-2.29": closed({"host": _HOST, "block_migration": _BLOCK}, "block_migration", "host"),
        "2.30-2.67": closed({"host": _HOST, "block_migration": _BLOCK, "force": BOOLEAN}, "block_migration", "host"),
        "2.68-": closed({"host": _HOST, "block_migration": _BLOCK}, "block_migration", "host"),
    }
)
YES: Final = frozenset({"true", "1", "on", "yes", "y", "t"})
EVACUATE: Final = Versioned(
    {
        "2.1-2.13": closed({"host": HOSTNAME, "onSharedStorage": BOOLEAN, "adminPass": PASSWORD}, "onSharedStorage"),
        "2.14-2.28": closed({"host": HOSTNAME, "adminPass": PASSWORD}),
        "2.29-2.67": closed({"host": HOSTNAME, "adminPass": PASSWORD, "force": BOOLEAN}),
        "2.68-": closed({"host": HOSTNAME, "adminPass": PASSWORD}),
    }
)


@ask
def live_migrate(d: Decision, *, server: str, host: str, caller: Caller) -> None:
    """Begin a live migration; raises Fault 409 when that is not allowed now, 400 when no host can have the server."""
    found = d.get(NovaServer, server)
    states.require(found, "os-migrateLive", admin=True)
    require_machine(d, found, "os-migrateLive")
    target = target_for(d, found, host=host)
    move = open_move(d, found, "live-migration", target.uid, caller)
    begin_work(d, found, "live_migrate", task="migrating", action="live-migration", caller=caller, target=target.uid, move=move.uid)


live = work("live_migrate", event="compute_live_migration")(nothing)


@live.finish
def live_migrated(d: Decision, server: NovaServer, job: ServerWork, _: Effect) -> None:
    """The server runs on the other host; raises InvalidState when that went down meanwhile."""
    if not d.get(Hypervisor, job.given["target"]).running:
        raise Fault(409, "The target host went down while the server was migrating.")
    relocate(d, server, job.given["target"])
    set_move(d, job.given["move"], "completed")
    conclude(d, server)


@live.fail
def not_migrated(d: Decision, server: NovaServer, job: ServerWork, message: str) -> None:
    """The server stays where it is."""
    set_move(d, job.given["move"], "error")
    let_be(d, server, job, message)


@ask
def evacuate_server(d: Decision, *, server: str, host: str, caller: Caller, stopped: bool, password: str) -> None:
    """Begin to make a server of a dead host again on another; ``password`` is a sealed one for its administrator, or "".

    Raises Fault 400 while its host is up, or when no host can have it.
    """
    found = d.get(NovaServer, server)
    states.require(found, "evacuate", admin=True)
    here = d.state.maybe(Hypervisor, found.host)
    if here is None or compute_service(d.state, here).up:
        raise Fault(400, f"Compute service of {here.name if here else 'none'} is still in use.")
    target = target_for(d, found, host=host)
    move = open_move(d, found, "evacuation", target.uid, caller)
    off = "yes" if stopped or found.vm_state == states.STOPPED else ""
    begin_work(d, found, "evacuate", task="rebuilding", action="evacuate", caller=caller, off=off, target=target.uid, move=move.uid)
    if password:
        d.update(SERVER_CHANGED, d.get(NovaServer, server), admin_pass=password)
    moved = relocate(d, d.get(NovaServer, server), target.uid)
    if d.get(Vm, moved.vm).power is not Power.OFF:
        switch_off(d, moved.vm)


@work("evacuate", event="rebuild_server")
async def make_again(hands: Hands, job: ServerWork) -> Effect:
    """What is left of the machine goes with its dead host; it is made again."""
    await hands.delete(job.vm)
    return Effect() if job.given.get("off") else await run_machine(hands, job)


@make_again.finish
def evacuated(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server runs again, unless it was off."""
    set_move(d, job.given["move"], "done")
    if job.given.get("off"):
        conclude(d, server, states.STOPPED, power_state=states.SHUTDOWN, fault=None)
        return
    switch_on(d, job.vm, done)
    conclude(d, server, states.ACTIVE, fault=None)


@make_again.fail
def not_evacuated(d: Decision, server: NovaServer, job: ServerWork, message: str) -> None:
    """The server is in ERROR."""
    set_move(d, job.given["move"], "failed")
    gone_wrong(d, server, job, message)


@COMPUTE.action(ACTION, "os-migrateLive", body=LIVE, rule=admin)
async def migrate_live(call: Call) -> None:
    """Move a running server to another host."""
    host = call.body.get("host") or ""
    await call.ask(live_migrate, server=server_of(call).uid, host=host, caller=caller_of(call))


@COMPUTE.action(ACTION, "evacuate", body=EVACUATE, rule=admin, status=200)
async def evacuate(call: Call) -> Reply:
    """Make a server of a dead host again on another."""
    server, body = server_of(call), call.body
    host = body.get("host", "")
    if host and host_named(call.state, host) is None:
        raise Fault(404 if not call.since("2.68") else 400, f"Compute host {host} not found.")
    password, stopped = _new_password(call, server, body), call.since("2.95")
    sealed = sealing(call.cloud).seal(password) if password else ""
    await call.ask(evacuate_server, server=server.uid, host=host, caller=caller_of(call), stopped=stopped, password=sealed)
    return Reply(None if call.since("2.14") else {"adminPass": password})


def _new_password(call: Call, server: NovaServer, body: dict[str, Any]) -> str | None:
    """The administrator's password after an evacuation; None where the disk, and with it the password, is kept."""
    if not call.since("2.14") and str(body["onSharedStorage"]).lower() in YES:
        if "adminPass" in body:
            raise Fault(400, "admin password can't be changed on existing disk")
        return None
    return str(body.get("adminPass") or password_of(sealing(call.cloud), server.uid, "evacuate"))

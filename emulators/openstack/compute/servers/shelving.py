"""Shelve and unshelve: a server becomes an image and leaves its host (``shelved_offload_time`` is 0), until it is wanted again."""

from __future__ import annotations

from typing import Any, Final

from emulators.conductor.hands import Hands
from emulators.conductor.specs import CONTAINER_KEY
from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.compute.servers import scheduler, states
from emulators.openstack.compute.servers.asked import require_machine
from emulators.openstack.compute.servers.events import SERVER_CHANGED, SERVER_MOVED
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.moves import relocate
from emulators.openstack.compute.servers.power import switch_off, switch_on
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.records import NovaServer, Stash
from emulators.openstack.compute.servers.running import end_machine, run_machine
from emulators.openstack.compute.servers.schemas import ANYTHING
from emulators.openstack.compute.servers.snapshots import complete, queue
from emulators.openstack.compute.servers.works import Caller, ServerWork, begin_work, conclude, let_be, work
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.image import face as image
from emulators.openstack.network import face as network
from emulators.openstack.schemas import NAME, closed
from emulators.openstack.service import Versioned
from emulators.world.commands import Effect
from emulators.world.decide import Decision
from emulators.world.decisions.vms import VM_MOVED, VM_RECONFIGURED
from emulators.world.model import Power, Vm

_ZONE: Final = {"type": ["string", "null"]}
UNSHELVE: Final = Versioned(
    {
        "2.1-2.76": ANYTHING,
        "2.77-2.90": {**closed({"availability_zone": NAME}, "availability_zone"), "type": ["object", "null"]},
        "2.91-": {**closed({"availability_zone": _ZONE, "host": {"type": "string"}}), "type": ["object", "null"]},
    }
)


@ask
def shelve_server(d: Decision, *, server: str, admin: bool, caller: Caller) -> None:
    """Begin to shelve; raises Fault 409 when that is not allowed now."""
    found = d.get(NovaServer, server)
    states.require(found, "shelve", admin=admin)
    require_machine(d, found, "shelve")
    made = ""
    if found.image:
        made = queue(d, found, f"{found.name}-shelved", {}, user=caller[0], kind="snapshot")
    stash = Stash(vm_state=found.vm_state, image=made)
    changed = d.update(SERVER_CHANGED, found, stash=stash)
    begin_work(d, changed, "shelve", task="shelving", action="shelve", caller=caller, image=made)


@work("shelve")
async def put_away(hands: Hands, job: ServerWork) -> Effect:
    """Keep the machine's files, and remove it."""
    await end_machine(hands, job)
    ref = ""
    if job.given["image"] and await hands.known(hands.vm(job.vm)):
        ref = await hands.machines.snapshot(job.vm, job.given["image"])
    await hands.delete(job.vm)
    return Effect(ref=ref)


@put_away.finish
def put_by(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server has no host any more."""
    if job.given["image"]:
        complete(d, server, job.given["image"], done.ref)
    offload(d, server)


@put_away.fail
def not_put_by(d: Decision, server: NovaServer, job: ServerWork, message: str) -> None:
    """The server stays."""
    image.drop_snapshot(d, job.given["image"])
    let_be(d, server, job, message)


def offload(d: Decision, server: NovaServer) -> None:
    """The VM is on no host: its room is free; ports and volumes stay the server's."""
    vm = d.get(Vm, server.vm)
    if vm.power is not Power.OFF:
        vm = switch_off(d, vm.uid)
    d.update(VM_MOVED, vm, host="", machine="", detail={"from": vm.host, "to": ""})
    network.rebind(d, server.uid, "")
    d.update(SERVER_MOVED, d.get(NovaServer, server.uid), host="", power_state=states.SHUTDOWN)
    conclude(d, server, states.OFFLOADED)


@ask
def offload_server(d: Decision, *, server: str) -> None:
    """Take a shelved server off its host; raises Fault 409 when it is not shelved."""
    found = d.get(NovaServer, server)
    states.require(found, "shelveOffload", admin=True)
    offload(d, found)


@ask
def unshelve_server(d: Decision, *, server: str, zone: str | None, host: str, admin: bool, caller: Caller) -> None:
    """Begin to bring a server back, in another zone (None: as it was, "": any) or on a host when named.

    Raises Fault 409 when it is not shelved; without a host it stays so, as nova has it.
    """
    found = d.get(NovaServer, server)
    states.require(found, "unshelve", admin=admin)
    pinned = found.pinned_zone if zone is None else zone
    found = d.update(SERVER_CHANGED, found, pinned_zone=pinned, hostname=found.hostname)
    wanted = scheduler.Wanted(flavor=found.flavor, server=found.uid, zone=pinned, host=host, group=found.group, hints=found.hints)
    try:
        target = scheduler.choose(d.state, wanted)
    except Fault as error:
        raise Fault(400, error.message) from error
    vm = d.get(Vm, found.vm)
    ref = image.guest_ref(d.state, found.stash.image) if found.stash.image else ""
    extra = {key: value for key, value in vm.extra_config.items() if key != CONTAINER_KEY}
    d.update(VM_RECONFIGURED, vm, extra_config={**extra, CONTAINER_KEY: ref} if ref else extra, change=vm.change + 1)
    relocate(d, found, target.uid)
    begin_work(d, d.get(NovaServer, server), "unshelve", task="spawning", action="unshelve", caller=caller)


@work("unshelve")
async def bring_back(hands: Hands, job: ServerWork) -> Effect:
    """Make the machine of what was kept, and start it."""
    return await run_machine(hands, job)


@bring_back.finish
def brought_back(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server runs, and the image that it was goes."""
    switch_on(d, job.vm, done)
    run_own_image(d, job.vm)
    kept = image.image(d.state, server.stash.image)
    if kept is not None:
        image.remove(d, kept)
    conclude(d, server, states.ACTIVE, stash=Stash())


def run_own_image(d: Decision, vm_uid: str) -> None:
    """The machine is made of the server's own image the next time, not of the one that was kept while it was shelved."""
    vm = d.get(Vm, vm_uid)
    d.update(VM_RECONFIGURED, vm, extra_config={key: value for key, value in vm.extra_config.items() if key != CONTAINER_KEY})


@COMPUTE.action(ACTION, "shelve", body=ANYTHING)
async def shelve(call: Call) -> None:
    """Put the server away."""
    await call.ask(shelve_server, server=server_of(call).uid, admin=call.credentials.admin, caller=caller_of(call))


@COMPUTE.action(ACTION, "shelveOffload", body=ANYTHING, rule=admin)
async def shelve_offload(call: Call) -> None:
    """Take a shelved server off its host."""
    await call.ask(offload_server, server=server_of(call).uid)


@COMPUTE.action(ACTION, "unshelve", body=UNSHELVE)
async def unshelve(call: Call) -> None:
    """Bring the server back."""
    server, body = server_of(call), _given(call)
    states.require(server, "unshelve", admin=call.credentials.admin)
    if "host" in body and not call.credentials.admin:
        raise Fault(403, "Policy doesn't allow os_compute_api:os-shelve:unshelve_to_host to be performed.")
    zone = (body["availability_zone"] or "") if "availability_zone" in body else None
    if zone is not None and not call.since("2.91") and server.vm_state != states.OFFLOADED:
        raise Fault(409, f"Specifying an availability zone when unshelving server {server.uid} with status 'SHELVED' is not supported.")
    arguments = {"zone": zone, "host": body.get("host", ""), "admin": call.credentials.admin}
    await call.ask(unshelve_server, server=server.uid, caller=caller_of(call), **arguments)


def _given(call: Call) -> dict[str, Any]:
    return call.body if call.since("2.77") and isinstance(call.body, dict) else {}

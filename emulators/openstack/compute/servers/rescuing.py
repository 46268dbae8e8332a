"""Rescue: the server boots another image while its own disk is kept aside."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from emulators.conductor import specs
from emulators.conductor.hands import Hands
from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.compute.servers import guest, states
from emulators.openstack.compute.servers.asked import require_machine
from emulators.openstack.compute.servers.events import SERVER_CHANGED
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.passwords import password_of, sealing
from emulators.openstack.compute.servers.power import switch_on
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.records import BlockDevice, NovaServer, Stash
from emulators.openstack.compute.servers.running import end_machine, run_machine
from emulators.openstack.compute.servers.schemas import ANYTHING, PASSWORD
from emulators.openstack.compute.servers.works import Caller, ServerWork, begin_work, conclude, work
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.faults import Fault
from emulators.openstack.image import face as image
from emulators.openstack.schemas import UUID, closed
from emulators.world.commands import Effect
from emulators.world.decide import Decision

RESCUE: Final = {**closed({"adminPass": PASSWORD, "rescue_image_ref": UUID}), "type": ["object", "null"]}


@ask
def rescue_server(d: Decision, *, server: str, ref: str, password: str, admin: bool, caller: Caller) -> None:
    """Begin a rescue with the engine's image ``ref`` and a sealed password; raises Fault 409 when that is not allowed now."""
    found = d.get(NovaServer, server)
    states.require(found, "rescue", admin=admin)
    require_machine(d, found, "rescue")
    changed = d.update(SERVER_CHANGED, found, stash=Stash(vm_state=found.vm_state))
    begin_work(d, changed, "rescue", task="rescuing", action="rescue", caller=caller, image=ref, password=password)


@work("rescue")
async def boot_other(hands: Hands, job: ServerWork) -> Effect:
    """Keep the machine's files aside, and run the rescue image in its place."""
    vm = hands.vm(job.vm)
    ref = ""
    if await hands.known(vm):
        await end_machine(hands, job)
        ref = await hands.machines.snapshot(vm.uid, f"rescue-{vm.uid}")
        await hands.delete(vm.uid)
    await hands.make(msgspec.structs.replace(hands.spec(vm), image=job.given["image"]))
    await guest.prepare(hands, job.server, vm, password=job.given["password"])
    done = specs.effect_of(await hands.machines.start(vm.uid), vm)
    return msgspec.structs.replace(done, ref=ref)


@boot_other.finish
def rescued(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server is in RESCUE."""
    switch_on(d, job.vm, done)
    conclude(d, server, states.RESCUED, stash=msgspec.structs.replace(server.stash, ref=done.ref))


@ask
def unrescue_server(d: Decision, *, server: str, admin: bool, caller: Caller) -> None:
    """Begin the way back; raises Fault 409 when the server is not rescued."""
    found = d.get(NovaServer, server)
    states.require(found, "unrescue", admin=admin)
    require_machine(d, found, "unrescue")
    begin_work(d, found, "unrescue", task="unrescuing", action="unrescue", caller=caller, ref=found.stash.ref)


@work("unrescue")
async def boot_own(hands: Hands, job: ServerWork) -> Effect:
    """Put the machine's own files back and start it."""
    ref = job.given["ref"]
    if ref:
        await end_machine(hands, job)
        await hands.machines.revert(ref, hands.spec(hands.vm(job.vm)))
        hands.knows(job.vm)
    done = await run_machine(hands, job)
    if ref:
        await hands.remove_snapshot(ref)
    return done


@boot_own.finish
def unrescued(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server is ACTIVE."""
    switch_on(d, job.vm, done)
    conclude(d, server, states.ACTIVE, stash=Stash())


@COMPUTE.action(ACTION, "rescue", body=RESCUE, status=200)
async def rescue(call: Call) -> dict[str, Any]:
    """Boot the rescue image, or the server's own when none is named."""
    server, body = server_of(call), call.body or {}
    if any(one.boot_index == 0 for one in call.state.where(BlockDevice, "server", server.uid)) and not call.since("2.87"):
        raise Fault(400, f"Instance {server.uid} cannot be rescued: Cannot rescue a volume-backed instance")
    chosen = body.get("rescue_image_ref") or server.image
    if "rescue_image_ref" in body:
        image.bootable(call.state, call.credentials, chosen)
    ref = image.guest_ref(call.state, chosen)
    keeper = sealing(call.cloud)
    password = body.get("adminPass") or password_of(keeper, server.uid, "rescue")
    sealed = keeper.seal(password)
    await call.ask(rescue_server, server=server.uid, ref=ref, password=sealed, admin=call.credentials.admin, caller=caller_of(call))
    return {"adminPass": password}


@COMPUTE.action(ACTION, "unrescue", body=ANYTHING)
async def unrescue(call: Call) -> None:
    """Boot the server's own disk again."""
    await call.ask(unrescue_server, server=server_of(call).uid, admin=call.credentials.admin, caller=caller_of(call))

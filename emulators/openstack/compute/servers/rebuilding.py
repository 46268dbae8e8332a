"""Rebuild: a server made anew of an image, with the same id, ports and volumes."""

from __future__ import annotations

from typing import Any

from emulators.conductor.hands import Hands
from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.compute import quotas
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.events import SERVER_CHANGED
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.passwords import admin_pass, password_of, sealing
from emulators.openstack.compute.servers.power import switch_off, switch_on
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.records import BlockDevice, NovaServer
from emulators.openstack.compute.servers.request import access_ip, checked_base64, key_of, require_fit
from emulators.openstack.compute.servers.running import run_machine
from emulators.openstack.compute.servers.schemas import REBUILD
from emulators.openstack.compute.servers.views import looks_for, show
from emulators.openstack.compute.servers.works import Caller, ServerWork, begin_work, conclude, work
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.faults import Fault
from emulators.openstack.image import face as image
from emulators.world.commands import Effect
from emulators.world.decide import Decision
from emulators.world.decisions.vms import VM_RECONFIGURED
from emulators.world.model import Power, Vm


@ask
def rebuild_server(d: Decision, *, server: str, fields: dict[str, Any], admin: bool, caller: Caller) -> NovaServer:
    """The server has its new properties, and its machine is made again.  Raises Fault 409 when that is not allowed now, 403 over quota."""
    found = d.get(NovaServer, server)
    states.require(found, "rebuild", admin=admin)
    quotas.require_metadata(d.state, found.project, len(fields.get("metadata", found.metadata)))
    was = found.vm_state
    changed = d.update(SERVER_CHANGED, found, **fields, updated=d.now)
    vm = d.get(Vm, found.vm)
    d.update(VM_RECONFIGURED, vm, name=changed.name, image=_world_image(d, changed, vm), change=vm.change + 1)
    begin_work(d, changed, "rebuild", task="rebuilding", action="rebuild", caller=caller, off="yes" if was == states.STOPPED else "")
    return d.get(NovaServer, server)


def _world_image(d: Decision, server: NovaServer, vm: Vm) -> str:
    return image.world_image(d.state, server.image) if server.image else vm.image


@work("rebuild")
async def remake(hands: Hands, job: ServerWork) -> Effect:
    """Remove the machine and make it again; one that was off is made when it is started."""
    await hands.delete(job.vm)
    return Effect() if job.given.get("off") else await run_machine(hands, job)


@remake.finish
def remade(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server runs, unless it was off."""
    if job.given.get("off"):
        if d.get(Vm, job.vm).power is not Power.OFF:
            switch_off(d, job.vm)
        conclude(d, server, states.STOPPED, fault=None)
        return
    switch_on(d, job.vm, done)
    conclude(d, server, states.ACTIVE, fault=None, launched=d.now)


@COMPUTE.action(ACTION, "rebuild", body=REBUILD)
async def rebuild(call: Call) -> Reply:
    """Make the server anew."""
    server, body = server_of(call), call.body
    states.require(server, "rebuild", admin=call.credentials.admin)
    fields = _fields(call, server, body)
    changed = await call.ask(rebuild_server, server=server.uid, fields=fields, admin=call.credentials.admin, caller=caller_of(call))
    row = show(call.state, changed, looks_for(call, single=True, full=False))
    row["adminPass"] = admin_pass(sealing(call.cloud), changed)
    if call.since("2.54"):
        row["key_name"] = changed.key_name or None
    if call.since("2.57"):
        row["user_data"] = changed.user_data or None
        row.pop("OS-EXT-SRV-ATTR:user_data", None)
    return Reply({"server": row}, headers={"Location": row["links"][0]["href"]})


def _fields(call: Call, server: NovaServer, body: dict[str, Any]) -> dict[str, Any]:
    made_of = image.bootable(call.state, call.credentials, body["imageRef"])
    from_volume = any(one.boot_index == 0 for one in call.state.where(BlockDevice, "server", server.uid))
    if from_volume and not call.since("2.93"):
        raise Fault(400, "Unable to rebuild with a different image for a volume-backed server.")
    if not from_volume:
        require_fit(call, made_of, server.flavor)
    fields: dict[str, Any] = {} if from_volume else {"image": made_of.uid, "image_properties": dict(made_of.properties)}
    keeper = sealing(call.cloud)
    fields["admin_pass"] = keeper.seal(body.get("adminPass") or password_of(keeper, server.uid, "rebuild"))
    fields |= {name: body[name] for name in ("metadata", "description", "hostname") if name in body}
    if "name" in body:
        fields["name"] = body["name"].strip()
    if "OS-DCF:diskConfig" in body:
        fields["disk_config"] = body["OS-DCF:diskConfig"]
    for name, field in (("accessIPv4", "access_ipv4"), ("accessIPv6", "access_ipv6")):
        if name in body:
            fields[field] = access_ip(body, name)
    if "key_name" in body:
        fields |= {"key_name": "", "key_data": "", **key_of(call, body["key_name"])}
    if "user_data" in body:
        fields["user_data"] = checked_base64(body["user_data"] or "", "user_data")
    if "trusted_image_certificates" in body:
        fields["trusted_certs"] = tuple(body["trusted_image_certificates"] or ()) or None
    return fields

"""Ports and volumes of a server that come and go: what is decided of them.  Cards and disks follow when the work is settled."""

from __future__ import annotations

from emulators.openstack.asks import ask
from emulators.openstack.compute.servers import hosts, states
from emulators.openstack.compute.servers.actions import note_action
from emulators.openstack.compute.servers.building import add_device, free_names
from emulators.openstack.compute.servers.events import BLOCK_DEVICE_CHANGED, BLOCK_DEVICE_REMOVED, SERVER_CHANGED
from emulators.openstack.compute.servers.records import BlockDevice, NovaServer
from emulators.openstack.compute.servers.works import Caller, begin_work
from emulators.openstack.faults import Fault
from emulators.openstack.network import face as network
from emulators.openstack.network.records import NeutronPort
from emulators.openstack.volume import face as volume
from emulators.world.decide import Decision
from emulators.world.decisions.operations import holder
from emulators.world.decisions.vms import VM_RECONFIGURED
from emulators.world.model import Vm
from emulators.world.state import WorldState


def settle(d: Decision, server: NovaServer, action: str, caller: Caller) -> None:
    """Have the machine follow; one that something is done to follows when that is over.  ``action``: empty is none of the list's."""
    vm = d.state.maybe(Vm, server.vm)
    if vm is None or not server.host or holder(d, vm.uid) is not None:
        if action:
            note_action(d, server, action, caller)
        return
    d.update(VM_RECONFIGURED, vm, change=vm.change + 1)
    begin_work(d, server, "rewire", task="", action=action, caller=caller)


@ask
def attach_interface(d: Decision, *, server: str, wanted: network.WantedPort, admin: bool, caller: Caller) -> NeutronPort:
    """Plug a port into a server; raises Fault 400, 403, 404 or 409."""
    found = d.get(NovaServer, server)
    states.require(found, "attach_interface", admin=admin)
    (port,) = network.allocate(
        d, project=found.project, server=found.uid, vm=found.vm, host=found.host, zone=found.zone, wanted=(wanted,), admin=admin
    )
    if wanted.tag:
        found = d.update(SERVER_CHANGED, found, nic_tags={**found.nic_tags, port.uid: wanted.tag})
    settle(d, found, "attach_interface", caller)
    return port


@ask
def detach_interface(d: Decision, *, server: str, port: str, admin: bool, caller: Caller) -> None:
    """Pull a port out of a server; raises Fault 404 or 409."""
    found = d.get(NovaServer, server)
    states.require(found, "detach_interface", admin=admin)
    if port not in {one.uid for one in network.ports_of(d.state, server)}:
        raise Fault(404, f"Instance {server} does not have a port with id {port}")
    network.unplug(d, port)
    tags = {uid: tag for uid, tag in found.nic_tags.items() if uid != port}
    found = d.update(SERVER_CHANGED, found, nic_tags=tags)
    settle(d, found, "detach_interface", caller)


@ask
def attach_volume(
    d: Decision, *, server: str, volume_id: str, device: str, tag: str | None, delete: bool, admin: bool, caller: Caller
) -> BlockDevice:
    """Attach a volume to a server; raises Fault 400 or 409."""
    found = d.get(NovaServer, server)
    states.require(found, "attach_volume", admin=admin)
    if device_of(d.state, server, volume_id) is not None:
        raise Fault(400, f"Invalid volume: volume {volume_id} already attached")
    name = f"/dev/{device.rpartition('/')[2]}" if device else ""
    if name and name in {one.device for one in d.state.where(BlockDevice, "server", server)} | {found.root_device}:
        raise Fault(409, f"The supplied device path ({device}) is in use.")
    made = add_device(d, found, volume_id, name or str(next(free_names(d.state, found))), delete=delete, tag=tag)
    settle(d, found, "attach_volume", caller)
    return made


@ask
def detach_volume(d: Decision, *, server: str, volume_id: str, admin: bool, caller: Caller) -> None:
    """Detach a volume from a server; raises Fault 403, 404 or 409."""
    found = d.get(NovaServer, server)
    device = device_of(d.state, server, volume_id)
    if device is None:
        raise Fault(404, f"Instance {server} is not attached to volume {volume_id}")
    states.require(found, "detach_volume", admin=admin)
    if device.boot_index == 0 and found.vm_state != states.OFFLOADED:
        raise Fault(403, "Cannot detach a root device volume")
    d.delete(BLOCK_DEVICE_REMOVED, device)
    volume.detach(d, volume_id, server)
    settle(d, found, "detach_volume", caller)


@ask
def change_device(d: Decision, *, device: str, delete: bool) -> None:
    """Say whether a volume goes with its server."""
    found = d.get(BlockDevice, device)
    d.update(BLOCK_DEVICE_CHANGED, found, delete_on_termination=delete)
    attachment = volume.attachment_of(d.state, found.volume, found.server)
    if attachment is not None:
        d.update(BLOCK_DEVICE_CHANGED, attachment, delete_on_termination=delete)


@ask
def swap_volume(d: Decision, *, server: str, old: str, new: str, caller: Caller) -> None:
    """Put another volume in a volume's place; raises Fault 400 or 409."""
    found = d.get(NovaServer, server)
    states.require(found, "swap_volume", admin=True)
    device = device_of(d.state, server, old)
    if device is None:
        raise Fault(404, f"Instance {server} is not attached to volume {old}")
    volume.detach(d, old, server)
    host = hosts.name_of(d.state, found.host)
    attachment = volume.attach(
        d, new, server=server, vm=found.vm, device=device.device, host=host, delete_on_termination=device.delete_on_termination
    )
    d.update(BLOCK_DEVICE_CHANGED, device, volume=new, attachment=attachment)
    settle(d, found, "swap_volume", caller)


def device_of(state: WorldState, server: str, volume_id: str) -> BlockDevice | None:
    """How a server has a volume."""
    return next((one for one in state.where(BlockDevice, "server", server) if one.volume == volume_id), None)

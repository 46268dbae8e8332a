"""VMs that the inventory has on KVM hosts, as servers: they were there before Nova was asked for anything."""

from __future__ import annotations

from typing import Final

from emulators.openstack.asks import ask
from emulators.openstack.cloud import Cloud
from emulators.openstack.compute import face
from emulators.openstack.compute.flavors import Flavor, seed_compute
from emulators.openstack.compute.servers import passwords, snapshots, states
from emulators.openstack.compute.servers.building import flavor_of, hostname_of
from emulators.openstack.compute.servers.events import SERVER_CREATED
from emulators.openstack.compute.servers.hosts import MIB
from emulators.openstack.compute.servers.metadata_sockets import MetadataSockets
from emulators.openstack.compute.servers.records import FlavorOf, NovaServer
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.identity.face import user_named
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.network import face as network
from emulators.world.decide import Decision
from emulators.world.model import Disk, Owner, Power, Vm
from emulators.world.state import WorldState

STATES: Final = {
    Power.ON: (states.ACTIVE, states.RUNNING),
    Power.OFF: (states.STOPPED, states.SHUTDOWN),
    Power.SUSPENDED: (states.SUSPENDED, states.SHUTDOWN),
}
GIB: Final = 1 << 30


def seed_servers(cloud: Cloud) -> None:
    """What a fresh Nova has, and the servers of VMs that have none yet."""
    seed_compute(cloud)
    passwords.hand_over(cloud)
    snapshots.hand_over(cloud)
    sockets = cloud.part(MetadataSockets, cloud)
    cloud.closing.append(sockets.close)
    sockets.take_up()
    if any(_is_unknown(cloud.state, vm) for vm in cloud.state.iterate(Vm)):
        cloud.ask_now(adopt_servers)


def _is_unknown(state: WorldState, vm: Vm) -> bool:
    """Whether a VM of OpenStack's is no server yet, or has cards that are no ports."""
    if vm.owner is not Owner.OPENSTACK or not vm.project:
        return False
    return face.server_of_vm(state, vm.uid) is None or network.lacks_ports(state, vm.uid)


@ask
def adopt_servers(d: Decision) -> None:
    """A server for every VM of OpenStack that has none, and its ports; its id is the VM's own."""
    admin = user_named(d.state, "admin")
    sizes = {(one.vcpus, one.ram): one for one in d.state.all(Flavor)}
    for vm in d.state.all(Vm):
        if _is_unknown(d.state, vm):
            known = face.server_of_vm(d.state, vm.uid)
            server = known or _adopt(d, vm, sizes.get((vm.cpus, vm.memory_bytes // MIB)), admin.uid if admin else "")
            network.adopt(d, vm, server=server.uid, zone=server.zone)


def _adopt(d: Decision, vm: Vm, flavor: Flavor | None, user: str) -> NovaServer:
    vm_state, power_state = STATES[vm.power]
    image = d.state.one(GlanceImage, "image", vm.image) if vm.image else None
    return d.create(
        SERVER_CREATED,
        NovaServer,
        uid=vm.instance_uuid,
        name=vm.name,
        hostname=hostname_of(vm.name, vm.instance_uuid),
        project=vm.project,
        user=user,
        vm=vm.uid,
        host=vm.host,
        zone=face.zone_of(d.state, vm.host),
        image=image.uid if image else "",
        flavor=flavor_of(flavor) if flavor else _own_flavor(d, vm),
        vm_state=vm_state,
        power_state=power_state,
        reservation=f"r-{vm.uid[-8:]}",
        description=vm.annotation or None,
        launched=vm.created,
        updated=d.now,
    )


def _own_flavor(d: Decision, vm: Vm) -> FlavorOf:
    """A flavor that is nobody else's, for a size that no flavor has."""
    ram = vm.memory_bytes // MIB
    disk = sum(one.capacity_bytes for one in d.state.where(Disk, "vm", vm.uid)) // GIB
    name = f"inventory-{vm.cpus}-{ram}"
    return FlavorOf(name, name, vm.cpus, ram, disk)


COMPUTE.seed = seed_servers

"""Servers come into being: in one transaction their records, VMs, ports and volumes; then their machines start."""

from __future__ import annotations

import re
from typing import Any, Final

from emulators.conductor.specs import HOSTNAME_KEY
from emulators.openstack.asks import ask
from emulators.openstack.compute import face, quotas
from emulators.openstack.compute.servers import hosts, scheduler
from emulators.openstack.compute.servers.actions import close_action, open_action
from emulators.openstack.compute.servers.devices import WantedDevice
from emulators.openstack.compute.servers.events import BLOCK_DEVICE_ADDED, SERVER_CHANGED, SERVER_CREATED
from emulators.openstack.compute.servers.hosts import MIB
from emulators.openstack.compute.servers.records import BlockDevice, FlavorOf, NovaServer
from emulators.openstack.compute.servers.spec import ServerSpec
from emulators.openstack.compute.servers.works import begin_work, to_error
from emulators.openstack.faults import Fault
from emulators.openstack.image import face as image
from emulators.openstack.network import face as network
from emulators.openstack.volume import face as volume
from emulators.openstack.volume.records import CinderSnapshot, CinderVolume
from emulators.world.decide import Decision
from emulators.world.decisions import hardware as hw
from emulators.world.decisions.vms import VM_CREATED, VM_RECONFIGURED
from emulators.world.model import Disk, Hypervisor, Owner, Vm
from emulators.world.state import WorldState

GIB: Final = 1 << 30
_NOT_IN_HOSTNAMES: Final = re.compile(r"[^\w.-]+", re.ASCII)
_LETTERS: Final = "bcdefghijklmnopqrstuvwxyz"


@ask
def create_servers(d: Decision, *, spec: ServerSpec) -> list[NovaServer]:
    """Make as many servers as the quota allows, up to ``most``.

    Raises Fault 403 when that is less than ``least``, and what ports and volumes are refused with.  No host: the server is in ERROR.
    """
    count = _allowed(d, spec)
    reservation = f"r-{d.new_uuid().replace('-', '')[:8]}"
    return [_create(d, spec, place, count, reservation) for place in range(count)]


def _allowed(d: Decision, spec: ServerSpec) -> int:
    flavor, room = spec.flavor, quotas.headroom(d.state, spec.project, spec.user)
    each = {"instances": 1, "cores": flavor.vcpus, "ram": flavor.ram}
    count = min([spec.most, *(room[name] // size for name, size in each.items() if size and room[name] >= 0)])
    if count < spec.least:
        wanted = {name: size * spec.least for name, size in each.items()}
        quotas.require(d, spec.project, user=spec.user, **wanted)
        raise Fault(403, "Quota exceeded for instances")
    return count


def _create(d: Decision, spec: ServerSpec, place: int, count: int, reservation: str) -> NovaServer:
    uid = d.new_uuid()
    suffix = f"-{place + 1}" if count > 1 else ""
    server = d.create(
        SERVER_CREATED,
        NovaServer,
        uid=uid,
        name=f"{spec.name}{suffix}",
        hostname=spec.hostname or hostname_of(f"{spec.name}{suffix}", uid),
        project=spec.project,
        user=spec.user,
        image=spec.image,
        image_properties=spec.image_properties,
        flavor=spec.flavor,
        key_name=spec.key_name,
        key_data=spec.key_data,
        metadata=spec.metadata,
        description=spec.description,
        config_drive=spec.config_drive,
        disk_config=spec.disk_config,
        access_ipv4=spec.access_ipv4,
        access_ipv6=spec.access_ipv6,
        user_data=spec.user_data,
        admin_pass=spec.admin_pass,
        tags=spec.tags,
        trusted_certs=spec.trusted_certs,
        zone=spec.pinned,
        pinned_zone=spec.pinned,
        group=spec.group,
        hints=spec.hints,
        security_groups=spec.security_groups,
        reservation=reservation,
        launch_index=place,
        task_state="scheduling",
        updated=d.now,
    )
    return _place(d, server, spec)


def _place(d: Decision, server: NovaServer, spec: ServerSpec) -> NovaServer:
    wanted = scheduler.Wanted(flavor=spec.flavor, server=server.uid, zone=spec.pinned, host=spec.host, group=spec.group, hints=spec.hints)
    try:
        host = scheduler.choose(d.state, wanted)
    except Fault as error:
        action = open_action(d, server, "create", event="conductor_schedule_and_build_instances")
        close_action(d, action, error=error.message)
        return to_error(d, server, error.message)
    vm = make_vm(d, server, host)
    server = d.update(SERVER_CHANGED, server, host=host.uid, vm=vm.uid, zone=face.zone_of(d.state, host.uid))
    server = _plug(d, server, spec)
    _attach(d, server, spec.devices)
    begin_work(d, server, "spawn", task="spawning", action="create")
    return d.get(NovaServer, server.uid)


def make_vm(d: Decision, server: NovaServer, host: Hypervisor) -> Vm:
    """The server's VM, off, with the disk that its flavor gives it."""
    flavor = server.flavor
    vm = d.create(
        VM_CREATED,
        Vm,
        name=server.name,
        site=host.site,
        owner=Owner.OPENSTACK,
        project=server.project,
        host=host.uid,
        uuid=server.uid,
        instance_uuid=server.uid,
        cpus=flavor.vcpus,
        memory_bytes=flavor.ram * MIB,
        image=image.world_image(d.state, server.image) if server.image else "",
        extra_config={HOSTNAME_KEY: server.hostname},
        modified=d.now,
    )
    if server.image:
        make_root_disk(d, server, vm)
    return vm


def make_root_disk(d: Decision, server: NovaServer, vm: Vm) -> Disk:
    """The disk that comes with a server; it lies on its host (law 5 counts it with the host's room, not with a datastore's)."""
    return d.create(
        hw.DISK_CREATED,
        Disk,
        name=f"{server.uid}_disk",
        site=vm.site,
        project=server.project,
        vm=vm.uid,
        datastore="",
        path=f"[{vm.host}] {server.uid}/disk",
        uuid=d.new_uuid(),
        capacity_bytes=max(server.flavor.disk, 1) * GIB,
    )


def _plug(d: Decision, server: NovaServer, spec: ServerSpec) -> NovaServer:
    wanted = _networks(d.state, spec)
    ports = network.allocate(
        d,
        project=server.project,
        server=server.uid,
        vm=server.vm,
        host=server.host,
        zone=server.zone,
        wanted=wanted,
        security_groups=spec.security_groups,
        admin=spec.admin,
    )
    tags = {port.uid: one.tag for port, one in zip(ports, wanted, strict=True) if one.tag}
    return d.update(SERVER_CHANGED, server, nic_tags=tags)


def _networks(state: WorldState, spec: ServerSpec) -> list[network.WantedPort]:
    if spec.networks is not None:
        return list(spec.networks)
    found = network.default_networks(state, spec.project)
    if spec.auto and not found:
        raise Fault(400, f"Unable to automatically allocate a network for project {spec.project}")
    return [network.WantedPort(network=one) for one in found]


def _attach(d: Decision, server: NovaServer, devices: tuple[WantedDevice, ...]) -> None:
    """The volumes, the one that it boots from first: the first disk is the guest's root."""
    names = free_names(d.state, server)
    for one in sorted(devices, key=lambda one: (one.boot_index < 0, one.boot_index)):
        if one.local:
            continue
        uid = one.uuid if one.source == "volume" else _make_volume(d, server, one)
        name = f"/dev/{one.name.rpartition('/')[2]}" if one.name else "/dev/vda" if one.boot_index == 0 else next(names)
        add_device(d, server, uid, name, boot_index=one.boot_index, delete=one.delete, tag=one.tag)
        if one.boot_index == 0:
            _boot_from(d, server, uid)


def _make_volume(d: Decision, server: NovaServer, one: WantedDevice) -> str:
    source: dict[str, Any] = {one.source: one.uuid} if one.source != "blank" else {}
    snapshot = d.state.maybe(CinderSnapshot, one.uuid)
    size = one.size or (snapshot.size if snapshot else 1)
    made = volume.create_for_server(d, project=server.project, user=server.user, size=size, volume_type=one.volume_type, **source)
    return made.uid


def _boot_from(d: Decision, server: NovaServer, uid: str) -> None:
    """A server that boots from a volume runs the guest of the image that the volume was made of, and has no disk of its own."""
    vm = d.get(Vm, server.vm)
    for disk in d.state.where(Disk, "vm", vm.uid):
        if disk.name == f"{server.uid}_disk":
            d.delete(hw.DISK_DELETED, disk)
    source = d.get(CinderVolume, uid).image_metadata.get("image_id", "")
    d.update(VM_RECONFIGURED, d.get(Vm, vm.uid), image=image.world_image(d.state, source))
    d.update(SERVER_CHANGED, d.get(NovaServer, server.uid), image="")


def add_device(
    d: Decision, server: NovaServer, uid: str, name: str, *, boot_index: int = -1, delete: bool = False, tag: str | None = None
) -> BlockDevice:
    """Attach a volume as a device of that name; raises Fault 400 when it is not free."""
    attachment = volume.attach(
        d, uid, server=server.uid, vm=server.vm, device=name, host=hosts.name_of(d.state, server.host), delete_on_termination=delete
    )
    return d.create(
        BLOCK_DEVICE_ADDED,
        BlockDevice,
        name=name,
        server=server.uid,
        volume=uid,
        device=name,
        tag=tag,
        boot_index=boot_index,
        delete_on_termination=delete,
        attachment=attachment,
    )


def free_names(state: WorldState, server: NovaServer) -> Any:
    """Device names that the server does not have yet: ``/dev/vdb`` and on."""
    taken = {one.device for one in state.where(BlockDevice, "server", server.uid)} | {server.root_device}
    letters = [*_LETTERS, *(f"{first}{second}" for first in f"a{_LETTERS}" for second in f"a{_LETTERS}")]
    return iter([f"/dev/vd{one}" for one in letters if f"/dev/vd{one}" not in taken])


def hostname_of(name: str, uid: str) -> str:
    """The host name that a server's name makes (nova.utils.sanitize_hostname)."""
    clean = _NOT_IN_HOSTNAMES.sub("", name.replace(" ", "-").replace("_", "-").replace(".", "-")).lower().strip("-")
    return clean[:63].strip("-") or f"server-{uid}"


def flavor_of(found: Any) -> FlavorOf:
    """A flavor as servers keep it."""
    return FlavorOf(found.uid, found.name, found.vcpus, found.ram, found.disk, found.ephemeral, found.swap, dict(found.extra_specs))

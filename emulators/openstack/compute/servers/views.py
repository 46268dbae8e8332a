"""How a server looks to a client, by microversion and by whether an administrator asks (nova's view builder, 2.1 to 2.96)."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from typing import Any, Final, NamedTuple

from emulators.openstack.call import Call
from emulators.openstack.compute import face
from emulators.openstack.compute.servers import hosts, states
from emulators.openstack.compute.servers.records import BlockDevice, NovaServer
from emulators.openstack.compute.services import compute_service
from emulators.openstack.network import face as network
from emulators.openstack.times import micro, zulu
from emulators.world.model import Hypervisor
from emulators.world.state import WorldState

Row = dict[str, Any]
STEPS: Final = (1, 3, 9, 16, 19, 26, 47, 63, 71, 73, 75, 90, 96)
"""The microversions at which what is shown of a server changes."""
FAULTY: Final = frozenset({"ERROR", "DELETED"})
PROGRESSING: Final = frozenset({"ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING"})


class Looks(NamedTuple):
    """How to show servers: the address of the service (``http://host/compute``), the last step of `STEPS`, and for whom.

    ``single``: one server is shown, not a list's; ``full``: not the shorter form that updates and rebuilds answer before 2.75.
    """

    root: str
    base: str
    step: int
    admin: bool
    single: bool = False
    full: bool = True


def looks_for(call: Call, *, single: bool = False, full: bool = True) -> Looks:
    """How the caller sees servers."""
    step = STEPS[bisect_right(STEPS, call.version.minor) - 1]
    return Looks(call.url(""), call.service.base, step, call.credentials.admin, single, full or step >= 75)  # noqa: PLR2004 - 2.75


def links(looks: Looks, uid: str) -> list[Row]:
    """A server's two links."""
    return [
        {"rel": "self", "href": f"{looks.root}{looks.base}/servers/{uid}"},
        {"rel": "bookmark", "href": f"{looks.root}/servers/{uid}"},
    ]


def brief(server: NovaServer, looks: Looks) -> Row:
    """A server in a list without details."""
    return {"id": server.uid, "name": server.name, "links": links(looks, server.uid)}


def show(state: WorldState, server: NovaServer, looks: Looks) -> Row:
    """A server with everything that the caller may see."""
    status = states.status_of(server)
    row: Row = {
        "id": server.uid,
        "name": server.name,
        "status": status,
        "tenant_id": server.project,
        "user_id": server.user,
        "metadata": server.metadata,
        "hostId": host_id(state, server),
        "image": _image(server, looks),
        "flavor": _flavor(server, looks),
        "created": zulu(server.created),
        "updated": zulu(server.updated),
        "addresses": addresses(state, server, extended=looks.full),
        "accessIPv4": server.access_ipv4,
        "accessIPv6": server.access_ipv6,
        "links": links(looks, server.uid),
        "OS-DCF:diskConfig": server.disk_config,
    }
    if status in FAULTY and server.fault is not None:
        row["fault"] = _fault(server, looks)
    if status in PROGRESSING:
        row["progress"] = server.progress
    if looks.full:
        row |= _extended(state, server, looks)
    return row | _since(state, server, looks)


def addresses(state: WorldState, server: NovaServer, *, extended: bool) -> dict[str, list[Row]]:
    """The addresses by network; none while the server is built, and without type and MAC where they were not shown."""
    if server.vm_state == states.BUILDING:
        return {}
    found = network.addresses(state, server.uid)
    if extended:
        return found
    return {name: [{"version": one["version"], "addr": one["addr"]} for one in rows] for name, rows in found.items()}


def host_id(state: WorldState, server: NovaServer) -> str:
    """What tells two hosts apart for one project, and nothing else."""
    name = hosts.name_of(state, server.host)
    return hashlib.sha224(f"{server.project}{name}".encode()).hexdigest() if name else ""


def _image(server: NovaServer, looks: Looks) -> Row | str:
    if not server.image:
        return ""
    return {"id": server.image, "links": [{"rel": "bookmark", "href": f"{looks.root}/images/{server.image}"}]}


def _flavor(server: NovaServer, looks: Looks) -> Row:
    flavor = server.flavor
    if looks.step < 47:  # noqa: PLR2004 - embedded since 2.47
        return {"id": flavor.id, "links": [{"rel": "bookmark", "href": f"{looks.root}/flavors/{flavor.id}"}]}
    sizes = {"vcpus": flavor.vcpus, "ram": flavor.ram, "disk": flavor.disk, "ephemeral": flavor.ephemeral, "swap": flavor.swap}
    return {**sizes, "original_name": flavor.name, "extra_specs": flavor.extra_specs}


def _fault(server: NovaServer, looks: Looks) -> Row:
    fault = server.fault
    assert fault is not None  # noqa: S101 - asked for a server that has one
    row: Row = {"code": fault.code, "created": zulu(fault.created), "message": fault.message}
    if fault.details and (looks.admin or fault.code != 500):  # noqa: PLR2004 - internal errors' details are for administrators
        row["details"] = fault.details
    return row


def _extended(state: WorldState, server: NovaServer, looks: Looks) -> Row:
    """What shorter answers do not have."""
    row: Row = {
        "OS-EXT-AZ:availability_zone": face.zone_of(state, server.host) if server.host else server.zone,
        "config_drive": "True" if server.config_drive else "",
        "key_name": server.key_name or None,
        "OS-SRV-USG:launched_at": micro(server.launched) if server.launched else None,
        "OS-SRV-USG:terminated_at": micro(server.terminated) if server.terminated else None,
        "OS-EXT-STS:task_state": server.task_state or None,
        "OS-EXT-STS:vm_state": server.vm_state,
        "OS-EXT-STS:power_state": server.power_state,
        "os-extended-volumes:volumes_attached": _volumes(state, server, looks),
    }
    groups = security_groups(state, server)
    if groups:
        row["security_groups"] = groups
    if looks.admin:
        row |= _for_admin(state, server, looks)
    return row


def security_groups(state: WorldState, server: NovaServer) -> list[Row]:
    """The security groups by name."""
    return [{"name": name} for name in network.security_groups_of(state, server.uid)]


def _volumes(state: WorldState, server: NovaServer, looks: Looks) -> list[Row]:
    devices = state.where(BlockDevice, "server", server.uid)
    if looks.step < 3:  # noqa: PLR2004 - 2.3
        return [{"id": one.volume} for one in devices]
    return [{"id": one.volume, "delete_on_termination": one.delete_on_termination} for one in devices]


def instance_name(server: NovaServer) -> str:
    """The name that libvirt would have."""
    return f"instance-{server.number:08x}"


def _for_admin(state: WorldState, server: NovaServer, looks: Looks) -> Row:
    host = hosts.name_of(state, server.host) or None
    row: Row = {"host": host, "instance_name": instance_name(server), "hypervisor_hostname": host}
    if looks.step >= 3:  # noqa: PLR2004 - 2.3
        row |= {
            "hostname": server.hostname,
            "reservation_id": server.reservation,
            "launch_index": server.launch_index,
            "kernel_id": server.image_properties.get("kernel_id", ""),
            "ramdisk_id": server.image_properties.get("ramdisk_id", ""),
            "root_device_name": server.root_device,
            "user_data": server.user_data or None,
        }
    found = {f"OS-EXT-SRV-ATTR:{name}": value for name, value in row.items()}
    if looks.step >= 16:  # noqa: PLR2004 - 2.16
        found["host_status"] = host_status(state, server.host)
    return found


def host_status(state: WorldState, host_uid: str) -> str:
    """``UP``, ``MAINTENANCE``, ``DOWN`` or ``UNKNOWN``; empty without a host."""
    host = state.maybe(Hypervisor, host_uid)
    if host is None:
        return ""
    service = compute_service(state, host)
    if service.forced_down:
        return "DOWN"
    return ("MAINTENANCE" if service.disabled else "UP") if service.up else "UNKNOWN"


def _since(state: WorldState, server: NovaServer, looks: Looks) -> Row:
    """What came with microversions and is in the shorter answers, too."""
    row: Row = {}
    step = looks.step
    if step >= 9:  # noqa: PLR2004 - 2.9, and so on
        row["locked"] = bool(server.locked)
    if step >= 19:  # noqa: PLR2004
        row["description"] = server.description
    if step >= 26:  # noqa: PLR2004
        row["tags"] = list(server.tags)
    if step >= 63:  # noqa: PLR2004
        row["trusted_image_certificates"] = list(server.trusted_certs) if server.trusted_certs else None
    if step >= 71 and looks.single:  # noqa: PLR2004
        row["server_groups"] = [server.group] if server.group else []
    if step >= 73:  # noqa: PLR2004
        row["locked_reason"] = server.locked_reason
    if step >= 90 and not looks.admin:  # noqa: PLR2004
        row["OS-EXT-SRV-ATTR:hostname"] = server.hostname
    if step >= 96 and looks.full:  # noqa: PLR2004
        row["pinned_availability_zone"] = server.pinned_zone or None
    return row

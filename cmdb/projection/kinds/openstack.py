"""What OpenStack's services keep: servers, flavors, images, volumes and networks."""

from __future__ import annotations

import msgspec

from cmdb.model.classes.compute import Flavor, Image, VirtualMachine
from cmdb.model.classes.network import FloatingIp, Network, NetworkPort, Router, SecurityGroup, Subnet
from cmdb.model.classes.storage import Volume
from cmdb.projection.declare import ENGINE, OPENSTACK, Link, Shape, Statements, View, projects, seen
from cmdb.projection.kinds.storage import DiskShape, GlanceOf, ImageShape, VolumeOf

MIB, GIB = 1 << 20, 1 << 30
_POWER = {1: "on", 3: "suspended", 4: "off"}
"""Nova's power states: running, paused, shut down."""


class Owned(Shape, frozen=True, kw_only=True):
    """What belongs to a project (its uid)."""

    project: str = ""
    description: str | None = ""


class FlavorOf(msgspec.Struct, frozen=True):
    """The size of a server, as it was when it was made."""

    id: str = ""
    vcpus: int = 0
    ram: int = 0


class ServerShape(Owned, frozen=True, kw_only=True):
    """A server."""

    description: str | None = None
    vm: str = ""
    host: str = ""
    image: str = ""
    flavor: FlavorOf
    hostname: str = ""
    vm_state: str = "building"
    power_state: int = 0


class FlavorShape(Shape, frozen=True, kw_only=True):
    """A flavor: RAM in MiB, disk in GiB."""

    vcpus: int
    ram: int
    disk: int
    description: str | None = None


class GlanceShape(GlanceOf, frozen=True, kw_only=True):
    """An image; ``image`` is what stands behind it."""

    project: str = ""
    size: int = -1


class VolumeShape(VolumeOf, frozen=True, kw_only=True):
    """A volume of ``size`` GiB; ``disk`` is what stands behind it."""

    project: str
    size: int
    status: str = "creating"
    description: str = ""


class NeutronNetworkShape(Owned, frozen=True, kw_only=True):
    """A network; ``segment`` is what stands behind it."""

    segment: str
    mtu: int = 1450


class SubnetShape(Owned, frozen=True, kw_only=True):
    """A subnet."""

    network: str
    cidr: str
    gateway: str = ""


class FixedIp(msgspec.Struct, frozen=True):
    """An address of a port."""

    subnet: str
    ip: str


class NeutronPortShape(Owned, frozen=True, kw_only=True):
    """A port; ``device`` is the server or router that it is of."""

    network: str
    mac: str
    fixed_ips: tuple[FixedIp, ...] = ()
    admin_state_up: bool = True
    device: str = ""
    device_owner: str = ""
    security_groups: tuple[str, ...] = ()
    plug: str = ""


class RouterShape(Owned, frozen=True, kw_only=True):
    """A router."""

    gateway_port: str = ""


class FloatingShape(Owned, frozen=True, kw_only=True):
    """A floating IP; ``port`` is whom it leads to."""

    address: str
    port: str = ""


@projects("nova_server", ServerShape)
def nova_server(it: ServerShape, view: View) -> Statements:
    """A server: the same CI as the VM behind it, and a CI without one, too."""
    item = VirtualMachine(
        instance_uuid=it.uid, owner=OPENSTACK, project=it.project, hostname=it.hostname, power=_POWER.get(it.power_state, "off"),
        cpus=it.flavor.vcpus or None, memory_bytes=it.flavor.ram * MIB or None, description=it.description, operational_state=it.vm_state,
    )  # fmt: skip
    yield seen(OPENSTACK, it, item)
    yield Link(OPENSTACK, it.uid, "OWNED_BY", it.project)
    yield Link(OPENSTACK, it.uid, "MADE_FROM", it.image)
    if view.look(FlavorShape, it.flavor.id):
        yield Link(OPENSTACK, it.uid, "SHAPED_BY", it.flavor.id)


@projects("nova_flavor", FlavorShape)
def nova_flavor(it: FlavorShape, _: View) -> Statements:
    """A size."""
    item = Flavor(owner=OPENSTACK, cpus=it.vcpus, memory_bytes=it.ram * MIB, disk_bytes=it.disk * GIB, description=it.description)
    yield seen(OPENSTACK, it, item)


@projects("glance_image", GlanceShape, indexed=("image",))
def glance_image(it: GlanceShape, view: View) -> Statements:
    """An image, and what is known of it once it has content."""
    behind = view.look(ImageShape, it.image) if it.image else None
    item = Image(
        uuid=it.uid, owner=OPENSTACK, project=it.project, size_bytes=it.size if it.size >= 0 else None,
        ref=behind.ref if behind else None, os=behind.os if behind else None, guest_id=behind.guest_id if behind else None,
    )  # fmt: skip
    yield seen(OPENSTACK, it, item, also=(it.image,) if it.image else ())
    yield Link(OPENSTACK, it.uid, "OWNED_BY", it.project)


@projects("cinder_volume", VolumeShape, indexed=("disk",))
def cinder_volume(it: VolumeShape, view: View) -> Statements:
    """A volume, and the disk behind it once it is there."""
    behind = view.look(DiskShape, it.disk) if it.disk else None
    item = Volume(
        uuid=it.uid, project=it.project, capacity_bytes=it.size * GIB, status=it.status, description=it.description,
        path=behind.path if behind else None, thin=behind.thin if behind else None,
    )  # fmt: skip
    yield seen(OPENSTACK, it, item, also=(it.disk,) if it.disk else ())
    yield Link(OPENSTACK, it.uid, "OWNED_BY", it.project)
    if behind:
        yield Link(ENGINE, it.uid, "STORED_ON", behind.datastore)
        yield Link(OPENSTACK, behind.vm, "USES", it.uid)


@projects("neutron_network", NeutronNetworkShape)
def neutron_network(it: NeutronNetworkShape, _: View) -> Statements:
    """A network: the same CI as the segment behind it."""
    item = Network(uuid=it.uid, owner=OPENSTACK, project=it.project, mtu=it.mtu, description=it.description)
    yield seen(OPENSTACK, it, item, anchor=(ENGINE, it.segment))
    yield Link(OPENSTACK, it.uid, "OWNED_BY", it.project)


@projects("neutron_subnet", SubnetShape)
def neutron_subnet(it: SubnetShape, _: View) -> Statements:
    """A range of addresses."""
    item = Subnet(uuid=it.uid, owner=OPENSTACK, project=it.project, cidr=it.cidr, gateway=it.gateway, description=it.description)
    yield seen(OPENSTACK, it, item)
    yield Link(OPENSTACK, it.uid, "PART_OF", it.network)


@projects("neutron_port", NeutronPortShape)
def neutron_port(it: NeutronPortShape, _: View) -> Statements:
    """A port of a server or router."""
    addresses = tuple(fixed.ip for fixed in it.fixed_ips)
    item = NetworkPort(
        uuid=it.uid, owner=OPENSTACK, project=it.project, mac=it.mac, addresses=addresses, connected=it.admin_state_up,
        description=it.description,
    )  # fmt: skip
    yield seen(OPENSTACK, it, item, also=(it.plug,) if it.plug else ())
    yield Link(OPENSTACK, it.uid, "ATTACHED_TO", it.network)
    for group in it.security_groups:
        yield Link(OPENSTACK, it.uid, "GUARDED_BY", group)
    if it.device_owner.startswith("compute:"):
        yield Link(OPENSTACK, it.device, "CONNECTED_BY", it.uid)
        yield Link(OPENSTACK, it.device, "ATTACHED_TO", it.network)
    elif it.device_owner == "network:router_interface":
        for fixed in it.fixed_ips:
            yield Link(OPENSTACK, it.device, "ROUTES", fixed.subnet)
    elif it.device_owner == "network:router_gateway":
        yield Link(OPENSTACK, it.device, "GATEWAY_TO", it.network)


@projects("neutron_router", RouterShape)
def neutron_router(it: RouterShape, view: View) -> Statements:
    """A router."""
    gateway = view.look(NeutronPortShape, it.gateway_port) if it.gateway_port else None
    item = Router(
        uuid=it.uid, owner=OPENSTACK, project=it.project, description=it.description, external_network=gateway.network if gateway else None
    )
    yield seen(OPENSTACK, it, item)
    yield Link(OPENSTACK, it.uid, "OWNED_BY", it.project)


@projects("neutron_floatingip", FloatingShape)
def neutron_floatingip(it: FloatingShape, _: View) -> Statements:
    """An address that can be moved."""
    item = FloatingIp(uuid=it.uid, owner=OPENSTACK, project=it.project, address=it.address, description=it.description)
    yield seen(OPENSTACK, it, item, name=it.name or it.address)
    yield Link(OPENSTACK, it.uid, "POINTS_TO", it.port)


@projects("neutron_security_group", Owned)
def neutron_security_group(it: Owned, _: View) -> Statements:
    """Rules under one name."""
    yield seen(OPENSTACK, it, SecurityGroup(uuid=it.uid, owner=OPENSTACK, project=it.project, description=it.description))

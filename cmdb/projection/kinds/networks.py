"""Distributed switches, networks and virtual NICs, and the VLANs that carry them."""

from __future__ import annotations

from cmdb.model.classes.network import DistributedSwitch, Network, NetworkPort, Vlan
from cmdb.projection.declare import ENGINE, VSPHERE, Link, Shape, Statements, View, projects, seen
from cmdb.projection.kinds.compute import VmShape
from cmdb.projection.kinds.facility import site_of


class DvsShape(Shape, frozen=True, kw_only=True):
    """A distributed switch."""

    uuid: str = ""
    hosts: tuple[str, ...] = ()
    release: str = "8.0.0"


class NetworkShape(Shape, frozen=True, kw_only=True):
    """A segment."""

    owner: str = "vsphere"
    type: str = "standard"
    switch: str = ""
    hosts: tuple[str, ...] = ()
    project: str = ""
    vlan: int = 0
    cidr: str = ""
    gateway: str = ""
    mtu: int = 1500
    partitioned: bool = False

    @property
    def source(self) -> str:
        """Who tells of it: of a tenant's, Neutron does, and the engine adds what is behind."""
        return VSPHERE if self.owner == "vsphere" else ENGINE


class PortShape(Shape, frozen=True, kw_only=True):
    """A virtual NIC; ``plug`` of a port of Neutron's names it."""

    vm: str = ""
    network: str
    project: str = ""
    mac: str
    ip: str = ""
    adapter: str = "vmxnet3"
    connected: bool = True


@projects("distributed_switch", DvsShape)
def distributed_switch(it: DvsShape, view: View) -> Statements:
    """A switch that spans hosts."""
    yield seen(VSPHERE, it, DistributedSwitch(site=site_of(it, view), uuid=it.uuid, owner=VSPHERE, release=it.release))
    for host in it.hosts:
        yield Link(VSPHERE, it.uid, "SPANS", host)


@projects("network", NetworkShape)
def network(it: NetworkShape, view: View) -> Statements:
    """A segment, and the VLAN that carries it over the fabric."""
    item = Network(
        site=site_of(it, view), owner=it.owner, project=it.project, type=it.type, vlan=it.vlan or None, cidr=it.cidr, gateway=it.gateway,
        mtu=it.mtu, partitioned=it.partitioned,
    )  # fmt: skip
    yield seen(it.source, it, item)
    yield Link(it.source, it.uid, "PART_OF", it.switch)
    for host in it.hosts:
        yield Link(it.source, host, "CARRIES", it.uid)
    if it.vlan and it.site:
        key = f"{it.site}/vlan-{it.vlan}"
        yield seen(
            ENGINE, it, Vlan(site=site_of(it, view), number=it.vlan), key=f"{it.uid}/vlan", anchor=(ENGINE, key), name=f"VLAN {it.vlan}"
        )
        yield Link(ENGINE, it.uid, "CARRIED_ON", f"{it.uid}/vlan")


@projects("port", PortShape, indexed=("vm",))
def port(it: PortShape, view: View) -> Statements:
    """A VM's NIC.  A server's is told of by its port of Neutron's (`openstack.neutron_port`)."""
    owner = view.look(VmShape, it.vm) if it.vm else None
    if owner is None or owner.owner != "vsphere":
        return
    addresses = (it.ip,) if it.ip else ()
    item = NetworkPort(site=site_of(it, view), owner=VSPHERE, mac=it.mac, addresses=addresses, adapter=it.adapter, connected=it.connected)
    yield seen(VSPHERE, it, item)
    yield Link(VSPHERE, it.vm, "CONNECTED_BY", it.uid)
    yield Link(VSPHERE, it.vm, "ATTACHED_TO", it.network)
    yield Link(VSPHERE, it.uid, "ATTACHED_TO", it.network)

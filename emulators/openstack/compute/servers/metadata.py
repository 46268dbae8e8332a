"""The documents of the metadata service and the config drive, as Nova writes them (nova.api.metadata.base)."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import msgspec

from dcsim.ids import digest
from emulators.openstack.compute import face
from emulators.openstack.compute.servers.records import BlockDevice, NovaServer
from emulators.openstack.network.face import addresses, ports_of, security_groups_of
from emulators.world.state import WorldState

DOMAIN: Final = "novalocal"
OPENSTACK_VERSIONS: Final = (
    *("2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06", "2017-02-22", "2018-08-27", "2020-10-14"),
    "latest",
)
EC2_VERSIONS: Final = (
    *("1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01", "2008-09-01", "2009-04-04"),
    "latest",
)
_json = msgspec.json.Encoder(order="sorted").encode


def full_hostname(server: NovaServer) -> str:
    """The name that the guest gets, with its domain."""
    return server.hostname if "." in server.hostname else f"{server.hostname}.{DOMAIN}"


def ec2_id(server: NovaServer) -> str:
    """``i-0000002a``."""
    return f"i-{server.number:08x}"


def user_data(server: NovaServer) -> bytes:
    """What the user gave for the guest; empty for none."""
    try:
        return base64.b64decode(server.user_data)
    except (binascii.Error, ValueError):
        return b""


def meta_data(state: WorldState, server: NovaServer) -> dict[str, Any]:
    """``meta_data.json``."""
    found: dict[str, Any] = {
        "uuid": server.uid,
        "name": server.name,
        "hostname": full_hostname(server),
        "availability_zone": face.zone_of(state, server.host),
        "launch_index": server.launch_index,
        "project_id": server.project,
        "random_seed": base64.b64encode(digest("random-seed", server.uid)).decode(),
        "devices": _devices(state, server),
        "dedicated_cpus": [],
    }
    if server.metadata:
        found["meta"] = server.metadata
    if server.key_data:
        found["public_keys"] = {server.key_name: server.key_data}
        found["keys"] = [{"name": server.key_name, "type": "ssh", "data": server.key_data}]
    return found


def _devices(state: WorldState, server: NovaServer) -> list[dict[str, Any]]:
    nics = [
        {"type": "nic", "bus": "none", "address": "none", "mac": port.mac, "tags": [server.nic_tags[port.uid]]}
        for port in ports_of(state, server.uid)
        if port.uid in server.nic_tags
    ]
    disks = [
        {"type": "disk", "bus": "virtio", "address": "none", "serial": one.volume, "path": one.device, "tags": [one.tag]}
        for one in state.where(BlockDevice, "server", server.uid)
        if one.tag
    ]
    return [*nics, *disks]


def network_data(state: WorldState, server: NovaServer) -> dict[str, Any]:
    """``network_data.json``."""
    links: list[dict[str, Any]] = []
    networks: list[dict[str, Any]] = []
    for place, port in enumerate(ports_of(state, server.uid)):
        link = f"tap{port.uid[:11]}"
        links.append({"id": link, "vif_id": port.uid, "type": "ovs", "mtu": 1500, "ethernet_mac_address": port.mac})
        networks.append({"id": f"network{place}", "type": "ipv4_dhcp", "link": link, "network_id": port.network})
    return {"links": links, "networks": networks, "services": []}


def ec2(state: WorldState, server: NovaServer) -> dict[str, Any]:
    """The tree of ``meta-data``."""
    by_network = addresses(state, server.uid)
    flat = [one for rows in by_network.values() for one in rows if one["version"] == 4]  # noqa: PLR2004 - IPv4
    fixed = next((one["addr"] for one in flat if one["OS-EXT-IPS:type"] == "fixed"), "")
    floating = next((one["addr"] for one in flat if one["OS-EXT-IPS:type"] == "floating"), "")
    name = full_hostname(server)
    tree: dict[str, Any] = {
        "ami-id": f"ami-{digest('ami', server.image).hex()[:8]}" if server.image else "None",
        "ami-launch-index": str(server.launch_index),
        "ami-manifest-path": "FIXME",
        "block-device-mapping": {"ami": "vda", "root": server.root_device},
        "hostname": name,
        "instance-action": "none",
        "instance-id": ec2_id(server),
        "instance-type": server.flavor.name,
        "local-hostname": name,
        "local-ipv4": fixed,
        "placement": {"availability-zone": face.zone_of(state, server.host)},
        "public-hostname": name,
        "public-ipv4": floating,
        "reservation-id": server.reservation,
        "security-groups": "\n".join(security_groups_of(state, server.uid)),
    }
    if server.key_data:
        tree["public-keys"] = {"0": {"openssh-key": server.key_data}, "": f"0={server.key_name}"}
    return tree


def documents(state: WorldState, server: NovaServer) -> dict[str, bytes]:
    """The files of the config drive by path."""
    found = {
        "instance-id": server.uid.encode(),
        "openstack/latest/meta_data.json": _json(meta_data(state, server)),
        "openstack/latest/network_data.json": _json(network_data(state, server)),
        "openstack/latest/vendor_data.json": b"{}",
        "openstack/latest/vendor_data2.json": b"{}",
        "ec2/latest/meta-data.json": _json(ec2(state, server)),
    }
    data = user_data(server)
    if data:
        found |= {"openstack/latest/user_data": data, "ec2/latest/user-data": data}
    return found

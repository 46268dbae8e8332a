"""Servers that the inventory has on KVM hosts: Nova and Neutron agree about their cards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from emulators.openstack.window import PASSWORD
from emulators.world.inventory.generate import generate
from emulators.world.inventory.spec import NetworkSpec, NicSpec, ProjectSpec, VmSpec, encode_inventory
from emulators.world.model import Network, Port
from tests.unit.openstack import stack as stacks
from tests.unit.openstack.stack import Client, Stack

NEUTRON = "/networking/v2.0"
MAC = "fa:16:3e:00:00:0a"


def estate() -> bytes:
    """A datacenter with two servers of the demo project's, on two networks of its own, one without addresses."""
    made = generate(7, "small", hosts=5, vms=4)
    (cluster,) = [one for one in made.clusters if one.flavor == "kvm"]
    networks = [
        NetworkSpec(name="lab", site=cluster.site, cidr="10.99.0.0/24", vlan=900, clusters=[cluster.name]),
        NetworkSpec(name="wires", site=cluster.site, clusters=[cluster.name]),
    ]
    nics: list[str | NicSpec] = [NicSpec(network="lab", ip="10.99.0.200", mac=MAC, adapter="virtio"), "wires"]
    common: dict[str, Any] = {"cluster": cluster.name, "project": "demo", "memory": "512MiB", "disks": []}
    vms = [VmSpec(name="db-01", networks=nics, **common), VmSpec(name="db-02", networks=["lab"], power="off", **common)]
    more = {"networks": [*made.networks, *networks], "projects": [*made.projects, ProjectSpec(name="demo")], "vms": [*made.vms, *vms]}
    return encode_inventory(msgspec.structs.replace(made, **more))


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stack]:
    """A cloud over that datacenter."""
    monkeypatch.setattr(stacks, "INVENTORY", estate())
    made = Stack(tmp_path)
    yield await made.open()
    await made.close()


async def named(client: Client, name: str) -> Any:
    (found,) = (await client.ok("GET", f"/compute/v2.1/servers/detail?name={name}"))["servers"]
    return found


async def test_their_cards_are_ports_with_the_same_addresses(demo: Client, admin: Client) -> None:
    server = await named(demo, "db-01")
    ports = (await demo.ok("GET", f"{NEUTRON}/ports?device_id={server['id']}"))["ports"]
    lab, wires = sorted(ports, key=lambda port: not port["fixed_ips"])
    assert (lab["mac_address"], lab["status"], lab["device_owner"]) == (MAC, "ACTIVE", "compute:nova")
    assert [one["ip_address"] for one in lab["fixed_ips"]] == ["10.99.0.200"]
    assert (wires["fixed_ips"], wires["status"]) == ([], "ACTIVE")
    (address,) = server["addresses"]["lab"]
    assert (address["addr"], address["OS-EXT-IPS-MAC:mac_addr"]) == ("10.99.0.200", MAC)
    interfaces = (await demo.ok("GET", f"/compute/v2.1/servers/{server['id']}/os-interface"))["interfaceAttachments"]
    assert {one["port_id"] for one in interfaces} == {port["id"] for port in ports}
    (bound,) = (await admin.ok("GET", f"{NEUTRON}/ports?id={lab['id']}"))["ports"]
    assert bound["binding:host_id"] == (await named(admin, "db-01&all_tenants=1"))["OS-EXT-SRV-ATTR:host"]
    off = (await demo.ok("GET", f"{NEUTRON}/ports?device_id={(await named(demo, 'db-02'))['id']}"))["ports"]
    assert [one["status"] for one in off] == ["DOWN"]


async def test_their_networks_are_the_providers_and_only_their_projects_see_them(demo: Client, admin: Client) -> None:
    (network,) = (await admin.ok("GET", f"{NEUTRON}/networks?name=lab"))["networks"]
    assert (network["provider:network_type"], network["provider:segmentation_id"]) == ("vlan", 900)
    assert (await demo.ok("GET", f"{NEUTRON}/networks?name=lab"))["networks"][0]["shared"] is True
    other = await demo.stack.token("alt_demo", demo.stack.context.secrets.password(PASSWORD), "alt_demo")
    assert (await Client(demo.stack, other).ok("GET", f"{NEUTRON}/networks?name=lab"))["networks"] == []
    (subnet,) = (await demo.ok("GET", f"{NEUTRON}/subnets?network_id={network['id']}"))["subnets"]
    assert subnet["allocation_pools"] == [{"start": "10.99.0.128", "end": "10.99.0.199"}, {"start": "10.99.0.201", "end": "10.99.0.254"}]


async def test_neutron_takes_its_ports_but_not_the_datacenters_segment_away(demo: Client, admin: Client) -> None:
    state = demo.stack.world.state
    (segment,) = [one for one in state.all(Network) if one.name == "lab"]
    (network,) = (await admin.ok("GET", f"{NEUTRON}/networks?name=lab"))["networks"]
    await admin.ok("PUT", f"{NEUTRON}/networks/{network['id']}", {"network": {"name": "other", "admin_state_up": False}})
    server = await named(demo, "db-01")
    (address,) = server["addresses"]["other"]
    ports = (await admin.ok("GET", f"{NEUTRON}/ports?network_id={network['id']}"))["ports"]
    for port in ports:
        await admin.ok("DELETE", f"{NEUTRON}/ports/{port['id']}")
    await admin.ok("DELETE", f"{NEUTRON}/networks/{network['id']}")
    assert state.get(Network, segment.uid) == segment
    assert address["addr"] not in {card.ip for card in state.where(Port, "network", segment.uid)}


async def test_a_second_start_adds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "INVENTORY", estate())
    found = []
    for _ in range(2):
        stack = await Stack(tmp_path).open()
        found.append((await (await stack.demo()).ok("GET", f"{NEUTRON}/ports"))["ports"])
        await stack.close()
    assert found[0] == found[1]

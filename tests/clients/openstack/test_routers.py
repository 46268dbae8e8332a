"""Routers between servers in containers, and ports of floating IPs that lead to them: as packets see them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.harness import wait_until
from tests.clients.openstack.environment import OpenStack

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.docker, pytest.mark.timeout(300)]
LEFT, RIGHT = "routed-left", "routed-right"
RANGES = {LEFT: "10.37.1.0/24", RIGHT: "10.37.2.0/24"}
ROUTER = "routed-router"
SSH = 22
NAMESPACES = Path("/run/netns")


@pytest.fixture
def servers(contained: OpenStack) -> Iterator[dict[str, str]]:
    """Two servers, each on a network of its own: their addresses."""
    openstack = contained
    boot = ("--image", "cirros-0.6.3-x86_64-disk", "--flavor", "m1.nano")
    try:
        for name, cidr in RANGES.items():
            openstack("network", "create", name)
            openstack("subnet", "create", name, "--network", name, "--subnet-range", cidr)
            openstack("server", "create", name, *boot, "--network", name, "--wait")
        yield {name: openstack.json("server", "show", name)["addresses"][name][0] for name in RANGES}
    finally:
        for name in RANGES:
            openstack("server", "delete", name, "--wait")
        openstack("router", "delete", ROUTER)
        for name in RANGES:
            openstack("network", "delete", name)


def test_subnets_meet_at_their_router_and_a_floating_ips_port_leads_inside(contained: OpenStack, servers: dict[str, str]) -> None:
    openstack = contained
    assert not _reaches(openstack, servers[RIGHT])
    openstack("router", "create", ROUTER, "--external-gateway", "public")
    for name in RANGES:
        openstack("router", "add", "subnet", ROUTER, name)
    wait_until(lambda: _reaches(openstack, servers[RIGHT]), "the router joins the subnets", 10)
    _forwarded(openstack, servers[RIGHT])
    openstack("router", "remove", "subnet", ROUTER, RIGHT)
    wait_until(lambda: not _reaches(openstack, servers[RIGHT]), "the router has left the subnet", 10)
    openstack("router", "remove", "subnet", ROUTER, LEFT)
    wait_until(lambda: not list(NAMESPACES.glob("dcsim-*-*")), "nothing is left of a router that joins no servers", 10)


def _forwarded(openstack: OpenStack, inside: str) -> None:
    """A port of a floating IP answers as the server's ssh server once its group lets that in, until it is taken away."""
    (port,) = openstack.json("port", "list", "--server", RIGHT)
    floating = openstack.json("floating", "ip", "create", "public")
    address = str(floating["floating_ip_address"])
    ports = ("--internal-protocol-port", str(SSH), "--external-protocol-port", "2222", "--protocol", "tcp")
    where = ("--internal-ip-address", inside, "--port", str(port["ID"]))
    try:
        made = openstack.json("floating", "ip", "port", "forwarding", "create", *where, *ports, address)
        assert not _answers(address, 2222)
        group = openstack.json("port", "show", str(port["ID"]))["security_group_ids"][0]
        rule = openstack.json("security", "group", "rule", "create", "--protocol", "tcp", "--dst-port", str(SSH), group)
        wait_until(lambda: _answers(address, 2222), "the floating IP's port leads to the server", 10)
        openstack("security", "group", "rule", "delete", rule["id"])
        openstack("floating", "ip", "port", "forwarding", "delete", address, made["id"])
        wait_until(lambda: not _answers(address, 2222), "the floating IP's port leads nowhere", 10)
    finally:
        openstack("floating", "ip", "delete", address)


def _reaches(openstack: OpenStack, address: str) -> bool:
    """Whether the left server gets an answer of the other's ssh server: its security group lets members of the same in."""
    (guest,) = openstack.datacenter.docker("ps", "--format", "{{.Names}}", "--filter", f"name={LEFT}").split()
    script = f"nc -w 2 {address} {SSH} </dev/null | head -c 3 || true"
    return openstack.datacenter.docker("exec", guest, "sh", "-c", script) == "SSH"


def _answers(address: str, port: int) -> bool:
    """Whether the host gets an answer of an ssh server."""
    try:
        with socket.create_connection((address, port), timeout=2) as connection:
            return connection.recv(3) == b"SSH"
    except OSError:
        return False

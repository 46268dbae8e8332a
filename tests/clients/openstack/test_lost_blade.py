"""A blade that runs servers is switched off through UCS Manager: Nova loses the host, and evacuation brings the server back elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.harness import wait_until
from tests.clients.openstack.environment import OpenStack
from tests.clients.ucsmsdk.conftest import OLD_WAYS
from tests.clients.ucsmsdk.session import connected, door

pytestmark = [
    *(pytest.mark.slow, pytest.mark.docker, pytest.mark.timeout(300)),
    *(pytest.mark.filterwarnings(f"ignore:{message}:DeprecationWarning") for message in OLD_WAYS),
]
NAME = "moving-server"
STARTING = "2.94"
"""The last microversion in which an evacuated server is started at once; later ones leave it SHUTOFF."""


@pytest.fixture
def ucs(contained: OpenStack) -> Iterator[Any]:
    """A session with the domain that the blades are in."""
    with connected(contained.datacenter, door(contained.datacenter, secure=False)) as made:
        yield made


def switch(ucs: Any, host: str, state: str) -> None:
    """Switch the blade of a host."""
    (profile,) = ucs.query_classid("lsServer", filter_str=f'(name, "{host}", type="eq")')
    power = ucs.query_dn(f"{profile.dn}/power")
    power.state = state
    ucs.set_mo(power)
    ucs.commit()


def running(openstack: OpenStack) -> list[str]:
    """The ids of the server's containers that run."""
    return openstack.datacenter.docker("ps", "--quiet", "--filter", f"name={NAME}").split()


def compute_state(openstack: OpenStack, host: str) -> str:
    """Whether Nova has the host's nova-compute for up or down."""
    return str(openstack.json("compute", "service", "list", "--service", "nova-compute", "--host", host)[0]["State"])


def test_a_server_of_a_lost_blade_is_evacuated(contained: OpenStack, ucs: Any) -> None:
    wanted = ("--image", "cirros-0.6.3-x86_64-disk", "--flavor", "m1.nano", "--network", "shared")
    contained("server", "create", NAME, *wanted, "--wait")
    before = contained.json("server", "show", NAME)
    host = before["OS-EXT-SRV-ATTR:host"]
    assert len(running(contained)) == 1
    switch(ucs, host, "down")
    try:
        wait_until(lambda: compute_state(contained, host) == "down", "Nova loses the host", 20)
        wait_until(lambda: not running(contained), "its containers are killed", 10)
        assert contained.json("server", "show", NAME)["status"] == "ACTIVE", "as Nova does, until somebody evacuates"
        contained("--os-compute-api-version", STARTING, "server", "evacuate", NAME)  # its --wait compares ACTIVE with active, for ever
        wait_until(lambda: running(contained), "the server runs again", 20)
        wait_until(lambda: contained.json("server", "show", NAME)["status"] == "ACTIVE", "Nova says so", 20)
        after = contained.json("server", "show", NAME)
        assert (after["status"], after["addresses"]) == ("ACTIVE", before["addresses"])
        assert after["OS-EXT-SRV-ATTR:host"] != host
        (guest,) = running(contained)
        assert contained.datacenter.docker("exec", guest, "hostname") == NAME
        (address,) = after["addresses"]["shared"]
        assert f"inet {address}/" in contained.datacenter.docker("exec", guest, "ip", "-4", "address")
    finally:
        switch(ucs, host, "up")
        contained("server", "delete", NAME, "--wait")
    wait_until(lambda: compute_state(contained, host) == "up", "the host is back", 20)
    assert running(contained) == []

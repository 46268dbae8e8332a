"""Addresses on networks: none is given twice, and none that is not a host's to have."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcsim.errors import InsufficientResources, InvalidArgument
from emulators.world.ipam import Addresses, default_gateway, free_address, parse_cidr
from emulators.world.model import Hypervisor, Network, Port, UcsDomain
from emulators.world.state import WorldState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def everything(cidr: str, gateway: str = "", taken: tuple[str, ...] = ()) -> list[str]:
    addresses, given_out = Addresses(cidr, gateway, taken), []
    while True:
        try:
            given_out.append(addresses.take())
        except InsufficientResources:
            return given_out


def test_small_networks_are_given_out_whole_but_for_gateway_and_ends() -> None:
    assert everything("10.0.0.0/29", "10.0.0.1") == [f"10.0.0.{n}" for n in range(2, 7)]
    assert everything("10.0.0.0/30", "10.0.0.1") == ["10.0.0.2"]
    assert everything("10.0.0.0/29", "10.0.0.6", ("10.0.0.2", "", "10.0.0.4")) == ["10.0.0.1", "10.0.0.3", "10.0.0.5"]


def test_larger_networks_leave_the_first_to_appliances() -> None:
    given_out = everything("10.0.0.0/26", "10.0.0.1")
    assert given_out == [f"10.0.0.{n}" for n in range(10, 63)]


@given(st.integers(24, 30), st.sets(st.integers(0, 255), max_size=40))
def test_what_is_taken_is_not_given(prefix: int, taken: set[int]) -> None:
    used = tuple(f"10.0.0.{n}" for n in taken)
    given_out = everything(f"10.0.0.0/{prefix}", "10.0.0.1", used)
    assert len(set(given_out)) == len(given_out)
    assert not set(given_out) & {*used, "10.0.0.0", "10.0.0.1", str(parse_cidr(f"10.0.0.0/{prefix}").broadcast_address)}


def test_an_address_can_be_claimed_once() -> None:
    addresses = Addresses("10.0.0.0/24", "10.0.0.1")
    assert addresses.claim("10.0.0.10")
    assert not addresses.claim("10.0.0.10")
    assert addresses.take() == "10.0.0.11"
    assert not any(addresses.claim(ip) for ip in ("10.0.0.0", "10.0.0.1", "10.0.0.255", "10.0.1.1", "ten", "::1"))


@pytest.mark.parametrize("cidr", ["", "10.0.0.0", "10.0.0.0/31", "10.0.0.1/24", "fd00::/64", "300.0.0.0/8"])
def test_what_is_no_network_with_room_is_refused(cidr: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        parse_cidr(cidr)
    assert refused.value.field == "cidr"


def test_a_new_port_gets_no_hosts_or_appliances_address() -> None:
    state = WorldState()
    network = Network(uid="n", name="mgmt", created=NOW, site="s", cidr="10.0.0.0/24", gateway=default_gateway("10.0.0.0/24"))
    for entity in (
        network,
        Hypervisor(uid="h", name="h", created=NOW, site="s", blade="b", management_ip="10.0.0.10"),
        UcsDomain(uid="u", name="u", created=NOW, site="s", address="10.0.0.11"),
        Port(uid="p", name="p", created=NOW, network="n", mac="m", ip="10.0.0.12"),
    ):
        state.load(entity)
    assert free_address(state, network) == "10.0.0.13"
    assert free_address(state, network, "10.0.0.200") == "10.0.0.200"
    for taken in ("10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.1", "10.1.0.1"):
        with pytest.raises(InvalidArgument, match="taken or not in mgmt"):
            free_address(state, network, taken)


def test_a_network_without_addresses_gives_none() -> None:
    assert free_address(WorldState(), Network(uid="n", name="n", created=NOW)) == ""

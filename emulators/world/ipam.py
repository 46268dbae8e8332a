"""Addresses on networks: which are free, which are taken.  No address is given twice."""

from __future__ import annotations

import ipaddress

from dcsim.errors import InsufficientResources, InvalidArgument
from emulators.world.model import Network, Port
from emulators.world.state import WorldState


def free_address(state: WorldState, network: Network, wanted: str = "") -> str:
    """``wanted`` if it is free, else the lowest free address; "" on a network without addresses."""
    if not network.cidr:
        return ""
    subnet = ipaddress.ip_network(network.cidr)
    taken = {port.ip for port in state.where(Port, "network", network.uid)} | {network.gateway}
    if wanted:
        if ipaddress.ip_address(wanted) not in subnet or wanted in taken:
            raise InvalidArgument(
                f"The address {wanted} is taken or not in {network.name} ({network.cidr}).", subject=network.uid, field="ip"
            )
        return wanted
    for address in subnet.hosts():
        if str(address) not in taken:
            return str(address)
    raise InsufficientResources(f"No address is free in {network.name} ({network.cidr}).", subject=network.uid, resource="address")

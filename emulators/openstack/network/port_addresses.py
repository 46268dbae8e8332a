"""Which addresses a port gets: those that were asked for, in whatever form, or one of each family that its network has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import addressing
from emulators.openstack.network.faults import address_in_use, conflict, invalid_input, no_address
from emulators.openstack.network.records import FixedIp, NeutronNetwork, NeutronPort, NeutronSubnet
from emulators.world.state import WorldState

Wanted = dict[str, Any]
INTERFACES: Final = frozenset(
    {"network:router_interface", "network:ha_router_replicated_interface", "network:router_interface_distributed"}
)


@dataclass(frozen=True, slots=True)
class Chooser:
    """Chooses addresses for a port with this owner and MAC; where in a subnet it begins to look follows from the MAC."""

    state: WorldState
    network: NeutronNetwork
    owner: str
    mac: str

    def usual(self) -> tuple[FixedIp, ...]:
        """One address of each family, and one of each subnet whose addresses follow from MACs; raises Fault 409."""
        subnets = self._subnets()
        fitting = [subnet for subnet in subnets if self._serves(subnet)]
        if subnets and not fitting:
            raise conflict(
                "IpAddressGenerationFailureNoMatchingSubnet",
                f"No valid service subnet for the given device owner, network {self.network.uid}, service type {self.owner}.",
            )
        found = []
        for version in (4, 6):
            manual = [subnet for subnet in fitting if subnet.ip_version == version and not addressing.automatic(subnet)]
            if manual:
                found.append(self._first(manual))
        found += [FixedIp(subnet.uid, addressing.from_mac(subnet.cidr, self.mac)) for subnet in fitting if addressing.automatic(subnet)]
        return tuple(found)

    def asked(self, wanted: Sequence[Wanted], had: Sequence[FixedIp] = (), port: str = "") -> tuple[FixedIp, ...]:
        """These addresses; ``had`` are those that the port (its id) has now.  Raises Fault 400 or 409.

        Fixed ones come first, so that what is left to choose does not take them.
        """
        subnets = self._subnets()
        chosen: dict[int, FixedIp] = {}
        for place, one in enumerate(wanted):
            if one.get("ip_address"):
                chosen[place] = self._fixed(subnets, one, port)
        if len(set(chosen.values())) < len(chosen):
            raise invalid_input("Duplicate IP addresses in fixed_ips")
        kept = [one for one in had if one not in chosen.values()]
        for place, one in enumerate(wanted):
            if place not in chosen:
                subnet = self._subnet(subnets, one)
                chosen[place] = _kept(kept, subnet) or self._of(subnet, [fixed.ip for fixed in chosen.values()])
        return tuple(chosen[place] for place in range(len(wanted)))

    def _subnets(self) -> list[NeutronSubnet]:
        return self.state.where(NeutronSubnet, "network", self.network.uid)

    def _serves(self, subnet: NeutronSubnet) -> bool:
        types = subnet.service_types
        return not types or self.owner in types or any(self.owner.startswith(f"{one}:") for one in types)

    def _first(self, subnets: Sequence[NeutronSubnet], avoid: Sequence[str] = ()) -> FixedIp:
        start = int(self.mac.replace(":", "")[6:], 16)
        for subnet in subnets:
            ip = addressing.next_free(self.state, subnet, avoid, start)
            if ip:
                return FixedIp(subnet.uid, ip)
        raise no_address(self.network.uid)

    def _of(self, subnet: NeutronSubnet, avoid: Sequence[str]) -> FixedIp:
        if addressing.automatic(subnet) and self.owner not in INTERFACES:
            return FixedIp(subnet.uid, addressing.from_mac(subnet.cidr, self.mac))
        return self._first([subnet], avoid)

    def _subnet(self, subnets: list[NeutronSubnet], one: Wanted) -> NeutronSubnet:
        """The subnet of a wanted address; raises Fault 400."""
        if not subnets:
            raise invalid_input("IP allocation requires subnets for network")
        if one.get("subnet_id"):
            return self._named(subnets, one["subnet_id"])
        if not one.get("ip_address"):
            raise invalid_input("IP allocation requires subnet_id or ip_address")
        found = next((subnet for subnet in subnets if addressing.contains(subnet, one["ip_address"])), None)
        if found is None:
            message = f"IP address {one['ip_address']} is not a valid IP for any of the subnets on the specified network."
            raise Fault(400, message, type="InvalidIpForNetwork")
        return found

    def _named(self, subnets: list[NeutronSubnet], uid: str) -> NeutronSubnet:
        for subnet in subnets:
            if subnet.uid == uid:
                return subnet
        raise invalid_input(f"Failed to create port on network {self.network.uid}, because fixed_ips included invalid subnet {uid}")

    def _fixed(self, subnets: list[NeutronSubnet], one: Wanted, port: str) -> FixedIp:
        """A named address; raises Fault 400 or 409."""
        subnet, ip = self._subnet(subnets, one), str(one["ip_address"])
        if not addressing.contains(subnet, ip):
            raise Fault(400, f"IP address {ip} is not a valid IP for the specified subnet.", type="InvalidIpForSubnet")
        if addressing.automatic(subnet) and self.owner not in INTERFACES and ip != addressing.from_mac(subnet.cidr, self.mac):
            raise invalid_input(
                f"IPv6 address {ip} cannot be directly assigned to a port on subnet {subnet.uid} as the subnet is configured for "
                "automatic addresses",
                "AllocationOnAutoAddressSubnet",
            )
        holder: NeutronPort | None = addressing.taken(self.state, subnet.uid, ip)
        if holder is not None and holder.uid != port:
            raise address_in_use(self.network.uid, ip)
        return FixedIp(subnet.uid, ip)


def _kept(kept: list[FixedIp], subnet: NeutronSubnet) -> FixedIp | None:
    """An address that the port has in the subnet already: it keeps that."""
    found = next((one for one in kept if one.subnet == subnet.uid), None)
    if found is not None:
        kept.remove(found)
    return found

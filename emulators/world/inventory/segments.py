"""The networks of a generated datacenter: segments of one size in one address block, with room left on each for new VMs."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence

from dcsim.errors import InvalidArgument
from emulators.world.inventory.sizing import Placed, SitePlan
from emulators.world.inventory.spec import NetworkSpec, SwitchSpec
from emulators.world.ipam import parse_cidr

LARGEST, SMALLEST = 22, 28
"""Prefixes that segments may have: a Docker bridge holds about 1,000 ports, a /22 has 1,022 addresses."""
FILL = 0.7
RESERVED = 12
"""Addresses of a segment that VMs don't get: see ``ipam.FIRST_HOST``."""
MANAGEMENT = "mgmt"
VLANS = {MANAGEMENT: 10, "web": 100, "app": 200, "db": 300}
"""The first VLAN of each kind of segment."""


class Segments:
    """Where each NIC goes: ``take`` deals them out over the segments of a site and kind in turn."""

    def __init__(self, base: str, sites: Sequence[SitePlan], placed: Sequence[Placed]) -> None:
        self._block = parse_cidr(base)
        needs = _needs(sites, placed)
        prefix = self._prefix(needs)
        self._counts = {key: math.ceil(need / _room(prefix)) for key, need in needs.items()}
        self._subnets = self._block.subnets(new_prefix=prefix)
        self._sites = sites
        self._turns: Counter[tuple[str, str]] = Counter()
        self.networks = list(self._networks())

    def _prefix(self, needs: dict[tuple[str, str], int]) -> int:
        """The largest segments of which there are enough."""
        for prefix in range(max(LARGEST, self._block.prefixlen), SMALLEST + 1):
            if sum(math.ceil(need / _room(prefix)) for need in needs.values()) <= 1 << (prefix - self._block.prefixlen):
                return prefix
        raise InvalidArgument(f"{self._block} has no room for {sum(needs.values())} addresses in segments.", field="network_base")

    def _networks(self) -> Iterator[NetworkSpec]:
        for site in self._sites:
            clusters = [site.cluster_name(place) for place in range(len(site.clusters))]
            for kind, vlan in VLANS.items():
                for number in range(self._counts[site.name, kind]):
                    cidr = str(next(self._subnets))
                    name = self._name(site.name, kind, number)
                    if kind == MANAGEMENT:
                        yield NetworkSpec(name=name, site=site.name, cidr=cidr, vlan=vlan + number, clusters=clusters)
                    else:
                        yield NetworkSpec(name=name, site=site.name, cidr=cidr, vlan=vlan + number, switch=switch_name(site))

    def _name(self, site: str, kind: str, number: int) -> str:
        return f"{site}-{kind}-{number + 1}" if self._counts[site, kind] > 1 else f"{site}-{kind}"

    def management(self, site: SitePlan) -> NetworkSpec:
        """The network that the site's hosts and UCS domains are managed on."""
        name = self._name(site.name, MANAGEMENT, 0)
        return next(network for network in self.networks if network.name == name)

    def take(self, site: str, kind: str) -> str:
        """The network for the next NIC of that kind."""
        turn = self._turns[site, kind]
        self._turns[site, kind] += 1
        return self._name(site, kind, turn % self._counts[site, kind])


def switch_name(site: SitePlan) -> str:
    """The site's distributed switch."""
    return f"{site.name}-dvs-01"


def switches(sites: Sequence[SitePlan]) -> list[SwitchSpec]:
    """One distributed switch a site, over all its ESXi clusters."""
    return [
        SwitchSpec(name=switch_name(site), site=site.name, clusters=[site.cluster_name(place) for place in range(len(site.clusters))])
        for site in sites
    ]


def _room(prefix: int) -> int:
    """NICs that a generated segment gets at most."""
    return max(int(((1 << (32 - prefix)) - RESERVED) * FILL), 1)


def _needs(sites: Sequence[SitePlan], placed: Sequence[Placed]) -> dict[tuple[str, str], int]:
    """NICs by site and kind; every site has a segment of every kind, and its hosts are managed on the first kind."""
    needs = {(site.name, kind): 1 for site, kind in itertools.product(sites, VLANS)}
    for site in sites:
        needs[site.name, MANAGEMENT] += site.esxi + site.kvm
    for one in placed:
        for machine in one.group.machines:
            for kind in machine.segments:
                needs[one.site.name, kind] += 1
    return needs

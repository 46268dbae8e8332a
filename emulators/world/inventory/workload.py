"""What runs in a generated datacenter: infrastructure VMs and applications in tiers, before they have a place."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from typing import NamedTuple

from dcsim.ids import random_for
from emulators.world.inventory.catalogue import APPS, ENVIRONMENTS, INFRA, REGIONS, TIERS, VM_CLASSES, App, Tier
from emulators.world.inventory.spec import ApplicationSpec, parse_size

OFF_SHARE = 0.08
"""How many VMs are powered off; never the first of a tier."""
INFRA_SHARE = 0.25
"""At most this part of a site's VMs is infrastructure."""

LARGE_TIER = 4
"""A tier of so many VMs needs half of them."""


class Machine(NamedTuple):
    """A VM to be: its name, class, the kinds of segments its NICs are on, and what is said about it."""

    name: str
    cls: str
    segments: tuple[str, ...]
    tags: tuple[str, ...]
    power: str = "on"
    template: bool = False

    @property
    def pool(self) -> str:
        """The resource pool that suits its environment."""
        return "prod" if "env:prod" in self.tags else "nonprod"

    @property
    def memory_on(self) -> int:
        """Bytes of memory that it takes while it is on."""
        return parse_size(VM_CLASSES[self.cls].memory) if self.power == "on" else 0

    @property
    def cpus(self) -> int:
        """Its virtual processors."""
        return VM_CLASSES[self.cls].cpus

    @property
    def disk_bytes(self) -> int:
        """What its disks may grow to."""
        return sum(map(parse_size, VM_CLASSES[self.cls].disks))


class Group(NamedTuple):
    """Machines that belong together, and the application that they make up (None for infrastructure)."""

    machines: tuple[Machine, ...]
    app: ApplicationSpec | None


def infrastructure(site: str, count: int, *, prefixed: bool) -> Group:
    """The first ``count`` VMs that a site has for itself; their names begin with the site's when there are several."""
    prefix = f"{site}-" if prefixed else ""
    return Group(
        tuple(
            Machine(
                f"{prefix}{infra.name}",
                infra.cls,
                ("mgmt", "web") if infra.front else ("mgmt",),
                ("env:prod", "tier:infra"),
                "off" if infra.template else "on",
                infra.template,
            )
            for infra in INFRA[:count]
        ),
        None,
    )


def infrastructure_count(vms: int) -> int:
    """How many infrastructure VMs a site with so many VMs has."""
    return min(len(INFRA), vms, max(2, math.floor(vms * INFRA_SHARE)))


def applications(seed: int, vms: int) -> Iterator[Group]:
    """Applications until there are ``vms`` VMs; the last one may lack tiers."""
    rng = random_for(seed, "applications")
    for name, environment, kind in _names():
        if vms <= 0:
            return
        group = _application(rng, name, environment, kind, vms)
        vms -= len(group.machines)
        yield group


def _names() -> Iterator[tuple[str, str, App]]:
    """Application names without end: kinds, then their environments, then regions, then numbers."""
    regions = itertools.chain(REGIONS, (f"-{number}" for number in itertools.count(2)))
    for region in regions:
        for environment, suffix in ENVIRONMENTS:
            for kind in APPS:
                yield f"{kind.name}{region}{suffix}", environment, kind


def _application(rng: random.Random, name: str, environment: str, kind: App, limit: int) -> Group:
    made = _trimmed([list(_tier(rng, name, environment, tier)) for tier in TIERS], limit)
    tiers = {tier.name: [machine.name for machine in machines] for tier, machines in zip(TIERS, made, strict=True) if machines}
    needed = {tier: len(names) // 2 for tier, names in tiers.items() if len(names) >= LARGE_TIER}
    app = ApplicationSpec(name=name, services=[kind.service], team=kind.team, tiers=tiers, needed=needed)
    return Group(tuple(itertools.chain.from_iterable(made)), app)


def _trimmed(tiers: list[list[Machine]], limit: int) -> list[list[Machine]]:
    """The tiers without the last machines of the largest ones, so that what is left is still an application."""
    for _ in range(sum(map(len, tiers)) - limit):
        max(tiers, key=len).pop()
    return tiers


def _tier(rng: random.Random, name: str, environment: str, tier: Tier) -> Iterator[Machine]:
    count = rng.randint(tier.low, tier.high) if rng.random() < tier.chance else 0
    for number in range(1, count + 1):
        power = "off" if number > 1 and rng.random() < OFF_SHARE else "on"
        tags = (f"app:{name}", f"env:{environment}", f"tier:{tier.name}")
        yield Machine(f"{name}-{tier.name}-{number:02d}", rng.choice(tier.classes), (tier.segment,), tags, power)

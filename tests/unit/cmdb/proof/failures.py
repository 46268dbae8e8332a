"""The thirty failures: of different kinds, drawn by a seed, alone and together."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from emulators.world.model import (
    Blade,
    Chassis,
    Cluster,
    Datastore,
    Entity,
    FabricInterconnect,
    Fan,
    FiPort,
    Hypervisor,
    IoModule,
    Lun,
    Power,
    PowerFeed,
    PowerSupply,
    RackServer,
    StorageArray,
    UpstreamSwitch,
    Vm,
)
from tests.unit.cmdb.proof.datacenter import Datacenter

Draw = Callable[[Datacenter, random.Random], Sequence[Entity]]


class Failure(NamedTuple):
    """One of the thirty: in which datacenter, what it is, and how what fails is drawn."""

    where: str
    what: str
    draw: Draw

    @property
    def name(self) -> str:
        """For people and pytest."""
        return f"{self.where}: {self.what}"


def some(cls: type[Entity], count: int = 1) -> Draw:
    """So many of a kind."""
    return lambda made, chance: chance.sample(made.all(cls), count)


def named(cls: type[Entity], *names: str) -> Draw:
    """These."""
    return lambda made, _: [made.named(cls, name) for name in names]


def parts(cls: type[Entity], legs: str) -> Draw:
    """Those of one chassis or domain, on these legs."""

    def draw(made: Datacenter, chance: random.Random) -> Sequence[Entity]:
        one = chance.choice(made.all(cls))
        home = next(field for field in ("chassis", "domain", "site") if hasattr(one, field))
        return [other for other in made.all(cls) if getattr(other, home) == getattr(one, home) and other.leg in legs]  # type: ignore[attr-defined]

    return draw


def members(count: int, flavor: str = "esxi") -> Draw:
    """So many hosts of one cluster that has as many."""

    def draw(made: Datacenter, chance: random.Random) -> Sequence[Entity]:
        hosts = {cluster.uid: made.world.state.where(Hypervisor, "cluster", cluster.uid) for cluster in made.all(Cluster)}
        able = [found for found in hosts.values() if len(found) >= count and found[0].flavor == flavor]
        return chance.sample(chance.choice(able), count)

    return draw


def supplies(count: int) -> Draw:
    """So many power supplies of one chassis (0: all)."""

    def draw(made: Datacenter, chance: random.Random) -> Sequence[Entity]:
        found = made.world.state.where(PowerSupply, "chassis", chance.choice(made.all(Chassis)).uid)
        return found[: count or len(found)]

    return draw


def running_vms(count: int) -> Draw:
    """So many VMs that are on."""
    return lambda made, chance: chance.sample([vm for vm in made.all(Vm) if vm.power is Power.ON], count)


def ports(role: str, count: int) -> Draw:
    """So many ports of a role, of one fabric interconnect (0: all)."""

    def draw(made: Datacenter, chance: random.Random) -> Sequence[Entity]:
        owner = chance.choice(made.all(FabricInterconnect))
        found = [port for port in made.world.state.where(FiPort, "fabric_interconnect", owner.uid) if port.role == role and port.peer]
        return found[: count or len(found)]

    return draw


def together(*draws: Draw) -> Draw:
    """All of these at once."""
    return lambda made, chance: [entity for draw in draws for entity in draw(made, chance)]


FAILURES = (
    Failure("redundant", "a VM", running_vms(1)),
    Failure("redundant", "twenty VMs", running_vms(20)),
    Failure("redundant", "a host", members(1)),
    Failure("redundant", "two hosts of a cluster", members(2)),
    Failure("redundant", "a blade", some(Blade)),
    Failure("redundant", "a chassis", some(Chassis)),
    Failure("redundant", "a fabric interconnect", parts(FabricInterconnect, "A")),
    Failure("redundant", "both fabric interconnects", parts(FabricInterconnect, "AB")),
    Failure("redundant", "a power supply", supplies(1)),
    Failure("redundant", "all supplies of a chassis", supplies(0)),
    Failure("redundant", "a feed", parts(PowerFeed, "B")),
    Failure("redundant", "both feeds", parts(PowerFeed, "AB")),
    Failure("redundant", "an I/O module", parts(IoModule, "A")),
    Failure("redundant", "both I/O modules of a chassis", parts(IoModule, "AB")),
    Failure("redundant", "a datastore", some(Datastore)),
    Failure("redundant", "a switch", parts(UpstreamSwitch, "A")),
    Failure("redundant", "both switches", parts(UpstreamSwitch, "AB")),
    Failure("redundant", "an uplink", ports("network", 1)),
    Failure("redundant", "the server ports of one fabric", ports("server", 0)),
    Failure("redundant", "a fan and a server port", together(some(Fan), ports("server", 1))),
    Failure("unprotected", "a host without high availability", members(1)),
    Failure("unprotected", "an array", some(StorageArray)),
    Failure("unprotected", "a LUN and a blade", together(some(Lun), some(Blade))),
    Failure("full", "a host of a full cluster", members(1)),
    Failure("full", "more hosts than there is room for", members(3)),
    Failure("full", "a chassis and a feed", together(some(Chassis), parts(PowerFeed, "A"))),
    Failure("awkward", "a host whose storage and networks others lack", named(Hypervisor, "esx-1")),
    Failure("awkward", "two hosts of a cluster with pools", named(Hypervisor, "esx-2", "esx-3")),
    Failure("awkward", "an OpenStack compute node", members(1, "kvm")),
    Failure("awkward", "a rack server, and a whole cluster", together(named(RackServer, "ucs/rack-3"), named(Cluster, "c2"))),
)

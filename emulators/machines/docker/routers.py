"""Routers between Docker networks: network namespaces of this machine's, beside the containers' own.

The engine keeps its networks apart, and has no call to join two.  Where it is on this machine and we are root, `ip` and `iptables` do;
elsewhere networks stay apart, which is what the methods say.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from dcsim.errors import MachineError
from emulators.machines.commands import run
from emulators.machines.docker.endpoint import Endpoint
from emulators.machines.docker.host_routes import HostRoutes
from emulators.machines.docker.networks import Networks
from emulators.machines.docker.observe import ContainerInfo
from emulators.machines.docker.router_plan import (
    SETTINGS,
    Plan,
    forwarded,
    host_lines,
    inner_lines,
    namespace_of,
    plan,
    prefix,
    road_lines,
    translations,
)
from emulators.machines.routing import Road, RouterSpec
from emulators.machines.turns import Turns

SECONDS: Final = 10.0
NAMESPACES: Final = Path("/run/netns")
INTERFACES: Final = Path("/sys/class/net")


class Link(msgspec.Struct, frozen=True):
    """A network interface as `ip -j link` tells of it."""

    ifname: str
    address: str = ""


class Routers:
    """The routers of one world."""

    def __init__(self, endpoint: Endpoint, networks: Networks, world: str) -> None:
        tools = [shutil.which(name) or "" for name in ("ip", "nsenter", "iptables-restore")]
        self._ip, self._enter, self._restore = tools
        self._possible = endpoint.local and os.geteuid() == 0 and all(tools)
        self._networks = networks
        self._host_routes = HostRoutes(endpoint)
        self._world = world
        self._made: dict[str, Plan] = {}
        self._led: dict[str, tuple[Road, ...]] = {}
        self._turns = Turns()

    async def ensure(self, spec: RouterSpec) -> bool:
        """Make the router as it should be, unless it is; False when that can't be done here. Raises MachineError."""
        async with self._turns.of(spec.id):
            planned = plan(spec, {card.network: await self._networks.attached(card.network) for card in spec.cards})
            if not self._possible or not all((INTERFACES / one.bridge).exists() for one in planned.cables):
                return False
            if self._made.get(planned.namespace) != planned or not _stands(planned):
                await self._make(planned)
                self._made[planned.namespace] = planned
            return True

    async def retain(self, ids: Iterable[str]) -> None:
        """Remove all other routers of the world. Raises MachineError."""
        if not self._possible or not NAMESPACES.is_dir():
            return
        kept = {namespace_of(self._world, one) for one in ids}
        for name in sorted(one.name for one in NAMESPACES.glob(f"{prefix(self._world)}*")):
            if name not in kept:
                self._made.pop(name, None)
                await self._cut(name, keep=frozenset())
                await run(self._ip, "netns", "delete", name, deadline=SECONDS)

    async def lead(self, info: ContainerInfo, roads: tuple[Road, ...]) -> bool:
        """Set a container's routes through routers; False when that can't be done here. Raises MachineError when it does not run."""
        inside = info.NetworkSettings.SandboxKey
        if not inside or info.State.Status not in {"running", "paused"}:
            raise MachineError(f"The container {info.Name} does not run, so it has no routes; start it first.")
        if not self.possible(inside):
            return False
        enter = (self._enter, f"--net={inside}", self._ip)
        interfaces = {one.address.lower(): one.ifname for one in await _links(*enter)}
        if missing := {road.mac.lower() for road in roads} - interfaces.keys():
            raise MachineError(f"The container {info.Name} has no card {min(missing)}; connect it first.")
        await self._batch(*enter, lines=road_lines(roads, interfaces))
        self._led[info.Id] = roads
        return True

    @asynccontextmanager
    async def out_of_the_way(self, info: ContainerInfo) -> AsyncIterator[None]:
        """Without a container's routes: the engine refuses a card in a range that a route leads to, as a floating IP's does."""
        roads = self._led.get(info.Id, ()) if info.State.Status in {"running", "paused"} else ()
        if roads:
            await self.lead(info, ())
        try:
            yield
        finally:
            if roads:
                await self.lead(info, roads)

    def possible(self, namespace: str) -> bool:
        """Whether a container's network namespace can be entered from here."""
        return self._possible and Path(namespace).exists()

    async def _make(self, planned: Plan) -> None:
        self._made.pop(planned.namespace, None)
        if not (NAMESPACES / planned.namespace).exists():
            await run(self._ip, "netns", "add", planned.namespace, deadline=SECONDS)
        await self._networks.let_bridged_be()
        enter = (self._enter, f"--net={NAMESPACES / planned.namespace}")
        said = "; ".join(f"echo {value} > /proc/sys/net/ipv4/{name}" for name, value in SETTINGS.items())
        await run(*enter, "sh", "-ec", said, deadline=SECONDS)
        there = await self._cut(planned.namespace, keep=frozenset(one.inner for one in planned.cables))
        missing = frozenset(one.inner for one in planned.cables) - there
        await self._batch(self._ip, lines=host_lines(planned, missing))
        await self._batch(self._ip, "-n", planned.namespace, lines=inner_lines(planned))
        table = "\n".join(translations(planned)) + "\n"
        await run(*enter, self._restore, "--wait", stdin=table.encode(), deadline=SECONDS)
        await self._lead_host(planned)

    async def _lead_host(self, planned: Plan) -> None:
        """Where another range stands in for the outside network's, the host has to be told of each address there."""
        for one in planned.cables:
            if one.card.outside and one.own_range:
                for address in forwarded(planned.spec):
                    await self._host_routes.lead(address, one.bridge)

    async def _cut(self, name: str, *, keep: frozenset[str]) -> frozenset[str]:
        """Take a namespace's cables away but those; answers what is left."""
        cables = frozenset(one.ifname for one in await _links(self._ip, "-n", name) if one.ifname.startswith(("qr-", "qg-")))
        await self._batch(self._ip, "-n", name, lines=(f"link delete {one}" for one in sorted(cables - keep)))
        return cables & keep

    async def _batch(self, *ip: str, lines: Iterable[str]) -> None:
        said = "".join(f"{line}\n" for line in lines)
        if said:
            await run(*ip, "-batch", "-", stdin=said.encode(), deadline=SECONDS)


async def _links(*ip: str) -> list[Link]:
    """The interfaces where this `ip` works."""
    told = await run(*ip, "-json", "link", "show", deadline=SECONDS)
    return msgspec.json.decode(told, type=list[Link])


def _stands(planned: Plan) -> bool:
    """Whether the namespace is there and its cables are in the bridges; an engine that starts again makes new ones."""
    masters = ((INTERFACES / one.outer / "master", one.bridge) for one in planned.cables)
    return (NAMESPACES / planned.namespace).exists() and all(link.exists() and link.resolve().name == name for link, name in masters)

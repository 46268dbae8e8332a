"""Segments as Docker bridge networks of our own; the engine's default bridge is never used."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import structlog

from dcsim.errors import MachineError
from emulators.machines.docker import naming
from emulators.machines.docker.bridging import Bridging
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.ranges import Attached, stand_ins
from emulators.machines.port import NetworkSpec
from emulators.machines.turns import Turns

log = structlog.get_logger(__name__)
ROUTES = Path("/proc/net/route")
CONFLICT, FORBIDDEN, NOT_FOUND = 409, 403, 404
STAND_IN_TRIES = 8

IPv4Network = ipaddress.IPv4Network


class Networks:
    """The networks of one world, by the segment's uid."""

    def __init__(self, engine: EngineClient, world: str) -> None:
        self._engine = engine
        self._world = world
        self._known: dict[str, Attached] = {}
        self._bridging = Bridging(engine.endpoint)
        self._turns = Turns()

    async def ensure(self, spec: NetworkSpec) -> None:
        """Make the network exist, or adopt the one that carries the segment's label."""
        async with self._turns.of(spec.id):
            if spec.id not in self._known:
                existing = await self._find(spec.id)
                if existing is None:
                    await self._create(spec)
                elif spec.tenant and not _has(existing, spec.cidr):
                    await self.remove(spec.id)
                    await self._create(spec)
                else:
                    self._adopt(spec, existing)

    async def name(self, network_id: str) -> str:
        """The Docker name of a segment. Raises MachineError when there is none."""
        return (await self.attached(network_id)).name

    async def attached(self, network_id: str) -> Attached:
        """The Docker network of a segment. Raises MachineError when there is none."""
        if network_id not in self._known:
            existing = await self._find(network_id)
            if existing is None:
                raise MachineError(f"The segment {network_id} has no Docker network; ensure the network before its machines.")
            self._known[network_id] = _attached(existing)
        return self._known[network_id]

    async def remove(self, network_id: str) -> None:
        """Remove the network; one that is gone is fine."""
        existing = await self._find(network_id)
        self._known.pop(network_id, None)
        if existing is not None:
            doing = f"remove the network {existing['Name']}"
            await self._engine.work("DELETE", f"networks/{existing['Id']}", doing=doing, accept={NOT_FOUND})

    async def let_bridged_be(self) -> None:
        """Have the host not translate what passes between machines and routers on a network."""
        await self._bridging.need()

    async def _find(self, network_id: str) -> dict[str, Any] | None:
        params = naming.label_filter(f"{naming.WORLD}={self._world}", f"{naming.NETWORK}={network_id}")
        rows = (await self._engine.get("networks", doing="list the networks", params=params)).decode()
        return rows[0] if rows else None

    def _adopt(self, spec: NetworkSpec, existing: dict[str, Any]) -> None:
        if not _has(existing, spec.cidr):
            raise MachineError(
                f"The Docker network {existing['Name']} exists with another subnet than {spec.cidr}; "
                f"remove it (`docker network rm {existing['Name']}`) and try again."
            )
        self._known[spec.id] = _attached(existing)

    async def _create(self, spec: NetworkSpec) -> None:
        route = routed(spec) if self._engine.endpoint.local else ""
        if route and spec.tenant:
            await self._stand_in(spec, route)
            return
        if route:
            raise await self._explain(spec, route)
        body = network_config(spec, self._world)
        accept = {CONFLICT, FORBIDDEN}
        reply = await self._engine.work("POST", "networks/create", doing=f"create the network {spec.name}", body=body, accept=accept)
        if reply.status in accept and spec.tenant:
            await self._stand_in(spec, reply.decode().get("message", ""))
            return
        if reply.status in accept:
            message = reply.decode().get("message", "")
            raise await self._explain(spec, f"The Docker engine could not create the network {spec.name}: {message}.")
        self._known[spec.id] = Attached(body["Name"], spec.cidr, bridge=_bridge(reply.decode()["Id"]))
        await self._bridging.created(twice=False)

    async def _stand_in(self, spec: NetworkSpec, why: str) -> None:
        """A network of another range, in which machines get the addresses of the wanted one inside.

        The host finds these only where the segment is to be ``reached``.
        """
        log.info("another range stands in for a tenant's", network=spec.name, cidr=spec.cidr, reason=why)
        rows = (await self._engine.get("networks", doing="list the networks")).decode()
        taken = [subnet for row in rows for subnet in subnets(row)] + [network for _, network in host_routes()]
        for candidate in itertools.islice(stand_ins(spec.cidr, taken), STAND_IN_TRIES):
            body = network_config(msgspec.structs.replace(spec, cidr=str(candidate), gateway=None), self._world)
            body["Labels"] |= {naming.RANGE: spec.cidr, naming.GATEWAY: spec.gateway or ""} | (
                {naming.REACHED: "1"} if spec.reached else {}
            )
            doing = f"create the network {spec.name}"
            reply = await self._engine.work("POST", "networks/create", doing=doing, body=body, accept={CONFLICT, FORBIDDEN})
            if reply.status not in {CONFLICT, FORBIDDEN}:
                bridge = _bridge(reply.decode()["Id"])
                self._known[spec.id] = Attached(body["Name"], str(candidate), spec.cidr, bridge, spec.gateway or "", led=spec.reached)
                await self._bridging.created(twice=True)
                return
        raise MachineError(f"No range is free to stand in for {spec.cidr} of {spec.name}; remove Docker networks that nobody uses.")

    async def _explain(self, spec: NetworkSpec, otherwise: str) -> MachineError:
        """Say which Docker network is in the way, for the engine itself only says that one is; ``otherwise`` when none is."""
        rows = (await self._engine.get("networks", doing="list the networks")).decode()
        wanted = ipaddress.IPv4Network(spec.cidr)
        taken = [row["Name"] for row in rows if any(wanted.overlaps(subnet) for subnet in subnets(row))]
        if not taken:
            return MachineError(otherwise)
        return MachineError(
            f"The subnet {spec.cidr} of {spec.name} overlaps the Docker network {taken[0]}; "
            f"remove that (`docker network rm {taken[0]}`) or give {spec.name} another range in the inventory."
        )


def _has(row: dict[str, Any], cidr: str) -> bool:
    """Whether a network's machines see this range."""
    return (row.get("Labels") or {}).get(naming.RANGE) == cidr or ipaddress.IPv4Network(cidr) in set(subnets(row))


def _attached(row: dict[str, Any]) -> Attached:
    """A network as the engine lists it."""
    subnet = next((str(one) for one in subnets(row)), "0.0.0.0/0")
    labels = row.get("Labels") or {}
    inner, gateway, led = labels.get(naming.RANGE, ""), labels.get(naming.GATEWAY, ""), naming.REACHED in labels
    return Attached(str(row["Name"]), subnet, inner, _bridge(str(row["Id"])), gateway, led=led)


def _bridge(network: str) -> str:
    """The host's interface for a network, by the engine's id of it."""
    return f"br-{network[:12]}"


def network_config(spec: NetworkSpec, world: str) -> dict[str, Any]:
    """The body of ``POST /networks/create``."""
    gateway = spec.gateway or str(next(ipaddress.IPv4Network(spec.cidr).hosts()))
    return {
        "Name": naming.network_name(world, spec.name, spec.id),
        "CheckDuplicate": True,
        "Driver": "bridge",
        "Internal": spec.internal,
        "IPAM": {"Driver": "default", "Config": [{"Subnet": spec.cidr, "Gateway": gateway}]},
        "Options": {"com.docker.network.driver.mtu": str(spec.mtu)},
        "Labels": {naming.WORLD: world, naming.NETWORK: spec.id, naming.NAME: spec.name},
    }


def subnets(row: dict[str, Any]) -> Iterator[IPv4Network]:
    """The IPv4 subnets of a network as the engine lists it."""
    for config in row["IPAM"]["Config"] or ():
        network = ipaddress.ip_network(config["Subnet"], strict=False)
        if isinstance(network, IPv4Network):
            yield network


def routed(spec: NetworkSpec, routes: Path = ROUTES) -> str:
    """Why the host can't take the subnet: it routes a part of it elsewhere, and the bridge would cut that off. Empty when it can."""
    wanted = ipaddress.IPv4Network(spec.cidr)
    for interface, network in host_routes(routes):
        if wanted.overlaps(network):
            left = f", or, if the Docker engine that made it is gone, `ip link delete {interface}`" if interface.startswith("br-") else ""
            return (
                f"The subnet {spec.cidr} of {spec.name} overlaps this machine's route to {network} ({interface}); "
                f"give {spec.name} another range in the inventory{left}."
            )
    return ""


def host_routes(routes: Path = ROUTES) -> Iterator[tuple[str, IPv4Network]]:
    """The kernel's IPv4 routes but the default one, as (interface, destination); none where there is no such file."""
    if not routes.exists():
        return
    for line in routes.read_text().splitlines()[1:]:
        interface, destination, *rest = line.split()
        network = ipaddress.IPv4Network((_address(destination), int(rest[5], 16).bit_count()))
        if network.prefixlen:
            yield interface, network


def _address(text: str) -> int:
    """An address as the kernel prints it: hexadecimal, in host (little-endian) byte order."""
    return int.from_bytes(bytes.fromhex(text), "little")

"""Routers between networks: what every implementation promises of them, and what only real containers can show."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from dcsim.errors import MachineError
from emulators.machines.docker.router_plan import prefix
from emulators.machines.docker.routers import NAMESPACES
from emulators.machines.port import CardFilter, MachineSpec, NetworkSpec, NicSpec, PacketRule
from emulators.machines.routing import Forward, Road, RouterCard, RouterSpec, Way
from tests.contract.machines.harness import DockerRig, Rig, Site

PORT = 8000
"""Where the machines' web servers listen."""


class Tenant:
    """Two networks of a tenant with a machine on each, and what a router between them looks like; ``ranges`` are those of the first."""

    def __init__(self, rig: Rig, site: Site, number: int = 0) -> None:
        self.rig, self.number = rig, number
        self.ranges = [f"{site.subnet(index)}.0/24" for index in (0, 1)]
        made = [msgspec.structs.replace(site.network(2 * number + index), cidr=self.ranges[index]) for index in (0, 1)]
        self.networks: list[NetworkSpec] = [
            msgspec.structs.replace(one, gateway=self.address(index, 1), tenant=True) for index, one in enumerate(made)
        ]
        self.machines: list[MachineSpec] = []
        for index, network in enumerate(self.networks):
            nic = NicSpec(network=network.id, mac=f"fa:16:3e:0{number}:0{index}:05", ip=self.address(index, 5))
            self.machines.append(msgspec.structs.replace(site.machine(f"t{number}n{index}"), nics=(nic,)))
        self.cards = tuple(
            RouterCard(network=network.id, mac=f"fa:16:3e:0{number}:0{index}:01", addresses=(f"{self.address(index, 1)}/24",))
            for index, network in enumerate(self.networks)
        )
        self.router = RouterSpec(id=f"router-{site.number}-{number}", name="router", world=rig.world, cards=self.cards)

    def address(self, index: int, host: int) -> str:
        return self.ranges[index].replace(".0/24", f".{host}")

    async def boot(self) -> None:
        for network, machine in zip(self.networks, self.machines, strict=True):
            await self.rig.machines.ensure_network(network)
            await self.rig.machines.create(machine)
            await self.rig.machines.start(machine.id)

    async def join(self) -> None:
        """Have the router, and both machines know of it."""
        if not await self.rig.machines.ensure_router(self.router):
            pytest.skip("networks can't be joined here")
        for index in (0, 1):
            await self.lead(index, self.ranges[1 - index])

    async def lead(self, index: int, *destinations: str) -> None:
        nic = self.machines[index].nics[0]
        road = Road(network=nic.network, mac=nic.mac, router=self.router.id, destinations=destinations)
        assert await self.rig.machines.set_roads(self.machines[index].id, (road,))

    async def serve(self, index: int, name: str) -> None:
        """Let a machine's web server say its name."""
        machines, uid = self.rig.machines, self.machines[index].id
        await machines.put_file(uid, "/tmp/index.html", name.encode())
        await machines.exec(uid, ("httpd", "-p", str(PORT), "-h", "/tmp"))

    async def reads(self, index: int, address: str, port: int = PORT) -> str:
        """What a machine gets from a web server; "" when it gets nothing."""
        return await _read(self.rig, self.machines[index], address, port)


async def _read(rig: Rig, machine: MachineSpec, address: str, port: int, path: str = "/") -> str:
    script = f"printf 'GET {path} HTTP/1.0\\r\\n\\r\\n' | nc -w 2 {address} {port}"
    answer = await rig.machines.exec(machine.id, ("sh", "-c", script), timeout_seconds=10)
    return answer.stdout.decode().rpartition("\r\n\r\n")[2]


class TestRouters:
    """What holds for containers and simulated machines."""

    async def test_routers_and_roads_may_be_set_again_and_go(self, rig: Rig, site: Site) -> None:
        tenant = Tenant(rig, site)
        await tenant.boot()
        for _ in range(2):
            await tenant.join()
        await rig.machines.set_roads(tenant.machines[0].id, ())
        for _ in range(2):
            await rig.machines.retain_routers(frozenset())

    async def test_a_machine_that_does_not_run_has_no_roads(self, rig: Rig, site: Site) -> None:
        await rig.machines.create(site.machine())
        with pytest.raises(MachineError):
            await rig.machines.set_roads(site.machine().id, ())

    async def test_a_router_needs_its_networks(self, rig: Rig, site: Site) -> None:
        with pytest.raises(MachineError):
            await rig.machines.ensure_router(Tenant(rig, site).router)


@pytest.mark.docker
async def test_two_networks_reach_one_another_through_their_router_while_both_are_on_it(docker_rig: DockerRig) -> None:
    tenant = Tenant(docker_rig, Site.of(docker_rig))
    await tenant.boot()
    await tenant.serve(1, "one")
    await tenant.serve(0, "zero")
    assert not await tenant.reads(0, tenant.address(1, 5))
    await tenant.join()
    assert await tenant.reads(0, tenant.address(1, 5)) == "one"
    assert await tenant.reads(1, tenant.address(0, 5)) == "zero"
    pinged = await docker_rig.machines.exec(tenant.machines[0].id, ("ping", "-c1", "-w2", tenant.address(1, 1)), timeout_seconds=10)
    assert pinged.exit_code == 0, "the router answers at its address on the other network"
    await docker_rig.machines.ensure_router(msgspec.structs.replace(tenant.router, cards=tenant.cards[:1]))
    assert not await tenant.reads(0, tenant.address(1, 5))
    await tenant.join()
    assert await tenant.reads(0, tenant.address(1, 5)) == "one"
    await docker_rig.reopen()  # which knows nothing of what was made before
    await tenant.join()
    assert await tenant.reads(0, tenant.address(1, 5)) == "one"
    await docker_rig.reopen()
    await docker_rig.machines.retain_routers(frozenset())
    assert not await tenant.reads(0, tenant.address(1, 5))
    assert not list(NAMESPACES.glob(f"{prefix(docker_rig.world)}*"))


@pytest.mark.docker
async def test_tenants_with_equal_ranges_do_not_meet(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    tenants = [Tenant(docker_rig, site, number) for number in (0, 1)]
    for tenant in tenants:
        await tenant.boot()
        await tenant.serve(1, f"of tenant {tenant.number}")
    await tenants[0].join()
    assert await tenants[0].reads(0, tenants[0].address(1, 5)) == "of tenant 0"
    assert not await tenants[1].reads(0, tenants[1].address(1, 5))
    await tenants[1].join()
    for tenant in tenants:
        assert await tenant.reads(0, tenant.address(1, 5)) == f"of tenant {tenant.number}"


@pytest.mark.docker
async def test_a_machine_sees_who_comes_through_a_router_and_lets_in_whom_its_filter_names(docker_rig: DockerRig) -> None:
    tenant = Tenant(docker_rig, Site.of(docker_rig))
    await tenant.boot()
    await tenant.serve(1, "one")
    await tenant.join()
    for remote, expected in ((tenant.address(0, 6), ""), (tenant.address(0, 5), "one")):
        rule = PacketRule(inbound=True, protocol=6, low=PORT, high=PORT, remotes=(f"{remote}/32",))
        await docker_rig.machines.filter(tenant.machines[1].id, (CardFilter(addresses=(tenant.address(1, 5),), rules=(rule,)),))
        assert await tenant.reads(0, tenant.address(1, 5)) == expected


@pytest.mark.docker
@pytest.mark.parametrize("twice", [False, True], ids=["a range of its own", "a range that exists twice"])
async def test_a_forwarded_port_leads_from_the_host_and_from_machines_until_it_is_taken_away(docker_rig: DockerRig, *, twice: bool) -> None:
    site = Site.of(docker_rig)
    if twice:
        await docker_rig.machines.ensure_network(msgspec.structs.replace(site.network(3), id=f"other-{site.number}"))
    tenant = Tenant(docker_rig, site)
    outside = msgspec.structs.replace(site.network(3), tenant=True, reached=True)
    await docker_rig.machines.ensure_network(outside)
    await tenant.boot()
    await tenant.serve(1, "one")
    floating = f"{site.subnet(3)}.44"
    card = RouterCard(network=outside.id, mac="fa:16:3e:00:03:01", addresses=(f"{site.subnet(3)}.40/24",), outside=True)
    forwards = tuple(
        Forward(protocol=6, address=floating, low=low, high=high, to_address=tenant.address(1, 5), to_low=to)
        for low, high, to in ((2080, 2080, PORT), (3000, 3009, PORT - 4))
    )
    joined = msgspec.structs.replace(tenant.router, cards=(*tenant.cards, card), translates=True)
    tenant.router = msgspec.structs.replace(joined, forwards=forwards)
    await tenant.join()
    await tenant.lead(1, outside.cidr)
    await tenant.lead(0, outside.cidr)
    assert (await _asked(floating, 2080), await _asked(floating, 3004)) == ("one", "one")
    assert await tenant.reads(0, floating, 2080) == "one"
    assert await tenant.reads(1, floating, 2080) == "one"
    assert not await _asked(floating, 2081)
    await docker_rig.machines.ensure_router(joined)
    assert not await _asked(floating, 2080)


@pytest.mark.docker
async def test_a_machine_reaches_the_outside_network_as_its_router_and_further_ways_by_it(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    tenant = Tenant(docker_rig, site)
    outside = msgspec.structs.replace(site.network(3), tenant=True, reached=True)
    await docker_rig.machines.ensure_network(outside)
    nic = NicSpec(network=outside.id, mac="fa:16:3e:00:03:09", ip=f"{site.subnet(3)}.9")
    there = msgspec.structs.replace(site.machine("outside"), nics=(nic,))
    await docker_rig.machines.create(there)
    await docker_rig.machines.start(there.id)
    await docker_rig.machines.exec(there.id, ("httpd", "-p", str(PORT), "-h", "/etc"))
    await tenant.boot()
    card = RouterCard(network=outside.id, mac="fa:16:3e:00:03:01", addresses=(f"{site.subnet(3)}.40/24",), outside=True)
    further = Way("203.0.113.0/24", tenant.address(1, 5))
    tenant.router = msgspec.structs.replace(tenant.router, cards=(*tenant.cards, card), translates=True, ways=(further,))
    await tenant.join()
    await tenant.lead(0, outside.cidr, further.destination)
    rule = PacketRule(inbound=True, protocol=6, remotes=(f"{site.subnet(3)}.40/32",))
    await docker_rig.machines.filter(there.id, (CardFilter(addresses=(str(nic.ip),), rules=(rule,)),))
    assert (await _read(docker_rig, tenant.machines[0], str(nic.ip), PORT, "/hostname")).strip() == "outside"


async def _asked(address: str, port: int) -> str:
    """What the host gets from a web server; "" when it gets nothing."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(address, port)
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            answer = await reader.read()
    except (TimeoutError, OSError):
        return ""
    writer.close()
    return answer.decode().rpartition("\r\n\r\n")[2]

"""Routers as machines know them: what they join and forward, and what servers reach through them."""

from __future__ import annotations

from typing import Any

from dcsim.events import Actor
from emulators.machines.routing import Forward, Road, RouterSpec, Way
from emulators.openstack.network.joining import Joining
from emulators.openstack.network.records import NeutronRouter
from emulators.openstack.network.routing import roads_of, router_spec
from emulators.world.commands import Effect
from emulators.world.decisions.power import ReportMachine
from emulators.world.model import Power, Vm
from tests.unit.openstack.network.api import V2, lan, listed, make, public
from tests.unit.openstack.network.test_plugging import boot
from tests.unit.openstack.stack import Client, Rows, Stack


async def joined(demo: Client, *subnets: Rows, **given: Any) -> Rows:
    """A router with interfaces on subnets."""
    router = await make(demo, "router", name="r", **given)
    for subnet in subnets:
        await demo.ok("PUT", f"{V2}/routers/{router['id']}/add_router_interface", {"subnet_id": subnet["id"]})
    return router


def spec_of(stack: Stack, router: Rows) -> RouterSpec:
    return router_spec(stack.world.state, stack.world.state.get(NeutronRouter, router["id"]), "world")


def reached(stack: Stack, vm: Vm) -> dict[str, set[str]]:
    """What a VM reaches, by router."""
    return {road.router: set(road.destinations) for road in roads_of(stack.world.state, stack.world.state.get(Vm, vm.uid))}


async def test_a_router_joins_subnets_until_their_interface_goes(stack: Stack, demo: Client) -> None:
    network, one = await lan(demo)
    _, two = await lan(demo, "192.168.8.0/24")
    _, server = await boot(stack, demo, uuid=network["id"])
    router = await joined(demo, one, two)
    assert {card.addresses for card in spec_of(stack, router).cards} == {("192.168.7.1/24",), ("192.168.8.1/24",)}
    assert reached(stack, server) == {router["id"]: {"192.168.8.0/24"}}
    await demo.ok("PUT", f"{V2}/routers/{router['id']}", {"router": {"admin_state_up": False}})
    assert reached(stack, server) == {}
    await demo.ok("PUT", f"{V2}/routers/{router['id']}", {"router": {"admin_state_up": True}})
    await demo.ok("PUT", f"{V2}/routers/{router['id']}/remove_router_interface", {"subnet_id": two["id"]})
    assert reached(stack, server) == {}
    assert len(spec_of(stack, router).cards) == 1


async def test_the_gateway_leads_to_the_external_network_and_static_routes_further(stack: Stack, demo: Client) -> None:
    outside = await public(demo)
    network, subnet = await lan(demo)
    _, server = await boot(stack, demo, uuid=network["id"])
    router = await joined(demo, subnet, external_gateway_info={"network_id": outside["id"]})
    routes = [{"destination": "203.0.113.0/24", "nexthop": "192.168.7.9"}, {"destination": "0.0.0.0/0", "nexthop": "192.168.7.9"}]
    await demo.ok("PUT", f"{V2}/routers/{router['id']}", {"router": {"routes": routes}})
    spec = spec_of(stack, router)
    (card,) = (one for one in spec.cards if one.outside)
    assert card.addresses[0].startswith("172.24.4.")
    assert (spec.translates, spec.ways) == (True, (Way("203.0.113.0/24", "192.168.7.9"),))
    assert reached(stack, server) == {router["id"]: {"172.24.4.0/24", "203.0.113.0/24"}}


async def test_a_second_router_is_used_for_what_host_routes_name(stack: Stack, demo: Client) -> None:
    network, subnet = await lan(demo)
    _, server = await boot(stack, demo, uuid=network["id"])
    port = await make(demo, "port", network_id=network["id"], fixed_ips=[{"ip_address": "192.168.7.254"}])
    router = await make(demo, "router", name="second")
    await demo.ok("PUT", f"{V2}/routers/{router['id']}/add_router_interface", {"port_id": port["id"]})
    assert reached(stack, server) == {}
    host_routes = [{"destination": "10.9.0.0/16", "nexthop": "192.168.7.254"}]
    await demo.ok("PUT", f"{V2}/subnets/{subnet['id']}", {"subnet": {"host_routes": host_routes}})
    assert reached(stack, server) == {router["id"]: {"10.9.0.0/16"}}


async def test_port_forwardings_are_the_routers(stack: Stack, demo: Client) -> None:
    outside = await public(demo)
    network, subnet = await lan(demo)
    server, _ = await boot(stack, demo, uuid=network["id"])
    router = await joined(demo, subnet, external_gateway_info={"network_id": outside["id"]})
    (port,) = await listed(demo, f"ports?device_id={server['id']}")
    ip = port["fixed_ips"][0]["ip_address"]
    floating = await make(demo, "floatingip", floating_network_id=outside["id"])
    path = f"floatingips/{floating['id']}/port_forwardings"
    given = {"protocol": "tcp", "internal_ip_address": ip, "internal_port_id": port["id"]}
    one = await make(demo, "port_forwarding", path, external_port=2222, internal_port=22, **given)
    await make(demo, "port_forwarding", path, external_port_range="3000:3009", internal_port_range="4000:4009", **given)
    address = floating["floating_ip_address"]
    ssh = Forward(protocol=6, address=address, low=2222, high=2222, to_address=ip, to_low=22)
    more = Forward(protocol=6, address=address, low=3000, high=3009, to_address=ip, to_low=4000)
    assert set(spec_of(stack, router).forwards) == {ssh, more}
    await demo.ok("DELETE", f"{V2}/{path}/{one['id']}")
    assert spec_of(stack, router).forwards == (more,)


async def test_what_a_container_reaches_follows_what_happens(stack: Stack, demo: Client) -> None:
    network, one = await lan(demo)
    _, two = await lan(demo, "192.168.8.0/24")
    _, vm = await boot(stack, demo, uuid=network["id"])
    seen = _Seen(stack, vm)
    await seen.begin()
    router = await joined(demo, one, two)
    await seen.settled()
    (road,) = seen.roads
    assert (road.router, road.destinations) == (router["id"], ("192.168.8.0/24",))
    assert [len(spec.cards) for spec in seen.routers.values()] == [2]
    await demo.ok("PUT", f"{V2}/routers/{router['id']}/remove_router_interface", {"subnet_id": two["id"]})
    await seen.settled()
    assert seen.roads == ()
    assert [len(spec.cards) for spec in seen.routers.values()] == [1]
    await demo.ok("PUT", f"{V2}/routers/{router['id']}/remove_router_interface", {"subnet_id": one["id"]})
    await demo.ok("DELETE", f"{V2}/routers/{router['id']}")
    await seen.settled()
    assert seen.routers == {}


class _Seen:
    """What the machines were told of routers; the simulated machine passes for a container from now on."""

    def __init__(self, stack: Stack, vm: Vm) -> None:
        self._stack = stack
        self.roads: tuple[Road, ...] = ()
        self.routers: dict[str, RouterSpec] = {}
        for name in ("ensure_router", "retain_routers", "set_roads"):
            setattr(stack.machines, name, getattr(self, name))
        self._vm = vm

    async def begin(self) -> None:
        guest = self._vm.guest
        effect = Effect(machine="docker", addresses=guest.addresses, started=guest.started)
        await self._stack.world.execute(ReportMachine(vm=self._vm.uid, power=Power.ON, effect=effect), Actor())

    async def ensure_router(self, spec: RouterSpec) -> bool:
        self.routers[spec.id] = spec
        return True

    async def retain_routers(self, ids: frozenset[str]) -> None:
        self.routers = {uid: spec for uid, spec in self.routers.items() if uid in ids}

    async def set_roads(self, machine_id: str, roads: tuple[Road, ...]) -> bool:
        self.roads = roads
        return True

    async def settled(self) -> None:
        await self._stack.cloud.part(Joining, self._stack.cloud).idle()

"""Networks of tenants: what every implementation promises of them, and what only real containers can show."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from dcsim.errors import MachineError
from emulators.machines.port import CardFilter, MachineSpec, NicSpec, PacketRule
from tests.contract.machines.harness import DockerRig, Rig, Site

PORT = 8000
"""Where the machines' web servers listen."""


class TestTenants:
    """Networks of tenants: their ranges may overlap, their packets are filtered."""

    async def test_ranges_of_tenants_may_overlap(self, rig: Rig, site: Site) -> None:
        machines, wanted = rig.machines, site.subnet()
        for index, name in enumerate("ab"):
            segment = msgspec.structs.replace(site.network(index), cidr=f"{wanted}.0/24", tenant=True)
            await machines.ensure_network(segment)
            await machines.ensure_network(segment)
            nic = NicSpec(network=segment.id, mac=f"fa:16:3e:00:00:0{index}", ip=f"{wanted}.77")
            spec = msgspec.structs.replace(site.machine(name), nics=(nic,))
            await machines.create(spec)
            observed = await machines.start(spec.id)
            assert [(one.network, one.mac, one.ip) for one in observed.nics] == [(nic.network, nic.mac, nic.ip)]

    async def test_the_range_of_a_tenant_changes_while_nobody_uses_it(self, rig: Rig, site: Site) -> None:
        for index in (0, 1):
            await rig.machines.ensure_network(msgspec.structs.replace(site.network(index), id=site.network().id, tenant=True))
        await rig.machines.remove_network(site.network().id)

    async def test_filters_are_set_while_a_machine_runs(self, rig: Rig, site: Site) -> None:
        spec = site.machine()
        await rig.machines.ensure_network(site.network())
        await rig.machines.create(spec)
        ssh = PacketRule(inbound=True, protocol=6, low=22, high=22, remotes=("192.0.2.0/24",))
        cards = (CardFilter(addresses=(str(site.nic().ip),), rules=(ssh, PacketRule(inbound=False))),)
        with pytest.raises(MachineError):
            await rig.machines.filter(spec.id, cards)
        await rig.machines.start(spec.id)
        assert await rig.machines.filter(spec.id, cards) in {True, False}
        assert await rig.machines.filter(spec.id, ()) in {True, False}


async def _pair(rig: DockerRig, site: Site, index: int) -> tuple[MachineSpec, MachineSpec]:
    """Two machines on a tenant's network with the range of the site's first one."""
    segment = msgspec.structs.replace(site.network(index), cidr=f"{site.subnet()}.0/24", tenant=True)
    await rig.machines.ensure_network(segment)
    made = []
    for host in (20, 21):
        nic = NicSpec(network=segment.id, mac=f"fa:16:3e:00:{index:02x}:{host}", ip=f"{site.subnet()}.{host}")
        spec = msgspec.structs.replace(site.machine(f"n{index}h{host}"), nics=(nic,))
        await rig.machines.create(spec)
        await rig.machines.start(spec.id)
        await rig.machines.exec(spec.id, ("httpd", "-p", str(PORT), "-h", "/"))
        made.append(spec)
    return made[0], made[1]


async def _reaches(rig: DockerRig, source: MachineSpec, target: MachineSpec) -> bool:
    """Whether one machine gets an answer of the other's web server, be it that it does not understand."""
    asked = f"nc -w 3 {target.nics[0].ip} {PORT} < /etc/passwd"
    answer = await rig.machines.exec(source.id, ("sh", "-c", asked), timeout_seconds=10)
    return b"HTTP/1" in answer.stdout


@pytest.mark.docker
async def test_machines_of_one_tenant_reach_one_another_in_a_range_that_exists_twice(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    for index in (0, 1):
        one, two = await _pair(docker_rig, site, index)
        shown = (await docker_rig.machines.exec(one.id, ("ifconfig",))).stdout.decode().lower()
        assert f"inet addr:{one.nics[0].ip} " in shown
        assert one.nics[0].mac in shown
        assert await _reaches(docker_rig, one, two)


@pytest.mark.docker
async def test_packets_that_no_rule_lets_in_are_dropped(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    one, two = await _pair(docker_rig, site, 0)
    everything_out = PacketRule(inbound=False)
    web = PacketRule(inbound=True, protocol=6, low=PORT, high=PORT, remotes=(f"{one.nics[0].ip}/32",))
    address = (str(two.nics[0].ip),)
    if not await docker_rig.machines.filter(two.id, (CardFilter(addresses=address, rules=(everything_out,)),)):
        pytest.skip("packets of containers can't be filtered here")
    assert not await _reaches(docker_rig, one, two)
    assert await _reaches(docker_rig, two, one)
    await docker_rig.machines.filter(two.id, (CardFilter(addresses=address, rules=(everything_out, web)),))
    assert await _reaches(docker_rig, one, two)
    await docker_rig.machines.filter(two.id, (CardFilter(addresses=address, rules=(web,)),))
    assert not await _reaches(docker_rig, two, one)


@pytest.mark.docker
async def test_the_host_finds_what_is_to_be_reached_in_a_range_that_exists_twice(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    await _pair(docker_rig, site, 0)
    segment = msgspec.structs.replace(site.network(1), cidr=f"{site.subnet()}.0/24", tenant=True, reached=True)
    await docker_rig.machines.ensure_network(segment)
    nic = NicSpec(network=segment.id, mac="fa:16:3e:00:01:44", ip=f"{site.subnet()}.44")
    spec = msgspec.structs.replace(site.machine("outside"), nics=(nic,))
    await docker_rig.machines.create(spec)
    await docker_rig.machines.start(spec.id)
    await docker_rig.machines.exec(spec.id, ("httpd", "-p", str(PORT), "-h", "/"))
    async with asyncio.timeout(10):
        _, writer = await asyncio.open_connection(nic.ip, PORT)
    writer.close()


@pytest.mark.docker
async def test_a_router_answers_in_a_range_that_exists_twice(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    await _pair(docker_rig, site, 0)
    gateway = f"{site.subnet()}.1"
    segment = msgspec.structs.replace(site.network(1), cidr=f"{site.subnet()}.0/24", gateway=gateway, tenant=True)
    await docker_rig.machines.ensure_network(segment)
    machines = await docker_rig.reopen()
    nic = NicSpec(network=segment.id, mac="fa:16:3e:00:01:45", ip=f"{site.subnet()}.45")
    spec = msgspec.structs.replace(site.machine("pinging"), nics=(nic,))
    await machines.create(spec)
    await machines.start(spec.id)
    answer = await machines.exec(spec.id, ("ping", "-c", "1", "-w", "2", gateway), timeout_seconds=10)
    assert answer.exit_code == 0, answer.stdout

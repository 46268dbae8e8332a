"""Generated inventories of any size: they are deterministic, hold together, and are not overcommitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcsim.errors import InvalidArgument
from emulators.world import capacity
from emulators.world.inventory.dump import dumps
from emulators.world.inventory.generate import PRESETS, Preset, generate
from emulators.world.inventory.spec import Inventory
from emulators.world.model import (
    Blade,
    Chassis,
    Cluster,
    Datastore,
    Disk,
    Entity,
    Hypervisor,
    Network,
    Port,
    Power,
    PowerSupply,
    ResourcePool,
    ServiceProfile,
    UcsDomain,
    Vm,
)
from emulators.world.state import WorldState

MakeWorld = Callable[[Inventory, int], WorldState]
UNNAMED = {"", "world-1", "default"}  # what is made with the first window: the default domain of projects
REFERENCES = {
    "site", "domain", "rack", "peer", "fabric_interconnect", "chassis", "feed", "blade", "profile", "cluster", "parent", "array", "switch",
    "vm", "network", "datastore", "host", "pool", "image", "team", "project",
}  # fmt: skip
REFERENCE_LISTS = {"luns", "hosts", "services"}

sizes = st.tuples(st.integers(0, 1000), st.integers(1, 60), st.integers(0, 120))


def references(entity: Entity) -> Iterator[tuple[str, str]]:
    """Field and uid of everything that an entity refers to."""
    for field in entity.__struct_fields__:
        value = getattr(entity, field)
        if field in REFERENCES or (field == "owner" and entity.KIND == "business_service"):
            yield field, value
        elif field in REFERENCE_LISTS:
            yield from ((field, uid) for uid in value)
        elif field == "tiers":
            yield from ((field, uid) for uids in value.values() for uid in uids)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(preset: Preset) -> None:
    assert dumps(generate(7, preset)) == dumps(generate(7, preset))
    assert dumps(generate(7, preset)) != dumps(generate(8, preset))


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_have_their_size(preset: Preset, world: MakeWorld) -> None:
    state = world(generate(7, preset), 7)
    assert (state.count(Hypervisor), state.count(Vm)) == PRESETS[preset]


def test_the_small_preset_is_a_cluster_of_six_and_two_kvm_hosts(world: MakeWorld) -> None:
    state = world(generate(7), 7)
    assert Counter(host.flavor for host in state.all(Hypervisor)) == {"esxi": 6, "kvm": 2}
    (cluster,) = [one for one in state.all(Cluster) if one.owner == "vsphere"]
    assert cluster.ha.enabled
    assert cluster.drs.enabled
    assert len({blade.chassis for blade in state.all(Blade)}) == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes)
def test_worlds_of_any_size_hold_together(world: MakeWorld, size: tuple[int, int, int]) -> None:
    seed, hosts, vms = size
    state = world(generate(seed, hosts=hosts, vms=vms), seed)
    assert (state.count(Hypervisor), state.count(Vm)) == (hosts, vms)
    check_references(state)
    check_unique(state)
    check_addresses(state)
    check_capacity(state)


def check_references(state: WorldState) -> None:
    uids = {entity.uid for entity in state} | UNNAMED
    dangling = [(entity.name, field, uid) for entity in state for field, uid in references(entity) if uid not in uids]
    assert not dangling


def check_unique(state: WorldState) -> None:
    entities = list(state)
    assert len({entity.uid for entity in entities}) == len(entities)
    assert [entity.number for entity in entities] == list(range(len(entities)))
    for kind in (Vm, Hypervisor, Cluster, Datastore, Network, Blade, Chassis, UcsDomain):
        assert_different(entity.name for entity in state.all(kind))
    assert_different(port.mac for port in state.all(Port))
    assert_different(uuid for vm in state.all(Vm) for uuid in (vm.uuid, vm.instance_uuid))
    assert_different(disk.path for disk in state.all(Disk))
    assert_different(serial for kind in (Blade, Chassis, PowerSupply) for serial in _serials(state, kind))
    assert_different(address for profile in state.all(ServiceProfile) for address in addresses_of(profile))


def _serials(state: WorldState, kind: type[Blade | Chassis | PowerSupply]) -> list[str]:
    return [one.serial for one in state.all(kind)]


def addresses_of(profile: ServiceProfile) -> Iterator[str]:
    yield profile.uuid
    yield profile.wwnn
    yield from (vnic.mac for vnic in profile.vnics)
    yield from (vhba.wwpn for vhba in profile.vhbas)


def assert_different(values: Iterator[str]) -> None:
    doubles = [value for value, count in Counter(values).items() if count > 1]
    assert not doubles


def check_addresses(state: WorldState) -> None:
    base = IPv4Network("10.77.0.0/16")
    networks = [IPv4Network(one.cidr) for one in state.all(Network) if one.cidr]
    assert all(network.subnet_of(base) for network in networks)
    assert not any(a.overlaps(b) for place, a in enumerate(networks) for b in networks[:place])
    ips = [port.ip for port in state.all(Port)] + [host.management_ip for host in state.all(Hypervisor)]
    ips += [domain.address for domain in state.all(UcsDomain)]
    assert_different(iter(ips))
    for port in state.all(Port):
        network = state.get(Network, port.network)
        inside, address = IPv4Network(network.cidr), IPv4Address(port.ip)
        assert address in inside
        assert address not in {inside.network_address, inside.broadcast_address, IPv4Address(network.gateway)}
        assert state.get(Vm, port.vm).host in network.hosts
    assert all(state.count(Port, "network", one.uid) < 1000 for one in state.all(Network))


def check_capacity(state: WorldState) -> None:
    """No host is overcommitted in memory, a cluster can lose a host, datastores have room for what is on them."""
    for cluster in state.all(Cluster):
        hosts = [capacity.host_capacity(state, host) for host in state.where(Hypervisor, "cluster", cluster.uid)]
        assert all(one.memory_configured_bytes <= one.effective_memory_bytes for one in hosts)
        assert all(one.vcpus <= 8 * one.cpu_cores for one in hosts)
        if len(hosts) > 1:
            largest = max(one.effective_memory_bytes for one in hosts)
            whole = capacity.total(hosts)
            assert whole.memory_configured_bytes <= whole.effective_memory_bytes - largest
        else:
            assert not cluster.ha.enabled
    for datastore in state.all(Datastore):
        space = capacity.datastore_space(state, datastore)
        assert space.used < space.capacity * 0.9


@pytest.mark.parametrize("preset", ["medium", "large"])
def test_the_larger_presets_hold_together(world: MakeWorld, preset: Preset) -> None:
    state = world(generate(7, preset), 7)
    check_references(state)
    check_unique(state)
    check_addresses(state)
    check_capacity(state)


def test_most_vms_are_on_and_each_tier_has_one_that_is(world: MakeWorld) -> None:
    inventory = generate(7, "medium")
    power = {vm.name: vm.power for vm in inventory.vms}
    assert Counter(power.values())["on"] > 0.85 * len(power)
    assert all(any(power[name] == "on" for name in names) for app in inventory.applications for names in app.tiers.values())


def test_every_vsphere_cluster_has_a_root_pool_and_templates_have_none(world: MakeWorld) -> None:
    state = world(generate(7, "medium"), 7)
    for cluster in state.all(Cluster):
        roots = [pool.name for pool in state.where(ResourcePool, "parent", cluster.uid)]
        assert roots == (["Resources"] if cluster.owner == "vsphere" else [])
    templates = [vm for vm in state.all(Vm) if vm.template]
    assert templates
    assert all(not vm.pool and vm.power is Power.OFF for vm in templates)


@pytest.mark.parametrize(
    ("arguments", "field", "message"),
    [
        ({"hosts": 0}, "hosts", "1 to 2400 hosts"),
        ({"hosts": 2401}, "hosts", "1 to 2400 hosts"),
        ({"vms": -1}, "vms", "cannot be -1"),
        ({"hosts": 2, "vms": 5000}, "hosts", "more hosts"),
        ({"vms": 20, "network_base": "10.0.0.0/27"}, "network_base", "no room"),
        ({"network_base": "300.0.0.0/8"}, "cidr", "not an IPv4 network"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, int | str], field: str, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message) as refused:
        generate(7, **arguments)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_small_block_gives_small_segments() -> None:
    inventory = generate(7, network_base="192.168.0.0/24")
    assert {IPv4Network(network.cidr).prefixlen for network in inventory.networks} == {26}

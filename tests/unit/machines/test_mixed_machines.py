"""Which machines get containers, and that the choice sticks."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from dcsim.clock import SimulatedClock
from dcsim.errors import MachineNotFound, SettingsError
from emulators.machines.mixed import BACKEND_LABEL, MixedMachines
from emulators.machines.policy import ContainerPolicy, Term, parse_policy
from emulators.machines.port import MachineSpec, MachineState, NetworkSpec, NicSpec, VolumeSpec
from emulators.machines.simulated.backend import SimulatedMachines

NETWORK = NetworkSpec(id="net-1", name="prod", cidr="10.0.0.0/24", world="w")


def spec(name: str, **labels: str) -> MachineSpec:
    """A machine with one card."""
    nic = NicSpec(network="net-1", mac="00:50:56:00:00:01")
    return MachineSpec(id=f"vm-{name}", name=name, image="x", cpus=1, memory_bytes=1, world="w", nics=(nic,), labels=labels)


class Pair:
    """A mixed backend over two in-memory ones: the first stands where containers would."""

    def __init__(self, policy: str) -> None:
        self.clock = SimulatedClock()
        self.real = SimulatedMachines(self.clock, seed=1)
        self.simulated = SimulatedMachines(self.clock, seed=2)
        self.mixed = self.again(policy)

    def again(self, policy: str) -> MixedMachines:
        """A new client over the same real side, as after a restart."""
        return MixedMachines(containers=self.real, simulated=self.simulated, policy=parse_policy(policy), world="w")

    async def names(self) -> set[str]:
        """The machines on the real side."""
        return {machine.name for machine in await self.real.list("w")}


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("all", ContainerPolicy()),
        ("none", ContainerPolicy(limit=0)),
        ("50", ContainerPolicy(limit=50)),
        ("name=web-*, tag=prod", ContainerPolicy(terms=(Term("name", "web-*"), Term("tag", "prod")))),
        ("app=shop", ContainerPolicy(terms=(Term("app", "shop"),))),
    ],
)
def test_policies_are_read(text: str, policy: ContainerPolicy) -> None:
    assert parse_policy(text) == policy


@pytest.mark.parametrize("text", ["", "some", "name=", "=x", "-1", "name=a,,"])
def test_what_is_no_policy_is_a_sentence(text: str) -> None:
    with pytest.raises(SettingsError, match="does not say which machines"):
        parse_policy(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("name=web-*", True),
        ("name=db-*", False),
        ("id=vm-web-1", True),
        ("tag=gold", True),
        ("tag=shop", True),
        ("tag=app:shop", True),
        ("tag=app:*bank", False),
        ("app=shop", True),
        ("app=b*", False),
    ],
)
def test_selectors_match_name_id_and_tags(text: str, wanted: bool) -> None:
    machine = spec("web-1", **{"tag.app": "shop", "tag.gold": "", "team": "red"})
    assert parse_policy(text).wants(machine, 0) is wanted


async def test_the_first_so_many_get_containers_and_keep_them() -> None:
    pair = Pair("2")
    await pair.mixed.ensure_network(NETWORK)
    for name in ("a", "b", "c"):
        await pair.mixed.create(spec(name))
    assert await pair.names() == {"a", "b"}
    await pair.mixed.delete("vm-a")
    await pair.mixed.create(spec("c"))
    assert await pair.names() == {"b"}, "c keeps its choice though there is room now"
    await pair.mixed.create(spec("d"))
    assert await pair.names() == {"b", "d"}


async def test_the_choice_is_found_again_after_a_restart() -> None:
    pair = Pair("1")
    await pair.mixed.ensure_network(NETWORK)
    for name in ("a", "b"):
        await pair.mixed.create(spec(name))
    await pair.mixed.delete("vm-a")
    again = pair.again("1")
    await again.ensure_network(NETWORK)
    remembered = msgspec.structs.replace(spec("b"), labels={BACKEND_LABEL: "simulated"})
    assert (await again.adopt(remembered, MachineState.RUNNING)).backend == "simulated"
    assert await pair.names() == set()


async def test_machines_with_containers_from_before_count() -> None:
    pair = Pair("1")
    await pair.mixed.ensure_network(NETWORK)
    await pair.mixed.create(spec("a"))
    again = pair.again("1")
    await again.ensure_network(NETWORK)
    await again.create(spec("b"))
    assert (await again.inspect("vm-a")).name == "a"
    assert await pair.names() == {"a"}


async def test_networks_and_volumes_are_made_real_only_when_needed() -> None:
    pair = Pair("name=real")
    await pair.mixed.ensure_network(NETWORK)
    await pair.mixed.ensure_volume(VolumeSpec(id="vol-1", name="v", size_bytes=1, world="w"))
    await pair.mixed.create(spec("other"))
    assert not pair.real._segments
    await pair.mixed.create(spec("real"))
    assert list(pair.real._segments) == ["net-1"]


async def test_a_clone_and_a_snapshot_stay_beside_their_source() -> None:
    pair = Pair("name=real*")
    await pair.mixed.ensure_network(NETWORK)
    await pair.mixed.create(spec("real"))
    await pair.mixed.clone("vm-real", spec("copy"))
    assert await pair.names() == {"real", "copy"}


async def test_unknown_machines_are_not_found() -> None:
    pair = Pair("all")
    with pytest.raises(MachineNotFound):
        await pair.mixed.start("vm-nowhere")
    assert (await pair.mixed.inspect("vm-nowhere")).state == MachineState.ABSENT


async def test_events_of_both_sides_arrive() -> None:
    pair = Pair("name=real")
    await pair.mixed.ensure_network(NETWORK)
    before = pair.clock.wall()
    await pair.mixed.create(spec("real"))
    await pair.mixed.create(spec("other"))
    seen = set()
    async with asyncio.timeout(2):
        async for event in pair.mixed.events(before):
            seen.add(event.id)
            if len(seen) == 2:
                break
    assert seen == {"vm-real", "vm-other"}

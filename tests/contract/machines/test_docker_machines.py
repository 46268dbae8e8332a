"""What only real containers can show."""

from __future__ import annotations

import pytest

from dcsim.errors import ImageNotFound, MachineError, MachinesUnavailable
from emulators.machines.docker import naming
from emulators.machines.docker.backend import DockerMachines
from emulators.machines.images.names import TINY
from emulators.machines.images.recipe import engine_name
from emulators.machines.port import MachineState, NetworkSpec
from tests.contract.machines.harness import MIB, DockerRig, Site, state

pytestmark = pytest.mark.docker


@pytest.fixture
async def site(docker_rig: DockerRig) -> Site:
    """A network and a volume that exist."""
    site = Site.of(docker_rig)
    await docker_rig.machines.ensure_network(site.network())
    await docker_rig.machines.ensure_volume(site.volume())
    return site


async def test_an_unknown_image_is_refused(docker_rig: DockerRig, site: Site) -> None:
    with pytest.raises(ImageNotFound, match="images build"):
        await docker_rig.machines.create(site.machine(image="dcsim/no-such-image:1"))


async def test_limits_and_privileges_are_the_kernels(docker_rig: DockerRig, site: Site) -> None:
    vm = site.machine().id
    await docker_rig.machines.create(site.machine())
    await docker_rig.machines.start(vm)
    script = "cd /sys/fs/cgroup; grep -E 'CapBnd|NoNewPrivs' /proc/self/status; cat memory/memory.limit_in_bytes memory.max 2>/dev/null"
    answer = await docker_rig.machines.exec(vm, ("sh", "-c", script))
    words = answer.stdout.decode().split()
    assert words[words.index("NoNewPrivs:") + 1] == "1"
    assert int(words[words.index("CapBnd:") + 1], 16) == 0x2004_25FB & ~0x100, "AUDIT_WRITE ... NET_RAW ... SYS_CHROOT and no other"
    assert words[-1] == str(64 * MIB)
    host = (await docker_rig.container(vm))["HostConfig"]
    assert (host["CpuQuota"] / host["CpuPeriod"], host["PidsLimit"], host["Init"]) == (2, 1024, True)
    await docker_rig.machines.resize(vm, 1, 96 * MIB)
    answer = await docker_rig.machines.exec(vm, ("sh", "-c", script))
    assert answer.stdout.decode().split()[-1] == str(96 * MIB)


async def test_mac_and_address_are_in_the_guest(docker_rig: DockerRig, site: Site) -> None:
    await docker_rig.machines.ensure_network(site.network(1))
    spec = site.machine(nics=(site.nic(index=0), site.nic(index=1)))
    await docker_rig.machines.create(spec)
    for _ in range(2):  # also after a stop and a start
        await docker_rig.machines.start(spec.id)
        shown = (await docker_rig.machines.exec(spec.id, ("ifconfig",))).stdout.decode().lower()
        cards = {card.split("hwaddr ")[1].split()[0]: card for card in shown.split("\n\n") if "hwaddr" in card}
        for nic in spec.nics:
            assert f"inet addr:{nic.ip} " in cards[nic.mac]
        await docker_rig.machines.stop(spec.id)


async def test_machines_reach_one_another_by_name(docker_rig: DockerRig, site: Site) -> None:
    for number, name in enumerate(("one", "two")):
        await docker_rig.machines.create(site.machine(name, nics=(site.nic(10 + number),)))
        await docker_rig.machines.start(site.machine(name).id)
    answer = await docker_rig.machines.exec(site.machine("one").id, ("nslookup", "two"))
    assert str(site.nic(11).ip) in answer.stdout.decode(), answer


async def test_programs_run_with_input_output_and_user(docker_rig: DockerRig, site: Site) -> None:
    machines, vm = docker_rig.machines, site.machine().id
    await machines.create(site.machine(env={"COLOUR": "blue"}))
    await machines.start(vm)
    assert (await machines.exec(vm, ("hostname",))).stdout == b"web\n"
    assert (await machines.exec(vm, ("sh", "-c", "echo $COLOUR; echo no >&2; exit 3"))) == type(await machines.exec(vm, ("true",)))(
        exit_code=3, stdout=b"blue\n", stderr=b"no\n"
    )
    assert (await machines.exec(vm, ("cat",), stdin=b"x" * MIB)).stdout == b"x" * MIB
    assert (await machines.exec(vm, ("true",), stdin=b"unread" * MIB, timeout_seconds=5)).exit_code == 0
    assert (await machines.exec(vm, ("id", "-un"), user="nobody")).stdout == b"nobody\n"
    assert (await machines.exec(vm, ("head", "-c", str(5 * MIB), "/dev/zero"))).truncated


async def test_a_program_that_takes_too_long_is_a_sentence(docker_rig: DockerRig, site: Site) -> None:
    await docker_rig.machines.create(site.machine())
    vm = site.machine().id
    with pytest.raises(MachineError, match="not running"):
        await docker_rig.machines.exec(vm, ("true",))
    await docker_rig.machines.start(vm)
    with pytest.raises(MachineError, match="still runs"):
        await docker_rig.machines.exec(vm, ("sleep", "60"), timeout_seconds=0.3)
    answer = await docker_rig.machines.exec(vm, ("no-such-program",))
    assert answer.exit_code in {126, 127}


async def test_a_container_replaced_behind_our_back_is_gone(docker_rig: DockerRig, site: Site) -> None:
    vm = site.machine().id
    await docker_rig.machines.create(site.machine())
    handle = (await docker_rig.machines.inspect(vm)).handle
    await docker_rig.engine("DELETE", f"containers/{handle}", params={"force": "1"})
    assert await state(docker_rig.machines, vm) == MachineState.ABSENT
    assert (await docker_rig.machines.create(site.machine())).state == MachineState.CREATED


async def test_orphans_are_listed(docker_rig: DockerRig, site: Site) -> None:
    await docker_rig.machines.create(site.machine("orphan"))
    machines = await docker_rig.reopen()
    assert [(row.id, row.name) for row in await machines.list(docker_rig.world)] == [(site.machine("orphan").id, "orphan/1")]


async def test_a_name_taken_by_a_stranger_is_a_sentence(docker_rig: DockerRig, site: Site) -> None:
    await docker_rig.machines.create(site.machine())
    handle = (await docker_rig.machines.inspect(site.machine().id)).handle
    await docker_rig.machines.delete(site.machine().id)
    config = {"Image": engine_name(TINY), "HostConfig": {"NetworkMode": "none"}, "Labels": {"dcsim.world": docker_rig.world}}
    await docker_rig.engine("POST", "containers/create", params={"name": handle}, json=config)
    with pytest.raises(MachineError, match="docker rm"):
        await docker_rig.machines.create(site.machine())


async def test_overlapping_ranges_are_refused_by_name(docker_rig: DockerRig, site: Site) -> None:
    inside = NetworkSpec(id="net-inside", name="inside", cidr=f"{site.subnet()}.128/25", world=docker_rig.world)
    with pytest.raises(MachineError, match=r"overlaps the Docker network dcsim-.*segment-0.*another range"):
        await docker_rig.machines.ensure_network(inside)


async def test_a_missing_network_is_refused(docker_rig: DockerRig, site: Site) -> None:
    with pytest.raises(MachineError, match="ensure the network"):
        await docker_rig.machines.create(site.machine(nics=(site.nic(index=2),)))


async def test_nothing_is_left_of_a_cloned_machine(docker_rig: DockerRig, site: Site) -> None:
    before = {row["Id"] for row in await docker_rig.engine("GET", "images/json", params={"all": "1"})}
    await docker_rig.machines.create(site.machine())
    await docker_rig.machines.clone(site.machine().id, site.machine("copy", nics=(site.nic(11),)))
    ref = await docker_rig.machines.snapshot(site.machine().id, "snap-1")
    await docker_rig.machines.revert(ref, site.machine())
    await docker_rig.machines.delete_snapshot(ref)
    machines = await docker_rig.reopen()  # what has to be removed is known from the engine, not from memory
    for name in ("web", "copy"):
        await machines.delete(site.machine(name).id)
    after = {row["Id"] for row in await docker_rig.engine("GET", "images/json", params={"all": "1"})}
    assert after <= before | {row["Id"] for row in await docker_rig.engine("GET", "images/json")}
    assert not [row for row in await docker_rig.engine("GET", "images/json") if row["Labels"] and "dcsim.vm" in row["Labels"]]


async def test_the_wrong_world_is_refused(docker_rig: DockerRig, site: Site) -> None:
    with pytest.raises(MachineError, match="belongs to world"):
        await docker_rig.machines.create(site.machine(world="world-elsewhere"))


@pytest.mark.parametrize("docker_host", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1", "ssh://somewhere"])
async def test_an_engine_that_does_not_answer_is_a_sentence(docker_host: str) -> None:
    with pytest.raises(MachinesUnavailable, match=r"does not answer|understands"):
        await _probe(docker_host)


async def _probe(docker_host: str) -> None:
    machines = DockerMachines(docker_host, world="world-x")
    try:
        await machines.probe()
    finally:
        await machines.close()


async def test_what_a_crash_left_copying_disks_is_swept_away(docker_rig: DockerRig, site: Site) -> None:
    """A helper of a process that was killed would hold its volumes for ever."""
    await docker_rig.machines.create(site.machine(disks=(site.disk(),)))
    volume = naming.volume_name(docker_rig.world, site.volume().id)
    labels = {naming.WORLD: docker_rig.world, naming.HELPER: "copy the disks"}
    config = {"Image": engine_name(TINY), "Entrypoint": ["sleep", "600"], "Labels": labels, "HostConfig": {"Binds": [f"{volume}:/from/0"]}}
    helper = (await docker_rig.engine("POST", "containers/create", json=config))["Id"]
    await docker_rig.engine("POST", f"containers/{helper}/start")
    machines = await docker_rig.reopen()
    await machines.delete(site.machine().id)
    await machines.remove_volume(site.volume().id)
    assert (
        await docker_rig.engine("GET", "containers/json", params={"all": "1", **naming.label_filter(f"{naming.WORLD}={docker_rig.world}")})
        == []
    )

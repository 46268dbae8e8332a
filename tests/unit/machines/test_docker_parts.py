"""The pure parts of the Docker backend."""

from __future__ import annotations

import io
import re
import struct
import tarfile
from pathlib import Path

import pytest

from dcsim.errors import ImageNotFound, MachineError, MachineNotFound, MachinesUnavailable
from emulators.machines.docker import frames, naming
from emulators.machines.docker.client import refusal
from emulators.machines.docker.config import container_config
from emulators.machines.docker.endpoint import parse_endpoint
from emulators.machines.docker.expectations import LINGER_SECONDS, Expectations
from emulators.machines.docker.files import pack, unpack
from emulators.machines.docker.networks import host_routes, network_config, routed
from emulators.machines.docker.observe import spec_of
from emulators.machines.port import MachineEventKind, MachineSpec, NetworkSpec, NicSpec

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
br-1\t00000A0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
"""
SPEC = MachineSpec(
    id="vm-k3tq6zrw2c4a",
    name="web server/ö",
    image="dcsim/guest-tiny:1",
    cpus=16,
    memory_bytes=1 << 30,
    world="world-abc",
    nics=(NicSpec(network="net-1", mac="00:50:56:00:00:01", ip="10.0.0.5"), NicSpec(network="net-2", mac="00:50:56:00:00:02")),
    env={"A": "1"},
    command=("sleep", "1"),
)
Kind = MachineEventKind


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_names_are_readable_and_safe() -> None:
    assert naming.container_name("world-abc", SPEC.name, SPEC.id) == f"dcsim-{naming.short('world-abc')}-web-server-6zrw2c4a"
    assert naming.safe("///") == "unnamed"
    assert len({naming.short(uid) for uid in ("vm-1", "vm-2", "vm-000000000001-a", "vm-000000000002-a")}) == 4


@pytest.mark.parametrize(("api", "top"), [((1, 41), True), ((1, 47), False)])
def test_the_first_cards_mac_is_said_where_the_engine_reads_it(api: tuple[int, int], top: bool) -> None:
    config = container_config(SPEC, image=SPEC.image, networks={"net-1": "prod"}, api=api)
    endpoint = config["NetworkingConfig"]["EndpointsConfig"]["prod"]
    assert ("MacAddress" in config) is top
    assert (endpoint["MacAddress"], endpoint["IPAMConfig"]) == ("00:50:56:00:00:01", {"IPv4Address": "10.0.0.5"})


def test_a_machine_may_have_more_processors_than_the_host() -> None:
    host = container_config(SPEC, image="x", networks={"net-1": "prod"}, api=(1, 41))["HostConfig"]
    assert "NanoCpus" not in host
    assert host["CpuQuota"] / host["CpuPeriod"] == 16
    assert host["Memory"] == host["MemorySwap"] == 1 << 30


def test_a_guest_is_never_privileged() -> None:
    host = container_config(SPEC, image="x", networks={"net-1": "prod"}, api=(1, 41))["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert not {"SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "MKNOD"} & set(host["CapAdd"])
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert not host.get("Privileged")


def test_the_specification_comes_back_from_its_label() -> None:
    assert spec_of(container_config(SPEC, image="x", networks={"net-1": "prod"}, api=(1, 41))["Labels"]) == SPEC


def test_a_machine_without_cards_has_no_network() -> None:
    bare = MachineSpec(id="vm-1", name="a", image="x", cpus=1, memory_bytes=1, world="w")
    config = container_config(bare, image="x", networks={}, api=(1, 41))
    assert config["HostConfig"]["NetworkMode"] == "none"
    assert "NetworkingConfig" not in config
    assert "Cmd" not in config


def test_routes_are_read_as_the_kernel_prints_them(tmp_path: Path) -> None:
    file = tmp_path / "route"
    file.write_text(ROUTES)
    assert [(name, str(network)) for name, network in host_routes(file)] == [("eth0", "192.0.2.0/24"), ("br-1", "10.10.0.0/16")]
    assert list(host_routes(tmp_path / "none")) == []


@pytest.mark.parametrize(
    ("cidr", "says"), [("192.0.2.128/25", r"192\.0\.2\.0/24 \(eth0\)"), ("10.0.0.0/8", "ip link delete br-1"), ("10.11.0.0/16", "^$")]
)
def test_a_range_that_the_host_routes_is_refused(tmp_path: Path, cidr: str, says: str) -> None:
    file = tmp_path / "route"
    file.write_text(ROUTES)
    assert re.search(says, routed(NetworkSpec(id="n", name="prod", cidr=cidr, world="w"), file))


def test_a_networks_gateway_is_its_first_address_by_default() -> None:
    body = network_config(NetworkSpec(id="n", name="prod", cidr="10.1.0.0/24", world="w", mtu=9000), "w")
    assert body["IPAM"]["Config"] == [{"Subnet": "10.1.0.0/24", "Gateway": "10.1.0.1"}]
    assert body["Options"] == {"com.docker.network.driver.mtu": "9000"}


def test_each_expectation_excuses_one_event() -> None:
    expectations = Expectations(Time())
    with expectations.expect("vm-1", Kind.DIED):
        pass
    assert expectations.claim("vm-1", Kind.DIED, ("c", 1))
    assert expectations.claim("vm-1", Kind.DIED, ("c", 1)), "the same event, heard on a second stream"
    assert not expectations.claim("vm-1", Kind.DIED, ("c", 2))
    assert not expectations.claim("vm-2", Kind.DIED, ("c", 3))


def test_what_stayed_away_before_the_last_event_of_a_call_excuses_nothing_later() -> None:
    """Only a paused machine resumes when it is killed; an unpause that follows is somebody else's."""
    expectations = Expectations(Time())
    with expectations.expect("vm-1", Kind.RESUMED, Kind.DIED):
        pass
    assert expectations.claim("vm-1", Kind.DIED, ("c", 1))
    assert not expectations.claim("vm-1", Kind.RESUMED, ("c", 2))
    with expectations.expect("vm-1", Kind.RESUMED, Kind.DIED):
        pass
    assert expectations.claim("vm-1", Kind.RESUMED, ("c", 3))
    assert expectations.claim("vm-1", Kind.DIED, ("c", 4))


def test_expectations_end() -> None:
    time = Time()
    expectations = Expectations(time)
    with expectations.expect("vm-1", Kind.STARTED):
        time.now = 1000
        assert expectations.claim("vm-1", Kind.STARTED, ("c", 1)), "a call may take long"
    with expectations.expect("vm-1", Kind.DIED):
        pass
    time.now += LINGER_SECONDS
    assert not expectations.claim("vm-1", Kind.DIED, ("c", 2))


@pytest.mark.parametrize(("error", "excused"), [(MachineError("no"), False), (MachinesUnavailable("slow"), True)])
def test_a_refused_call_excuses_nothing_but_one_without_an_answer_may_have_happened(error: MachineError, excused: bool) -> None:
    expectations = Expectations(Time())
    with pytest.raises(MachineError), expectations.expect("vm-1", Kind.DIED):
        raise error
    assert expectations.claim("vm-1", Kind.DIED, ("c", 1)) is excused


def test_a_call_that_changed_nothing_excuses_nothing() -> None:
    expectations = Expectations(Time())
    with expectations.expect("vm-1", Kind.STARTED) as call:
        call.cancel()
    assert not expectations.claim("vm-1", Kind.STARTED, ("c", 1))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, b'{"message":"No such container: abc"}', MachineNotFound),
        (404, b'{"message":"No such image: x:1"}', ImageNotFound),
        (404, b'{"message":"network abc not found"}', MachineError),
        (500, b"", MachineError),
        (500, b"<html>", MachineError),
    ],
)
def test_refusals_become_sentences(status: int, body: bytes, kind: type[MachineError]) -> None:
    error = refusal(status, body, "start web")
    assert type(error) is kind
    assert error.message.startswith("The Docker engine could not start web: ")


@pytest.mark.parametrize(
    ("docker_host", "base", "local"),
    [
        ("unix:///run/d.sock", "http://docker", True),
        ("tcp://10.0.0.1", "http://10.0.0.1:2375", False),
        ("tcp://h:99", "http://h:99", False),
        ("https://h", "https://h:2376", False),
    ],
)
def test_docker_hosts_are_read(docker_host: str, base: str, local: bool) -> None:
    endpoint = parse_endpoint(docker_host, {"DOCKER_CERT_PATH": "/certs"})
    assert (endpoint.base_url, endpoint.local) == (base, local)


@pytest.mark.parametrize("docker_host", ["ssh://h", "npipe://x", "", "tcp://"])
def test_other_docker_hosts_are_refused(docker_host: str) -> None:
    with pytest.raises(MachinesUnavailable, match="understands"):
        parse_endpoint(docker_host, {})


def test_frames_are_told_apart() -> None:
    data = struct.pack(">BxxxL", 1, 3) + b"out" + struct.pack(">BxxxL", 2, 3) + b"err" + struct.pack(">BxxxL", 1, 9) + b"cut"
    assert list(frames.split(data)) == [(1, b"out"), (2, b"err"), (1, b"cut")]
    assert frames.text_of(data) == "outerrcut"


def test_only_one_regular_file_comes_out_of_an_archive() -> None:
    assert unpack(pack("a", b"data", 0o600), "/a") == b"data"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        link = tarfile.TarInfo("a")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/shadow"
        archive.addfile(link)
    with pytest.raises(MachineError, match="not a regular file"):
        unpack(buffer.getvalue(), "/a")

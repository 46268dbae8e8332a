"""What govc does to VMs, and what `docker ps` shows of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.govc.conftest import Govc
from tests.clients.harness import wait_until

pytestmark = pytest.mark.docker


def ps(run: Govc, name: str) -> str:
    """The status of a VM's container as `docker ps --all` shows it: Up, Up (Paused), Exited; empty when there is none."""
    return run.datacenter.docker("ps", "--all", "--filter", f"label=dcsim.name={name}", "--format", "{{.Status}}")


@pytest.fixture
def made(run_docker: Govc) -> Iterator[list[str]]:
    """Names of VMs to destroy after the test."""
    names: list[str] = []
    yield names
    for name in names:
        if run_docker("find", "vm", "-name", name):
            run_docker("vm.destroy", name)


def test_a_vm_is_a_container_all_its_life(run_docker: Govc, made: list[str]) -> None:
    made.append("alive")
    pool = run_docker("find", "/", "-type", "p", "-name", "Resources")
    datastore, network = (run_docker("ls", kind).splitlines()[0] for kind in ("datastore", "network/*-web"))
    run_docker("vm.create", "-pool", pool, "-ds", datastore, "-net", network, "-net.adapter", "vmxnet3", "-m", "64", "alive")
    assert ps(run_docker, "alive").startswith("Up")
    address = run_docker("vm.ip", "-wait", "20s", "alive")
    assert address in run_docker.datacenter.docker("exec", container(run_docker, "alive"), "ip", "-4", "addr")
    for option, shown in (("-suspend", "(Paused)"), ("-on", "Up"), ("-reset", "Up"), ("-off", "Exited"), ("-on", "Up")):
        run_docker("vm.power", option, "alive")
        assert shown in ps(run_docker, "alive"), option
    run_docker("vm.power", "-s", "-wait", "alive")
    wait_until(lambda: run_docker.power("alive") == "poweredOff", "the guest has shut down")
    assert "Exited" in ps(run_docker, "alive")
    run_docker("vm.destroy", "alive")
    assert ps(run_docker, "alive") == ""


def container(run: Govc, name: str) -> str:
    """The id of a VM's container."""
    return run.datacenter.docker("ps", "--all", "--quiet", "--filter", f"label=dcsim.name={name}")


def test_a_clone_is_a_second_container(run_docker: Govc, made: list[str]) -> None:
    source = next(
        line.rpartition("/")[2] for line in run_docker("find", "vm", "-type", "m", "-runtime.powerState", "poweredOn").splitlines()
    )
    made.append("second")
    run_docker("vm.clone", "-vm", source, "-on=true", *place(run_docker), "second")
    assert ps(run_docker, "second").startswith("Up")
    addresses = {run_docker("vm.ip", "-wait", "20s", name) for name in (source, "second")}
    assert len(addresses) == 2


def place(run: Govc) -> list[str]:
    """Where to put a clone."""
    return ["-pool", run("find", "/", "-type", "p", "-name", "Resources"), "-ds", run("ls", "datastore").splitlines()[0]]


def test_a_snapshot_brings_files_back(run_docker: Govc, made: list[str]) -> None:
    source = run_docker("find", "vm", "-type", "m", "-runtime.powerState", "poweredOn").splitlines()[0].rpartition("/")[2]
    made.append("kept")
    run_docker("vm.clone", "-vm", source, "-on=true", *place(run_docker), "kept")
    docker = run_docker.datacenter.docker
    docker("exec", container(run_docker, "kept"), "sh", "-c", "echo before > /root/note")
    run_docker("snapshot.create", "-vm", "kept", "-m=false", "before")
    docker("exec", container(run_docker, "kept"), "sh", "-c", "echo after > /root/note")
    run_docker("snapshot.revert", "-vm", "kept", "before")
    if run_docker.power("kept") == "poweredOff":
        run_docker("vm.power", "-on", "kept")
    assert docker("exec", container(run_docker, "kept"), "cat", "/root/note") == "before"


def test_limits_change_live(run_docker: Govc, made: list[str]) -> None:
    source = run_docker("find", "vm", "-type", "m", "-runtime.powerState", "poweredOn").splitlines()[0].rpartition("/")[2]
    made.append("grown")
    run_docker("vm.clone", "-vm", source, "-on=false", *place(run_docker), "grown")
    run_docker("vm.change", "-vm", "grown", "-cpu-hot-add-enabled=true", "-memory-hot-add-enabled=true", "-c", "1", "-m", "128")
    run_docker("vm.power", "-on", "grown")
    run_docker("vm.change", "-vm", "grown", "-c", "2", "-m", "256")
    limits = run_docker.datacenter.docker(
        "inspect", container(run_docker, "grown"), "--format", "{{.HostConfig.CpuQuota}} {{.HostConfig.Memory}}"
    )
    assert limits == f"200000 {256 << 20}"


def test_docker_ps_and_govc_agree(run_docker: Govc) -> None:
    on = {line.rpartition("/")[2] for line in run_docker("find", "vm", "-type", "m", "-runtime.powerState", "poweredOn").splitlines()}
    up = run_docker.datacenter.docker("ps", "--filter", "label=dcsim.name", "--format", '{{.Label "dcsim.name"}}')
    assert on == set(up.splitlines())

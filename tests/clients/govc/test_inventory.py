"""Looking around with govc."""

from __future__ import annotations

import re

from tests.clients.govc.conftest import DATASTORE, POOL, Govc


def test_about(run: Govc) -> None:
    text = run("about")
    assert re.search(r"^API type: +VirtualCenter$", text, re.MULTILINE)
    assert re.search(r"^API version: +9\.0\.\d\.\d$", text, re.MULTILINE)


def test_ls_walks_the_tree(run: Govc) -> None:
    assert run("ls").splitlines() == ["/ams1/vm", "/ams1/host", "/ams1/datastore", "/ams1/network"]
    assert "/ams1/vm/shop-web-01" in run("ls", "vm").splitlines()
    assert run("ls", "host") == "/ams1/host/ams1-cluster-01"
    assert "/ams1/host/ams1-cluster-01/esx-01.ams1" in run("ls", "host/*").splitlines()
    assert "/ams1/network/ams1-web" in run("ls", "network").splitlines()
    assert "shop-web-01" in run("ls", "-l", "vm")


def test_find_by_type_and_by_property(run: Govc) -> None:
    vms = run("find", ".", "-type", "m").splitlines()
    off = run("find", ".", "-type", "m", "-runtime.powerState", "poweredOff").splitlines()
    on = run("find", ".", "-type", "m", "-runtime.powerState", "poweredOn").splitlines()
    assert sorted(on + off) == sorted(vms)
    assert run("find", "/", "-type", "h", "-name", "esx-01*") == "/ams1/host/ams1-cluster-01/esx-01.ams1"
    assert run("find", "vm", "-name", "shop-db-*").count("shop-db") == 3


def test_objects_can_be_collected_whole_and_in_part(run: Govc) -> None:
    assert run("object.collect", "-s", "vm/shop-web-01", "name") == "shop-web-01"
    assert re.search(r"^config\.hardware\.numCPU +int32 +\d+$", run("object.collect", "vm/shop-web-01", "config.hardware.numCPU"))
    whole = run("object.collect", "vm/shop-web-01")
    assert {"config", "guest", "runtime", "summary"} <= {line.split()[0].split(".")[0] for line in whole.splitlines()}
    assert run("object.collect", "-s", "-", "content.about.apiType") == "VirtualCenter"
    assert run("object.collect", "-type", "m", "/", "name").count("shop-") == 10


def test_a_datacenter_and_its_parts_tell_of_themselves(run: Govc) -> None:
    datacenter = run("datacenter.info")
    assert re.search(r"Path: +/ams1$", datacenter, re.MULTILINE)
    host = run("host.info", "-host", "esx-01.ams1")
    assert re.search(r"Manufacturer: +Cisco", host)
    assert re.search(r"Logical CPUs: +\d+ CPUs @ \d+MHz", host)
    assert re.search(r"State: +connected", host)
    datastore = run("datastore.info", DATASTORE)
    capacity, free = (float(re.search(rf"{field}: +([\d.]+) GB", datastore)[1]) for field in ("Capacity", "Free"))  # type: ignore[index]
    assert 0 < free < capacity
    pool = run("pool.info", POOL)
    assert re.search(r"Name: +prod$", pool, re.MULTILINE)
    assert "ams1-cluster-01" in run("ls", "-t", "ClusterComputeResource", "host")


def test_folders_come_and_go(run: Govc) -> None:
    run("folder.create", "vm/team-a")
    assert "/ams1/vm/team-a" in run("ls", "vm").splitlines()
    assert re.search(r"Path: +/ams1/vm/team-a$", run("folder.info", "vm/team-a"), re.MULTILINE)
    run("object.rename", "vm/team-a", "team-b")
    run("object.destroy", "vm/team-b")
    assert "team-" not in run("ls", "vm")


def test_pools_come_and_go(run: Govc) -> None:
    path = "ams1-cluster-01/Resources/lab"
    run("pool.create", "-cpu.limit", "2000", "-mem.shares", "low", path)
    assert re.search(r"CPU Shares: +normal", run("pool.info", path))
    run("pool.change", "-cpu.limit", "3000", path)
    assert run("object.collect", "-s", f"host/{path}", "config.cpuAllocation.limit") == "3000"
    run("pool.destroy", path)
    assert "No such" in run("pool.info", path) or run("pool.info", path) == ""


def test_what_is_not_there_is_not_found(run: Govc) -> None:
    assert "not found" in run.fails("vm.power", "-on", "no-such-vm")
    assert "not found" in run.fails("ls", "-dc", "nowhere")
    assert run("find", "vm", "-name", "no-such-vm") == ""


def test_a_wrong_password_is_refused(run: Govc) -> None:
    run.environment["GOVC_PASSWORD"] = "wrong"
    assert "incorrect user name or password" in run.fails("ls")

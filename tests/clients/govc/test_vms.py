"""An operator's day with VMs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.clients.govc.conftest import DATASTORE, POOL, Govc


def test_info_and_address(run: Govc) -> None:
    info = run("vm.info", "shop-web-01")
    assert re.search(r"Name: +shop-web-01$", info, re.MULTILINE)
    assert re.search(r"Power state: +poweredOn$", info, re.MULTILINE)
    address = run("vm.ip", "shop-web-01")
    assert f"IP address:   {address}" in info
    assert run("vm.info", "-vm.ip", address).splitlines()[0].endswith("shop-web-01")
    assert run.json("vm.info", "shop-web-01")["VirtualMachines"][0]["Guest"]["IpAddress"] == address


def test_power(run: Govc, vm: str) -> None:
    for option, state in (
        ("-on", "poweredOn"),
        ("-suspend", "suspended"),
        ("-on", "poweredOn"),
        ("-reset", "poweredOn"),
        ("-s", "poweredOff"),
    ):
        assert run("vm.power", option, *(["-wait"] if option == "-s" else []), vm).endswith("OK")
        assert run.power(vm) == state or option == "-s"
    run("vm.power", "-off", "-force", vm)
    assert run.power(vm) == "poweredOff"
    assert "cannot be performed in the current state" in run.fails("vm.power", "-off", vm)


def test_create_with_hardware(run: Govc, make: Callable[..., str]) -> None:
    vm = make("-c", "2", "-g", "debian12_64Guest", "-disk", "1GB", "-annotation", "by govc", "-net.adapter", "vmxnet3")
    assert run("object.collect", "-s", f"vm/{vm}", "config.hardware.numCPU", "config.hardware.memoryMB").split() == ["2", "128"]
    assert run("object.collect", "-s", f"vm/{vm}", "config.annotation") == "by govc"
    devices = run("device.ls", "-vm", vm)
    assert re.search(r"^disk-\d+-\d+ +VirtualDisk +1,048,576 KB$", devices, re.MULTILINE)
    assert re.search(r"^ethernet-0 +VirtualVmxnet3", devices, re.MULTILINE)


def test_a_new_vm_starts_unless_told_otherwise(run: Govc) -> None:
    run("vm.create", "-pool", POOL, "-ds", DATASTORE, "-net", "ams1-web", "-m", "128", "govc-started")
    assert run.power("govc-started") == "poweredOn"
    run("vm.destroy", "govc-started")
    assert run("find", "vm", "-name", "govc-started") == ""


def test_change(run: Govc, vm: str) -> None:
    run("vm.change", "-vm", vm, "-c", "4", "-m", "256", "-annotation", "changed", "-e", "guestinfo.role=web")
    values = run("object.collect", "-s", f"vm/{vm}", "config.hardware.numCPU", "config.hardware.memoryMB", "config.annotation")
    assert values.split() == ["4", "256", "changed"]
    assert re.search(r"guestinfo.role: +web", run("vm.info", "-e", vm))
    run("vm.change", "-vm", vm, "-name", f"{vm}-new")
    run("vm.change", "-vm", f"{vm}-new", "-name", vm)
    assert run("object.collect", "-s", f"vm/{vm}", "name") == vm


def test_devices(run: Govc, vm: str) -> None:
    run("vm.disk.create", "-vm", vm, "-ds", DATASTORE, "-name", f"{vm}/data", "-size", "2G")
    run("vm.network.add", "-vm", vm, "-net", "ams1-app", "-net.adapter", "vmxnet3")
    run("device.cdrom.add", "-vm", vm)
    names = [line.split()[0] for line in run("device.ls", "-vm", vm).splitlines()]
    assert {"ethernet-0", "ethernet-1"} <= set(names)
    disk = next(name for name in names if name.startswith("disk-"))
    assert re.search(r"Capacity|Summary: +2,097,152 KB", run("device.info", "-vm", vm, disk))
    run("vm.disk.change", "-vm", vm, "-disk.name", disk, "-size", "3G")
    assert "3,145,728 KB" in run("device.info", "-vm", vm, disk)
    run("vm.network.change", "-vm", vm, "-net", "ams1-db", "ethernet-1")
    run("device.remove", "-vm", vm, "ethernet-1")
    run("device.remove", "-vm", vm, disk)
    left = run("device.ls", "-vm", vm)
    assert disk not in left
    assert "ethernet-1" not in left


def test_clone(run: Govc, vm: str) -> None:
    run("vm.clone", "-vm", vm, "-on=false", "-pool", POOL, "-ds", DATASTORE, "-c", "2", f"{vm}-clone")
    try:
        assert run("object.collect", "-s", f"vm/{vm}-clone", "config.hardware.numCPU") == "2"
        uuids = {run("object.collect", "-s", f"vm/{name}", "config.uuid") for name in (vm, f"{vm}-clone")}
        assert len(uuids) == 2
    finally:
        run("vm.destroy", f"{vm}-clone")


def test_templates(run: Govc, vm: str) -> None:
    run("vm.markastemplate", vm)
    assert run("object.collect", "-s", f"vm/{vm}", "config.template") == "true"
    assert run.fails("vm.power", "-on", vm)
    run("vm.clone", "-vm", vm, "-pool", POOL, "-ds", DATASTORE, f"{vm}-from-template")
    assert run.power(f"{vm}-from-template") == "poweredOn"
    run("vm.destroy", f"{vm}-from-template")
    run("vm.markasvm", "-pool", POOL, vm)
    assert run("object.collect", "-s", f"vm/{vm}", "config.template") == "false"


def test_migration(run: Govc, vm: str) -> None:
    run("vm.power", "-on", vm)
    before = run("object.collect", "-s", f"vm/{vm}", "runtime.host")
    hosts = run("find", "-i", "/", "-type", "h").splitlines()
    names = dict(zip(hosts, run("find", "/", "-type", "h").splitlines(), strict=True))
    target = next(host for host in hosts if host != before)
    run("vm.migrate", "-host", names[target], vm)
    assert run("object.collect", "-s", f"vm/{vm}", "runtime.host") == target
    assert run.power(vm) == "poweredOn"
    run("vm.migrate", "-ds", "ams1-vmfs-02", vm)
    assert "ams1-vmfs-02" in run("vm.info", "-r", vm)


def test_snapshots(run: Govc, vm: str) -> None:
    run("snapshot.create", "-vm", vm, "-m=false", "first")
    run("vm.change", "-vm", vm, "-m", "256")
    run("snapshot.create", "-vm", vm, "-m=false", "-d", "bigger", "second")
    tree = [line.strip() for line in run("snapshot.tree", "-vm", vm).splitlines()]
    assert tree == ["first", "second", "."]  # the dot is where the VM is now
    assert run("snapshot.tree", "-vm", vm, "-C", "-f") == "first/second"
    run("snapshot.revert", "-vm", vm, "first")
    assert run("object.collect", "-s", f"vm/{vm}", "config.hardware.memoryMB") == "128"
    run("snapshot.remove", "-vm", vm, "first/second")
    run("snapshot.remove", "-vm", vm, "*")
    assert run("snapshot.tree", "-vm", vm) == ""
    assert "no snapshots for this VM" in run.fails("snapshot.revert", "-vm", vm, "first")


def test_events_and_tasks(run: Govc, vm: str) -> None:
    run("vm.power", "-on", vm)
    run("vm.power", "-off", vm)
    told = run("events", f"vm/{vm}").splitlines()
    order = [line for line in told if re.search(r"powered (on|off)|Created virtual machine", line, re.IGNORECASE)]
    assert len(order) >= 3, told
    assert vm in order[-1]
    assert "powered off" in order[-1].lower()
    run("vm.clone", "-vm", vm, "-on=false", "-pool", POOL, "-ds", DATASTORE, f"{vm}-short-lived")
    run("vm.destroy", f"{vm}-short-lived")
    tasks = run("tasks", "-n", "50")
    assert re.search(rf"^PowerOffVM +{vm} .*success", tasks, re.MULTILINE)
    assert re.search(rf"^VirtualMachine.Destroy +{vm}-short-lived .*success", tasks, re.MULTILINE)


@pytest.mark.parametrize("options", [("-c", "-1"), ("-m", "-5"), ("-uuid", "no-uuid"), ("-cpu.limit", "-7")])
def test_nonsense_changes_nothing(run: Govc, vm: str, options: tuple[str, str]) -> None:
    before = run("vm.info", vm)
    assert run.fails("vm.change", "-vm", vm, *options)
    assert run("vm.info", vm) == before

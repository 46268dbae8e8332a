"""A VM is a container: what pyVmomi reads of it is what Docker says, and what pyVmomi does to it happens there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyVmomi import vim

from tests.clients.harness import Datacenter, wait_until
from tests.clients.pyvmomi.session import all_of, card, create_vm, finish, remove

pytestmark = pytest.mark.docker
MIB = 1 << 20


def inspect(datacenter: Datacenter, name: str) -> Any:
    """The container of a VM, as `docker inspect` tells it; None when it has none."""
    found = datacenter.docker("ps", "--all", "--quiet", "--filter", f"label=dcsim.name={name}")
    return json.loads(datacenter.docker("inspect", found))[0] if found else None


def inside(datacenter: Datacenter, name: str, *command: str) -> str:
    """What a command in the VM's container prints."""
    return datacenter.docker("exec", inspect(datacenter, name)["Id"], *command)


def cards_of(vm: Any) -> list[Any]:
    """A VM's network cards."""
    return [device for device in vm.config.hardware.device if isinstance(device, vim.vm.device.VirtualEthernetCard)]


def guests(si: Any) -> list[Any]:
    """VMs that are on, once all have told their addresses."""
    running = [vm for vm in all_of(si, vim.VirtualMachine) if vm.runtime.powerState == "poweredOn"]
    assert running
    wait_until(lambda: all(vm.guest.ipAddress for vm in running), "every guest has told its address")
    return running


@pytest.fixture
def new_guest(container_si: Any) -> Iterator[Callable[..., Any]]:
    """Makes VMs with a network card; they are gone after the test."""
    made: list[Any] = []

    def make(name: str, **settings: Any) -> Any:
        made.append(create_vm(container_si, name, deviceChange=[card(container_si)], **settings))
        return made[-1]

    yield make
    for vm in made:
        remove(container_si, vm)


def test_addresses_are_the_containers_own(container_si: Any, containers: Datacenter) -> None:
    for vm in guests(container_si):
        networks = inspect(containers, vm.name)["NetworkSettings"]["Networks"].values()
        assert {network["IPAddress"] for network in networks} == {address for nic in vm.guest.net for address in nic.ipAddress}
        assert vm.guest.ipAddress in inside(containers, vm.name, "ip", "-4", "addr")
        cards = cards_of(vm)
        links = inside(containers, vm.name, "ip", "link")
        assert all(device.macAddress in links for device in cards)
        assert {device.macAddress for device in cards} == {nic.macAddress for nic in vm.guest.net}
        assert inside(containers, vm.name, "hostname") == vm.guest.hostName


def test_vms_on_one_network_reach_one_another(containers: Datacenter, new_guest: Callable[..., Any]) -> None:
    caller, listener = new_guest("caller"), new_guest("listener")
    for vm in (caller, listener):
        finish(vm.PowerOn())
    address = wait_until(lambda: listener.guest.ipAddress, "the listener has an address")
    inside(containers, "listener", "sh", "-c", "(echo hello | nc -l -p 7000) >/dev/null 2>&1 &")
    assert (
        wait_until(lambda: inside(containers, "caller", "sh", "-c", f"nc -w 2 {address} 7000 </dev/null || true"), "an answer") == "hello"
    )


def test_power_is_the_containers(containers: Datacenter, new_guest: Callable[..., Any]) -> None:
    vm = new_guest("switched")
    for switch, state in ((vm.PowerOn, "running"), (vm.Suspend, "paused"), (vm.PowerOn, "running"), (vm.PowerOff, "exited")):
        finish(switch())
        assert inspect(containers, "switched")["State"]["Status"] == state
    finish(vm.PowerOn())
    begun = inspect(containers, "switched")["State"]["StartedAt"]
    finish(vm.Reset())
    assert inspect(containers, "switched")["State"]["StartedAt"] > begun
    vm.ShutdownGuest()
    wait_until(lambda: vm.runtime.powerState == "poweredOff", "the guest has shut down")
    assert inspect(containers, "switched")["State"]["Status"] == "exited"


def test_limits_follow_the_hardware_at_once(containers: Datacenter, new_guest: Callable[..., Any]) -> None:
    vm = new_guest("resized", cpuHotAddEnabled=True, memoryHotAddEnabled=True)
    finish(vm.PowerOn())
    limits = inspect(containers, "resized")
    assert (limits["HostConfig"]["Memory"], limits["HostConfig"]["CpuQuota"]) == (128 * MIB, 100_000)
    finish(vm.Reconfigure(vim.vm.ConfigSpec(numCPUs=2, memoryMB=256)))
    changed = inspect(containers, "resized")
    assert (changed["HostConfig"]["Memory"], changed["HostConfig"]["CpuQuota"]) == (256 * MIB, 200_000)
    assert (changed["Id"], changed["State"]["StartedAt"]) == (limits["Id"], limits["State"]["StartedAt"])


def test_a_clone_has_the_files_and_its_own_address(container_si: Any, containers: Datacenter, new_guest: Callable[..., Any]) -> None:
    vm = new_guest("original")
    finish(vm.PowerOn())
    inside(containers, "original", "sh", "-c", "echo kept > /root/note")
    finish(vm.PowerOff())
    clone = finish(vm.Clone(vm.parent, "copied", vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=True, template=False)))
    try:
        assert inside(containers, "copied", "cat", "/root/note") == "kept"
        wait_until(lambda: clone.guest.ipAddress, "the clone has an address")
        finish(vm.PowerOn())
        wait_until(lambda: vm.guest.ipAddress, "the original has an address")
        assert clone.guest.ipAddress != vm.guest.ipAddress
        assert clone.guest.net[0].macAddress != vm.guest.net[0].macAddress
    finally:
        remove(container_si, clone)


def test_a_snapshot_brings_the_files_back(containers: Datacenter, new_guest: Callable[..., Any]) -> None:
    vm = new_guest("kept")
    finish(vm.PowerOn())
    inside(containers, "kept", "sh", "-c", "echo before > /root/note")
    snapshot = finish(vm.CreateSnapshot("before", "", memory=False, quiesce=False))
    inside(containers, "kept", "sh", "-c", "echo after > /root/note")
    finish(snapshot.Revert())
    if vm.runtime.powerState == "poweredOff":
        finish(vm.PowerOn())
    assert inside(containers, "kept", "cat", "/root/note") == "before"
    finish(vm.RemoveAllSnapshots())


def test_a_second_card_is_plugged_into_the_running_container(
    container_si: Any, containers: Datacenter, new_guest: Callable[..., Any]
) -> None:
    vm = new_guest("two-cards")
    finish(vm.PowerOn())
    groups = [one for one in all_of(container_si, vim.dvs.DistributedVirtualPortgroup) if not one.config.uplink]
    used = {one.backing.port.portgroupKey for one in cards_of(vm)}
    other = next(one for one in groups if one.key not in used)
    second = card(container_si)
    second.device.backing.port.portgroupKey = other.key
    finish(vm.Reconfigure(vim.vm.ConfigSpec(deviceChange=[second])))
    macs = {one.macAddress for one in cards_of(vm)}
    assert len(macs) == 2
    wait_until(lambda: all(mac in inside(containers, "two-cards", "ip", "link") for mac in macs), "the container has both cards")


def test_a_destroyed_vm_leaves_no_container(containers: Datacenter, new_guest: Callable[..., Any]) -> None:
    vm = new_guest("gone")
    finish(vm.PowerOn())
    finish(vm.PowerOff())
    finish(vm.Destroy())
    assert inspect(containers, "gone") is None


def test_a_crashed_host_takes_its_containers_along_and_ha_runs_them_elsewhere(container_si: Any, containers: Datacenter) -> None:
    vm = guests(container_si)[0]
    host, before = vm.runtime.host, inspect(containers, vm.name)["State"]["StartedAt"]
    fault = containers.rest("POST", "/sim/inject/host-crash", {"subject": host.name})
    try:
        wait_until(lambda: vm.runtime.host != host and vm.runtime.powerState == "poweredOn", "HA runs it elsewhere")
        assert inspect(containers, vm.name)["State"]["StartedAt"] > before
        assert vm.guest.ipAddress in inside(containers, vm.name, "ip", "-4", "addr")
    finally:
        containers.rest("DELETE", f"/sim/faults/{fault['uid']}")
    wait_until(lambda: host.runtime.connectionState == "connected", "the host is back")

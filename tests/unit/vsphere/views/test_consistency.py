"""What vCenter shows in one place agrees with what it shows in another, whatever has been done to the VMs."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyVmomi import vim

from dcsim.errors import DomainError
from emulators.vsphere.records import Datacenter, Folder
from emulators.world.decisions import hardware as hw
from emulators.world.decisions.power import PowerOff, PowerOn, Suspend
from emulators.world.decisions.snapshots import CreateSnapshot
from emulators.world.decisions.vms import CloneVm, DestroyVm, MoveVm, ReconfigureVm
from emulators.world.model import Cluster, Datastore, DistributedSwitch, Hypervisor, Network, ResourcePool, Vm
from tests.unit.vsphere.views.scene import Scene

CHILDREN = {
    "Folder": ("childEntity",),
    "Datacenter": ("vmFolder", "hostFolder", "datastoreFolder", "networkFolder"),
    "ComputeResource": ("host", "resourcePool"),
    "ClusterComputeResource": ("host", "resourcePool"),
    "ResourcePool": ("resourcePool",),
}
"""The properties by which each kind of managed entity lists those whose parent it is."""
STEPS = ("on", "off", "suspend", "clone", "snapshot", "grow", "disk", "move", "destroy")


def step(scene: Scene, action: str, vm: Vm, host: Hypervisor) -> None:
    """Do something to a VM; a refusal is fine, it changes nothing."""
    commands = {
        "on": lambda: PowerOn(vm=vm.uid),
        "off": lambda: PowerOff(vm=vm.uid),
        "suspend": lambda: Suspend(vm=vm.uid),
        "clone": lambda: CloneVm(source=vm.uid, settings=hw.VmSettings(name=f"{vm.name}-copy-{len(scene.state)}")),
        "snapshot": lambda: CreateSnapshot(vm=vm.uid, name="here"),
        "grow": lambda: ReconfigureVm(vm=vm.uid, settings=hw.VmSettings(cpus=vm.cpus + 2, memory_bytes=vm.memory_bytes + (1 << 30))),
        "disk": lambda: ReconfigureVm(vm=vm.uid, devices=hw.DeviceChanges(add_disks=(hw.DiskAdd(capacity_bytes=4 << 30, thin=False),))),
        "move": lambda: MoveVm(vm=vm.uid, host=host.uid),
        "destroy": lambda: DestroyVm(vm=vm.uid),
    }
    with contextlib.suppress(DomainError):
        scene.do(commands[action]())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 50), st.integers(0, 50)), max_size=25), st.integers(1, 5))
def test_everything_agrees_after_any_history(history: list[tuple[str, int, int]], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder), seed=seed, hosts=6, vms=6)
        for action, which, where in history:
            vms, hosts = scene.vms(), scene.hosts()
            if vms:
                step(scene, action, vms[which % len(vms)], hosts[where % len(hosts)])
        agree(scene)
        scene.close()


def test_everything_agrees_at_first(scene: Scene) -> None:
    agree(scene)


def agree(scene: Scene) -> None:
    """Every law below."""
    for vm in scene.vms():
        vm_agrees_with_itself(scene, vm)
    for law in (placement, capacities, datastores, networks, pools, tree):
        law(scene)


def vm_agrees_with_itself(scene: Scene, vm: Vm) -> None:
    config, summary, runtime, guest = (scene.get(vm, path) for path in ("config", "summary", "runtime", "guest"))
    assert str(summary.runtime) == str(runtime)
    assert summary.config.numCpu == config.hardware.numCPU
    assert summary.config.memorySizeMB == config.hardware.memoryMB
    assert (summary.config.uuid, summary.config.instanceUuid) == (config.uuid, config.instanceUuid)
    assert (summary.config.name, summary.config.template, summary.config.guestId) == (config.name, config.template, config.guestId)
    assert (summary.config.vmPathName, summary.config.hwVersion) == (config.files.vmPathName, config.version)
    disks = [one for one in config.hardware.device if isinstance(one, vim.vm.device.VirtualDisk)]
    nics = [one for one in config.hardware.device if isinstance(one, vim.vm.device.VirtualEthernetCard)]
    assert (summary.config.numVirtualDisks, summary.config.numEthernetCards) == (len(disks), len(nics))
    assert summary.overallStatus == scene.get(vm, "overallStatus")
    assert summary.quickStats.guestHeartbeatStatus == scene.get(vm, "guestHeartbeatStatus")
    assert (summary.guest.toolsRunningStatus, summary.guest.ipAddress) == (guest.toolsRunningStatus, guest.ipAddress)
    devices_agree(config.hardware.device)
    files_agree(scene, vm, disks)
    guest_agrees(guest, runtime, nics)
    storage = scene.get(vm, "storage").perDatastoreUsage
    assert summary.storage.committed == sum(one.committed for one in storage)
    assert summary.storage.uncommitted == sum(one.uncommitted for one in storage)


def devices_agree(devices: Any) -> None:
    """Keys are unique, every device is on a controller that lists it, and no two share a place."""
    by_key = {one.key: one for one in devices}
    assert len(by_key) == len(devices)
    for one in devices:
        if one.controllerKey is not None:
            assert one.key in by_key[one.controllerKey].device
    for controller in devices:
        assert all(by_key[key].controllerKey == controller.key for key in getattr(controller, "device", []))
    places = Counter((one.controllerKey, one.unitNumber) for one in devices if one.controllerKey is not None)
    assert max(places.values()) == 1


def files_agree(scene: Scene, vm: Vm, disks: list[Any]) -> None:
    """Every disk's file is in the layout, and the layout names no file twice."""
    layout, old = scene.get(vm, "layoutEx"), scene.get(vm, "layout")
    names = [one.name for one in layout.file]
    keys = {one.key: one for one in layout.file}
    assert len(set(names)) == len(names) == len(keys)
    assert {disk.backing.fileName for disk in disks} <= set(names)
    for disk, chain in zip(disks, layout.disk, strict=True):
        assert chain.key == disk.key
        assert keys[chain.chain[-1].fileKey[0]].name == disk.backing.fileName
        backing, depth = disk.backing, 1
        while backing.parent is not None:
            backing, depth = backing.parent, depth + 1
        assert depth == len(chain.chain)
    assert [list(one.diskFile) for one in old.disk] == [[keys[unit.fileKey[0]].name for unit in one.chain] for one in layout.disk]
    assert bool(old.swapFile) == any(one.type == "swap" for one in layout.file) == (vm.power == "on")


def guest_agrees(guest: Any, runtime: Any, nics: list[Any]) -> None:
    """A guest answers only while its VM runs, and has the addresses of its NICs."""
    if runtime.powerState != "poweredOn":
        assert (guest.guestState, list(guest.net), guest.ipAddress) == ("notRunning", [], None)
    keys = {nic.key: nic.macAddress for nic in nics}
    for one in guest.net:
        assert keys[one.deviceConfigId] == one.macAddress
        assert [address.ipAddress for address in one.ipConfig.ipAddress] == list(one.ipAddress)
    if guest.ipAddress is not None:
        assert guest.ipAddress in [address for one in guest.net for address in one.ipAddress]


def placement(scene: Scene) -> None:
    """A host has a VM exactly when the VM is on that host; so for pools, datastores, networks and folders."""
    for kind, forward, back in (
        (Hypervisor, "runtime.host", "vm"),
        (ResourcePool, "resourcePool", "vm"),
        (Datastore, "datastore", "vm"),
        (Network, "network", "vm"),
    ):
        told = pairs(scene, kind, back)
        meant = set()
        for vm in scene.vms():
            found = scene.get(vm, forward)
            meant |= {(one._moId, f"vm-{vm.number}") for one in (found if isinstance(found, list) else [found]) if one is not None}
        assert told == meant, kind
    for host in scene.hosts():
        stores = {one._moId for one in scene.get(host, "datastore")}
        assert all(one._moId in stores for vm in scene.get(host, "vm") for one in scene.get(scene.by_id(vm._moId), "datastore"))


def pairs(scene: Scene, kind: Any, path: str) -> set[tuple[str, str]]:
    shown = [managed for entity in scene.state.all(kind) if (managed := scene.objects.of(entity)) is not None]
    return {(managed.id, one._moId) for managed in shown for one in scene.get(managed, path)}


def capacities(scene: Scene) -> None:
    """A cluster's figures are the sums of its hosts', and a host's load is its VMs' and a little more."""
    for cluster in scene.state.all(Cluster):
        if scene.objects.of(cluster) is None:
            continue
        summary, hosts = (
            scene.get(cluster, "summary"),
            [scene.get(scene.by_id(one._moId), "summary") for one in scene.get(cluster, "host")],
        )
        assert summary.numHosts == len(hosts)
        assert summary.totalCpu == sum(one.hardware.cpuMhz * one.hardware.numCpuCores for one in hosts)
        assert summary.totalMemory == sum(one.hardware.memorySize for one in hosts)
        assert summary.numCpuThreads == sum(one.hardware.numCpuThreads for one in hosts)
        assert 0 < summary.effectiveCpu <= summary.totalCpu
        assert str(summary) == str(scene.get(cluster, "summaryEx"))
    for host in scene.hosts():
        stats = scene.get(host, "summary").quickStats
        loads = [scene.get(scene.by_id(vm._moId), "summary").quickStats for vm in scene.get(host, "vm")]
        assert sum(one.overallCpuUsage for one in loads) <= stats.overallCpuUsage
        assert sum(one.hostMemoryUsage for one in loads) <= stats.overallMemoryUsage


def datastores(scene: Scene) -> None:
    """What is used of a datastore is what its VMs have there."""
    for store in scene.state.all(Datastore):
        if scene.objects.of(store) is None:
            continue
        summary, info, own = scene.get(store, "summary"), scene.get(store, "info"), scene.object(store).id
        used = sum(
            one.committed
            for vm in scene.get(store, "vm")
            for one in scene.get(scene.by_id(vm._moId), "storage").perDatastoreUsage
            if one.datastore._moId == own
        )
        assert summary.capacity - summary.freeSpace == used
        assert (info.freeSpace, info.url, info.name) == (summary.freeSpace, summary.url, summary.name)
        assert [one.key._moId for one in scene.get(store, "host")] == [one._moId for one in scene.refs(store.hosts)]


def networks(scene: Scene) -> None:
    """Port groups, switches, hosts and NICs name one another."""
    for switch in scene.state.all(DistributedSwitch):
        groups = {one._moId for one in scene.get(switch, "portgroup")}
        assert groups == {scene.object(one).id for one in scene.state.where(Network, "switch", switch.uid)}
        for group in groups:
            config = scene.get(scene.by_id(group), "config")
            assert (config.key, config.distributedVirtualSwitch._moId) == (group, scene.object(switch).id)
        uplinks = scene.get(switch, "config").uplinkPortgroup
        assert {one._moId for one in uplinks} < groups
    for vm in scene.vms():
        for device in scene.get(vm, "config").hardware.device:
            port = getattr(device.backing, "port", None)
            if port is not None:
                assert port.portKey in scene.get(scene.by_id(port.portgroupKey), "portKeys")
    for host in scene.hosts():
        config = scene.get(host, "config")
        named = {one.spec.name for one in config.network.portgroup} - {"Management Network"}
        standard = [one for one in scene.get(host, "network") if type(one) is vim.Network]
        assert named == {scene.get(scene.by_id(one._moId), "name") for one in standard}
        assert [one.mac for one in config.network.pnic] == [one.mac for one in scene.get(host, "config.network").pnic]


def pools(scene: Scene) -> None:
    """Pools are owned by what their root belongs to, and a root's load is that of all VMs of its owner's hosts."""
    for pool in scene.state.all(ResourcePool):
        if scene.objects.of(pool) is None:
            continue
        owner = scene.by_id(scene.get(pool, "owner")._moId)
        summary = scene.get(pool, "summary")
        assert str(summary.runtime) == str(scene.get(pool, "runtime"))
        assert summary.runtime.cpu.overallUsage == summary.quickStats.overallCpuUsage
        if scene.get(owner, "resourcePool")._moId == scene.object(pool).id:
            inside = [vm for one in scene.get(owner, "host") for vm in scene.get(scene.by_id(one._moId), "vm")]
            loads = [scene.get(scene.by_id(vm._moId), "summary").quickStats.overallCpuUsage for vm in inside]
            assert summary.runtime.cpu.overallUsage == sum(loads)


def tree(scene: Scene) -> None:
    """Every managed entity but the root has a parent that lists it, one way or another."""
    for managed in scene.everything():
        if not issubclass(managed.type, vim.ManagedEntity) or managed.id == "group-d1":
            continue
        above = scene.by_id(scene.get(managed, "parent")._moId)
        below = [scene.get(above, path) for path in CHILDREN[above.kind]]
        flat = [one for found in below for one in (found if isinstance(found, list) else [found])]
        assert managed.id in {one._moId for one in flat}, f"{above} does not list {managed}"
    for datacenter in scene.state.all(Datacenter):
        children = scene.state.where(Folder, "parent", datacenter.uid)
        assert len(children) == 4

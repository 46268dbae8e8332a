"""What hosts, clusters, pools and datastores show, fact by fact."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from emulators.vsphere.records import ROOT
from emulators.vsphere.views.host_system.cpu import features
from emulators.world.decisions.components import InjectFault
from emulators.world.decisions.hosts import DeclareNotResponding, SetConnection
from emulators.world.decisions.pools import CreatePool
from emulators.world.identity import host_identity
from emulators.world.model import (
    Allocation,
    Cluster,
    Datastore,
    FabricInterconnect,
    HaConfig,
    Hypervisor,
    IoModule,
    Lun,
    Network,
    ResourcePool,
)
from tests.unit.vsphere.core.wire import Edit
from tests.unit.vsphere.views.scene import Scene


def labels(identifiers: Any) -> dict[str, str]:
    return {one.identifierType.key: one.identifierValue for one in identifiers}


def test_a_host_is_its_blade_and_its_profile(scene: Scene) -> None:
    host = scene.hosts()[0]
    known, hardware = host_identity(scene.state, host), scene.get(host, "hardware")
    assert (hardware.systemInfo.serialNumber, hardware.systemInfo.uuid) == (known.blade.serial, known.profile.uuid if known.profile else "")
    found = labels(hardware.systemInfo.otherIdentifyingInfo)
    assert found["ServiceTag"] == known.blade.serial
    assert found["AssetTag"] == known.blade.asset_tag
    assert found["EnclosureSerialNumberTag"] == known.chassis.serial
    assert found["OemSpecificString"] == known.dn
    assert labels(scene.get(host, "summary.hardware").otherIdentifyingInfo) == found
    assert [one.mac for one in scene.get(host, "config.network").pnic] == [nic.mac for nic in known.nics]


def test_processors_are_counted_alike_everywhere(scene: Scene) -> None:
    host = scene.hosts()[0]
    hardware, summary = scene.get(host, "hardware"), scene.get(host, "summary.hardware")
    assert (summary.numCpuPkgs, summary.numCpuCores, summary.numCpuThreads) == (
        hardware.cpuInfo.numCpuPackages,
        hardware.cpuInfo.numCpuCores,
        hardware.cpuInfo.numCpuThreads,
    )
    threads = [thread for package in hardware.cpuPkg for thread in package.threadId]
    assert threads == list(range(summary.numCpuThreads))
    assert sorted(cpu for node in hardware.numaInfo.numaNode for cpu in node.cpuID) == threads
    assert sum(node.memorySize for node in hardware.numaInfo.numaNode) == hardware.memorySize == summary.memorySize
    counted = {one.key: one.value for one in scene.get(host, "licensableResource").resource}
    assert counted["numCpuPackages"] == summary.numCpuPkgs


def test_cpuid_spells_the_vendor() -> None:
    for vendor, name in (("intel", b"GenuineIntel"), ("amd", b"AuthenticAMD")):
        leaf = features(vendor)[0]
        registers = [int(bits.replace(":", ""), 2).to_bytes(4, "little") for bits in (leaf.ebx, leaf.edx, leaf.ecx)]
        assert b"".join(registers) == name


def test_a_link_is_down_while_its_fabric_is(stage: Scene) -> None:
    host = stage.hosts()[0]
    assert all(one.linkSpeed is not None for one in stage.get(host, "config.network").pnic)
    known = host_identity(stage.state, host)
    [module] = [one for one in stage.state.where(IoModule, "chassis", known.chassis.uid) if one.leg == "A"]
    stage.do(InjectFault(code="io-module-failure", subject=module.uid))
    up = {one.device: one.linkSpeed is not None for one in stage.get(host, "config.network").pnic}
    assert up == {nic.name: nic.leg == "B" for nic in known.nics}
    paths = {one.name: one.pathState for one in stage.get(host, "config").multipathState.path if not one.name.startswith("vmhba0")}
    assert {state for name, state in paths.items() if name.startswith("vmhba1")} == {"dead"}
    assert {state for name, state in paths.items() if name.startswith("vmhba2")} == {"active"}


def test_uplinks_are_shared_out_between_switches(scene: Scene) -> None:
    for host in scene.hosts():
        network = scene.get(host, "config.network")
        given = [one for switch in (*network.vswitch, *network.proxySwitch) for one in switch.pnic]
        assert sorted(given) == sorted(one.key for one in network.pnic)


def test_a_host_sees_the_luns_of_its_datastores_by_every_path(scene: Scene) -> None:
    host = scene.hosts()[0]
    storage = scene.get(host, "config.storageDevice")
    stores = scene.state.where(Datastore, "hosts", host.uid)
    naas = {scene.state.get(Lun, uid).naa for store in stores for uid in store.luns}
    shared = {one.canonicalName: one for one in storage.scsiLun if not one.localDisk}
    assert set(shared) == naas
    keys = {one.key for one in storage.scsiLun}
    adapters = {one.key for one in storage.hostBusAdapter}
    for unit in storage.multipathInfo.lun:
        assert unit.lun in keys
        assert {path.adapter for path in unit.path} <= adapters
    fibre = [one for one in storage.hostBusAdapter if isinstance(one, vim.host.FibreChannelHba)]
    assert all(len(unit.path) == 2 * len(fibre) for unit in storage.multipathInfo.lun if unit.lun in {one.key for one in shared.values()})
    extents = {extent.diskName for store in stores if store.luns for extent in scene.get(store, "info").vmfs.extent}
    assert extents == naas
    names = {f"{one.portWorldWideName & (1 << 64) - 1:016x}" for one in fibre}
    assert names == {wwpn.replace(":", "") for wwpn in host_identity(scene.state, host).wwpns}


def test_a_host_that_does_not_answer(stage: Scene) -> None:
    host = stage.hosts()[0]
    stage.do(InjectFault(code="host-crash", subject=host.uid))
    stage.do(DeclareNotResponding(host=host.uid))
    runtime, summary = stage.get(host, "runtime"), stage.get(host, "summary")
    assert (runtime.connectionState, runtime.powerState, runtime.bootTime) == ("notResponding", "unknown", None)
    assert (summary.overallStatus, summary.quickStats.overallCpuUsage, summary.quickStats.uptime) == ("red", 0, None)
    assert {one.running for one in stage.get(host, "config").service.service} == {False}
    cluster = stage.state.get(Cluster, host.cluster)
    shown = stage.get(cluster, "summary")
    assert (shown.numHosts - shown.numEffectiveHosts, shown.overallStatus) == (1, "yellow")
    assert runtime.dasHostState.state == "hostDown"


def test_a_cluster_has_one_primary_host(stage: Scene) -> None:
    cluster = next(one for one in stage.state.all(Cluster) if stage.objects.of(one) is not None)
    hosts = stage.state.where(Hypervisor, "cluster", cluster.uid)
    states = [stage.get(host, "runtime").dasHostState.state for host in hosts]
    assert states == ["master"] + ["connectedToMaster"] * (len(hosts) - 1)
    stage.do(SetConnection(host=hosts[0].uid, connected=False))
    assert stage.get(hosts[1], "runtime").dasHostState.state == "master"
    stage.do(Edit(uid=cluster.uid, fields={"ha": HaConfig(enabled=False)}))
    assert stage.get(hosts[1], "runtime").dasHostState is None
    assert stage.get(cluster, "configurationEx").dasConfig.enabled is False


def test_admission_control_keeps_the_share_of_the_hosts_that_may_fail(stage: Scene) -> None:
    cluster = next(one for one in stage.state.all(Cluster) if stage.objects.of(one) is not None)
    count = len(stage.state.where(Hypervisor, "cluster", cluster.uid))
    policy = stage.get(cluster, "configurationEx").dasConfig.admissionControlPolicy
    assert policy.cpuFailoverResourcesPercent == -(-100 // count)
    assert 1 <= stage.get(cluster, "summary").currentFailoverLevel < count


def test_a_stand_alone_host_has_a_compute_resource(stage: Scene) -> None:
    host = stage.hosts()[-1]
    pool = next(iter(stage.state.where(ResourcePool, "parent", host.cluster)))
    stage.do(Edit(uid=host.uid, fields={"cluster": ""}))
    stage.do(Edit(uid=pool.uid, fields={"parent": host.uid}))
    compute = stage.object(stage.again(host), vim.ComputeResource)
    assert compute.id == f"domain-s{host.number}"
    assert (stage.get(compute, "name"), stage.get(compute, "summary").numHosts) == (host.name, 1)
    assert [one._moId for one in stage.get(compute, "host")] == [stage.object(host).id]
    assert stage.get(compute, "resourcePool")._moId == stage.object(pool).id
    assert stage.get(pool, "owner")._moId == compute.id
    assert stage.get(host, "parent")._moId == compute.id
    assert stage.get(stage.by_id(stage.get(compute, "parent")._moId), "name") == "host"


def test_pools_promise_what_they_were_given(stage: Scene) -> None:
    root = next(one for one in stage.state.all(ResourcePool) if stage.objects.of(one) is not None)
    made = stage.state.get(
        ResourcePool,
        stage.do(
            CreatePool(
                parent=root.uid, name="lab", cpu=Allocation(reservation=1000, level="high"), memory=Allocation(reservation=512, limit=1024)
            )
        ),
    )
    config, runtime = stage.get(made, "config"), stage.get(made, "runtime")
    assert (config.cpuAllocation.reservation, config.cpuAllocation.shares.shares) == (1000, 8000)
    assert (config.memoryAllocation.limit, config.memoryAllocation.shares.shares) == (1024, 163840)
    assert (runtime.cpu.unreservedForPool, runtime.memory.maxUsage) == (1000, 1024 << 20)
    assert [one.entity._moId for one in stage.get(root, "childConfiguration")].count(stage.object(made).id) == 1
    assert [one._moId for one in stage.get(made, "vm")] == []


def test_datastores_of_each_type(scene: Scene) -> None:
    shown: dict[str, Any] = {store.type: scene.get(store, "info") for store in scene.state.all(Datastore)}
    assert str(shown["NFS"].nas.remotePath).startswith("/")
    assert type(shown["VMFS"]) is vim.host.VmfsDatastoreInfo
    assert type(shown["NFS"]) is vim.host.NasDatastoreInfo
    assert type(shown["vsan"]) is vim.host.VsanDatastoreInfo


def test_a_datastore_that_is_lost_or_full_is_red(stage: Scene) -> None:
    lost, full = [one for one in stage.state.all(Datastore) if one.type in {"VMFS", "NFS"}][:2]
    assert stage.get(full, "overallStatus") == "green"
    stage.do(InjectFault(code="datastore-inaccessible", subject=lost.uid))
    stage.do(Edit(uid=full.uid, fields={"filled_bytes": full.capacity_bytes}))
    summary = stage.get(lost, "summary")
    assert (summary.accessible, summary.capacity, summary.freeSpace) == (False, 0, 0)
    assert {one.mountInfo.accessible for one in stage.get(lost, "host")} == {False}
    assert (stage.get(full, "summary").freeSpace, stage.get(full, "overallStatus")) == (0, "red")


def test_a_partitioned_network_is_red(stage: Scene) -> None:
    network = stage.state.all(Network)[0]
    stage.do(Edit(uid=network.uid, fields={"partitioned": True}))
    assert stage.get(network, "overallStatus") == "red"


def test_administrators_may_do_everything_from_the_root_on(scene: Scene) -> None:
    root = scene.state.find(ROOT)
    assert {(one.principal, one.roleId, one.propagate) for one in scene.get(root, "permission")} == {
        ("VSPHERE.LOCAL\\Administrator", -1, True),
        ("VSPHERE.LOCAL\\Administrators", -1, True),
    }
    assert scene.get(scene.vms()[0], "permission") == []


def test_every_manager_of_a_host_is_there(scene: Scene) -> None:
    host = scene.hosts()[0]
    managers = scene.get(host, "configManager")
    named = {one.name: getattr(managers, one.name) for one in managers._GetPropertyList() if not one.name.startswith("dynamic")}
    for name, reference in named.items():
        if reference is not None:
            assert scene.by_id(reference._moId).type is type(reference), name
    assert sum(one is not None for one in named.values()) >= 20


def test_a_fabric_interconnect_serves_its_own_side(stage: Scene) -> None:
    first = next(one for one in stage.state.all(FabricInterconnect) if one.leg == "B")
    stage.do(InjectFault(code="fabric-interconnect-failure", subject=first.uid))
    for host in stage.hosts():
        known = host_identity(stage.state, host)
        if known.chassis.domain == first.domain:
            links = {one.device: one.linkSpeed is not None for one in stage.get(host, "config.network").pnic}
            assert links == {nic.name: nic.leg == "A" for nic in known.nics}

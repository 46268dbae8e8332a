"""One graph over three vendors: what it says of identities is what the vendors' own clients see."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from tests.clients.graphql.asking import Graph, names
from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import all_of

JOINED = """{ vms(first: 100, filter: {owner: {eq: VSPHERE}}) { totalCount nodes {
  name moid uuid instanceUuid
  host { name moid uuid serial blade { dn serial uuid assetTag memoryBytes power chassis { dn } profile { dn uuid vnics { mac } } } }
  datastore { name moid } networks(first: 5) { nodes { name moid } } pool { moid }
} } }"""


def test_one_query_joins_a_vm_of_vcenter_with_its_blade_of_ucs(graph: Graph, vcenter: Any, ucs: Any) -> None:
    """Every VM: moids and UUIDs as pyVmomi has them; DNs, serials, UUIDs and MACs as ucsmsdk has them."""
    found = graph.data(JOINED)["vms"]
    seen = {vm._moId: vm for vm in all_of(vcenter, vim.VirtualMachine)}
    assert {row["moid"] for row in found["nodes"]} == set(seen)
    assert found["totalCount"] == len(seen) > 10
    blades = {blade.dn: blade for blade in ucs.query_classid("computeBlade")}
    macs: dict[str, set[str]] = {}
    for vnic in ucs.query_classid("vnicEther"):
        macs.setdefault(vnic.dn.rpartition("/")[0], set()).add(vnic.addr.lower())
    for row in found["nodes"]:
        vm, host = seen[row["moid"]], row["host"]
        assert (row["name"], row["uuid"], row["instanceUuid"]) == (vm.name, vm.config.uuid, vm.config.instanceUuid)
        assert (host["moid"], host["name"]) == (vm.runtime.host._moId, vm.runtime.host.name)
        assert host["uuid"] == vm.runtime.host.hardware.systemInfo.uuid
        assert row["datastore"]["moid"] == vm.datastore[0]._moId
        assert row["pool"] == (None if vm.config.template else {"moid": vm.resourcePool._moId})
        assert {network["moid"] for network in row["networks"]["nodes"]} == {network._moId for network in vm.network}
        blade, real = host["blade"], blades[host["blade"]["dn"]]
        assert (blade["serial"], blade["uuid"], blade["assetTag"]) == (real.serial, real.uuid, host["blade"]["assetTag"])
        assert blade["serial"] == host["serial"] == vm.runtime.host.hardware.systemInfo.serialNumber
        assert blade["memoryBytes"] == int(real.total_memory) << 20
        assert blade["profile"]["dn"] == real.assigned_to_dn
        assert {vnic["mac"] for vnic in blade["profile"]["vnics"]} == macs[real.assigned_to_dn]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("hosts", vim.HostSystem),
        ("clusters", vim.ClusterComputeResource),
        ("datastores", vim.Datastore),
        ("networks", vim.Network),
        ("distributedSwitches", vim.DistributedVirtualSwitch),
        ("resourcePools", vim.ResourcePool),
        ("datacenters", vim.Datacenter),
        ("folders", vim.Folder),
    ],
)
def test_moids_are_those_of_vcenter(graph: Graph, vcenter: Any, field: str, kind: Any) -> None:
    """For every managed object that a container view shows; what vCenter does not show has none."""
    rows = graph.data(f"{{ {field}(first: 200) {{ nodes {{ name moid }} }} }}")[field]["nodes"]
    own = {"group-d1"} if field == "folders" else set()
    assert {row["moid"] for row in rows if row["moid"]} - own == {one._moId for one in all_of(vcenter, kind)}


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("chassis", "equipmentChassis"),
        ("blades", "computeBlade"),
        ("ioModules", "equipmentIOCard"),
        ("powerSupplies", "equipmentPsu"),
        ("fans", "equipmentFanModule"),
        ("fabricInterconnects", "networkElement"),
    ],
)
def test_dns_are_those_of_ucs_manager(graph: Graph, ucs: Any, field: str, kind: str) -> None:
    """For every piece of hardware."""
    rows = graph.data(f"{{ {field}(first: 200) {{ nodes {{ dn }} }} }}")[field]["nodes"]
    real = {one.dn for one in ucs.query_classid(kind)}
    shown = {row["dn"] for row in rows}
    assert shown
    assert shown == ({dn for dn in real if "/switch-" not in dn} if field in {"powerSupplies", "fans"} else real)


def test_ports_of_fabric_interconnects_are_found_in_ucs_manager(graph: Graph, ucs: Any) -> None:
    """By DN, with what is at their other end."""
    ports = graph.data("{ fabricPorts(first: 200) { nodes { dn role fabricInterconnect { dn } peer { __typename } } } }")["fabricPorts"]
    assert ports["nodes"]
    assert {port["peer"]["__typename"] for port in ports["nodes"]} == {"IoModule", "UpstreamSwitch"}
    for port in ports["nodes"]:
        assert ucs.query_dn(port["dn"]).if_role == port["role"]
        assert port["dn"].startswith(port["fabricInterconnect"]["dn"] + "/")


def test_everything_is_found_again_by_its_global_id(graph: Graph) -> None:
    """One of each list, all in one request, in order; what never was is null."""
    lists = [
        "vms", "hosts", "clusters", "resourcePools", "blades", "chassis", "ioModules", "powerSupplies", "fans", "serviceProfiles",
        "ucsDomains", "fabricInterconnects", "fabricPorts", "sites", "racks", "powerFeeds", "upstreamSwitches", "datastores", "luns",
        "storageArrays", "disks", "images", "networks", "distributedSwitches", "ports", "projects", "teams", "applications",
        "businessServices", "datacenters", "folders", "flavors", "openstackNetworks", "subnets", "openstackImages",
    ]  # fmt: skip
    ids = []
    for name in lists:
        (one,) = graph.data(f"{{ {name}(first: 1) {{ nodes {{ __typename id uid }} }} }}")[name]["nodes"]
        ids.append(one)
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Entity { uid } } }"
    gone = graph.data("{ vms(first: 1) { nodes { id } } }")["vms"]["nodes"][0]["id"][:-4] + "AAAA"
    assert graph.data(query, ids=[*(one["id"] for one in ids), gone])["nodes"] == [*ids, None]
    one = ids[4]
    assert (
        graph.data("query ($id: ID!) { node(id: $id) { id ... on Server { dn host { name } } } }", id=one["id"])["node"]["id"] == one["id"]
    )


def test_joins_lead_there_and_back(graph: Graph) -> None:
    """From an application to its VMs, hosts, clusters, sites, and back to it."""
    query = """{ applications(first: 5) { nodes { name vms(first: 15) { totalCount nodes { name host { cluster { site { name } } }
      applications(first: 2) { nodes { name } } datastore { vms(first: 50) { nodes { name } } }
      networks(first: 2) { nodes { vms(first: 50) { nodes { name } } } } } }
      tiers { name needed vms(first: 10) { nodes { name } } } team { name }
      services(first: 5) { nodes { name applications(first: 5) { nodes { name } } } } } } }"""
    found = graph.data(query)["applications"]["nodes"]
    assert found
    for application in found:
        vms = application["vms"]["nodes"]
        assert application["vms"]["totalCount"] == len(vms) > 0
        assert {name for tier in application["tiers"] for name in names(tier["vms"]["nodes"])} == set(names(vms))
        assert all(tier["needed"] >= 1 for tier in application["tiers"])
        for vm in vms:
            assert application["name"] in names(vm["applications"]["nodes"])
            assert vm["name"] in names(vm["datastore"]["vms"]["nodes"])
            assert all(vm["name"] in names(network["vms"]["nodes"]) for network in vm["networks"]["nodes"])
            assert vm["host"]["cluster"]["site"]["name"]
        for service in application["services"]["nodes"]:
            assert application["name"] in names(service["applications"]["nodes"])


def test_hosts_datastores_and_switches_name_one_another(graph: Graph) -> None:
    """Many to many, from both sides."""
    query = """{ hosts(first: 20) { nodes { name datastores(first: 9) { nodes { name } }
        distributedSwitches(first: 5) { nodes { name } } } }
      datastores(first: 9) { nodes { name hosts(first: 20) { nodes { name } }
        luns(first: 5) { nodes { datastores(first: 5) { nodes { name } } } } } }
      distributedSwitches(first: 5) { nodes { name hosts(first: 20) { nodes { name } }
        networks(first: 20) { nodes { switch { name } } } } } }"""
    found = graph.data(query)
    for field in ("datastores", "distributedSwitches"):
        there = {(host["name"], name) for host in found["hosts"]["nodes"] for name in names(host[field]["nodes"])}
        back = {(name, one["name"]) for one in found[field]["nodes"] for name in names(one["hosts"]["nodes"])}
        assert there == back
        assert there
    for switch in found["distributedSwitches"]["nodes"]:
        assert all(network["switch"]["name"] == switch["name"] for network in switch["networks"]["nodes"])
    for datastore in found["datastores"]["nodes"]:
        assert all(datastore["name"] in names(lun["datastores"]["nodes"]) for lun in datastore["luns"]["nodes"])


def test_lists_are_filtered_sorted_and_paged(graph: Graph) -> None:
    """By what vendors know things by, too; a cursor goes on where its page ended."""
    everything = graph.data("{ vms(first: 200, orderBy: NAME_DESC) { nodes { name moid cpus created } } }")["vms"]["nodes"]
    assert names(everything) == sorted(names(everything), reverse=True)
    some = everything[3]
    by_moid = "query ($moid: String!) { vms(filter: {moid: {eq: $moid}}) { totalCount nodes { name } } }"
    assert graph.data(by_moid, moid=some["moid"])["vms"] == {"totalCount": 1, "nodes": [{"name": some["name"]}]}
    before = "query ($at: DateTime!) { vms(first: 200, filter: {created: {lt: $at}}) { totalCount } }"
    assert graph.data(before, at="2001-01-01T00:00:00Z")["vms"]["totalCount"] == 0
    assert graph.data(before, at="2999-01-01T00:00:00Z")["vms"]["totalCount"] == len(everything)
    paged = (
        "query ($after: String) { vms(first: 7, after: $after, orderBy: NAME_DESC) { nodes { name } pageInfo { hasNextPage endCursor } } }"
    )
    found: list[str] = []
    after = None
    while True:
        page = graph.data(paged, after=after)["vms"]
        found += names(page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == names(everything)


def test_lists_that_a_thing_names_itself_are_paged(graph: Graph) -> None:
    """An application's VMs, one at a time."""
    (application, *_) = graph.data("{ applications { nodes { id vms(first: 200) { nodes { name } } } } }")["applications"]["nodes"]
    query = """query ($id: ID!, $after: String) { node(id: $id) { ... on Application {
      vms(first: 1, after: $after) { edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }"""
    found: list[str] = []
    after = None
    while True:
        page = graph.data(query, id=application["id"], after=after)["node"]["vms"]
        found += [edge["node"]["name"] for edge in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == names(application["vms"]["nodes"])
    refused = graph.answer(query, id=application["id"], after="nonsense")
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_ids_that_are_none_are_refused(graph: Graph) -> None:
    """At their field, with a code."""
    found = graph.answer('{ node(id: "nonsense") { id } }')
    assert found["data"] == {"node": None}
    assert [(error["path"], error["extensions"]["code"]) for error in found["errors"]] == [(["node"], "BAD_USER_INPUT")]


def test_the_shared_datacenter_is_the_one_asked(graph: Graph, simulated: Datacenter) -> None:
    """Counts agree with the engine's own."""
    counts = simulated.rest("GET", "/sim/state")["entities"]
    found = graph.data("{ vms(first: 1) { totalCount } blades(first: 1) { totalCount } luns(first: 1) { totalCount } }")
    assert {name: one["totalCount"] for name, one in found.items()} == {
        "vms": counts["vm"],
        "blades": counts["blade"],
        "luns": counts["lun"],
    }

"""Mutations change the world through the engine: pyVmomi and ucsmsdk see it, and refusals are told as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pyVmomi import vim

from tests.clients.graphql.asking import Graph, eventually
from tests.clients.pyvmomi.session import all_of, create_vm, remove

TASK = "task { id state operation principal api subject { ... on VirtualMachine { name } ... on Host { name } } }"


@pytest.fixture
def vm(vcenter: Any) -> Iterator[Any]:
    """A VM of the test's own, powered off."""
    made = create_vm(vcenter, "graph-vm")
    yield made
    remove(vcenter, made)


@pytest.fixture
def node(graph: Graph, vm: Any) -> Any:
    """The same in the graph."""
    return graph.one("vms", vm.name, "id uid version power")


def test_power_is_switched_by_a_task_that_vcenter_shows_too(graph: Graph, node: Any, vm: Any, vcenter: Any) -> None:
    """On, suspended, on, reset, off."""
    steps = [
        ("powerOnVirtualMachine", "poweredOn"),
        ("suspendVirtualMachine", "suspended"),
        ("powerOnVirtualMachine", "poweredOn"),
        ("resetVirtualMachine", "poweredOn"),
        ("powerOffVirtualMachine", "poweredOff"),
    ]
    for mutation, wanted in steps:
        done = graph.change(mutation, f"clientMutationId virtualMachine {{ id }} {TASK}", id=node["id"], clientMutationId=wanted)
        assert (done["errors"], done["clientMutationId"], done["virtualMachine"]) == ([], wanted, {"id": node["id"]})
        assert (done["task"]["api"], done["task"]["subject"]) == ("sim", {"name": vm.name})
        ended = _ended(graph, done["task"]["id"])
        assert ended == {"state": "SUCCESS", "error": ""}
        assert vm.runtime.powerState == wanted
    operations = {
        info.descriptionId for info in (task.info for task in vcenter.content.taskManager.recentTask) if info.entityName == vm.name
    }
    assert "VirtualMachine.powerOn" in operations


def _ended(graph: Graph, task: str) -> Any:
    query = "query ($id: ID!) { node(id: $id) { ... on Task { state error } } }"
    return eventually(lambda: graph.data(query, id=task)["node"], lambda found: found["state"] not in {"QUEUED", "RUNNING"})


def test_a_change_is_made_at_one_version_only(graph: Graph, node: Any, vm: Any) -> None:
    """expectedVersion of another one is refused, and nothing happens; of the present one it is taken."""
    done = graph.change("powerOnVirtualMachine", "virtualMachine { id } task { id }", id=node["id"], expectedVersion=node["version"] + 7)
    assert [error["code"] for error in done["errors"]] == ["VERSION_CONFLICT"]
    assert (done["virtualMachine"], done["task"], vm.runtime.powerState) == (None, None, "poweredOff")
    assert graph.change("powerOnVirtualMachine", "task { id }", id=node["id"], expectedVersion=node["version"])["errors"] == []
    eventually(lambda: vm.runtime.powerState, lambda power: power == "poweredOn")
    graph.change("powerOffVirtualMachine", "task { id }", id=node["id"])
    eventually(lambda: vm.runtime.powerState, lambda power: power == "poweredOff")


def test_a_request_that_comes_twice_is_done_once(graph: Graph, node: Any, vm: Any) -> None:
    """The second answer has the task of the first."""
    given = {"id": node["id"], "idempotencyKey": f"once-{node['uid']}"}
    first = graph.change("powerOnVirtualMachine", "task { id }", **given)
    eventually(lambda: vm.runtime.powerState, lambda power: power == "poweredOn")
    again = graph.change("powerOnVirtualMachine", "task { id }", **given)
    assert again == first
    assert first["errors"] == []
    graph.change("powerOffVirtualMachine", "task { id }", id=node["id"])
    eventually(lambda: vm.runtime.powerState, lambda power: power == "poweredOff")


def test_what_cannot_be_is_refused_as_data(graph: Graph, node: Any) -> None:
    """A VM that is off, an id of something else, of nothing, and of what was never there."""
    off = graph.change("powerOffVirtualMachine", "task { id }", id=node["id"])
    assert [error["code"] for error in off["errors"]] == ["INVALID_STATE"]
    (host,) = graph.data("{ hosts(first: 1) { nodes { id } } }")["hosts"]["nodes"]
    for wrong in (host["id"], "nonsense"):
        refused = graph.change("powerOnVirtualMachine", "virtualMachine { id }", id=wrong, clientMutationId="c")
        assert [(error["code"], error["field"], error["path"]) for error in refused["errors"]] == [
            ("BAD_USER_INPUT", "id", ["input", "id"])
        ]
    traversing = "VmlydHVhbE1hY2hpbmU6Li4vLi4vaW5qZWN0"  # VirtualMachine:../../inject
    assert [error["code"] for error in graph.change("powerOnVirtualMachine", "task { id }", id=traversing)["errors"]] == ["NOT_FOUND"]


def test_a_host_is_emptied_for_maintenance(graph: Graph, vcenter: Any) -> None:
    """DRS moves its VMs; vCenter says the same; twice is refused; Nova's hosts are not vCenter's."""
    seen = {one._moId: one for one in all_of(vcenter, vim.HostSystem)}
    hosts = graph.data("{ hosts(first: 200, filter: {flavor: {eq: ESXI}}) { nodes { id moid vmCount cluster { drsEnabled } } } }")["hosts"]
    host = next(one for one in hosts["nodes"] if one["vmCount"] and one["cluster"]["drsEnabled"])
    entered = graph.change("enterHostMaintenance", f"host {{ id }} {TASK}", id=host["id"])
    assert (entered["errors"], entered["host"]) == ([], {"id": host["id"]})
    try:
        eventually(lambda: seen[host["moid"]].runtime.inMaintenanceMode, bool)
        shown = "query ($id: ID!) { node(id: $id) { ... on Host { maintenance vms(filter: {power: {eq: ON}}) { totalCount } } } }"
        assert graph.data(shown, id=host["id"])["node"] == {"maintenance": True, "vms": {"totalCount": 0}}
        assert [error["code"] for error in graph.change("enterHostMaintenance", "task { id }", id=host["id"])["errors"]] == [
            "INVALID_STATE"
        ]
    finally:
        assert graph.change("exitHostMaintenance", "task { id }", id=host["id"])["errors"] == []
    eventually(lambda: seen[host["moid"]].runtime.inMaintenanceMode, lambda inside: not inside)
    (nova, *_) = graph.data("{ hosts(filter: {flavor: {eq: KVM}}) { nodes { id } } }")["hosts"]["nodes"]
    refused = graph.change("enterHostMaintenance", "task { id }", id=nova["id"])
    assert [error["code"] for error in refused["errors"]] == ["INVALID_STATE"]


def test_a_blade_is_switched_and_ucs_and_vcenter_follow(graph: Graph, vcenter: Any, ucs: Any) -> None:
    """Off: UCS says so and its host does not respond; on: both are back."""
    hosts = graph.data("{ hosts(first: 200, filter: {flavor: {eq: ESXI}}) { nodes { moid vmCount blade { id dn } } } }")["hosts"]["nodes"]
    host = min(hosts, key=lambda one: one["vmCount"])
    real = next(one for one in all_of(vcenter, vim.HostSystem) if one._moId == host["moid"])
    shown = "server { dn power host { connection whyDown } }"
    off = graph.change("powerOffServer", shown, id=host["blade"]["id"])
    try:
        assert (off["errors"], off["server"]["power"], off["server"]["dn"]) == ([], "OFF", host["blade"]["dn"])
        assert "powered off" in off["server"]["host"]["whyDown"]
        assert ucs.query_dn(host["blade"]["dn"]).oper_power == "off"
        eventually(lambda: real.runtime.connectionState, lambda state: state == "notResponding")
    finally:
        assert graph.change("powerOnServer", shown, id=host["blade"]["id"])["errors"] == []
    eventually(lambda: real.runtime.connectionState, lambda state: state == "connected")
    assert ucs.query_dn(host["blade"]["dn"]).oper_power == "on"


def test_a_fault_is_injected_seen_by_ucs_and_cleared(graph: Graph, ucs: Any) -> None:
    """With the blade that it struck, from both sides; what is not known to break is refused."""
    codes = {kind["code"]: kind["subjectKind"] for kind in graph.data("{ faultKinds { code subjectKind } }")["faultKinds"]}
    assert codes["dimm-failure"] == "blade"
    (blade, *_) = graph.data("{ blades(first: 1) { nodes { id dn name } } }")["blades"]["nodes"]
    shown = "fault { id code injected subject { __typename id ... on Entity { faults { nodes { id code } } } } }"
    injected = graph.change("injectFault", shown, subject=blade["id"], code="dimm-failure")
    assert injected["errors"] == []
    fault = injected["fault"]
    try:
        assert (fault["code"], fault["injected"], fault["subject"]["__typename"]) == ("dimm-failure", True, "Blade")
        assert {"id": fault["id"], "code": "dimm-failure"} in fault["subject"]["faults"]["nodes"]
        assert any(one.dn.startswith(blade["dn"] + "/") for one in ucs.query_classid("faultInst"))
    finally:
        cleared = graph.change("clearFault", "clearedId subject { id }", id=fault["id"])
    assert cleared == {"errors": [], "clearedId": fault["id"], "subject": {"id": blade["id"]}}
    again = graph.change("clearFault", "clearedId", id=fault["id"])
    assert ([error["code"] for error in again["errors"]], again["clearedId"]) == (["NOT_FOUND"], None)
    unknown = graph.change("injectFault", "fault { id }", subject=blade["id"], code="no-such-fault")
    assert [(error["code"], error["field"]) for error in unknown["errors"]] == [("NOT_FOUND", "code")]

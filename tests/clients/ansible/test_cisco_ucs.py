"""The cisco.ucs collection, unmodified: every play changes what it says, once, and a second run finds nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients.ansible.environment import Step, installed, run
from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import connected, dns, door

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
INVENTORY = """
sites: [{name: ams1, power_feeds: {A: feed-a, B: feed-b}, upstream_switches: {A: n9k-a, B: n9k-b}}]
hardware: {b200: {memory: 256GiB, dimms: 8, cores_per_socket: 12, disks: [480GiB]}}
ucs_domains: [{name: ucs-1, site: ams1, chassis: [{slot: 1, blades: {1: b200, 2: b200}}]}]
clusters: [{name: c1, site: ams1, associated: false, hosts: {esx-1: ucs-1/1/1}}]
"""
TASKS = [
    "organisation",
    "VLAN",
    "MAC pool",
    "UUID pool",
    "vNIC template",
    "LAN connectivity",
    "boot order",
    "service profile template",
    "service profile",
    "association",
]
ORG = "org-root/org-ansible"


class Runs(NamedTuple):
    """A datacenter with the outcomes of a play that was tried, run, and run again."""

    datacenter: Datacenter
    tried: dict[str, Step]
    untouched: bool
    first: dict[str, Step]
    second: dict[str, Step]


def variables(datacenter: Datacenter, *, secure: bool = True) -> dict[str, Any]:
    """Where the plays find UCS Manager."""
    at, env = door(datacenter, secure=secure), datacenter.env
    return {"ucs_hostname": at.host, "ucs_port": at.port, "ucs_username": env["UCSM_USERNAME"], "ucs_password": env["UCSM_PASSWORD"]}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """The whole play: in check mode, then twice in earnest."""
    installed()
    folder = tmp_path_factory.mktemp("ansible")
    inventory: Path = folder / "inventory.yaml"
    inventory.write_text(INVENTORY)
    made = Datacenter(folder / "data", "--machines", "simulated", "--seed", "7", "--inventory", str(inventory))
    try:
        made.start()
        before = made.rest("GET", "/sim/state")["sequence"]
        tried = run("site.yml", variables(made), folder, check=True)
        untouched = made.rest("GET", "/sim/state")["sequence"] == before
        first, second = (run("site.yml", variables(made), folder) for _ in range(2))
        yield Runs(made, tried, untouched, first, second)
    finally:
        made.clear_away()


@pytest.mark.parametrize("task", TASKS)
def test_each_task_changes_something_once(runs: Runs, task: str) -> None:
    assert [outcome[task].changed for outcome in (runs.first, runs.second)] == [True, False]


def test_no_task_is_left_out(runs: Runs) -> None:
    assert list(runs.first) == TASKS


def test_a_check_changes_nothing(runs: Runs) -> None:
    assert runs.untouched
    assert {name for name, step in runs.tried.items() if step.changed} >= set(TASKS[:8])


def test_what_they_asked_for_is_there(runs: Runs) -> None:
    with connected(runs.datacenter, door(runs.datacenter, secure=False)) as ucs:
        assert ucs.query_dn("fabric/lan/net-app-120").id == "120"
        pools = ucs.query_dn(f"{ORG}/mac-pool-macs-a"), ucs.query_dn(f"{ORG}/uuid-pool-uuids")
        assert [(pool.size, pool.assigned, pool.assignment_order) for pool in pools] == [
            ("64", "2", "sequential"),
            ("64", "1", "sequential"),
        ]
        assert dns(ucs.query_children(in_dn=f"{ORG}/boot-policy-local-then-media")) == [
            f"{ORG}/boot-policy-local-then-media/read-only-local-vm",
            f"{ORG}/boot-policy-local-then-media/storage",
        ]
        vnics = sorted(ucs.query_children(in_dn=f"{ORG}/ls-esxi-1", class_id="VnicEther"), key=lambda vnic: vnic.name)
        assert [(vnic.addr, vnic.mtu, vnic.switch_id) for vnic in vnics] == [
            ("00:25:B5:AB:00:00", "9000", "A-B"),
            ("00:25:B5:AB:00:01", "9000", "A-B"),
        ]


def test_the_host_of_the_blade_is_up_with_the_profiles_identity(runs: Runs) -> None:
    with connected(runs.datacenter, door(runs.datacenter, secure=False)) as ucs:
        profile, blade = ucs.query_dn(f"{ORG}/ls-esxi-1"), ucs.query_dn("sys/chassis-1/blade-1")
    assert (profile.assoc_state, profile.assign_state, blade.assigned_to_dn) == ("associated", "assigned", profile.dn)
    assert blade.uuid == profile.uuid != blade.original_uuid
    (host,) = runs.datacenter.rest("GET", "/sim/hosts")["items"]
    assert (host["name"], host["running"], host["connection"]) == ("esxi-1", True, "connected")


def test_the_way_back_is_run_twice_too(runs: Runs, tmp_path: Path) -> None:
    first, second = (run("teardown.yml", variables(runs.datacenter, secure=False) | {"use_ssl": False}, tmp_path) for _ in range(2))
    assert {name: step.changed for name, step in first.items()} == dict.fromkeys(first, True)
    assert {name: step.changed for name, step in second.items()} == dict.fromkeys(first, False)
    with connected(runs.datacenter, door(runs.datacenter, secure=False)) as ucs:
        assert ucs.query_dn(ORG) is None
        assert ucs.query_dn("sys/chassis-1/blade-1").association == "none"

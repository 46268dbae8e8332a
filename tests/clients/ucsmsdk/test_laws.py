"""Laws 1 and 3 of the world: what breaks is told by UCS Manager, and what it means for hosts and networks is seen in vCenter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.harness import Datacenter, wait_until
from tests.clients.pyvmomi.session import all_of, finish, named
from tests.clients.pyvmomi.session import connected as vcenter
from tests.clients.ucsmsdk.session import connected, door

INVENTORY = """
sites: [{name: ams1, power_feeds: {A: feed-a, B: feed-b}, upstream_switches: {A: n9k-a, B: n9k-b}}]
hardware: {b200: {memory: 64GiB, dimms: 4, disks: [480GiB]}, c220: {model: UCSC-C220-M5SX, memory: 64GiB, dimms: 4, disks: [480GiB]}}
ucs_domains: [{name: ucs, site: ams1, chassis: [{slot: 1, blades: {1: b200}}, {slot: 2, blades: {1: b200}}], rack_servers: {1: c220}}]
arrays: [{name: array-1, site: ams1, luns: {lun-1: 1TiB}}]
clusters: [{name: prod, site: ams1, ha: {enabled: false}, hosts: {esx-1: ucs/1/1, esx-2: ucs/2/1, esx-3: ucs/rack-1}}]
datastores: [{name: vmfs-1, site: ams1, luns: [lun-1], clusters: [prod]}]
networks: [{name: app, site: ams1, cidr: 10.142.1.0/24, vlan: 20, clusters: [prod]}]
vms: [{name: web-1, cluster: prod, host: esx-1, datastore: vmfs-1, networks: [app], disks: [1GiB], power: "off"}]
"""
ALL = {"esx-1", "esx-2", "esx-3"}


@pytest.fixture(scope="module")
def datacenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datacenter]:
    """A blade in each of two chassis and a rack server, all running ESXi."""
    folder = tmp_path_factory.mktemp("laws")
    inventory: Path = folder / "inventory.yaml"
    inventory.write_text(INVENTORY)
    made = Datacenter(folder / "data", "--machines", "simulated", "--seed", "7", DCSIM_WORLD__INVENTORY=str(inventory))
    try:
        made.start()
        yield made
    finally:
        made.clear_away()


@pytest.fixture(scope="module")
def ucs(datacenter: Datacenter) -> Iterator[Any]:
    """A session with UCS."""
    with connected(datacenter, door(datacenter, secure=False)) as made:
        yield made


@pytest.fixture(scope="module")
def service(datacenter: Datacenter) -> Iterator[Any]:
    """A session with vCenter."""
    with vcenter(datacenter) as made:
        yield made


@pytest.fixture
def strike(datacenter: Datacenter) -> Iterator[Any]:
    """Breaks things by code and names; whatever a test leaves broken is mended."""
    left: list[str] = []

    def break_(code: str, *subjects: str) -> None:
        left.extend(str(datacenter.rest("POST", f"/sim/inject/{code}", {"subject": one})["uid"]) for one in subjects)

    def mend() -> None:
        while left:
            datacenter.rest("DELETE", f"/sim/faults/{left.pop()}")

    break_.mend = mend  # type: ignore[attr-defined]
    yield break_
    mend()


def lost(service: Any) -> set[str]:
    """The hosts that do not respond."""
    from pyVmomi import vim

    return {host.name for host in all_of(service, vim.HostSystem) if host.runtime.connectionState == "notResponding"}


def codes(ucs: Any) -> set[str]:
    """The codes of the faults that UCS Manager shows."""
    return {fault.code for fault in ucs.query_classid("faultInst")}


LAW_1 = [
    ("blade-failure", ("ucs/1/1",), {"esx-1"}, "F0317"),
    ("blade-removed", ("ucs/1/1",), {"esx-1"}, "F0319"),
    ("chassis-removed", ("ucs/2",), {"esx-2"}, "F0400"),
    ("psu-failure", tuple(f"ucs/1/psu-{slot}" for slot in range(1, 5)), {"esx-1"}, "F0374"),
    ("psu-failure", ("ucs/rack-1/psu-1", "ucs/rack-1/psu-2"), {"esx-3"}, "F0374"),
    ("io-module-failure", ("ucs/2/iom-A", "ucs/2/iom-B"), {"esx-2"}, "F0478"),
    ("link-down", ("ucs-A/1/5", "ucs-B/1/5"), {"esx-3"}, "F0276"),
    ("power-feed-loss", ("feed-a", "feed-b"), ALL, "F0528"),
    ("fabric-interconnect-failure", ("ucs-A", "ucs-B"), ALL, "F0291"),
    ("upstream-switch-failure", ("n9k-a", "n9k-b"), ALL, "F0321"),
]


@pytest.mark.parametrize(("code", "subjects", "hosts", "told"), LAW_1, ids=[f"{row[0]}-of-{row[1][0]}" for row in LAW_1])
def test_a_host_is_up_while_what_it_stands_on_is(
    ucs: Any, service: Any, strike: Any, code: str, subjects: tuple[str, ...], hosts: set[str], told: str
) -> None:
    assert (lost(service), codes(ucs)) == (set(), set())
    strike(code, *subjects[: len(subjects) // 2])
    assert lost(service) == set() if len(subjects) > 1 else True, "half of it is enough"
    strike(code, *subjects[len(subjects) // 2 :])
    wait_until(lambda: lost(service) == hosts, "vCenter loses the hosts")
    assert told in codes(ucs)
    strike.mend()
    wait_until(lambda: lost(service) == set(), "they are back")
    assert codes(ucs) == set()


def test_one_fabric_of_two_is_half_the_bandwidth(ucs: Any, service: Any, strike: Any) -> None:
    from pyVmomi import vim

    def links() -> set[tuple[bool, ...]]:
        return {tuple(nic.linkSpeed is not None for nic in host.config.network.pnic) for host in all_of(service, vim.HostSystem)}

    assert links() == {(True, True)}
    strike("fabric-interconnect-failure", "ucs-A")
    assert links() == {(False, True)}
    assert lost(service) == set()
    assert {server.conn_path for server in ucs.query_classid("computePhysical")} == {"B"}
    strike.mend()
    assert links() == {(True, True)}


def test_a_vlan_on_one_fabric_goes_with_it(ucs: Any, service: Any, strike: Any) -> None:
    from pyVmomi import vim

    vm = named(service, vim.VirtualMachine, "web-1")
    finish(vm.PowerOn())
    wait_until(lambda: [nic.connected for nic in vm.guest.net] == [True], "it is on its network")
    own = ucs.query_dn("org-root/ls-esx-1/ether-eth1/if-app")
    ucs.remove_mo(own)
    ucs.commit()
    assert [nic.connected for nic in vm.guest.net] == [True], "fabric A carries it"
    strike("fabric-interconnect-failure", "ucs-A")
    wait_until(lambda: [nic.connected for nic in vm.guest.net] == [False], "fabric B does not")
    assert lost(service) == set()
    strike.mend()
    wait_until(lambda: [nic.connected for nic in vm.guest.net] == [True], "it is on its network again")
    finish(vm.PowerOff())

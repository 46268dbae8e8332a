"""Two UCS domains in one world: each has an endpoint, a configuration and a chassis number 1 of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ucsmsdk.mometa.org.OrgOrg import OrgOrg

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import ask, connected, dns, door

INVENTORY = """
sites: [{name: ams1, power_feeds: {A: feed-a, B: feed-b}, upstream_switches: {A: n9k-a, B: n9k-b}}]
hardware: {b200: {memory: 256GiB, dimms: 8, cores_per_socket: 12, disks: [480GiB]}}
ucs_domains:
  - {name: ucs-east, site: ams1, chassis: [{slot: 1, blades: {1: b200, 2: b200}}]}
  - {name: ucs-west, site: ams1, chassis: [{slot: 1, blades: {1: b200}}, {slot: 4, blades: {8: b200}}]}
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datacenter]:
    """A datacenter with two domains and nothing in them but hardware."""
    folder = tmp_path_factory.mktemp("domains")
    inventory: Path = folder / "inventory.yaml"
    inventory.write_text(INVENTORY)
    made = Datacenter(folder / "data", "--machines", "simulated", "--seed", "7", "--inventory", str(inventory))
    try:
        made.start()
        yield made
    finally:
        made.clear_away()


@pytest.fixture
def east(pair: Datacenter) -> Iterator[Any]:
    """A session with the first."""
    with connected(pair, door(pair, secure=False)) as made:
        yield made


@pytest.fixture
def west(pair: Datacenter) -> Iterator[Any]:
    """A session with the second."""
    with connected(pair, door(pair, secure=False, domain=2)) as made:
        yield made


def test_each_shows_its_own_hardware(east: Any, west: Any) -> None:
    assert (east.ucs, west.ucs) == ("ucs-east", "ucs-west")
    assert dns(east.query_classid("ComputeBlade")) == ["sys/chassis-1/blade-1", "sys/chassis-1/blade-2"]
    assert dns(west.query_classid("ComputeBlade")) == ["sys/chassis-1/blade-1", "sys/chassis-4/blade-8"]
    serials = [one.serial for ucs in (east, west) for name in ("ComputeBlade", "NetworkElement") for one in ucs.query_classid(name)]
    assert len(set(serials)) == 8


def test_each_has_its_own_configuration(east: Any, west: Any) -> None:
    east.add_mo(OrgOrg("org-root", name="only-east"))
    east.commit()
    assert dns(east.query_classid("OrgOrg")) == ["org-root", "org-root/org-only-east"]
    assert dns(west.query_classid("OrgOrg")) == ["org-root"]


def test_a_session_is_good_for_one_of_them(east: Any, west: Any) -> None:
    assert ask(west, "configResolveDn", cookie=east.cookie, dn="sys").get("errorCode") == "552"


def test_both_are_there_after_a_restart(pair: Datacenter) -> None:
    pair.stop()
    pair.start()
    with connected(pair, door(pair, domain=2)) as west:
        assert west.ucs == "ucs-west"
    with connected(pair, door(pair)) as east:
        assert "org-root/org-only-east" in dns(east.query_classid("OrgOrg"))


def test_chassis_and_blades_come_and_go(pair: Datacenter, east: Any, west: Any) -> None:
    """Inserted and pulled through the engine's API."""
    domain = next(one for one in pair.rest("GET", "/sim/entities/ucs_domain")["items"] if one["name"] == "ucs-west")
    chassis = pair.rest("POST", "/sim/chassis", {"domain": domain["uid"], "slot": 7})
    blade = pair.rest("POST", "/sim/blades", {"chassis": chassis["uid"], "slot": 3})
    shown = west.query_dn("sys/chassis-7/blade-3")
    assert (shown.serial, shown.discovery, shown.oper_state, shown.association) == (
        blade["fields"]["serial"],
        "complete",
        "unassociated",
        "none",
    )
    assert len(west.query_children(in_dn="sys/chassis-7", class_id="EquipmentPsu")) == 4
    assert east.query_dn("sys/chassis-7") is None
    pair.rest("DELETE", f"/sim/blades/{blade['uid']}")
    assert west.query_dn("sys/chassis-7/blade-3") is None
    pair.rest("DELETE", f"/sim/chassis/{chassis['uid']}")
    assert west.query_dn("sys/chassis-7") is None

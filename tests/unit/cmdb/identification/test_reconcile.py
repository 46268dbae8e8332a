"""Whose word counts; what people say stays; what one source takes back, others keep."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from cmdb.model import Ci, Claim
from cmdb.reconciliation import authority, claimed, edited, new_uid, ranked, reconciled

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CLAIMS = {
    "ucs": Claim("b", 1, {"name": "1/1", "serial": "FCH1", "memory_bytes": 64, "tags": ("a",)}),
    "vsphere": Claim("h/hardware", 1, {"serial": "FCH1", "memory_bytes": 63, "cpu_model": "Xeon"}),
    "import": Claim("row-1", 0, {"name": "rack 3 left", "asset_tag": "DC-1", "memory_bytes": 1, "tags": ("b",)}),
}


def test_of_hardware_ucs_knows_best_and_others_add() -> None:
    name, attributes, tags = reconciled("Blade", CLAIMS)
    assert (name, tags) == ("1/1", ("a", "b"))
    assert attributes == {"serial": "FCH1", "memory_bytes": 64, "cpu_model": "Xeon", "asset_tag": "DC-1"}


def test_the_order_in_which_sources_speak_makes_no_difference() -> None:
    found = set()
    for order in itertools.permutations(CLAIMS):
        ci: Ci | None = None
        for source in order:
            ci = claimed(ci, "x", "Blade", source, CLAIMS[source], NOW)
        assert ci is not None
        found.add((ci.name, tuple(sorted(ci.attributes.items())), ci.tags))
    assert len(found) == 1


def test_what_a_person_says_outranks_everybody_until_it_is_taken_back() -> None:
    ci = claimed(None, "x", "Blade", "ucs", CLAIMS["ucs"], NOW)
    assert ci is not None
    said = edited(ci, NOW + timedelta(hours=1), {"memory_bytes": 128, "name": "the good one"})
    assert (said.name, said.attributes["memory_bytes"], said.changed) == ("the good one", 128, NOW + timedelta(hours=1))
    told = claimed(said, "x", "Blade", "ucs", Claim("b", 2, {"name": "1/2", "memory_bytes": 32}), NOW)
    assert told is not None
    assert (told.name, told.attributes["memory_bytes"]) == ("the good one", 128)
    back = edited(told, NOW, {}, ["memory_bytes", "name"])
    assert (back.name, back.attributes["memory_bytes"], set(back.sources)) == ("1/2", 32, {"ucs"})


def test_a_source_takes_back_only_its_own() -> None:
    ci = claimed(claimed(None, "x", "Blade", "ucs", CLAIMS["ucs"], NOW), "x", "Blade", "import", CLAIMS["import"], NOW)
    left = claimed(ci, "x", "Blade", "ucs", None, NOW)
    assert left is not None
    assert (left.name, left.attributes["memory_bytes"]) == ("rack 3 left", 1)
    assert claimed(left, "x", "Blade", "import", None, NOW) is None


def test_saying_the_same_again_is_no_change() -> None:
    ci = claimed(None, "x", "Blade", "ucs", CLAIMS["ucs"], NOW)
    assert claimed(ci, "x", "Blade", "ucs", CLAIMS["ucs"], NOW + timedelta(days=1)) is ci


def test_a_machine_s_power_is_what_runs_it_says() -> None:
    assert ranked("VirtualMachine", "power", ["openstack", "engine"]) == ["engine", "openstack"]
    assert ranked("VirtualMachine", "description", ["engine", "openstack"]) == ["openstack", "engine"]


@pytest.mark.parametrize("cls", ["Blade", "Rack", "VirtualMachine", "Application"])
def test_people_come_first_and_imports_last(cls: str) -> None:
    assert (authority(cls, "description")[0], authority(cls, "description")[-1]) == ("person", "import")


def test_uids_are_the_same_in_every_run() -> None:
    assert new_uid("Blade", "ucs", "blade-1") == new_uid("Blade", "ucs", "blade-1") != new_uid("Blade", "ucs", "blade-2")

"""What a fresh domain has, and that it gets it once."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulators.ucs import records
from emulators.ucs.bootstrap.ensure import ensure
from emulators.ucs.bootstrap.fresh import FRESH
from emulators.ucs.domain import Domain
from emulators.ucs.window import open_domains
from emulators.world.model import UcsDomain
from tests.unit.ucs.core.wire import PASSWORD, USER
from tests.unit.world.lab import INVENTORY, Lab

TWO = INVENTORY.replace("arrays:", "  - {name: other, site: ams1, chassis: [{slot: 1, blades: {1: blade}}]}\narrays:")


def test_parents_come_first_and_stand_once(lab: Lab) -> None:
    seen = {"sys", ""}
    for _, dn, _ in FRESH:
        assert dn not in seen
        assert dn.rpartition("/")[0] in seen, dn
        seen.add(dn)


def test_it_is_there_once(lab: Lab, domain: Domain) -> None:
    sequence = lab.world.sequence
    ensure(lab.world)
    assert lab.world.sequence == sequence
    assert all(domain.tree.find(dn) is not None for _, dn, _ in FRESH)


def test_it_survives_a_restart(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    ensure(lab.world)
    count = sum(1 for _ in records.subtree(lab.state, lab.state.all(UcsDomain)[0].uid, "org-root"))
    lab.world.close()
    again = Lab(tmp_path)
    sequence = again.world.sequence
    ensure(again.world)
    assert again.world.sequence == sequence
    assert sum(1 for _ in records.subtree(again.state, again.state.all(UcsDomain)[0].uid, "org-root")) == count
    again.world.close()


@pytest.fixture
def two(tmp_path: Path) -> Lab:
    return Lab(tmp_path, inventory=TWO)


def test_each_domain_has_its_own(two: Lab) -> None:
    first, second = open_domains(two.world, {USER: PASSWORD})
    assert (first.name, second.name) == ("ucs", "other")
    assert [node.dn for node in second.tree.of_class("computeBlade")] == ["sys/chassis-1/blade-1"]
    assert [node.get("name") for node in first.tree.of_class("lsServer")] == ["esx-1", "esx-2", "esx-3"]
    assert second.tree.of_class("lsServer") == []
    assert second.tree.find("org-root/boot-policy-default") is not None
    assert first.tree.find("sys") is not second.tree.find("sys")
    for one in (first, second):
        one.close()
    two.world.close()

"""Service profiles that the world began with: they are UCS Manager's like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.world.identity import host_identity
from tests.unit.ucs.config.lab import INVENTORY, UcsLab

DN = "org-root/ls-esx-1"


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[UcsLab]:
    """The hosts run from the beginning."""
    made = UcsLab(tmp_path, inventory=INVENTORY.replace("associated: false", "associated: true"))
    yield made
    made.close()


def test_touching_one_reboots_nothing(seeded: UcsLab) -> None:
    host = seeded.host_on()
    seeded.put("lsServer", DN, usrLbl="mine", descr="first")
    seeded.vlan("app", 20)
    seeded.put("vnicEtherIf", f"{DN}/ether-eth0/if-app")
    assert seeded.host_on() == host
    assert seeded.props(DN, "assocState", "configState", "configQualifier") == ("associated", "applied", "")


def test_power(seeded: UcsLab) -> None:
    seeded.put("lsPower", f"{DN}/power", state="down")
    assert not seeded.host_on().running
    seeded.put("lsPower", f"{DN}/power", state="up")
    assert seeded.host_on().running


def test_its_server_can_be_given_to_another(seeded: UcsLab) -> None:
    seeded.delete("lsBinding", f"{DN}/pn")
    assert seeded.prop(DN, "assocState") == "unassociated"
    assert not seeded.host_on().running
    seeded.mac_pool("macs", "00:25:B5:AA:00:01", "00:25:B5:AA:00:10")
    seeded.uuid_pool()
    dn = seeded.profile("new")
    seeded.bind(dn)
    host = seeded.host_on()
    assert (host.name, host.running) == ("new", True)
    assert host_identity(seeded.state, host).uuid == seeded.prop(dn, "uuid")


def test_it_moves_with_its_identity(seeded: UcsLab) -> None:
    identity = host_identity(seeded.state, seeded.host_on())
    seeded.bind(DN, "sys/chassis-1/blade-4")
    entity = seeded.entity(DN)
    assert (entity.blade, entity.uuid) == (seeded.blade("ucs/1/4").uid, identity.uuid)
    assert [vnic.mac for vnic in entity.vnics] == [nic.mac for nic in identity.nics]


def test_deleting_one_lets_its_server_go(seeded: UcsLab) -> None:
    seeded.delete("lsServer", DN)
    assert seeded.blade().profile == ""
    assert not seeded.host_on().running
    assert not seeded.has(f"{DN}/power")

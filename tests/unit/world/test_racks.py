"""Rack servers: the same laws as blades', with power, fans and cables of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dcsim.errors import AlreadyExists, InsufficientResources, InvalidArgument, InvalidState
from emulators.world import reach
from emulators.world.decisions.components import ClearFault, InjectFault, SetBladePower
from emulators.world.decisions.racks import InsertRackServer, RemoveRackServer
from emulators.world.identity import host_identity
from emulators.world.inventory.export import export
from emulators.world.inventory.load import loads
from emulators.world.inventory.spec import BladeClass
from emulators.world.model import (
    BladePower,
    Connection,
    Entity,
    Fan,
    Fault,
    FiPort,
    Hypervisor,
    PowerFeed,
    PowerSupply,
    RackServer,
    UcsDomain,
    Vm,
)
from tests.unit.world.lab import INVENTORY, Lab

RACKS = INVENTORY.replace("esx-3: ucs/2/1}", "esx-3: ucs/2/1, esx-4: ucs/rack-1}").replace(
    "rack_servers: {1: blade}", "rack_servers: {1: blade, 3: blade}"
)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """The world of the other tests with a fourth host, on a rack server."""
    made = Lab(tmp_path, inventory=RACKS)
    yield made
    made.close()


def server(lab: Lab, name: str = "ucs/rack-1") -> RackServer:
    """The rack server of a name, as it is now."""
    return lab.named(RackServer, name)


def insert(lab: Lab, **fields: object) -> RackServer:
    """A new one."""
    uid = lab.do(InsertRackServer(domain=lab.named(UcsDomain, "ucs").uid, **fields))  # type: ignore[arg-type]
    return lab.state.get(RackServer, uid)


def test_its_host_is_known_by_its_hardware_and_its_profile(lab: Lab) -> None:
    identity = host_identity(lab.state, lab.host("esx-4"))
    assert (identity.dn, identity.serial, identity.chassis) == ("sys/rack-unit-1", server(lab).serial, server(lab))
    assert identity.profile is not None
    assert (identity.uuid, identity.name) == (identity.profile.uuid, "esx-4")
    assert lab.host("esx-4").running


def test_it_has_power_fans_and_cables_of_its_own(lab: Lab) -> None:
    found = server(lab)
    assert [lab.state.count(kind, "chassis", found.uid) for kind in (PowerSupply, Fan)] == [2, 6]
    assert [port.name for port in lab.state.where(FiPort, "peer", found.uid)] == ["ucs-A/1/5", "ucs-B/1/5"]
    assert reach.fabric_legs(lab.state, found) == ("A", "B")


def struck(lab: Lab, cls: type[Entity], names: tuple[str, ...], code: str) -> list[str]:
    """Break things; the faults' uids."""
    return [lab.do(InjectFault(code=code, subject=lab.named(cls, name).uid)) for name in names]


@pytest.mark.parametrize(
    ("cls", "names", "code", "reason"),
    [
        (PowerSupply, ("ucs/rack-1/psu-1", "ucs/rack-1/psu-2"), "psu-failure", "rack server ucs/rack-1 has no power"),
        (PowerFeed, ("feed-a", "feed-b"), "power-feed-loss", "rack server ucs/rack-1 has no power"),
        (FiPort, ("ucs-A/1/5", "ucs-B/1/5"), "link-down", "rack server ucs/rack-1 has no working fabric path"),
        (RackServer, ("ucs/rack-1",), "rack-server-failure", "rack server ucs/rack-1 is inoperable"),
        (RackServer, ("ucs/rack-1",), "rack-server-removed", "rack server ucs/rack-1 is not in its rack"),
    ],
)
def test_what_it_stands_on_takes_its_host_along(lab: Lab, cls: type[Entity], names: tuple[str, ...], code: str, reason: str) -> None:
    faults = struck(lab, cls, names, code)
    assert (lab.host("esx-4").running, reach.why_down(lab.state, lab.host("esx-4"))) == (False, reason)
    for fault in faults:
        lab.do(ClearFault(fault=fault))
    assert lab.host("esx-4").running


def test_one_cable_of_two_is_a_degraded_path(lab: Lab) -> None:
    struck(lab, FiPort, ("ucs-A/1/5",), "link-down")
    assert lab.host("esx-4").running
    assert [fault.code for fault in lab.state.where(Fault, "subject", lab.host("esx-4").uid)] == ["fabric-path-degraded"]


def test_switched_off_its_vms_start_elsewhere(lab: Lab) -> None:
    import msgspec

    from emulators.world.events import Updated

    vm = lab.named(Vm, "web")
    lab.state.apply(Updated(vm, msgspec.structs.replace(vm, host=lab.host("esx-4").uid), ("host",)))
    lab.do(SetBladePower(blade=server(lab).uid, power=BladePower.OFF))
    assert lab.host("esx-4").connection is Connection.NOT_RESPONDING
    assert lab.named(Vm, "web").host != lab.host("esx-4").uid


def test_a_new_one_is_like_the_first_with_ids_of_its_own(lab: Lab) -> None:
    old, new = server(lab), insert(lab)
    assert (new.unit, new.name, new.power, new.profile, new.discovered) == (2, "ucs/rack-2", BladePower.OFF, "", True)
    assert (new.model, new.cpu, new.memory_bytes) == (old.model, old.cpu, old.memory_bytes)
    serials = [one.serial for one in lab.state.all(RackServer)] + [one.serial for one in lab.state.all(PowerSupply)]
    assert len(set(serials)) == len(serials)
    assert new.serial.startswith("WZP")
    assert reach.powered(lab.state, new)
    assert reach.fabric_legs(lab.state, new) == ("A", "B")


def test_one_that_nobody_uses_leaves_nothing_but_its_ports(lab: Lab) -> None:
    before, new = len(lab.state), insert(lab)
    lab.do(RemoveRackServer(server=new.uid))
    assert len(lab.state) == before + 2
    insert(lab)
    assert lab.state.count(FiPort) == 8 + 4 + 4 + 2, "the same ports are used again"


def test_one_with_a_host_is_missing_until_it_comes_back(lab: Lab) -> None:
    found = server(lab)
    lab.do(RemoveRackServer(server=found.uid))
    assert not server(lab).present
    assert [fault.code for fault in lab.state.where(Fault, "subject", found.uid)] == ["rack-server-removed"]
    with pytest.raises(InvalidState):
        lab.do(RemoveRackServer(server=found.uid))
    with pytest.raises(InvalidState):
        insert(lab, serial=found.serial, unit=9)
    assert insert(lab, serial=found.serial).uid == found.uid
    assert lab.host("esx-4").running
    assert lab.state.where(Fault, "subject", found.uid) == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"unit": 1}, AlreadyExists),
        ({"unit": 161}, InvalidArgument),
        ({"unit": -1}, InvalidArgument),
        ({"hardware": BladeClass(memory="5GiB", dimms=4)}, InvalidArgument),
    ],
)
def test_what_cannot_be_is_refused(lab: Lab, fields: dict[str, object], error: type[Exception]) -> None:
    before = len(lab.state)
    with pytest.raises(error):
        insert(lab, **fields)
    assert len(lab.state) == before


def test_the_interconnects_have_so_many_ports(lab: Lab) -> None:
    for _ in range(48 - 6):
        insert(lab)
    with pytest.raises(InsufficientResources):
        insert(lab)


def test_discovery_takes_its_time(tmp_path: Path) -> None:
    lab = Lab(tmp_path, timing="realistic", inventory=RACKS)
    assert not insert(lab).discovered
    lab.close()


def test_a_restart_changes_nothing(lab: Lab) -> None:
    insert(lab)
    lab.do(RemoveRackServer(server=server(lab).uid))
    before = lab.image()
    assert lab.reopened().image() == before


def test_the_inventory_has_them_and_gets_them_back(lab: Lab) -> None:
    exported = export(lab.state)
    (domain,) = exported.ucs_domains
    assert list(domain.rack_servers) == [1, 3]
    assert exported.clusters[0].hosts["esx-4"] == "ucs/rack-1"
    assert lab.state.one(Hypervisor, "name", "esx-4") is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ucs/rack-1", "ucs/rack-2"),
        ("{1: blade, 3: blade}", "{1: blade, 3: nothing}"),
        ("{1: blade, 3: blade}", "{1: blade, 161: blade}"),
        ("{1: blade, 3: blade}", f"{{{', '.join(f'{unit}: blade' for unit in range(1, 60))}}}"),
    ],
)
def test_an_inventory_that_does_not_hold_together_is_refused(old: str, new: str) -> None:
    with pytest.raises(InvalidArgument):
        loads(RACKS.replace(old, new))

"""Chassis and blades come and go while the world runs."""

from __future__ import annotations

import pytest

from dcsim.errors import AlreadyExists, InsufficientResources, InvalidArgument, InvalidState
from emulators.world import reach
from emulators.world.decisions import profiles
from emulators.world.decisions.plant import InsertBlade, InsertChassis, RemoveBlade, RemoveChassis
from emulators.world.decisions.timers import FireTimer
from emulators.world.inventory.spec import BladeClass
from emulators.world.model import (
    Blade,
    BladePower,
    Chassis,
    Connection,
    Fan,
    Fault,
    FiPort,
    Hypervisor,
    IoModule,
    PowerSupply,
    ServiceProfile,
    Timer,
    UcsDomain,
    Vm,
)
from tests.unit.world.lab import Lab
from tests.unit.world.test_profiles import decision_on, make_profile


def insert_blade(lab: Lab, slot: int = 0, **fields: object) -> Blade:
    """A new blade in the first chassis."""
    uid = lab.do(InsertBlade(chassis=lab.named(Chassis, "ucs/1").uid, slot=slot, **fields))  # type: ignore[arg-type]
    return lab.state.get(Blade, uid)


class TestBlades:
    """In and out of slots."""

    def test_a_new_one_is_like_the_others_with_ids_of_its_own(self, lab: Lab) -> None:
        old, new = lab.named(Blade, "ucs/1/1"), insert_blade(lab)
        assert (new.slot, new.name, new.power, new.profile, new.discovered) == (3, "ucs/1/3", BladePower.OFF, "", True)
        assert (new.model, new.cpu, new.memory_bytes, len(new.dimms)) == (old.model, old.cpu, old.memory_bytes, len(old.dimms))
        ids = [one for blade in lab.state.all(Blade) for one in (blade.serial, blade.original_uuid, *(port.mac for port in blade.adapters))]
        assert len(set(ids)) == len(ids)
        assert new.serial.startswith("FCH")

    def test_two_of_them_in_the_same_slot_after_one_another_are_two(self, lab: Lab) -> None:
        first = insert_blade(lab, 5)
        lab.do(RemoveBlade(blade=first.uid))
        assert lab.state.find(first.uid) is None
        assert insert_blade(lab, 5).serial != first.serial

    def test_its_hardware_and_serial_can_be_said(self, lab: Lab) -> None:
        blade = insert_blade(lab, 8, hardware=BladeClass(model="UCSX-210C-M7", memory="1024GiB", dimms=16), serial="FCH99990001")
        assert (blade.model, blade.memory_bytes >> 30, blade.serial) == ("UCSX-210C-M7", 1024, "FCH99990001")

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"slot": 1}, AlreadyExists),
            ({"slot": 9}, InvalidArgument),
            ({"slot": -1}, InvalidArgument),
            ({"hardware": BladeClass(memory="5GiB", dimms=4)}, InvalidArgument),
            ({"hardware": BladeClass(sockets=0)}, InvalidArgument),
            ({"hardware": BladeClass(memory=f"{16 * 10**20}GiB")}, InvalidArgument),
        ],
    )
    def test_what_cannot_be_is_refused(self, lab: Lab, fields: dict[str, object], error: type[Exception]) -> None:
        before = len(lab.state)
        with pytest.raises(error):
            insert_blade(lab, **fields)  # type: ignore[arg-type]
        assert len(lab.state) == before

    def test_a_serial_number_is_used_once(self, lab: Lab) -> None:
        with pytest.raises(AlreadyExists):
            insert_blade(lab, serial=lab.named(Blade, "ucs/1/1").serial)

    def test_a_full_chassis_takes_no_more(self, lab: Lab) -> None:
        for _ in range(6):
            insert_blade(lab)
        with pytest.raises(InsufficientResources):
            insert_blade(lab)

    def test_pulling_one_takes_its_host_and_putting_it_back_brings_it(self, lab: Lab) -> None:
        blade = lab.named(Blade, "ucs/1/1")
        lab.do(RemoveBlade(blade=blade.uid))
        assert not lab.state.get(Blade, blade.uid).present, "a service profile is bound to it: it is missing"
        assert (lab.host().running, lab.host().connection) == (False, Connection.NOT_RESPONDING)
        assert lab.named(Vm, "web").host != lab.host().uid, "high availability restarted it elsewhere"
        (fault,) = lab.state.where(Fault, "subject", blade.uid)
        assert (fault.code, fault.injected, bool(fault.cause)) == ("blade-removed", False, True)
        with pytest.raises(InvalidState):
            lab.do(RemoveBlade(blade=blade.uid))
        with pytest.raises(InvalidState):
            insert_blade(lab, blade.slot)
        with pytest.raises(InvalidState):
            insert_blade(lab, 7, serial=blade.serial)
        assert insert_blade(lab, serial=blade.serial).uid == blade.uid
        assert lab.host().running
        assert lab.state.where(Fault, "subject", blade.uid) == []

    def test_a_missing_one_that_nothing_needs_makes_room(self, lab: Lab) -> None:
        decision = decision_on(lab)
        blade = insert_blade(lab, 4)
        profiles.associate(decision, make_profile(decision), blade, BladePower.ON)
        lab.do(RemoveBlade(blade=blade.uid))
        profiles.disassociate(decision, lab.named(ServiceProfile, "profile-1"))
        assert insert_blade(lab, 4).uid != blade.uid
        assert lab.state.find(blade.uid) is None

    def test_discovery_takes_its_time(self, slow_lab: Lab) -> None:
        lab = slow_lab
        blade = insert_blade(lab)
        assert not blade.discovered
        decision = decision_on(lab)
        with pytest.raises(InvalidState):
            profiles.associate(decision, make_profile(decision), blade, BladePower.ON)
        decision.roll_back()
        (timer,) = lab.state.where(Timer, "subject", blade.uid)
        assert (timer.due - blade.created).total_seconds() == 300
        lab.do(FireTimer(timer=timer.uid))
        assert lab.state.get(Blade, blade.uid).discovered

    def test_what_is_pulled_before_it_is_discovered_is_not_discovered_later(self, slow_lab: Lab) -> None:
        blade = insert_blade(slow_lab)
        slow_lab.do(RemoveBlade(blade=blade.uid))
        assert slow_lab.state.where(Timer, "subject", blade.uid) == []


class TestChassis:
    """In and out of racks."""

    def test_a_new_one_is_whole_powered_and_cabled(self, lab: Lab) -> None:
        domain = lab.named(UcsDomain, "ucs")
        chassis = lab.state.get(Chassis, lab.do(InsertChassis(domain=domain.uid)))
        assert (chassis.slot, chassis.name, chassis.discovered) == (3, "ucs/3", True)
        assert reach.powered(lab.state, chassis)
        assert reach.fabric_legs(lab.state, chassis) == ("A", "B")
        counts = [lab.state.count(kind, "chassis", chassis.uid) for kind in (IoModule, PowerSupply, Fan)]
        assert counts == [2, 4, 8]
        ports = [
            port for module in lab.state.where(IoModule, "chassis", chassis.uid) for port in lab.state.where(FiPort, "peer", module.uid)
        ]
        assert sorted(port.name for port in ports) == ["ucs-A/1/6", "ucs-A/1/7", "ucs-B/1/6", "ucs-B/1/7"]
        serials = [one.serial for one in lab.state.all(Chassis)] + [one.serial for one in lab.state.all(IoModule)]
        assert len(set(serials)) == len(serials)

    def test_an_empty_one_leaves_nothing_but_its_ports(self, lab: Lab) -> None:
        domain, before = lab.named(UcsDomain, "ucs"), len(lab.state)
        first = lab.do(InsertChassis(domain=domain.uid, slot=7))
        lab.do(InsertBlade(chassis=first))
        lab.do(RemoveChassis(chassis=first))
        assert len(lab.state) == before + 4
        lab.do(InsertChassis(domain=domain.uid, slot=7))
        assert lab.state.count(FiPort) == 18, "the same ports are used again"

    def test_one_with_hosts_is_missing_and_comes_back_with_them(self, lab: Lab) -> None:
        chassis = lab.named(Chassis, "ucs/1")
        lab.do(RemoveChassis(chassis=chassis.uid))
        hosts = [
            host for blade in lab.state.where(Blade, "chassis", chassis.uid) for host in lab.state.where(Hypervisor, "blade", blade.uid)
        ]
        assert [host.running for host in hosts] == [False, False]
        assert [fault.code for fault in lab.state.where(Fault, "subject", chassis.uid)] == ["chassis-removed"]
        with pytest.raises(InvalidState):
            insert_blade(lab)
        assert lab.do(InsertChassis(domain=chassis.domain, serial=chassis.serial)) == chassis.uid
        assert all(lab.state.get(Hypervisor, host.uid).running for host in hosts)

    @pytest.mark.parametrize(("slot", "error"), [(1, AlreadyExists), (21, InvalidArgument)])
    def test_a_number_is_one_of_twenty_and_free(self, lab: Lab, slot: int, error: type[Exception]) -> None:
        with pytest.raises(error):
            lab.do(InsertChassis(domain=lab.named(UcsDomain, "ucs").uid, slot=slot))

    def test_a_restart_changes_nothing(self, lab: Lab) -> None:
        domain = lab.named(UcsDomain, "ucs")
        chassis = lab.do(InsertChassis(domain=domain.uid))
        lab.do(InsertBlade(chassis=chassis))
        lab.do(RemoveBlade(blade=lab.named(Blade, "ucs/1/2").uid))
        before = lab.image()
        again = lab.reopened()
        assert again.image() == before
        again.close()

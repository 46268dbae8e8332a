"""Faults of parts that are no things of their own."""

from __future__ import annotations

import pytest

from dcsim.errors import AlreadyExists, InvalidState
from emulators.world.decisions.components import ClearFault, InjectFault
from emulators.world.events import Updated
from emulators.world.model import Blade, Fan
from tests.unit.world.lab import Lab


def test_a_memory_module_fails_and_is_replaced(lab: Lab) -> None:
    blade = lab.named(Blade, "ucs/1/1")
    fault = lab.do(InjectFault(code="dimm-failure", subject=blade.uid))
    assert [dimm.operable for dimm in lab.named(Blade, "ucs/1/1").dimms] == [False, True, True, True]
    assert lab.host().running, "a host lives with that"
    with pytest.raises(AlreadyExists):
        lab.do(InjectFault(code="dimm-failure", subject=blade.uid))
    lab.do(ClearFault(fault=fault))
    assert lab.named(Blade, "ucs/1/1").dimms == blade.dimms


def test_a_blade_without_working_memory_loses_none(lab: Lab) -> None:
    import msgspec

    blade = lab.named(Blade, "ucs/1/1")
    broken = msgspec.structs.replace(blade, dimms=())
    lab.state.apply(Updated(blade, broken, ("dimms",)))
    with pytest.raises(InvalidState):
        lab.do(InjectFault(code="dimm-failure", subject=blade.uid))
    assert lab.faults() == []


def test_a_local_disk_fails_and_is_replaced(lab: Lab) -> None:
    blade = lab.breakable("disk-failure")
    fault = lab.do(InjectFault(code="disk-failure", subject=blade.uid))
    assert [disk.operable for disk in lab.state.get(Blade, blade.uid).disks] == [False, True]
    lab.do(ClearFault(fault=fault))
    assert [disk.operable for disk in lab.state.get(Blade, blade.uid).disks] == [True, True]


def test_a_fan_fails_alone(lab: Lab) -> None:
    fan = lab.state.all(Fan)[0]
    lab.do(InjectFault(code="fan-failure", subject=fan.uid))
    assert [one.uid for one in lab.state.all(Fan) if not one.operable] == [fan.uid]
    assert lab.host().running

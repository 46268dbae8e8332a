"""Blades that come while profiles wait for them."""

from __future__ import annotations

import pytest

from emulators.ucs.config.changes import MoChange
from emulators.ucs.refusals import Refusal
from emulators.world.decisions.plant import InsertBlade, RemoveBlade
from emulators.world.decisions.timers import FireTimer
from emulators.world.model import Blade, BladePower, Chassis, Timer
from tests.unit.ucs.config.lab import UcsLab

SLOT = "sys/chassis-1/blade-4"


def waiting_profile(ucs: UcsLab) -> str:
    """A profile whose server pool has one slot, out of which the blade was pulled."""
    ucs.mac_pool()
    ucs.uuid_pool()
    ucs.put("computePool", "org-root/compute-pool-blades")
    ucs.put("computePooledSlot", "org-root/compute-pool-blades/blade-1-4")
    ucs.do(RemoveBlade(blade=ucs.blade("ucs/1/4").uid))
    dn = ucs.profile()
    requirement = MoChange(class_id="lsRequirement", rn="pn-req", props={"name": "blades"})
    ucs.configure(MoChange(class_id="lsServer", dn=dn, children=(requirement,)))
    return dn


def insert(ucs: UcsLab) -> Blade:
    """A new blade in that slot."""
    return ucs.state.get(Blade, ucs.do(InsertBlade(chassis=ucs.named(Chassis, "ucs/1").uid, slot=4)))


def test_a_profile_that_waits_for_a_server_takes_the_blade_that_comes(ucs: UcsLab) -> None:
    profile = waiting_profile(ucs)
    assert (ucs.prop(profile, "pnDn"), ucs.prop(profile, "assocState")) == ("", "failed")
    blade = insert(ucs)
    assert (ucs.prop(profile, "pnDn"), ucs.prop(profile, "assocState")) == (SLOT, "associated")
    assert (ucs.entity(profile).blade, ucs.blade("ucs/1/4").power) == (blade.uid, BladePower.ON)


def test_not_before_it_is_discovered(slow_ucs: UcsLab) -> None:
    profile = waiting_profile(slow_ucs)
    blade = insert(slow_ucs)
    assert slow_ucs.prop(profile, "pnDn") == ""
    with pytest.raises(Refusal):
        slow_ucs.bind(slow_ucs.profile("other"), SLOT)
    (timer,) = slow_ucs.state.where(Timer, "subject", blade.uid)
    slow_ucs.do(FireTimer(timer=timer.uid))
    assert (slow_ucs.prop(profile, "pnDn"), slow_ucs.prop(profile, "assocState")) == (SLOT, "associating")


def test_what_is_pulled_and_put_back_is_the_profiles_still(ucs: UcsLab) -> None:
    ucs.mac_pool()
    ucs.uuid_pool()
    profile = ucs.profile()
    ucs.bind(profile, SLOT)
    before, blade = ucs.mo(profile), ucs.blade("ucs/1/4")
    ucs.do(RemoveBlade(blade=blade.uid))
    ucs.do(InsertBlade(chassis=blade.chassis, serial=blade.serial))
    assert ucs.mo(profile).props == before.props
    assert ucs.blade("ucs/1/4").profile == ucs.entity(profile).uid
